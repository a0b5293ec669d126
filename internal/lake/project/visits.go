package project

import (
	"strings"

	"github.com/agner-platform/agner/internal/event"
)

func (p *Projector) joined(e *event.Event, d *event.QueueJoined) error {
	if err := require("visit_id", e.Visit); err != nil {
		return err
	}
	if _, open := p.s.Visits[e.Visit]; open {
		return unusable("visit_id", e.Visit, "joined twice")
	}
	if p.s.Closed.has(visitKey(e.Visit)) {
		return unusable("visit_id", e.Visit, "joined after it was closed")
	}
	v := &Visit{
		Visit: e.Visit, Interaction: e.Interaction, Site: e.Site, Queue: e.Queue, Channel: voice(e.Channel), Party: e.Party,
		Source: e.Source, Precision: string(e.Precision), Priority: d.Priority, Skills: strings.Join(d.Skills, ","),
		JoinedAt: e.At, PositionJoin: known(d.Position), StaffedJoin: known(d.Staffed), Cause: e.Cause, Node: e.Node, Seq: e.Seq,
	}
	// A queue that knows the caller's position knows how many waited, none included.
	v.WaitingJoin = Int{d.Waiting, d.Waiting != 0 || d.Position != 0}
	p.s.Visits[e.Visit] = v
	p.visits[e.Visit] = struct{}{}
	return nil
}

func (p *Projector) priorityChanged(e *event.Event, d *event.QueuePriorityChanged) {
	if v := p.s.Visits[e.Visit]; v != nil {
		v.Priority = d.To
		p.visits[e.Visit] = struct{}{}
	}
}

func (p *Projector) left(e *event.Event, d *event.QueueLeft, out *Rows) error {
	v, err := p.visitOf(e, firstOf(d.JoinedAt, e.At-d.WaitUs))
	if err != nil {
		return err
	}
	if v.LeftAt != 0 {
		return unusable("visit_id", e.Visit, "left its queue twice")
	}
	v.LeftAt, v.Exit = e.At, string(d.Exit)
	v.WaitUs = Some(d.WaitUs)
	if d.WaitUs == 0 {
		v.WaitUs = Some(max(0, e.At-v.JoinedAt))
	}
	v.PositionExit = known(d.Position)
	v.Cause, v.ExitKey, v.ToQueue = firstText(e.Cause, v.Cause), d.Key, d.ToQueue
	v.Precision = firstText(string(e.Precision), v.Precision)
	if d.Exit == event.Answered {
		v.AnsweredAt, v.Agent = e.At, e.Agent
		p.s.Visits[e.Visit] = v
		p.visits[e.Visit] = struct{}{}
		p.contactStarted(e, out)
		return nil
	}
	v.RingUs = Int{} // only an answered visit has a ring time of its own
	p.close(v, e, out)
	return nil
}

func (p *Projector) handled(e *event.Event, d *event.VisitHandled, out *Rows) error {
	answered := firstOf(d.AnsweredAt, e.At-d.TalkUs-d.HoldUs-d.WrapUpUs)
	v, err := p.visitOf(e, firstOf(d.JoinedAt, answered))
	if err != nil {
		return err
	}
	if v.LeftAt == 0 {
		// The answer itself was lost; the closing event repeats it.
		v.LeftAt, v.Exit, v.WaitUs = answered, string(event.Answered), Some(max(0, answered-v.JoinedAt))
	}
	v.AnsweredAt = firstOf(v.AnsweredAt, answered)
	v.Agent = firstText(v.Agent, e.Agent)
	v.TalkUs, v.HoldUs, v.WrapUs, v.WrapDerived = Some(d.TalkUs), Some(d.HoldUs), Some(d.WrapUpUs), d.WrapUpDerived
	v.HandledAt, v.TransferredTo, v.HungUpBy = e.At, d.TransferredTo, string(d.HungUpBy)
	v.Cause = firstText(e.Cause, v.Cause)
	p.close(v, e, out)
	p.contactEnded(e, d, v.AnsweredAt, out)
	return nil
}

// visitOf returns the open visit of a closing event. A closing event repeats its
// anchors, so one whose beginning was never seen – a log that starts in the
// middle of a call – still gives its row.
func (p *Projector) visitOf(e *event.Event, joined int64) (*Visit, error) {
	if err := require("visit_id", e.Visit); err != nil {
		return nil, err
	}
	if v := p.s.Visits[e.Visit]; v != nil {
		return v, nil
	}
	if p.s.Closed.has(visitKey(e.Visit)) {
		return nil, unusable("visit_id", e.Visit, "is already closed")
	}
	return &Visit{
		Visit: e.Visit, Interaction: e.Interaction, Site: e.Site, Queue: e.Queue, Channel: voice(e.Channel), Party: e.Party,
		Source: e.Source, Precision: string(e.Precision), JoinedAt: joined,
		Node: e.Node, Seq: e.Seq,
	}, nil
}

// close completes a visit: its row is final and it is no longer open.
func (p *Projector) close(v *Visit, e *event.Event, out *Rows) {
	v.Node, v.Seq = e.Node, e.Seq
	out.Visits = append(out.Visits, *v)
	if _, open := p.s.Visits[v.Visit]; open {
		delete(p.s.Visits, v.Visit)
		p.visits[v.Visit] = struct{}{}
	}
	p.s.Closed.add(visitKey(v.Visit))
}

func (p *Projector) offerMade(e *event.Event, d *event.OfferMade, out *Rows) {
	p.s.Offers[e.Offer] = &Offer{
		Offer: e.Offer, Visit: e.Visit, Interaction: e.Interaction, Queue: e.Queue, Agent: e.Agent,
		MadeAt: e.At, Attempt: d.Attempt, Rule: d.Rule,
	}
	p.ringStarted(e, out)
}

func (p *Projector) offerEnded(e *event.Event, result string, ring int64, out *Rows) error {
	if err := require("offer_id", e.Offer); err != nil {
		return err
	}
	o := p.s.Offers[e.Offer]
	switch {
	case o != nil:
		delete(p.s.Offers, e.Offer)
	case p.s.Closed.has(offerKey(e.Offer)):
		return unusable("offer_id", e.Offer, "already has its result")
	default:
		o = &Offer{Offer: e.Offer, Visit: e.Visit, Interaction: e.Interaction, Queue: e.Queue, Agent: e.Agent, MadeAt: e.At - ring}
	}
	o.EndedAt, o.Result, o.RingUs = e.At, result, ring
	if ring == 0 {
		o.RingUs = max(0, e.At-o.MadeAt)
	}
	if d, ok := e.Payload.(*event.OfferWithdrawn); ok {
		o.Reason = d.Reason
	}
	out.Offers = append(out.Offers, *o)
	p.s.Closed.add(offerKey(e.Offer))
	if v := p.s.Visits[e.Visit]; v != nil && result == "accepted" {
		v.RingUs = Some(o.RingUs)
		p.visits[e.Visit] = struct{}{}
	}
	p.ringEnded(e, result, out)
	return nil
}

func visitKey(id string) string { return "v" + id }
func offerKey(id string) string { return "o" + id }
