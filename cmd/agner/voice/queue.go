package voice

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
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
		c.change(&row)
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
func (c *QueueSet) change(r *phone.Routing) {
	put(&r.Strategy, c.Strategy)
	put(&r.MaxWaiting, c.MaxWaiting)
	put(&r.Entry, c.Entry)
	put(&r.Record, c.Record)
	put(&r.KeepDays, c.KeepDays)
	for to, d := range map[*float64]*time.Duration{&r.RingS: c.Ring, &r.WrapUpS: c.WrapUp, &r.MaxWaitS: c.MaxWait, &r.AnnounceS: c.Announce} {
		if d != nil {
			*to = d.Seconds()
		}
	}
}

func put[T any](to, given *T) {
	if given != nil {
		*to = *given
	}
}
