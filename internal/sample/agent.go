package sample

import (
	"math"
	"slices"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
)

// agent is one person at work.
type agent struct {
	person
	queues  []*queue
	state   event.State
	since   int64 // in the state
	signed  int64 // since sign-in
	in      bool
	offer   *offer
	due     []pause       // asked for, taken when free
	leaving bool          // signs out when free
	worked  int           // days, so that shifts go round
	today   interval.Date // last day with a shift
}

// pause is time away from the phone.
type pause struct {
	state  event.State
	reason string
	length int64
}

// Lengths of a shift and of what interrupts it.
const (
	shiftLength = 6 * interval.HourUs
	breakLength = 15 * interval.Minute
	mealLength  = 30 * interval.Minute
	absence     = 0.045 // share of planned shifts that nobody comes to
)

// become changes the agent's state.
func (s *sim) become(a *agent, to event.State, reason string, v *visit) {
	e := s.fact(&event.AgentStateChanged{From: a.state, To: to, Reason: reason, SpentUs: s.now - a.since})
	e.Agent = a.id
	if v != nil {
		e.Interaction, e.Visit, e.Queue = v.contact.id, v.id, v.queue.line.id
	}
	s.send(e)
	a.state, a.since = to, s.now
}

// idle is what an agent does who has nothing in hand: leave, pause, or wait for
// the next caller, who may be there already.
func (s *sim) idle(a *agent) {
	switch {
	case a.leaving && s.finished(a):
		s.signOut(a)
		return
	case len(a.due) > 0 && !a.leaving:
		p := a.due[0]
		a.due = a.due[1:]
		s.become(a, p.state, p.reason, nil)
		s.in(p.length, func() { s.idle(a) })
		return
	}
	s.become(a, event.Available, "", nil)
	if v := next(a); v != nil {
		s.ring(v, a)
	}
}

// finished reports whether an agent may go at the end of a shift: after closing
// time, only once nobody waits.
func (s *sim) finished(a *agent) bool {
	return next(a) == nil || a.queues[0].hours.Open(s.opt.Zone, s.now)
}

// next returns the caller an agent should take: highest priority, then longest wait.
func next(a *agent) *visit {
	var best *visit
	for _, q := range a.queues {
		if len(q.waiting) > 0 && (best == nil || q.waiting[0].ahead(best)) {
			best = q.waiting[0]
		}
	}
	return best
}

// rest asks for a pause, taken at once by an idle agent.
func (s *sim) rest(a *agent, p pause) {
	if !a.in {
		return
	}
	a.due = append(a.due, p)
	if a.state == event.Available {
		s.idle(a)
	}
}

func (s *sim) signIn(a *agent) {
	a.in, a.signed, a.leaving, a.due = true, s.now, false, nil
	ids := make([]string, len(a.queues))
	for i, q := range a.queues {
		ids[i] = q.line.id
		q.staffed++
	}
	e := s.fact(&event.AgentSignedIn{Device: "smp_ext_" + a.extension, Queues: ids})
	e.Agent = a.id
	s.send(e)
	s.idle(a)
}

func (s *sim) signOut(a *agent) {
	s.become(a, event.Offline, "", nil)
	e := s.fact(&event.AgentSignedOut{SpentUs: s.now - a.signed})
	e.Agent = a.id
	s.send(e)
	a.in = false
	for _, q := range a.queues {
		q.staffed--
		if q.staffed > 0 {
			continue
		}
		for _, v := range slices.Clone(q.waiting) {
			s.giveUp(v, event.NoAgents)
		}
	}
}

// accept connects caller and agent.
func (s *sim) accept(o *offer) {
	v, a := o.visit, o.agent
	if v.offer != o || v.left {
		return
	}
	s.send(s.offerFact(o, &event.OfferAccepted{RingUs: s.now - o.at}))
	s.leave(v, &event.QueueLeft{Exit: event.Answered})
	s.become(a, event.Talking, "", v)
	if v.contact.answeredAt == 0 {
		v.contact.answeredAt = s.now
	}
	t := &talk{offer: o, answered: s.now}
	length := s.lognormal(v.queue.line.talk*a.speed, 0.75)
	if s.chance(0.13) && length > 60*second {
		s.in(length/3, func() { s.hold(t, length-length/3) })
		return
	}
	s.in(length, func() { s.hungUp(t) })
}

// talk is an answered visit until its wrap-up ends.
type talk struct {
	offer    *offer
	answered int64
	hold     int64
	to       string // queue it was passed on to
	by       event.Side
}

