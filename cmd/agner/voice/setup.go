package voice

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/cmd/agner/voice/compile"
	"github.com/agner-platform/agner/cmd/agner/voice/rules"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/phone"
	"github.com/agner-platform/agner/telephony/ivr"
)

// Phone arranges the accounts telephones register with. Like every set-up command it
// works beside the running platform, which takes the change over within a second.
type Phone struct {
	Add    PhoneAdd    `cmd:"" help:"Make an account, for an agent or for nobody, and print its password."`
	List   PhoneList   `cmd:"" help:"List the accounts."`
	Remove PhoneRemove `cmd:"" help:"Retire an account."`
}

// PhoneAdd makes an account.
type PhoneAdd struct {
	Account string   `arg:"" help:"Name or extension the phone registers with, such as 7001. One that exists gets a new password."`
	Agent   string   `help:"Agent whose phone it is; made if there is none of that name. Without it the phone only makes calls."`
	Queue   []string `help:"Queues that the agent serves from now on, by name; made if there are none."`
	Number  string   `placeholder:"+NUMBER" help:"A telephone outside that is dialled for the agent where no phone of this account is registered; who picks up presses 1."`
	JSON    bool     `name:"json" help:"Print JSON."`
}

// account is what a phone must be told.
type account struct {
	Account  string   `json:"account"`
	Password string   `json:"password"`
	Server   string   `json:"server"`
	Agent    string   `json:"agent,omitempty"`
	Queues   []string `json:"queues,omitempty"`
}

// Run makes or renews the account.
func (c *PhoneAdd) Run(ctx context.Context, root *node.Root) error {
	if len(c.Queue) > 0 && c.Agent == "" {
		return exit.BadInput(errors.New("--queue needs --agent: queues are served by agents"))
	}
	return withStore(ctx, root, true, func(ctx context.Context, i *node.Instance, s *db.Store) error {
		out := account{Account: c.Account, Password: phone.NewPassword(), Server: rules.Reachable(i.Cfg.SIP.Address(i.Cfg.Web.LAN), i.Cfg.SIP.Advertise), Agent: c.Agent, Queues: c.Queue}
		row := phone.Phone{Account: c.Account, Number: c.Number}
		if c.Agent != "" {
			a, err := s.EnsureAgent(ctx, c.Agent)
			if err != nil {
				return exit.BadInput(err)
			}
			row.AgentID = a.ID
			if err := serveQueues(ctx, s, i.Cfg.Zone, a.ID, c.Queue); err != nil {
				return err
			}
		}
		if err := putPhone(ctx, s, row, out.Password); err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(os.Stdout).Encode(out)
		}
		fmt.Printf("account   %s\npassword  %s   (shown once)\nserver    %s   (UDP or TCP)\n", out.Account, out.Password, out.Server)
		if c.Agent != "" {
			fmt.Printf("agent     %s; dial *11 on the phone to take calls, *12 for a break, *10 to sign out, *43 to hear yourself\n", c.Agent)
		}
		return nil
	})
}

// putPhone creates the account, or gives the one of that name a new owner and password.
func putPhone(ctx context.Context, s *db.Store, row phone.Phone, password string) error {
	row.HA1MD5, row.HA1SHA256 = (&rules.Rules{}).Digests(row.Account, password)
	repo := phone.Phones(s)
	old, err := repo.List(ctx, db.Where("account", row.Account), db.WithRetired())
	if err != nil {
		return err
	}
	if len(old) == 0 {
		_, err = repo.Create(ctx, row)
		return exit.BadInput(err)
	}
	if old[0].RetiredAt != 0 {
		if old[0], err = repo.Restore(ctx, old[0].ID, old[0].Version); err != nil {
			return err
		}
	}
	row.Head = old[0].Head
	_, err = repo.Update(ctx, row)
	return exit.BadInput(err)
}

// serveQueues makes an agent a member of queues.
func serveQueues(ctx context.Context, s *db.Store, zone, agent string, names []string) error {
	for _, name := range names {
		q, err := queueOf(ctx, s, zone, name)
		if err != nil {
			return err
		}
		have, err := phone.Members(s).List(ctx, db.Where("queue_id", q.ID), db.Where("agent_id", agent), db.WithRetired())
		if err != nil {
			return err
		}
		switch {
		case len(have) == 0:
			_, err = phone.Members(s).Create(ctx, phone.Member{QueueID: q.ID, AgentID: agent})
		case have[0].RetiredAt != 0:
			_, err = phone.Members(s).Restore(ctx, have[0].ID, have[0].Version)
		}
		if err != nil {
			return exit.BadInput(err)
		}
	}
	return nil
}

// queueOf finds a queue by name, or makes it at the first site.
func queueOf(ctx context.Context, s *db.Store, zone, name string) (db.Queue, error) {
	list, err := s.Queues().List(ctx, db.Where("name", name))
	if err != nil {
		return db.Queue{}, err
	}
	if len(list) > 0 {
		return list[0], nil
	}
	sites, err := s.Sites().List(ctx)
	if err != nil {
		return db.Queue{}, err
	}
	if len(sites) == 0 {
		site, err := s.EnsureSite(ctx, "Main", zone)
		if err != nil {
			return db.Queue{}, err
		}
		sites = append(sites, site)
	}
	q, err := s.Queues().Create(ctx, db.Queue{Name: name, SiteID: sites[0].ID})
	return q, exit.BadInput(err)
}

