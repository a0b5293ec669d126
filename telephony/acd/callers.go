package acd

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd/internal/book"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/routing"
)

// maxHops bounds how often one caller is passed on by overflow rules alone.
const maxHops = 8

// join puts a caller into a queue or does what the queue does with those it
// refuses. at is its place, hops how often it was passed on.
func (s *State) join(in Join, at int64, hops int) error {
	q := s.b.Queues[in.Queue]
	if q == nil || q.Retired {
		return fmt.Errorf("%w queue %q", ErrUnknown, in.Queue)
	}
	if in.Interaction == "" {
		return fmt.Errorf("%w: interaction = %q: must not be empty", ErrState, in.Interaction)
	}
	if in.Channel == event.Callback {
		return fmt.Errorf("%w: channel = %q: use ScheduleCallback", ErrState, in.Channel)
	}
	if err := checkTerms(in.Skills); err != nil {
		return err
	}
	if reason, action := s.refuse(q, &in); reason != "" {
		e := event.New(s.b.Now, &event.QueueBlocked{Reason: reason, Waiting: int64(len(q.Line))})
		e.Site, e.Channel, e.Interaction, e.Leg, e.Party, e.Queue = q.Site, in.Channel, in.Interaction, in.Leg, in.Party, q.ID
		s.emit(e)
		s.divert(in, action, at, hops)
		return nil
	}
	s.enqueue(q, in, at-in.HeadStartUs)
	return nil
}

// refuse says whether and why a queue does not take a caller.
func (s *State) refuse(q *book.Queue, in *Join) (event.BlockReason, Action) {
	switch {
	case q.Hours != nil && !q.Hours.Open(q.Zone, s.b.Now):
		return event.QueueClosed, q.OnClosed
	case !q.Meets(q.Entry.Need, s.b.Now):
		return event.NobodyStaffed, q.OnEmpty
	case q.Entry.MaxWaiting > 0 && len(q.Line) >= q.Entry.MaxWaiting:
		return event.QueueFull, q.OnFull
	case q.Entry.MaxWaitUs > 0 && in.PredictedUs > q.Entry.MaxWaitUs:
		return event.EntryCondition, q.OnLong
	}
	return "", Action{}
}

// enqueue makes the visit.
func (s *State) enqueue(q *book.Queue, in Join, place int64) *book.Visit {
	priority := clampPriority(q.Priority + in.Priority)
	e := event.New(s.b.Now, &event.QueueJoined{
		Priority: priority, Skills: in.Skills, Position: s.b.PositionFor(q, routing.Place{Priority: priority, At: place}),
		Waiting: int64(len(q.Line)), Staffed: q.Staffed(),
	})
	e.Site, e.Channel, e.Interaction, e.Leg, e.Party = q.Site, in.Channel, in.Interaction, in.Leg, in.Party
	e.Queue, e.Visit = q.ID, s.b.ID("v")
	if place != s.b.Now {
		e.Cause = book.PlacePrefix + strconv.FormatInt(place, 10)
	}
	s.emit(e)
	v := s.b.Visits[e.Visit]
	if v == nil {
		return nil
	}
	if v.Callback == nil {
		s.command(Wait{Interaction: v.Interaction, Visit: v.ID, Queue: q.ID, Position: v.Position()})
		s.offerCallback(v, in.PredictedUs)
	}
	s.opened = append(s.opened, v)
	return v
}

// divert does with a caller what an action says. The caller is in no queue.
func (s *State) divert(in Join, a Action, at int64, hops int) {
	switch a.Do {
	case setup.ToQueue:
		in.Queue = a.Target
		in.PredictedUs = 0 // it was another queue's
		if hops < maxHops && s.join(in, at, hops+1) == nil {
			return
		}
		a = Action{}
	case setup.ToCallback:
		if s.promise(promise{in: in, place: at - in.HeadStartUs, keeps: true}) == nil {
			return
		}
		a = Action{}
	case setup.ToVoicemail:
		s.voicemail(in, a)
		return
	}
	s.command(Divert{Interaction: in.Interaction, Queue: in.Queue, Action: a})
}

