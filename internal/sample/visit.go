package sample

import (
	"slices"

	"github.com/agner-platform/agner/internal/event"
)

// visit is one passage of a contact through a queue.
type visit struct {
	id       string
	contact  *contact
	queue    *queue
	priority int64
	joinedAt int64
	offers   int64
	position int64  // when it was last taken from the line
	offer    *offer // the one that rings now
	left     bool
}

// offer is a visit ringing at an agent.
type offer struct {
	id    string
	visit *visit
	agent *agent
	at    int64
}

func (s *sim) visitFact(v *visit, p event.Payload) event.Event {
	e := s.about(v.contact, p)
	e.Queue, e.Visit = v.queue.line.id, v.id
	return e
}

func (s *sim) offerFact(o *offer, p event.Payload) event.Event {
	e := s.visitFact(o.visit, p)
	e.Offer, e.Agent = o.id, o.agent.id
	return e
}

// join puts a contact into a queue, or refuses it.
func (s *sim) join(c *contact, q *queue, priority int64) {
	switch {
	case !q.hours.Open(s.opt.Zone, s.now):
		s.block(c, q, event.QueueClosed)
		return
	case q.staffed == 0:
		s.block(c, q, event.NobodyStaffed)
		return
	case len(q.waiting) >= maxWaiting:
		s.block(c, q, event.QueueFull)
		return
	}
	v := &visit{id: s.id("v"), contact: c, queue: q, priority: priority, joinedAt: s.now}
	ahead := len(q.waiting)
	s.line(v)
	s.send(s.visitFact(v, &event.QueueJoined{
		Priority: priority, Skills: []string{"smp_k_" + q.line.id[6:]}, Position: v.place(), Waiting: int64(ahead), Staffed: int64(q.staffed),
	}))
	s.in(s.patience(), func() { s.abandon(v) })
	s.dispatch(v)
	if v.offer != nil {
		return // most are served at once and hear nothing
	}
	s.in(firstAnnouncement, func() { s.announce(v, "position", firstBump) })
	s.in(secondAnnouncement, func() {
		bump := secondBump
		if s.now >= s.message {
			bump = betterBump
		}
		s.announce(v, "message", bump)
	})
	s.in(laterAnnouncement, func() { s.announce(v, "voicemail_offer", 0.02) })
	if q.index == 2 {
		s.in(overflowWait, func() { s.overflow(v, s.queues[1]) })
	}
	s.in(maxWait, func() { s.giveUp(v, event.TimedOut) })
}

// line puts a visit in its place: higher priority first, then who came first.
func (s *sim) line(v *visit) {
	q := v.queue
	i, _ := slices.BinarySearchFunc(q.waiting, v, func(a, b *visit) int {
		if a.ahead(b) {
			return -1
		}
		return 1
	})
	q.waiting = slices.Insert(q.waiting, i, v)
}

func (v *visit) ahead(w *visit) bool {
	if v.priority != w.priority {
		return v.priority > w.priority
	}
	if v.joinedAt != w.joinedAt {
		return v.joinedAt < w.joinedAt
	}
	return v.id < w.id
}

// place is the position in line, 1 is next; while ringing, the place it was taken from.
func (v *visit) place() int64 {
	if i := slices.Index(v.queue.waiting, v); i >= 0 {
		return int64(i + 1)
	}
	return v.position
}

// waits reports whether the visit stands in line.
func (v *visit) waits() bool { return !v.left && v.offer == nil }

// leave takes a visit out of its queue: exactly once a visit.
func (s *sim) leave(v *visit, p *event.QueueLeft) {
	p.JoinedAt, p.WaitUs, p.Position = v.joinedAt, s.now-v.joinedAt, v.place()
	if i := slices.Index(v.queue.waiting, v); i >= 0 {
		v.queue.waiting = slices.Delete(v.queue.waiting, i, i+1)
	}
	v.left = true
	e := s.visitFact(v, p)
	if p.Exit == event.Answered {
		e.Agent = v.offer.agent.id
	}
	s.send(e)
}

