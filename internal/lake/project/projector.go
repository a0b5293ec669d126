package project

import (
	"errors"
	"fmt"
	"math"

	"github.com/agner-platform/agner/internal/event"
)

// ErrUnusable is matched by every error of Apply: the event is left out.
var ErrUnusable = errors.New("event cannot be projected")

const (
	// usPerDay is a UTC day in µs.
	usPerDay = 24 * 60 * 60 * 1_000_000
	// sweepEvery is how many events pass between two sweeps of state that its
	// closing event has never reached; staleAfter is how old such state gets.
	sweepEvery = 1 << 16
	staleAfter = 7 * usPerDay
	// maxAt keeps instants inside the years that databases and browsers print.
	minAt, maxAt = -62135596800_000_000, 253402300799_000_000
	// maxSpan bounds a duration: a hundred years, so that sums never overflow.
	maxSpan = 100 * 366 * usPerDay
)

// Projector is the open state of one node's events. The zero value is not
// usable; see New and Restore. It is not safe for concurrent use.
type Projector struct {
	s state
	// Ids whose open row changed since the last TakeChanges.
	visits, agents map[string]struct{}
	scratch        Rows
}

// New returns a projector that has seen nothing.
func New() *Projector {
	return &Projector{s: newState(), visits: map[string]struct{}{}, agents: map[string]struct{}{}}
}

// Apply takes the node's next event and appends the rows it completes to out; a
// nil out discards them, which is how state is brought up to date after a restart.
func (p *Projector) Apply(e *event.Event, out *Rows) (err error) {
	if out == nil {
		p.scratch.Reset()
		out = &p.scratch
	}
	defer func() {
		// One hostile record must not stop the tail of a whole centre.
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrUnusable, r)
		}
	}()
	if err := check(e); err != nil {
		return err
	}
	p.s.Count++
	if e.Interaction != "" || e.Agent != "" {
		p.s.note(e.Source, e.At)
	}
	if p.s.Count%sweepEvery == 0 {
		p.sweep(e.At)
	}
	return p.apply(e, out)
}

// apply hands the event to the handler of its kind.
func (p *Projector) apply(e *event.Event, out *Rows) error {
	switch d := e.Payload.(type) {
	case *event.QueueJoined:
		return p.joined(e, d)
	case *event.QueueLeft:
		return p.left(e, d, out)
	case *event.VisitHandled:
		return p.handled(e, d, out)
	case *event.QueuePriorityChanged:
		p.priorityChanged(e, d)
	case *event.OfferMade:
		p.offerMade(e, d, out)
	case *event.OfferMissed:
		return p.offerEnded(e, "missed", d.RingUs, out)
	case *event.OfferDeclined:
		return p.offerEnded(e, "declined", d.RingUs, out)
	case *event.OfferAccepted:
		return p.offerEnded(e, "accepted", d.RingUs, out)
	case *event.OfferWithdrawn:
		return p.offerEnded(e, "withdrawn", d.RingUs, out)
	case *event.AgentSignedIn:
		p.signedIn(e, out)
	case *event.AgentSignedOut:
		p.signedOut(e, d, out)
	case *event.AgentStateChanged:
		p.stateChanged(e, d, out)
	case *event.CallOffered:
		p.callOffered(e, d)
	case *event.CallAnswered:
		p.callAnswered(e)
	case *event.CallEnded:
		return p.callEnded(e, d, out)
	case *event.IVREntered:
		p.ivrEntered(e, d)
	case *event.IVRStepTaken:
		p.ivrStep(e, d, out)
	case *event.IVRLeft:
		p.ivrLeft(e, d, out)
	default:
		return straight(e, out)
	}
	return nil
}

// check refuses what no handler may see: instants outside the calendar and
// durations that would overflow a sum.
func check(e *event.Event) error {
	if e.Payload == nil {
		return unusable("payload", "", "must not be empty")
	}
	for _, at := range [...]int64{e.At, e.RecordedAt} {
		if at < minAt || at > maxAt {
			return unusable("at", at, "is outside the years 1 to 9999")
		}
	}
	for _, span := range spans(e.Payload) {
		if span < 0 || span > maxSpan {
			return unusable("payload duration", span, "must be from 0 to 100 years")
		}
	}
	for _, at := range anchors(e.Payload) {
		if at < minAt || at > maxAt {
			return unusable("payload instant", at, "is outside the years 1 to 9999")
		}
	}
	return nil
}

// spans lists the durations of the payloads whose durations are added to instants.
func spans(p event.Payload) [3]int64 {
	switch d := p.(type) {
	case *event.QueueLeft:
		return [3]int64{d.WaitUs}
	case *event.VisitHandled:
		return [3]int64{d.TalkUs, d.HoldUs, d.WrapUpUs}
	case *event.CallEnded:
		return [3]int64{d.RingUs, d.TalkUs, d.HoldUs}
	case *event.OfferMissed:
		return [3]int64{d.RingUs}
	case *event.OfferDeclined:
		return [3]int64{d.RingUs}
	case *event.OfferAccepted:
		return [3]int64{d.RingUs}
	case *event.OfferWithdrawn:
		return [3]int64{d.RingUs}
	case *event.IVRLeft:
		return [3]int64{d.SpentUs}
	case *event.IVRStepTaken:
		return [3]int64{d.SpentUs}
	}
	return [3]int64{}
}

// anchors lists the instants that payloads repeat and rows keep.
func anchors(p event.Payload) [4]int64 {
	switch d := p.(type) {
	case *event.QueueLeft:
		return [4]int64{d.JoinedAt}
	case *event.VisitHandled:
		return [4]int64{d.JoinedAt, d.AnsweredAt}
	case *event.CallEnded:
		return [4]int64{d.OfferedAt, d.AnsweredAt}
	case *event.IVRLeft:
		return [4]int64{d.EnteredAt}
	case *event.CallbackRequested:
		return [4]int64{d.FromAt, d.UntilAt}
	case *event.CallbackScheduled:
		return [4]int64{d.ForAt}
	case *event.CallbackResulted:
		return [4]int64{d.RequestedAt}
	case *event.RecordingFinished:
		return [4]int64{d.StartedAt}
	}
	return [4]int64{}
}

// unusable names a field, its value and why the event is left out.
func unusable(field string, value any, why string) error {
	return fmt.Errorf("%w: %s = %q: %s", ErrUnusable, field, fmt.Sprint(value), why)
}

// require refuses an event that lacks an id its rows are keyed by.
func require(field, value string) error {
	if value == "" {
		return unusable(field, value, "must not be empty")
	}
	return nil
}

// voice gives the channel its name: the empty channel means voice.
func voice(c event.Channel) string {
	if c == "" {
		return string(event.Voice)
	}
	return string(c)
}

// firstOf returns the first instant that is set.
func firstOf(at ...int64) int64 {
	for _, v := range at {
		if v != 0 {
			return v
		}
	}
	return 0
}

// firstText returns the first text that is set.
func firstText(s ...string) string {
	for _, v := range s {
		if v != "" {
			return v
		}
	}
	return ""
}

// finite keeps a measured number, and turns what no column can hold into 0.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}
