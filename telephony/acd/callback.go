package acd

import (
	"fmt"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd/internal/book"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/routing"
)

// promise is a callback to be made.
type promise struct {
	in          Join
	place       int64
	keeps       bool
	from, until int64
	forAt       int64 // 0: in its turn
	formerVisit string
}

// promise states a callback. One that keeps its place joins the line at once; one
// for an agreed time joins then.
func (s *State) promise(p promise) error {
	q := s.b.Queues[p.in.Queue]
	switch {
	case q == nil || q.Retired:
		return fmt.Errorf("%w queue %q", ErrUnknown, p.in.Queue)
	case s.b.Callbacks[p.in.Interaction] != nil:
		return fmt.Errorf("%w: interaction %q has a callback already", ErrState, p.in.Interaction)
	case p.until != 0 && p.until <= max(p.from, s.b.Now):
		return fmt.Errorf("%w: until = %d: must be after its beginning and now", ErrState, p.until)
	}
	ref := s.b.ID("c")
	e := event.New(s.b.Now, &event.CallbackRequested{Ref: ref, KeepsPlace: p.keeps, FromAt: p.from, UntilAt: p.until})
	e.Site, e.Channel, e.Interaction, e.Leg, e.Party = q.Site, event.Callback, p.in.Interaction, p.in.Leg, p.in.Party
	e.Queue, e.Visit = q.ID, p.formerVisit
	s.emit(e)
	if p.forAt != 0 {
		e := e
		e.Payload = &event.CallbackScheduled{Ref: ref, ForAt: p.forAt}
		e.Kind = event.KindCallbackScheduled
		s.emit(e)
		return nil
	}
	p.in.Channel = event.Callback
	s.enqueue(q, p.in, p.place)
	return nil
}

// takeCallback turns a waiting caller into a promise at the same place.
func (s *State) takeCallback(v *book.Visit, from, until int64) error {
	if until != 0 && until <= max(from, s.b.Now) {
		return fmt.Errorf("%w: until = %d: must be after its beginning and now", ErrState, until)
	}
	if s.b.Callbacks[v.Interaction] != nil {
		return fmt.Errorf("%w: interaction %q has a callback already", ErrState, v.Interaction)
	}
	if v.Queue.Retired {
		return fmt.Errorf("%w queue %q", ErrUnknown, v.Queue.ID)
	}
	in := Join{
		Queue: v.Queue.ID, Interaction: v.Interaction, Leg: v.Leg, Party: v.Party, Skills: v.Skills,
		Priority: v.Place.Priority - v.Queue.Priority,
	}
	s.leave(v, departure{exit: event.ToCallback, gone: true})
	return s.promise(promise{in: in, place: v.Place.At, keeps: true, from: from, until: until, formerVisit: v.ID})
}

func (s *State) schedule(in ScheduleCallback) error {
	if in.ForAt <= s.b.Now {
		return fmt.Errorf("%w: for_at = %d: must be in the future", ErrState, in.ForAt)
	}
	if in.Interaction == "" {
		return fmt.Errorf("%w: interaction = %q: must not be empty", ErrState, in.Interaction)
	}
	j := Join{Queue: in.Queue, Interaction: in.Interaction, Party: in.Party}
	return s.promise(promise{in: j, from: in.ForAt, until: in.UntilAt, forAt: in.ForAt})
}

// promiseDue begins a callback whose time has come, or ends one whose window has
// closed. One that rings or is dialled is left to its end.
func (s *State) promiseDue(c *book.Callback) {
	if c.Visit == nil {
		if c.Queue.Retired {
			s.fulfil(c, "failed", "")
			return
		}
		s.enqueue(c.Queue, Join{Queue: c.Queue.ID, Interaction: c.Interaction, Party: c.Party, Channel: event.Callback}, s.b.Now)
		return
	}
	if v := c.Visit; v.Phase == book.Waiting && len(v.Offers) == 0 {
		s.breakPromise(v, "expired", event.TimedOut)
	}
}

// fulfil ends a promise.
func (s *State) fulfil(c *book.Callback, result, by string) {
	e := event.New(s.b.Now, &event.CallbackResulted{Ref: c.Ref, Result: result, Attempts: c.Attempts, RequestedAt: c.RequestedAt})
	e.Site, e.Channel, e.Interaction, e.Party, e.Queue = c.Queue.Site, event.Callback, c.Interaction, c.Party, c.Queue.ID
	if c.Visit != nil {
		e.Visit = c.Visit.ID
	}
	if by != "" {
		e.Cause = byPrefix + by
	}
	s.emit(e)
}

// breakPromise takes a callback that waits out of its line.
func (s *State) breakPromise(v *book.Visit, result string, exit event.Exit) {
	c := v.Callback
	s.withdrawAll(v, result)
	s.leave(v, departure{exit: exit, cause: "callback_" + result, gone: true})
	s.fulfil(c, result, "")
}