// voicemail goes to the action's box, or the queue's.
func (s *State) voicemail(in Join, a Action) {
	d := Divert{Interaction: in.Interaction, Queue: in.Queue, Action: a}
	if q := s.b.Queues[in.Queue]; q != nil {
		d.Notify = q.Notify
		if a.Target == "" {
			d.Action.Target = q.VoicemailBox
		}
	}
	s.command(d)
}

// departure is how a visit leaves its queue unserved.
type departure struct {
	exit   event.Exit
	cause  string
	key    string
	action Action
	gone   bool // the caller is not there any more: nothing to do with it
}

// refine turns a timeout or key into the exit that its action stands for.
func (d *departure) refine() {
	if d.exit != event.TimedOut && d.exit != event.KeyExit {
		return
	}
	switch d.action.Do {
	case setup.ToVoicemail:
		d.exit = event.Voicemail
	case setup.ToCallback:
		d.exit = event.ToCallback
	case setup.ToQueue, setup.ToNumber:
		if d.exit == event.TimedOut {
			d.exit = event.Overflowed
		}
	}
}

// leave takes a waiting visit out of its queue.
func (s *State) leave(v *book.Visit, d departure) {
	s.withdrawAll(v, string(d.exit))
	d.refine()
	p := &event.QueueLeft{Exit: d.exit, JoinedAt: v.JoinedAt, WaitUs: s.b.Now - v.JoinedAt, Position: v.Position(), Key: d.key}
	switch d.action.Do {
	case setup.ToQueue:
		p.ToQueue = d.action.Target
	default:
		p.Target = d.action.Target
	}
	e := s.visitFact(v, p)
	e.Cause = d.cause
	in := Join{
		Queue: v.Queue.ID, Interaction: v.Interaction, Leg: v.Leg, Party: v.Party, Channel: v.Channel,
		Priority: v.Place.Priority - v.Queue.Priority, // the next queue adds its own
		Skills:   v.Skills,
	}
	place := v.Place.At
	s.emit(e)
	if !d.gone {
		s.divert(in, d.action, place, 0)
	}
}

// waiter returns a visit that waits for an agent and has a caller on the line.
func (s *State) waiter(id string) (*book.Visit, error) {
	v := s.b.Visits[id]
	if v == nil {
		return nil, fmt.Errorf("%w visit %q", ErrUnknown, id)
	}
	if v.Phase != book.Waiting || v.Callback != nil {
		return nil, fmt.Errorf("%w: visit %q has no caller waiting", ErrState, id)
	}
	return v, nil
}

func (s *State) hangUp(in HangUp) error {
	v := s.b.Visits[in.Visit]
	if v != nil && v.Phase == book.Talking {
		return s.finish(Finish{Visit: in.Visit, By: event.Customer})
	}
	v, err := s.waiter(in.Visit)
	if err == nil {
		s.leave(v, departure{exit: event.Abandoned, gone: true})
	}
	return err
}

func (s *State) key(in Key) error {
	v, err := s.waiter(in.Visit)
	if err != nil {
		return err
	}
	action, ok := v.Queue.Keys[in.Key]
	if !ok {
		return fmt.Errorf("%w: queue %q has no key %q", ErrState, v.Queue.ID, in.Key)
	}
	if action.Do == setup.ToCallback {
		until := int64(0)
		if within := v.Queue.Callback.WithinUs; within > 0 {
			until = s.b.Now + within
		}
		return s.takeCallback(v, 0, until)
	}
	s.leave(v, departure{exit: event.KeyExit, key: in.Key, action: action})
	return nil
}

// checkLeave sends callers away from a queue whose agents have gone, if it says so.
func (s *State) checkLeave(q *book.Queue) {
	if q.Leave == setup.NeedNothing || len(q.Line) == 0 || q.Meets(q.Leave, s.b.Now) {
		return
	}
	for _, v := range slices.Clone(q.Line) {
		if v.Callback == nil && v.Phase == book.Waiting {
			s.leave(v, departure{exit: event.NoAgents, cause: "no_agents", action: q.OnEmpty})
		}
	}
}
