package forecasting

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/agner-platform/agner/forecasting/erlang"
	"github.com/agner-platform/agner/forecasting/made"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/phone"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
)

// QueueAdvice is what routing is told of a queue. Its fields are those of routing.QueueAdvice,
// which the wiring copies them into.
type QueueAdvice struct {
	Reserve  int
	Value    float64
	WithinUs int64
	HoldUs   int64
}

// Advice is what forecast and staff say about the next hour.
type Advice struct {
	Snapshot string
	MadeAt   int64 // UTC µs
	Queues   map[string]QueueAdvice
}

const (
	// AdviceEvery is how often advice is made: a third of the age at which routing drops it.
	AdviceEvery = 5 * time.Minute
	adviceAhead = time.Hour // what the advice looks at
	scarce      = 0.04      // service level that one agent more would win, from which on a queue keeps a reserve
	holdShare   = 0.75      // of the answer threshold another queue's caller waits beside a reserve
)

// adviceBox keeps the last advice until it is too old or a new snapshot is out.
type adviceBox struct {
	mu   sync.Mutex
	last *Advice
}

func (b *adviceBox) drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = nil
}

// Advice is the advice of the moment: for every queue whose forecast covers the next hour what
// one agent more would win at the staff now signed in, and whether it should keep a reserve.
// ErrNone where no forecast covers it.
func (s *Service) Advice(ctx context.Context) (*Advice, error) {
	s.advice.mu.Lock()
	defer s.advice.mu.Unlock()
	now := s.cfg.Now().UnixMicro()
	if a := s.advice.last; a != nil && now-a.MadeAt < AdviceEvery.Microseconds() && now >= a.MadeAt {
		return a, nil
	}
	a, err := s.advise(ctx, now)
	if err == nil {
		s.advice.last = a
	}
	return a, err
}

func (s *Service) advise(ctx context.Context, now int64) (*Advice, error) {
	queues, err := s.store.Queues(ctx)
	if err != nil {
		return nil, err
	}
	staff, err := s.staffed(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.places(ctx)
	if err != nil {
		return nil, err
	}
	a := &Advice{MadeAt: now, Queues: map[string]QueueAdvice{}}
	latest := db.Stamp(0)
	for _, id := range queues {
		run, f, err := s.load(ctx, id, "")
		if err != nil {
			return nil, err
		}
		calls, aht, patience, ok := ahead(f, s.place(all, id).zone, now)
		if !ok || calls <= 0 {
			continue
		}
		t, _, err := s.terms(ctx, id, What{})
		if err != nil {
			return nil, err
		}
		one, err := advised(calls, aht, patience, staff[id], t)
		if err != nil {
			return nil, err
		}
		a.Queues[id] = one
		if run.MadeAt > latest {
			a.Snapshot, latest = run.ID, run.MadeAt
		}
	}
	if len(a.Queues) == 0 {
		return nil, ErrNone
	}
	return a, nil
}

// ahead is what a forecast says of the next hour: calls in it, handle time and patience.
func ahead(f *made.Forecast, zone *time.Location, now int64) (calls, aht, patience float64, ok bool) {
	step := int64(f.Minutes) * 60e6
	for at := now; at < now+adviceAhead.Microseconds(); at += step {
		w := interval.WallOf(zone, at)
		d, found := f.Day(w.Date.String())
		if !found {
			return 0, 0, 0, false
		}
		ok = true
		if k := (w.Hour*60+w.Minute)/f.Minutes - d.From; k >= 0 && k < len(d.Mean) {
			calls += d.Mean[k]
			aht += d.Mean[k] * d.AHT[k]
			patience = f.Patience[w.Hour]
		}
	}
	if calls > 0 {
		aht /= calls
	}
	return calls, aht, patience, ok
}

// advised values one agent more than are there; where nobody is known to be signed in, than are required.
func advised(calls, aht, patience, staff float64, t Terms) (QueueAdvice, error) {
	load, err := erlang.NewLoad(calls, adviceAhead.Seconds(), aht)
	if err != nil {
		return QueueAdvice{}, err
	}
	goal := t.target()
	n := math.Floor(staff)
	if n <= 0 {
		need, err := erlang.RequiredA(load, patience, goal)
		if err != nil {
			return QueueAdvice{}, err
		}
		n = float64(need)
	}
	gain, err := erlang.MarginalA(load, patience, n, goal)
	if err != nil {
		return QueueAdvice{}, err
	}
	q := QueueAdvice{Value: math.Round(gain*1e6) / 1e6, WithinUs: int64(t.Within * 1e6), HoldUs: int64(t.Within * holdShare * 1e6)}
	if gain >= scarce {
		q.Reserve = 1
	}
	return q, nil
}

// staffed counts the agents on the phones by queue; one who serves k queues counts 1/k in each.
func (s *Service) staffed(ctx context.Context) (map[string]float64, error) {
	members, err := phone.Members(s.cfg.Store).List(ctx)
	if err != nil {
		return nil, err
	}
	of := map[string][]string{}
	for _, m := range members {
		of[m.AgentID] = append(of[m.AgentID], m.QueueID)
	}
	out := map[string]float64{}
	err = s.cfg.Lake.View(ctx, func(ctx context.Context, r *lake.Reader) error {
		rows, err := r.Query(ctx, `SELECT DISTINCT agent FROM agent_spans_open WHERE state IN ('available', 'reserved', 'talking', 'hold', 'wrap_up')`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var agent string
			if err := rows.Scan(&agent); err != nil {
				return err
			}
			for _, q := range of[agent] {
				out[q] += 1 / float64(len(of[agent]))
			}
		}
		return rows.Err()
	})
	return out, err
}