// PhoneList lists accounts.
type PhoneList struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints them.
func (c *PhoneList) Run(ctx context.Context, root *node.Root) error {
	return withStore(ctx, root, false, func(ctx context.Context, _ *node.Instance, s *db.Store) error {
		phones, err := phone.Phones(s).List(ctx)
		if err != nil {
			return err
		}
		agents, err := s.Agents().List(ctx, db.WithRetired())
		if err != nil {
			return err
		}
		names := map[string]string{}
		for _, a := range agents {
			names[a.ID] = a.Name
		}
		if c.JSON {
			return json.NewEncoder(os.Stdout).Encode(phones)
		}
		for _, p := range phones {
			fmt.Printf("%-16s %s\n", p.Account, names[p.AgentID])
		}
		return nil
	})
}

// PhoneRemove retires an account.
type PhoneRemove struct {
	Account string `arg:"" help:"The account."`
}

// Run retires it; a phone that is registered is not rung any more.
func (c *PhoneRemove) Run(ctx context.Context, root *node.Root) error {
	return withStore(ctx, root, false, func(ctx context.Context, _ *node.Instance, s *db.Store) error {
		list, err := phone.Phones(s).List(ctx, db.Where("account", c.Account))
		if err == nil && len(list) == 0 {
			err = exit.BadInput(fmt.Errorf("there is no account %q", c.Account))
		}
		if err != nil {
			return err
		}
		_, err = phone.Phones(s).Retire(ctx, list[0].ID, list[0].Version)
		return err
	})
}

// Number arranges where inbound numbers lead.
type Number struct {
	Set  NumberSet  `cmd:"" help:"Let a number lead to a queue or to a menu."`
	List NumberList `cmd:"" help:"List the numbers."`
}

// NumberSet sets one number.
type NumberSet struct {
	Number string `arg:"" help:"The number that is dialled."`
	Queue  string `xor:"to" required:"" help:"Queue by name; made if there is none."`
	Flow   string `xor:"to" required:"" placeholder:"FILE" help:"Flow file (docs/formats/flow.md); it is stored under the name in it. Queues it names must exist."`
}

// Run stores it.
func (c *NumberSet) Run(ctx context.Context, root *node.Root) error {
	return withStore(ctx, root, true, func(ctx context.Context, i *node.Instance, s *db.Store) error {
		row := phone.Number{Number: c.Number}
		if c.Queue != "" {
			q, err := queueOf(ctx, s, i.Cfg.Zone, c.Queue)
			if err != nil {
				return err
			}
			row.QueueID, row.SiteID = q.ID, q.SiteID
		} else {
			f, err := putFlow(ctx, s, c.Flow)
			if err != nil {
				return err
			}
			row.FlowID = f.ID
		}
		if err := row.Check(); err != nil {
			return exit.BadInput(err)
		}
		repo := phone.Numbers(s)
		old, err := repo.List(ctx, db.Where("number", row.Number))
		if err != nil {
			return err
		}
		if len(old) > 0 {
			row.Head = old[0].Head
			_, err = repo.Update(ctx, row)
		} else {
			_, err = repo.Create(ctx, row)
		}
		if err != nil {
			return exit.BadInput(err)
		}
		fmt.Printf("%s leads to %s\n", row.Number, cmp.Or(c.Queue, filepath.Base(c.Flow)))
		return nil
	})
}

// putFlow checks a flow file and stores it under its name.
func putFlow(ctx context.Context, s *db.Store, file string) (phone.Flow, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return phone.Flow{}, exit.BadInput(err)
	}
	queues, err := s.Queues().List(ctx)
	if err != nil {
		return phone.Flow{}, err
	}
	known := ivr.Known{Queues: []string{}}
	for _, q := range queues {
		known.Queues = append(known.Queues, q.Name, q.ID)
	}
	f, err := ivr.Parse(text, known)
	if err != nil {
		return phone.Flow{}, exit.BadInput(fmt.Errorf("%s: %w", file, err))
	}
	row := phone.Flow{Name: f.Name, Text: string(text)}
	old, err := phone.Flows(s).List(ctx, db.Where("name", f.Name))
	if err != nil {
		return row, err
	}
	if len(old) > 0 {
		row.Head = old[0].Head
		return phone.Flows(s).Update(ctx, row)
	}
	return phone.Flows(s).Create(ctx, row)
}

// NumberList lists numbers.
type NumberList struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints them.
func (c *NumberList) Run(ctx context.Context, root *node.Root) error {
	return withStore(ctx, root, false, func(ctx context.Context, _ *node.Instance, s *db.Store) error {
		setup, notes, err := compile.Setup(ctx, s)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(os.Stdout).Encode(setup.Numbers)
		}
		names := map[string]string{}
		for name, id := range setup.Names {
			names[id] = name
		}
		for _, n := range setup.Numbers {
			to := "queue " + names[n.Queue]
			if n.Flow != "" {
				to = "menu " + n.Flow
			}
			fmt.Printf("%-16s %s\n", n.Number, to)
		}
		for _, note := range notes {
			fmt.Fprintln(os.Stderr, "note:", note)
		}
		return nil
	})
}

// withStore runs f on the set-up database, which may be opened beside the running
// platform; fresh makes a data directory that is not there yet.
func withStore(ctx context.Context, root *node.Root, fresh bool, f func(context.Context, *node.Instance, *db.Store) error) error {
	open := root.Existing
	if fresh {
		open = func() (*node.Instance, error) { return root.Instance(nil) }
	}
	i, err := open()
	if err != nil {
		return err
	}
	s, err := db.Open(ctx, i.Paths.Dir)
	if err != nil {
		return err
	}
	defer s.Close()
	return f(db.As(ctx, db.Actor{Name: "command line"}), i, s)
}
