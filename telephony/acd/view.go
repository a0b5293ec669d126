package acd

import "github.com/agner-platform/agner/telephony/acd/internal/book"

// What pages, estimates and tests see of a State.
type (
	VisitView = book.VisitView
	OfferView = book.OfferView
	AgentView = book.AgentView
	QueueView = book.QueueView
	Stage     = book.Stage
)

// Stages of a visit.
const (
	StageWaiting = book.StageWaiting
	StagePaused  = book.StagePaused // a callback between attempts
	StageRinging = book.StageRinging
	StageDialing = book.StageDialing
	StageTalking = book.StageTalking
	StageHolding = book.StageHolding
	StageWrapUp  = book.StageWrapUp
)

// Visits lists the visits queue by queue, the line first and in its order, then
// those answered in the order of their ids.
func (s *State) Visits() []VisitView { return s.b.ViewVisits() }

// Visit returns one visit.
func (s *State) Visit(id string) (VisitView, bool) { return s.b.ViewVisit(id) }

// Offer returns one offer that rings.
func (s *State) Offer(id string) (OfferView, bool) { return s.b.ViewOffer(id) }

// Agents lists the agents by id.
func (s *State) Agents() []AgentView { return s.b.ViewAgents() }

// Agent returns one agent.
func (s *State) Agent(id string) (AgentView, bool) { return s.b.ViewAgent(id) }

// Queues lists the queues by id.
func (s *State) Queues() []QueueView { return s.b.ViewQueues() }

// Queue returns one queue.
func (s *State) Queue(id string) (QueueView, bool) { return s.b.ViewQueue(id) }

// Stuck names a caller who waits although an idle agent may take the call: always
// empty after Decide. Tests and the doctor ask for it.
func (s *State) Stuck() string {
	for _, q := range s.b.QueueList {
		for _, v := range q.Line {
			if len(v.Offers) > 0 || !s.open(v) {
				continue
			}
			t := v.Terms(s.b.Now)
			for _, m := range q.Members {
				if m.Agent.Free(s.b.Now) && t.Suit(m) && s.reservedUntil(v, m.Agent) <= s.b.Now {
					return "visit " + v.ID + " waits beside idle agent " + m.Agent.ID
				}
			}
		}
	}
	return ""
}
