package sample

import (
	"math"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
)

// contact is one caller's call from the first ring to the end.
type contact struct {
	id, party  string
	offeredAt  int64
	answeredAt int64
	talk, hold int64
	attempt    int // how often this caller hung up before, in a row
	target     *queue
}

// Announcements a waiting caller hears, and the share who hang up right after.
const (
	firstAnnouncement  = 30 * second
	secondAnnouncement = 60 * second
	laterAnnouncement  = 180 * second
	firstBump          = 0.025
	secondBump         = 0.060
	betterBump         = 0.008 // of the better second message
)

// Waits and sizes at which callers are turned away.
const (
	maxWaiting   = 60
	maxWait      = 20 * interval.Minute
	overflowWait = 6 * interval.Minute
)

// event returns a fact about the contact.
func (s *sim) about(c *contact, p event.Payload) event.Event {
	e := s.fact(p)
	e.Interaction, e.Party = c.id, c.party
	return e
}

// call lets a caller in and through the menu.
func (s *sim) call(q *queue, party string, attempt int) {
	if s.now >= s.end {
		return
	}
	c := &contact{id: s.id("i"), party: party, offeredAt: s.now, attempt: attempt, target: q}
	s.send(s.about(c, &event.CallOffered{Direction: event.Inbound, DNIS: "1000", Trunk: "smp_trunk", Codec: "PCMA"}))
	if !q.hours.Open(s.opt.Zone, s.now) {
		s.in(s.between(2, 6), func() { s.block(c, q, event.QueueClosed) })
		return
	}
	entered := s.now
	s.send(s.about(c, &event.IVREntered{Flow: "smp_main", Number: "1000"}))
	spent := s.between(5, 16)
	left := func(outcome event.IVROutcome, node string) {
		s.send(s.about(c, &event.IVRLeft{Outcome: outcome, Flow: "smp_main", LastNode: node, EnteredAt: entered, SpentUs: s.now - entered}))
	}
	step := func(node, input string) {
		s.send(s.about(c, &event.IVRStepTaken{Node: node, Input: input, Attempt: 1, SpentUs: spent}))
	}
	s.in(spent, func() {
		switch u := s.rng.Float64(); {
		case u < 0.035:
			left(event.IVRHungUp, "welcome")
			s.hangUp(c, event.Customer, "hung_up_in_menu")
		case u < 0.04:
			left(event.IVRFailed, "welcome")
			s.hangUp(c, event.System, "menu_failed")
		case u < 0.11 && q.index == 2: // the balance by machine
			step("welcome", q.line.input)
			spent = s.between(20, 70)
			s.in(spent, func() {
				step("balance", "")
				left(event.IVRServed, "balance")
				s.hangUp(c, event.Customer, "served_in_menu")
			})
		default:
			step("welcome", q.line.input)
			left(event.IVRQueued, "welcome")
			prio := int64(0)
			if s.chance(0.1) {
				prio = q.line.prefer
			}
			s.join(c, q, prio)
		}
	})
}

// block refuses a caller at the entry of a queue.
func (s *sim) block(c *contact, q *queue, why event.BlockReason) {
	e := s.about(c, &event.QueueBlocked{Reason: why, Waiting: int64(len(q.waiting))})
	e.Queue = q.line.id
	s.send(e)
	s.hangUp(c, event.System, string(why))
}

// hangUp ends the call.
func (s *sim) hangUp(c *contact, by event.Side, cause string) {
	p := &event.CallEnded{By: by, OfferedAt: c.offeredAt, AnsweredAt: c.answeredAt, SIPStatus: 200, TalkUs: c.talk, HoldUs: c.hold}
	if c.answeredAt != 0 {
		lost := int64(0)
		if s.chance(0.1) {
			lost = s.rng.Int64N(1 + c.talk/second)
		}
		packets := c.talk / (20 * interval.Millisecond)
		p.Quality = &event.MediaQuality{
			MOS: math.Round(100*(4.4-0.3*s.rng.Float64()-float64(lost)/float64(packets+1))) / 100, JitterUs: 2000 + s.rng.Int64N(9000), Packets: packets, Lost: lost,
		}
	}
	e := s.about(c, p)
	e.Cause = cause
	s.send(e)
}

// patience draws how long a caller waits: some hang up as soon as they hear they
// must wait, some are in a hurry, most stay for minutes.
func (s *sim) patience() int64 {
	switch u := s.rng.Float64(); {
	case u < 0.035:
		return s.exponential(9)
	case u < 0.20:
		return s.exponential(110)
	}
	return s.exponential(900)
}

// again lets a caller come back: soon after hanging up, or days after an answer.
func (s *sim) again(c *contact, abandoned bool) {
	if c.party == "" {
		return
	}
	q, party, attempt := c.target, c.party, 0
	var wait int64
	switch {
	case abandoned && s.chance(0.48):
		wait, attempt = s.lognormal(1500, 1.6), c.attempt+1
	case !abandoned && s.chance(0.055):
		wait = s.exponential(3 * 86400)
	default:
		return
	}
	at := s.now + max(wait, 20*second)
	open, ok := q.hours.NextOpen(s.opt.Zone, at)
	if !ok || open >= s.end {
		return
	}
	if open > at { // not in the first second of the day
		open += s.exponential(3600)
	}
	s.heap.push(open, func() { s.call(q, party, attempt) })
}