func (s *State) cancelCallback(in CancelCallback) error {
	for _, c := range s.b.Callbacks {
		if c.Ref != in.Ref {
			continue
		}
		switch v := c.Visit; {
		case v == nil:
			s.fulfil(c, "cancelled", in.By)
		case v.Phase != book.Waiting:
			return fmt.Errorf("%w: callback %q is being made", ErrState, in.Ref)
		default:
			s.leave(v, departure{exit: event.Withdrawn, cause: byPrefix + in.By, gone: true})
			s.fulfil(c, "cancelled", in.By)
		}
		return nil
	}
	return fmt.Errorf("%w callback %q", ErrUnknown, in.Ref)
}

// callbackResult goes on after the customer was dialled.
func (s *State) callbackResult(in CallbackResult) error {
	v := s.b.Visits[in.Visit]
	if v == nil || v.Phase != book.Dialing {
		return fmt.Errorf("%w: visit %q is not being dialled", ErrUnknown, in.Visit)
	}
	c, a := v.Callback, v.Agent
	if in.Result == "reached" {
		s.converse(v, a)
		s.fulfil(c, "reached", "")
		return nil
	}
	if in.Result == "" {
		return fmt.Errorf("%w: result = %q: must not be empty", ErrState, in.Result)
	}
	s.settle(a, change{reason: "callback_" + in.Result, visit: v})
	spent := c.Attempts >= setup.Or(v.Queue.Callback.Attempts, setup.DefaultAttempts)
	if spent || c.UntilAt != 0 && v.NotBefore >= c.UntilAt {
		s.breakPromise(v, in.Result, event.Withdrawn)
	}
	return nil
}

// announce tells a waiting caller what its queue announces.
func (s *State) announce(v *book.Visit) {
	c := v.Queue.Announce
	v.AnnounceAt = 0
	if c.EveryUs > 0 {
		v.AnnounceAt = s.b.Now + c.EveryUs
		s.b.Set(book.AnnounceTimer, v.AnnounceAt, v.ID)
	}
	if len(v.Offers) > 0 {
		return // a phone rings for this caller already
	}
	if c.Position {
		s.emit(s.visitFact(v, &event.QueueAnnounced{What: "position"}))
		s.command(Announce{Visit: v.ID, Interaction: v.Interaction, What: "position", Position: v.Position()})
	}
	if c.Wait || s.callbackFrom(v.Queue) > 0 {
		s.command(Estimate{Visit: v.ID, Queue: v.Queue.ID})
	}
}

// estimated announces a wait as a range. It does not rise merely because the caller
// is still waiting: only if the caller's position became worse or an agent left.
func (s *State) estimated(in Estimated) error {
	v, err := s.waiter(in.Visit)
	if err != nil {
		return err
	}
	if in.LowUs < 0 || in.HighUs < in.LowUs {
		return fmt.Errorf("%w: estimate %d to %d µs: must be a range", ErrState, in.LowUs, in.HighUs)
	}
	mid := in.LowUs + (in.HighUs-in.LowUs)/2
	if v.Queue.Announce.Wait {
		low, high := in.LowUs, in.HighUs
		if t := v.Told; t.HighUs > 0 && v.Position() <= t.Position && v.Queue.Staffed() >= t.Staffed {
			low, high = min(low, t.LowUs), min(high, t.HighUs)
		}
		s.emit(s.visitFact(v, &event.QueueAnnounced{What: "wait", LowUs: low, HighUs: high}))
		s.command(Announce{Visit: v.ID, Interaction: v.Interaction, What: "wait", Position: v.Position(), LowUs: low, HighUs: high})
	}
	s.offerCallback(v, mid)
	return nil
}

// callbackFrom is the predicted wait from which a queue offers callbacks, 0 if it
// does not.
func (s *State) callbackFrom(q *book.Queue) int64 {
	takes := false
	for _, a := range q.Keys {
		takes = takes || a.Do == setup.ToCallback
	}
	if !takes || q.Callback.OfferUs < 0 {
		return 0
	}
	return setup.Or(q.Callback.OfferUs, setup.DefaultCallbackAt)
}

// offerCallback tells a caller once that a callback may be had.
func (s *State) offerCallback(v *book.Visit, predictedUs int64) {
	from := s.callbackFrom(v.Queue)
	if from == 0 || predictedUs < from || v.Told.Offered {
		return
	}
	s.emit(s.visitFact(v, &event.QueueAnnounced{What: "callback_offer"}))
	s.command(Announce{Visit: v.ID, Interaction: v.Interaction, What: "callback_offer"})
}

func clampPriority(p int64) int64 {
	return min(max(p, -routing.MaxPriority), routing.MaxPriority)
}

// checkTerms refuses skills that are no expressions.
func checkTerms(terms []string) error {
	if _, err := routing.All(terms); err != nil {
		return fmt.Errorf("%w: skills: %w", ErrState, err)
	}
	return nil
}
