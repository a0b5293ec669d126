package voice

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/phone"
)

// Queue arranges how callers of a queue are served.
type Queue struct {
	Set QueueSet `cmd:"" help:"Set how a queue is routed, announced and recorded; what is not given stays as it is."`
}

// QueueSet changes the routing of one queue.
type QueueSet struct {
	Name       string         `arg:"" help:"Queue by name; made if there is none."`
	Strategy   *string        `help:"Who is rung: longest_idle, sequential, circular, fewest_calls, least_occupied, simultaneous, random, skilled or advised."`
	Ring       *time.Duration `help:"How long an agent's phone rings."`
	WrapUp     *time.Duration `name:"wrap-up" help:"Longest wrap-up."`
	MaxWaiting *int           `help:"Callers that may wait; 0 is no limit."`
	MaxWait    *time.Duration `help:"Longest wait; then the caller is let go."`
	Entry      *string        `help:"What joining needs: staffed, working, available; empty for nothing."`
	Announce   *time.Duration `help:"Time between announcements of place and wait; 0 for none."`
	Record     *string        `help:"always, consent (if a menu asked and got it), or empty for not."`
	KeepDays   *int           `help:"How long recordings are kept; 0 until erased."`
	Option     []string       `sep:"none" placeholder:"KEY=VALUE" help:"Anything else of the queue, such as language=et, code_required=true, age_s=60 or callback.attempts=5 (docs/telephony.md)."`
	Action     []string       `sep:"none" placeholder:"AT=DO[:TARGET]" help:"What happens at timeout, empty, full, closed, long or key_0 to key_9: queue:NAME, number:N, message:TEXT, voicemail, callback, or nothing for hanging up."`
	Redact     *bool          `negatable:"" help:"Nobody hears recordings and messages before spoken numbers in them are silenced (needs agner speech install)."`
	Spoken     *string        `help:"Language of the calls, such as en, for their transcripts; none: they are not transcribed."`
	JSON       bool           `name:"json" help:"Print JSON."`
}

// Run stores the routing and prints it.
func (c *QueueSet) Run(ctx context.Context, root *node.Root) error {
	return withStore(ctx, root, true, func(ctx context.Context, i *node.Instance, s *db.Store) error {
		q, err := queueOf(ctx, s, i.Cfg.Zone, c.Name)
		if err != nil {
			return err
		}
		repo := phone.Routings(s)
		have, err := repo.List(ctx, db.Where("queue_id", q.ID))
		if err != nil {
			return err
		}
		row := phone.Routing{QueueID: q.ID, RingS: 20, WrapUpS: 30}
		if len(have) > 0 {
			row = have[0]
		}
		if err := c.change(&row); err != nil {
			return exit.BadInput(err)
		}
		if len(have) > 0 {
			row, err = repo.Update(ctx, row)
		} else {
			row, err = repo.Create(ctx, row)
		}
		if err != nil {
			return exit.BadInput(err)
		}
		if c.JSON {
			return json.NewEncoder(os.Stdout).Encode(row)
		}
		fmt.Printf("queue %s: ring %g s, wrap-up %g s, strategy %q, recorded %q\n", c.Name, row.RingS, row.WrapUpS, row.Strategy, row.Record)
		return nil
	})
}

// change puts what was given into the row.
func (c *QueueSet) change(r *phone.Routing) error {
	put(&r.Strategy, c.Strategy)
	put(&r.MaxWaiting, c.MaxWaiting)
	put(&r.Entry, c.Entry)
	put(&r.Record, c.Record)
	put(&r.KeepDays, c.KeepDays)
	put(&r.Options.Redact, c.Redact)
	put(&r.Options.Spoken, c.Spoken)
	for to, d := range map[*float64]*time.Duration{&r.RingS: c.Ring, &r.WrapUpS: c.WrapUp, &r.MaxWaitS: c.MaxWait, &r.AnnounceS: c.Announce} {
		if d != nil {
			*to = d.Seconds()
		}
	}
	for _, a := range c.Action {
		if err := setAction(r, a); err != nil {
			return err
		}
	}
	for _, o := range c.Option {
		if err := setOption(&r.Options, o); err != nil {
			return err
		}
	}
	return nil
}

// setAction reads AT=DO[:TARGET].
func setAction(r *phone.Routing, text string) error {
	at, what, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("--action %q: want AT=DO or AT=DO:TARGET, such as key_2=callback", text)
	}
	do, target, _ := strings.Cut(what, ":")
	if r.Actions == nil {
		r.Actions = map[string]phone.RoutingAction{}
	}
	r.Actions[at] = phone.RoutingAction{Do: do, Target: target}
	return nil
}

// setOption reads KEY=VALUE; the value is JSON, or else a text.
func setOption(o *phone.RoutingOptions, text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" {
		return fmt.Errorf("--option %q: want KEY=VALUE, such as language=et", text)
	}
	raw := json.RawMessage(value)
	if !json.Valid(raw) {
		quoted, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("--option %q: %w", text, err)
		}
		raw = quoted
	}
	parts := strings.Split(key, ".")
	for _, p := range slices.Backward(parts) {
		raw = fmt.Appendf(nil, "{%q:%s}", p, raw)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(o); err != nil {
		return fmt.Errorf("--option %q: %w", text, err)
	}
	return nil
}

func put[T any](to, given *T) {
	if given != nil {
		*to = *given
	}
}