// hold puts the caller on hold once, then goes on talking for the rest.
func (s *sim) hold(t *talk, rest int64) {
	v, a := t.offer.visit, t.offer.agent
	s.send(s.visitFact(v, &event.CallHeld{By: event.AgentSide}))
	s.become(a, event.OnHold, "", v)
	t.hold = s.lognormal(55, 0.6)
	s.in(t.hold, func() {
		s.send(s.visitFact(v, &event.CallResumed{By: event.AgentSide, HeldUs: t.hold}))
		s.become(a, event.Talking, "", v)
		s.in(rest, func() { s.hungUp(t) })
	})
}

// hungUp ends the talk: the caller goes, or goes on to another queue.
func (s *sim) hungUp(t *talk) {
	v, a := t.offer.visit, t.offer.agent
	v.contact.talk += s.now - t.answered - t.hold
	v.contact.hold += t.hold
	talked := s.now - t.answered - t.hold
	t.by = event.Customer
	if s.chance(0.3) {
		t.by = event.AgentSide
	}
	to := s.lineByID(v.queue.line.transfer)
	if to != nil && s.chance(v.queue.line.transferShare) && to.hours.Open(s.opt.Zone, s.now) && to.staffed > 0 {
		t.to, t.by = to.line.id, event.AgentSide
		e := s.visitFact(v, &event.CallTransferred{Transfer: event.Blind, ToQueue: to.line.id})
		e.Agent = a.id
		s.send(e)
	} else {
		s.hangUp(v.contact, t.by, "normal")
	}
	s.become(a, event.WrapUp, "", v)
	wrap := s.lognormal(v.queue.line.wrap, 0.6)
	s.in(wrap, func() { s.wrapped(t, talked, wrap) })
	if t.to != "" {
		s.join(v.contact, to, 2)
		return
	}
	s.survey(v, a)
	s.again(v.contact, false)
}

func (s *sim) lineByID(id string) *queue {
	i := slices.IndexFunc(s.queues, func(q *queue) bool { return q.line.id == id })
	if i < 0 {
		return nil
	}
	return s.queues[i]
}

// wrapped closes an answered visit.
func (s *sim) wrapped(t *talk, talked, wrap int64) {
	v, a := t.offer.visit, t.offer.agent
	a.offer = nil
	e := s.visitFact(v, &event.VisitHandled{
		JoinedAt: v.joinedAt, AnsweredAt: t.answered, TalkUs: talked, HoldUs: t.hold, WrapUpUs: wrap, HungUpBy: t.by, TransferredTo: t.to,
	})
	e.Agent = a.id
	s.send(e)
	if s.chance(0.93) { // the rest forget
		e := s.visitFact(v, &event.InteractionCoded{Code: s.code(v.queue), By: a.id})
		e.Agent = a.id
		s.send(e)
	}
	s.idle(a)
}

// code draws a reason: the first ones are the frequent ones, but for campaign and
// outage, which have their days.
func (s *sim) code(q *queue) string {
	story, d := &s.cal.story, interval.DateOf(s.opt.Zone, s.now)
	codes := q.line.codes
	special := d == story.Outage || !d.Before(story.CampaignFrom) && d.Before(story.CampaignTo)
	last := codes[len(codes)-1]
	if last == "campaign" || last == "outage" {
		inSeason := special && (last == "outage") == (d == story.Outage)
		if inSeason && s.chance(0.55) {
			return codeID(q.line, last)
		}
		codes = codes[:len(codes)-1]
	}
	u := s.rng.Float64()
	return codeID(q.line, codes[int(u*u*float64(len(codes)))])
}

// survey asks some callers three questions.
func (s *sim) survey(v *visit, a *agent) {
	if !s.chance(0.07) {
		return
	}
	c, waited := v.contact, float64(s.now-v.joinedAt)/float64(interval.HourUs)
	s.in(s.between(15, 40), func() {
		score := min(5, max(1, int64(math.Round(4.4-6*waited+0.9*s.rng.NormFloat64()))))
		resolved := int64(0)
		if s.chance(0.82) {
			resolved = 1
		}
		for _, p := range []*event.SurveyAnswered{{Question: "csat", Value: score, Scale: 5}, {Question: "resolved", Value: resolved, Scale: 1}, {Question: "nps", Value: min(10, 2*score), Scale: 10}} {
			e := s.about(c, p)
			e.Queue, e.Agent, e.Visit = v.queue.line.id, a.id, v.id
			s.send(e)
		}
	})
}
