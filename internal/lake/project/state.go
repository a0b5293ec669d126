package project

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fxamacker/cbor/v2"
)

const (
	// snapshotFormat changes whenever state changes its meaning; an older
	// snapshot is then refused and the lake rebuilt.
	snapshotFormat = 2
	// maxClosed bounds the memory of closed ids: a repeated closing event comes
	// soon after the first or from a replay, which seq keeps out already.
	maxClosed = 8192
)

// state is everything a projector must carry over a restart.
type state struct {
	Format int                  `cbor:"1,keyasint"`
	Visits map[string]*Visit    `cbor:"2,keyasint"`
	Offers map[string]*Offer    `cbor:"3,keyasint"`
	Agents map[string]*agent    `cbor:"4,keyasint"`
	Calls  map[string]*Call     `cbor:"5,keyasint"`
	IVR    map[string]*IVRVisit `cbor:"6,keyasint"`
	Closed recent               `cbor:"7,keyasint"`
	Count  uint64               `cbor:"9,keyasint"`
	// Sources by name. Events about nobody – set-up, starts – do not count.
	Sources map[string]*Source `cbor:"11,keyasint"`
}

func newState() state {
	return state{
		Format: snapshotFormat, Visits: map[string]*Visit{}, Offers: map[string]*Offer{}, Agents: map[string]*agent{},
		Calls: map[string]*Call{}, IVR: map[string]*IVRVisit{}, Sources: map[string]*Source{},
	}
}

// recent is a bounded set of ids, oldest out first.
type recent struct {
	IDs  []string `cbor:"1,keyasint"`
	Next int      `cbor:"2,keyasint"`
	set  map[string]struct{}
}

func (r *recent) has(id string) bool { _, ok := r.set[id]; return ok }

func (r *recent) add(id string) {
	if r.set == nil {
		r.set = make(map[string]struct{}, maxClosed)
	}
	if r.has(id) {
		return
	}
	r.set[id] = struct{}{}
	if len(r.IDs) < maxClosed {
		r.IDs = append(r.IDs, id)
		return
	}
	delete(r.set, r.IDs[r.Next])
	r.IDs[r.Next] = id
	r.Next = (r.Next + 1) % maxClosed
}

// note widens the time a source spans.
func (s *state) note(source string, at int64) {
	src := s.Sources[source]
	if src == nil {
		s.Sources[source] = &Source{Name: source, FirstAt: at, LastAt: at}
		return
	}
	src.FirstAt, src.LastAt = min(src.FirstAt, at), max(src.LastAt, at)
}

// Sources returns the systems seen, in order of name.
func (p *Projector) Sources() []Source {
	list := make([]Source, 0, len(p.s.Sources))
	for _, name := range slices.Sorted(maps.Keys(p.s.Sources)) {
		list = append(list, *p.s.Sources[name])
	}
	return list
}

// sweep forgets offers, calls and menus whose end never came. Visits stay: a
// caller who is still in a queue after a week is something to be seen.
func (p *Projector) sweep(now int64) {
	stale := func(at int64) bool { return now-at > staleAfter || at-now > staleAfter }
	maps.DeleteFunc(p.s.Offers, func(_ string, o *Offer) bool { return stale(o.MadeAt) })
	maps.DeleteFunc(p.s.Calls, func(_ string, c *Call) bool { return stale(c.OfferedAt) })
	maps.DeleteFunc(p.s.IVR, func(_ string, v *IVRVisit) bool { return stale(v.EnteredAt) })
}

// encMode writes equal states as equal bytes.
var encMode, encErr = cbor.EncOptions{Sort: cbor.SortCanonical}.EncMode()

// decMode reads snapshots of any size: they are our own and digest-checked by
// the database that keeps them.
var decMode, decErr = cbor.DecOptions{MaxArrayElements: 1 << 30, MaxMapPairs: 1 << 30}.DecMode()

// Snapshot returns the open state; Restore makes a projector of it that
// continues exactly where this one stands.
func (p *Projector) Snapshot() ([]byte, error) {
	if encErr != nil {
		return nil, fmt.Errorf("snapshot options: %w", encErr)
	}
	b, err := encMode.Marshal(&p.s)
	if err != nil {
		return nil, fmt.Errorf("encode snapshot: %w", err)
	}
	return b, nil
}

// Restore returns the projector whose Snapshot b is.
func Restore(b []byte) (*Projector, error) {
	if decErr != nil {
		return nil, fmt.Errorf("snapshot options: %w", decErr)
	}
	p := New()
	if err := decMode.Unmarshal(b, &p.s); err != nil {
		return nil, fmt.Errorf("decode snapshot: %w", err)
	}
	if p.s.Format != snapshotFormat {
		return nil, fmt.Errorf("snapshot format = %d: this build reads %d", p.s.Format, snapshotFormat)
	}
	p.s.Closed.set = make(map[string]struct{}, maxClosed)
	for _, id := range p.s.Closed.IDs {
		p.s.Closed.set[id] = struct{}{}
	}
	return p, nil
}

// Changes are the open rows that changed since they were last taken.
type Changes struct {
	Visits []Visit     // open visits, new or changed
	Agents []AgentSpan // current agent states, new or changed
	// GoneVisits and GoneAgents list what changed and has no open row now.
	GoneVisits, GoneAgents []string
}

// TakeChanges returns what changed among the open rows since the last call, in
// order of id.
func (p *Projector) TakeChanges() Changes {
	var c Changes
	for _, id := range slices.Sorted(maps.Keys(p.visits)) {
		if v := p.s.Visits[id]; v != nil {
			c.Visits = append(c.Visits, *v)
		} else {
			c.GoneVisits = append(c.GoneVisits, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(p.agents)) {
		if a := p.s.Agents[id]; a.Span.State != "" {
			c.Agents = append(c.Agents, a.Span)
		} else {
			c.GoneAgents = append(c.GoneAgents, id)
		}
	}
	clear(p.visits)
	clear(p.agents)
	return c
}

// OpenVisits returns every visit that has not finished, oldest first.
func (p *Projector) OpenVisits() []Visit {
	list := make([]Visit, 0, len(p.s.Visits))
	for _, v := range p.s.Visits {
		list = append(list, *v)
	}
	slices.SortFunc(list, func(a, b Visit) int {
		if a.JoinedAt != b.JoinedAt {
			return int(min(1, max(-1, a.JoinedAt-b.JoinedAt)))
		}
		return cmpText(a.Visit, b.Visit)
	})
	return list
}

// AgentStates returns the current span of every agent known, in order of id.
func (p *Projector) AgentStates() []AgentSpan {
	list := make([]AgentSpan, 0, len(p.s.Agents))
	for _, id := range slices.Sorted(maps.Keys(p.s.Agents)) {
		if a := p.s.Agents[id]; a.Span.State != "" {
			list = append(list, a.Span)
		}
	}
	return list
}

func cmpText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
