package book

import (
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/routing"
)

// Stage is how far a visit has come, as pages and simulations see it.
type Stage string

// Stages.
const (
	StageWaiting Stage = "waiting"
	StagePaused  Stage = "paused" // a callback between attempts
	StageRinging Stage = "ringing"
	StageDialing Stage = "dialing"
	StageTalking Stage = "talking"
	StageHolding Stage = "hold"
	StageWrapUp  Stage = "wrap_up"
)

// VisitView is a visit as it stands.
type VisitView struct {
	ID, Interaction, Queue, Party string
	Agent                         string // of the conversation
	Ref                           string // of the callback
	Channel                       event.Channel
	Stage                         Stage
	JoinedAt, PlaceAt             int64
	AnsweredAt                    int64
	SinceAt                       int64 // in the stage, once answered
	Priority, Position            int64
	Skills                        []string
	Offers                        []OfferView
	Code                          string // of wrap-up
}

// OfferView is a phone that rings.
type OfferView struct {
	ID, Agent, Visit string
	MadeAt, Until    int64
}

// AgentView is an agent as it stands.
type AgentView struct {
	ID        string
	SignedIn  bool
	State     event.State
	Reason    string
	SinceAt   int64
	ReadyAt   int64 // end of the breather
	WrapAt    int64 // latest end of wrap-up
	Visit     string
	Offer     string
	Next      event.State // asked for after the contact
	Queues    []string    // signed in to
	Skills    routing.Skills
	Calls     int64
	BusyUs    int64
	SignedAt  int64
	MayExtend bool // one more
	MustCode  bool // wrap-up waits for a code
}

// QueueView is a queue as it stands.
type QueueView struct {
	ID      string
	Retired bool
	Line    []string // visits in order
	Staffed int64
	Free    int64 // agents who may be rung
}

// ViewVisits lists the visits queue by queue, the line first and in its order, then
// those answered in the order of their ids.
func (s *Book) ViewVisits() []VisitView {
	list := make([]VisitView, 0, len(s.Visits))
	for _, q := range s.QueueList {
		for i, v := range q.Line {
			list = append(list, s.viewVisit(v, int64(i+1)))
		}
	}
	for _, id := range SortedKeys(s.Visits) {
		if v := s.Visits[id]; v.Phase == Talking {
			list = append(list, s.viewVisit(v, 0))
		}
	}
	return list
}

// ViewVisit returns one visit.
func (s *Book) ViewVisit(id string) (VisitView, bool) {
	v := s.Visits[id]
	if v == nil {
		return VisitView{}, false
	}
	return s.viewVisit(v, v.Position()), true
}

func (s *Book) viewVisit(v *Visit, position int64) VisitView {
	w := VisitView{
		ID: v.ID, Interaction: v.Interaction, Queue: v.Queue.ID, Party: v.Party, Channel: v.Channel, Stage: s.stage(v),
		JoinedAt: v.JoinedAt, PlaceAt: v.Place.At, AnsweredAt: v.AnsweredAt, Priority: v.Place.Priority, Position: position, Skills: v.Skills, Code: v.Code,
	}
	if v.Agent != nil {
		w.Agent, w.SinceAt = v.Agent.ID, v.Agent.Since
	}
	if v.Callback != nil {
		w.Ref = v.Callback.Ref
	}
	for _, o := range v.Offers {
		w.Offers = append(w.Offers, viewOffer(o))
	}
	return w
}

func viewOffer(o *Offer) OfferView {
	return OfferView{o.ID, o.Agent.ID, o.Visit.ID, o.MadeAt, o.Until}
}

// ViewOffer returns one offer that rings.
func (s *Book) ViewOffer(id string) (OfferView, bool) {
	if o := s.Offers[id]; o != nil {
		return viewOffer(o), true
	}
	return OfferView{}, false
}

func (s *Book) stage(v *Visit) Stage {
	switch {
	case v.Phase == Dialing:
		return StageDialing
	case v.Phase == Talking:
		return Stage(v.Agent.State)
	case len(v.Offers) > 0:
		return StageRinging
	case v.NotBefore > s.Now:
		return StagePaused
	}
	return StageWaiting
}

// ViewAgents lists the agents by id.
func (s *Book) ViewAgents() []AgentView {
	list := make([]AgentView, 0, len(s.AgentList))
	for _, a := range s.AgentList {
		list = append(list, viewAgent(a))
	}
	return list
}

// ViewAgent returns one agent.
func (s *Book) ViewAgent(id string) (AgentView, bool) {
	a := s.Agents[id]
	if a == nil {
		return AgentView{}, false
	}
	return viewAgent(a), true
}

func viewAgent(a *Agent) AgentView {
	w := AgentView{
		ID: a.ID, SignedIn: a.SignedIn, State: a.State, Reason: a.Reason, SinceAt: a.Since, ReadyAt: a.ReadyAt, WrapAt: a.WrapAt, Next: a.Next.State,
		Skills: a.Skills, Calls: a.Calls, BusyUs: a.BusyUs, SignedAt: a.SignedAt,
	}
	if v := a.Visit; v != nil {
		w.Visit = v.ID
		w.MustCode = v.Queue.MustCode && v.Code == ""
		w.MayExtend = a.State == event.WrapUp && v.Queue.ExtendUs > 0 && a.Extended < v.Queue.ExtendMax
	}
	if a.Offer != nil {
		w.Offer = a.Offer.ID
	}
	for _, m := range a.Members {
		if m.Active {
			w.Queues = append(w.Queues, m.Queue.ID)
		}
	}
	return w
}

// ViewQueues lists the queues by id.
func (s *Book) ViewQueues() []QueueView {
	list := make([]QueueView, 0, len(s.QueueList))
	for _, q := range s.QueueList {
		list = append(list, s.viewQueue(q))
	}
	return list
}

// ViewQueue returns one queue.
func (s *Book) ViewQueue(id string) (QueueView, bool) {
	q := s.Queues[id]
	if q == nil {
		return QueueView{}, false
	}
	return s.viewQueue(q), true
}

func (s *Book) viewQueue(q *Queue) QueueView {
	w := QueueView{ID: q.ID, Retired: q.Retired, Staffed: q.Staffed()}
	for _, v := range q.Line {
		w.Line = append(w.Line, v.ID)
	}
	for _, m := range q.Members {
		if m.Active && m.Agent.Free(s.Now) {
			w.Free++
		}
	}
	return w
}