// announce tells a waiting caller something; some hang up on hearing it.
func (s *sim) announce(v *visit, what string, bump float64) {
	if !v.waits() {
		return
	}
	s.send(s.visitFact(v, &event.QueueAnnounced{What: what}))
	switch {
	case s.chance(bump):
		s.in(s.between(0.5, 4), func() { s.abandon(v) })
	case what == "voicemail_offer" && s.chance(0.08):
		s.in(s.between(2, 6), func() { s.voicemail(v) })
	}
}

// abandon is the caller hanging up, in line or while it rings.
func (s *sim) abandon(v *visit) {
	if v.left {
		return
	}
	o := v.offer
	if o != nil {
		s.send(s.offerFact(o, &event.OfferWithdrawn{RingUs: s.now - o.at, Reason: "caller_hung_up"}))
	}
	s.leave(v, &event.QueueLeft{Exit: event.Abandoned})
	s.hangUp(v.contact, event.Customer, "abandoned")
	s.again(v.contact, true)
	if o != nil {
		o.agent.offer = nil
		s.idle(o.agent)
	}
}

// voicemail takes a waiting caller to the recorder.
func (s *sim) voicemail(v *visit) {
	if !v.waits() {
		return
	}
	s.leave(v, &event.QueueLeft{Exit: event.Voicemail, Key: "1"})
	length := s.between(10, 60)
	s.in(length, func() {
		e := s.about(v.contact, &event.VoicemailLeft{Ref: s.id("m"), LengthUs: length})
		e.Queue = v.queue.line.id
		s.send(e)
		s.hangUp(v.contact, event.Customer, "voicemail")
	})
}

// overflow moves a waiting caller on to another queue.
func (s *sim) overflow(v *visit, to *queue) {
	if !v.waits() || to.staffed == 0 || len(to.waiting) > 2 {
		return
	}
	s.leave(v, &event.QueueLeft{Exit: event.Overflowed, ToQueue: to.line.id})
	s.join(v.contact, to, 1)
}

// giveUp ends a wait that the queue itself does not want to go on.
func (s *sim) giveUp(v *visit, exit event.Exit) {
	if !v.waits() {
		return
	}
	s.leave(v, &event.QueueLeft{Exit: exit})
	s.hangUp(v.contact, event.System, string(exit))
}

// dispatch offers a waiting visit to the agent who has been idle longest.
func (s *sim) dispatch(v *visit) {
	var best *agent
	for _, a := range v.queue.agents {
		if a.state == event.Available && (best == nil || a.since < best.since) {
			best = a
		}
	}
	if best != nil {
		s.ring(v, best)
	}
}

// ring makes an offer; the agent takes it, misses it or declines it.
func (s *sim) ring(v *visit, a *agent) {
	v.position = v.place()
	v.queue.waiting = slices.Delete(v.queue.waiting, int(v.position)-1, int(v.position))
	v.offers++
	o := &offer{id: s.id("o"), visit: v, agent: a, at: s.now}
	v.offer, a.offer = o, o
	s.send(s.offerFact(o, &event.OfferMade{Attempt: v.offers, Rule: "longest_idle"}))
	s.become(a, event.Reserved, "", v)
	switch u := s.rng.Float64(); {
	case u < 0.012:
		s.in(18*second, func() { s.refuse(o, &event.OfferMissed{RingUs: 18 * second}, "missed_offer") })
	case u < 0.015:
		ring := s.between(2, 8)
		s.in(ring, func() { s.refuse(o, &event.OfferDeclined{RingUs: ring}, "declined_offer") })
	default:
		s.in(s.between(1.2, 5.5), func() { s.accept(o) })
	}
}

// refuse puts the visit back in line and gives the agent a minute.
func (s *sim) refuse(o *offer, p event.Payload, why string) {
	if o.visit.offer != o || o.visit.left {
		return
	}
	s.send(s.offerFact(o, p))
	o.visit.offer, o.agent.offer = nil, nil
	s.become(o.agent, event.OtherState, why, nil)
	s.in(s.between(30, 90), func() { s.idle(o.agent) })
	s.line(o.visit)
	if o.visit.queue.staffed == 0 {
		s.giveUp(o.visit, event.NoAgents)
		return
	}
	s.in(maxWait-(s.now-o.visit.joinedAt), func() { s.giveUp(o.visit, event.TimedOut) })
	s.dispatch(o.visit)
}
