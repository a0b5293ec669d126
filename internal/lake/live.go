package lake

import (
	"maps"
	"slices"

	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/lake/project"
)

// Visit, AgentSpan and Rows are the row types of package project, for callers
// that see only the lake.
type (
	Visit     = project.Visit
	AgentSpan = project.AgentSpan
	Rows      = project.Rows
)

// Snapshot is what is open at one commit: who waits, who talks, what every agent
// is doing. It is shared: do not change it.
type Snapshot struct {
	At      int64          // when it was taken, UTC µs
	Applied journal.Vector // the vector it stands at
	// Visits have not finished: those without LeftAt wait in their queue, the
	// others have been answered and are being handled. Oldest join first per node.
	Visits []Visit
	// Agents are current states, one an agent; FromAt says since when. Of an agent
	// whom several nodes know, the state that began last counts.
	Agents []AgentSpan
}

// Waiting returns the callers who wait, by queue, longest wait first.
func (s *Snapshot) Waiting() map[string][]Visit {
	out := map[string][]Visit{}
	for _, v := range s.Visits {
		if v.LeftAt == 0 {
			out[v.Queue] = append(out[v.Queue], v)
		}
	}
	return out
}

// snapshot copies what the projectors hold open.
func (b *builder) snapshot(applied journal.Vector) *Snapshot {
	s := &Snapshot{At: b.now().UnixMicro(), Applied: applied}
	at := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(b.nodes)) {
		p := b.nodes[name].proj
		s.Visits = append(s.Visits, p.OpenVisits()...)
		for _, a := range p.AgentStates() {
			i, ok := at[a.Agent]
			switch {
			case !ok:
				at[a.Agent] = len(s.Agents)
				s.Agents = append(s.Agents, a)
			case a.FromAt > s.Agents[i].FromAt:
				s.Agents[i] = a
			}
		}
	}
	return s
}
