package importer

import (
	"context"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/personal"
)

// directory turns foreign names into set-up rows and numbers into pseudonyms.
// Numbers are collected and stored with the batch that uses them.
type directory struct {
	ctx     context.Context // of the job: feed.Directory has none
	store   *db.Store
	vault   *personal.Vault
	site    string
	callers []personal.Party
}

// Queue returns the id of the queue with this foreign name.
func (d *directory) Queue(name string) (string, error) {
	q, err := d.store.EnsureQueue(d.ctx, name, d.site)
	return q.ID, err
}

// Agent returns the id of the agent with this foreign name.
func (d *directory) Agent(name string) (string, error) {
	a, err := d.store.EnsureAgent(d.ctx, name)
	return a.ID, err
}

// Code returns the id of the wrap-up code with this foreign name.
func (d *directory) Code(name string) (string, error) {
	c, err := d.store.EnsureCode(d.ctx, "", name)
	return c.ID, err
}

// Party returns the pseudonym of a number and remembers the number.
func (d *directory) Party(number string) (string, error) {
	party := d.vault.Pseudonym(number)
	if party != "" {
		d.callers = append(d.callers, personal.Party{Party: party, Number: number})
	}
	return party, nil
}

// remember stores the numbers collected since the last call as seen at the given
// instant.
func (d *directory) remember(at time.Time) error {
	if len(d.callers) == 0 {
		return nil
	}
	for i := range d.callers {
		d.callers[i].SeenAt = db.Stamp(at.UnixMicro())
	}
	err := d.vault.Remember(d.ctx, d.callers)
	d.callers = d.callers[:0]
	return err
}
