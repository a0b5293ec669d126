package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi/local"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/prompt"
)

// Cmd lets virtual customers and agents telephone with the running platform.
type Cmd struct {
	PerHour float64 `default:"280" help:"Calls an hour in the busiest half hour of the week."`
	Limit   int     `default:"12" help:"Customers at the same time, at most."`
	JSON    bool    `name:"json" help:"Print what was set up as JSON."`
}

// nice lets everything else go first.
const nice = 10

// Run makes the set-up and lets them telephone until ctx ends.
func (c *Cmd) Run(ctx context.Context, root *node.Root) error {
	inst, err := root.Existing()
	if err != nil {
		return err
	}
	cfg := Default()
	cfg.PerHour, cfg.Limit, cfg.Log = c.PerHour, c.Limit, inst.Log
	if cfg.Server, err = server(ctx, inst); err != nil {
		return exit.Unavailable(err)
	}
	if err := c.prepare(ctx, inst, &cfg); err != nil {
		return err
	}
	if err := cfg.Validate(); err != nil {
		return exit.BadInput(err)
	}
	runtime.GOMAXPROCS(1)                                                   // a demonstration must not take the machine
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, nice)                  //nolint:errcheck // a courtesy
	cfg.Voices = voices(ctx, filepath.Join(inst.Paths.Switch(), "prompts")) // what is spoken once is kept there
	if err := known(ctx, inst, cfg.Accounts); err != nil {
		return exit.Unavailable(err)
	}
	c.greet()
	return Run(ctx, cfg)
}

func (c *Cmd) greet() {
	if c.JSON {
		_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"number": Number, "agents": len(people), "per_hour": c.PerHour, "limit": c.Limit}) //nolint:errcheck // the reader sees it
		return
	}
	fmt.Printf("  Live demo: %d virtual agents and at most %d virtual customers telephone on this machine, marked %q.\n", len(people), c.Limit, mark)
}

// prepare makes the set-up and the week.
func (c *Cmd) prepare(ctx context.Context, inst *node.Instance, cfg *Config) error {
	store, err := db.Open(ctx, inst.Paths.Dir)
	if err != nil {
		return err
	}
	defer store.Close()
	zone, err := interval.LoadZone(inst.Cfg.Zone)
	if err != nil {
		return exit.BadInput(err)
	}
	if cfg.Accounts, err = Prepare(ctx, store, inst.Paths.Secrets(), zone.String()); err != nil {
		return err
	}
	cfg.Week, err = WeekOf(zone, time.Now())
	return err
}

// health is what the switch says of itself.
type health struct {
	SIP   string `json:"sip"`
	Setup int64  `json:"setup"`
}

func ask(ctx context.Context, inst *node.Instance) (health, error) {
	var h health
	socket, err := inst.Paths.RoleSocket("switch")
	if err != nil {
		return h, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://agner/healthz", nil)
	if err != nil {
		return h, err
	}
	res, err := local.Socket(socket).Do(req)
	if err != nil {
		return h, fmt.Errorf("the switch does not answer; start it with agner serve: %w", err)
	}
	defer res.Body.Close()
	return h, json.NewDecoder(res.Body).Decode(&h)
}

// server is where the switch takes calls, as this machine reaches it.
func server(ctx context.Context, inst *node.Instance) (string, error) {
	h, err := ask(ctx, inst)
	if err != nil {
		return "", err
	}
	if h.SIP == "" {
		return "", errors.New("the switch takes no calls: sip.listen is empty")
	}
	return node.Loopback(h.SIP), nil
}

// knownLimit is how long the switch may take to learn of new phones.
const knownLimit = 30 * time.Second

// known waits until the switch lets the virtual callers in.
func known(ctx context.Context, inst *node.Instance, accounts Accounts) error {
	ctx, cancel := context.WithTimeout(ctx, knownLimit)
	defer cancel()
	for {
		to, err := server(ctx, inst)
		if err == nil {
			var p *phones
			if p, err = newPhones(to, func(string, string, *line) {}); err == nil {
				err = errors.Join(p.try(ctx, accounts), p.close())
			}
		}
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the switch does not know the virtual agents: %w", err)
		case <-time.After(time.Second):
		}
	}
}

// try registers every agent's phone for a moment.
func (p *phones) try(ctx context.Context, accounts Accounts) error {
	for _, who := range people {
		if err := p.register(ctx, who.account, accounts[who.account]); err != nil {
			return err
		}
		if err := p.unregister(ctx, who.account, accounts[who.account]); err != nil {
			return err
		}
	}
	return nil
}

// speeches are what virtual people say; a machine without a voice plays tones.
var speeches = []string{
	"Hello, I have a question about my order. It should have come on Monday, and it is not here yet.",
	"Good day. Could you please tell me why my invoice is higher this month than it was before?",
	"Thank you for calling. I am looking at your account now. One moment, please.",
	"I understand. Let me check this for you. Could you please tell me your customer number?",
	"My internet connection is slow since yesterday. I have already restarted the router twice.",
}

func voices(ctx context.Context, dir string) []media.Samples16 {
	library, err := prompt.Open(dir)
	if err != nil {
		return nil
	}
	var out []media.Samples16
	for _, text := range speeches {
		pcm, err := library.Say(ctx, "en", text)
		if err != nil || len(pcm) == 0 {
			continue
		}
		out = append(out, media.Samples16{Data: append(pcm, make([]int16, 8000)...)})
	}
	return out
}
