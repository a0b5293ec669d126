package routing

import "github.com/agner-platform/agner/internal/interval"

// AdviceMaxAge is how old advice may be. Forecast snapshots are made every few
// minutes; after three quarter hours' worth of silence something is broken, and a
// forecast of a different hour is worse than none.
const AdviceMaxAge = 45 * interval.Minute

// Advice is what forecast and schedule say about the next minutes. It is immutable
// and arrives as an input; implementations must answer alike for ever.
type Advice interface {
	// Snapshot names the forecast, MadeAt says when it was made (UTC µs).
	Snapshot() string
	MadeAt() int64
	// Queue returns the advice for a queue, or false. It holds until other advice is
	// posted or this grows too old.
	Queue(id string) (QueueAdvice, bool)
}

// QueueAdvice is the advice for one queue.
type QueueAdvice struct {
	// Reserve is how many idle agents of this queue other queues should leave it.
	Reserve int `json:"reserve,omitempty"`
	// Value is the service level still to be won: by how much the share answered in
	// time over the forecast's horizon rises with one agent more. The scarcer a queue's
	// agents, the higher.
	Value float64 `json:"value,omitempty"`
	// WithinUs is the answer threshold.
	WithinUs int64 `json:"within_us,omitempty"`
	// HoldUs is the longest a caller of another queue waits beside this queue's reserve.
	HoldUs int64 `json:"hold_us,omitempty"`
}

// Fresh reports whether there is advice and it is young enough to be followed.
func Fresh(a Advice, now int64) bool {
	return a != nil && now-a.MadeAt() <= AdviceMaxAge && now >= a.MadeAt()
}

// Table is advice that holds for one stretch of time as plain data.
type Table struct {
	Name   string                 `json:"snapshot"`
	Made   int64                  `json:"made_at"`
	Queues map[string]QueueAdvice `json:"queues"`
}

// Snapshot names the forecast.
func (t *Table) Snapshot() string { return t.Name }

// MadeAt says when the forecast was made.
func (t *Table) MadeAt() int64 { return t.Made }

// Queue returns the queue's row.
func (t *Table) Queue(id string) (QueueAdvice, bool) {
	q, ok := t.Queues[id]
	return q, ok
}
