package acd

import (
	"fmt"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd/internal/book"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/routing"
)

// byPrefix marks a cause that names the user who intervened, where the payload has
// no field for it.
const byPrefix = "by:"

// supervise carries out what a supervisor asked for.
func (s *State) supervise(in Input) error {
	switch in := in.(type) {
	case MoveToHead:
		return s.moveToHead(in)
	case SetPriority:
		v, err := s.inLine(in.Visit)
		if err != nil {
			return err
		}
		s.prioritise(v, in.Priority, in.By)
	case Pull:
		v, err := s.waiter(in.Visit)
		if err != nil {
			return err
		}
		if err := setup.CheckAction(v.Queue.ID, in.Action, func(id string) bool { return s.b.Queues[id] != nil }); err != nil {
			return err
		}
		s.leave(v, departure{exit: event.Withdrawn, cause: byPrefix + in.By, action: in.Action})
	case Reassign:
		return s.reassign(in)
	}
	return nil
}

// inLine returns a visit that stands in a line, caller or callback.
func (s *State) inLine(id string) (*book.Visit, error) {
	v := s.b.Visits[id]
	switch {
	case v == nil:
		return nil, fmt.Errorf("%w visit %q", ErrUnknown, id)
	case v.Phase != book.Waiting:
		return nil, fmt.Errorf("%w: visit %q does not wait any more", ErrState, id)
	}
	return v, nil
}

func (s *State) prioritise(v *book.Visit, to int64, by string) {
	s.emit(s.visitFact(v, &event.QueuePriorityChanged{From: v.Place.Priority, To: clampPriority(to), By: by}))
	s.opened = append(s.opened, v)
}

// moveToHead raises the visit above everybody in its line. Lines may hold visits
// that joined under other rules, so it is compared with each of them.
func (s *State) moveToHead(in MoveToHead) error {
	v, err := s.inLine(in.Visit)
	if err != nil {
		return err
	}
	to := v.Place.Priority
	order := routing.Order{AgeUs: v.Queue.AgeUs}
	for _, w := range v.Queue.Line {
		if w != v {
			to = max(to, order.Overtake(v.Place, w.Place))
		}
	}
	s.prioritise(v, to, in.By)
	return nil
}

// reassign rings a chosen agent, who must be idle. A breather does not count: a
// person has decided.
func (s *State) reassign(in Reassign) error {
	v, err := s.inLine(in.Visit)
	if err != nil {
		return err
	}
	a, err := s.present(in.Agent)
	switch {
	case err != nil:
		return err
	case a.State != event.Available:
		return fmt.Errorf("%w: agent %q is %s", ErrState, in.Agent, a.State)
	}
	s.withdrawAll(v, "reassigned")
	s.ring(v, a, "reassign:"+in.By)
	return nil
}
