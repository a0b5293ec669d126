package live

import (
	"sync/atomic"
	"time"

	"github.com/agner-platform/agner/telephony/routing"
)

// Adviser remembers by which forecast routing is advised. The zero value knows of none.
type Adviser struct{ table atomic.Pointer[routing.Table] }

// Set takes other advice, or none.
func (a *Adviser) Set(t *routing.Table) { a.table.Store(t) }

// Now returns what there is to say of it at an instant; nil: there is no advice.
func (a *Adviser) Now(at time.Time) *Advice {
	t := a.table.Load()
	if t == nil {
		return nil
	}
	return &Advice{Snapshot: t.Name, MadeAt: Instant(t.Made), Fresh: routing.Fresh(t, at.UnixMicro())}
}
