package ingest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// Fact is what an event says that can be said only once; see feed.Fact.
type Fact = feed.Fact

// Known returns which facts were published before, by Fact.Key. Facts are asked
// for in the order of their events.
type Known func(ctx context.Context, facts []Fact) (map[Fact]bool, error)

// Bounds of a sieve against records that never end.
const (
	maxLeftOut = 4000 // visits and calls that go on: part of a checkpoint
	maxPast    = 50_000
)

// sieve leaves out the events of a file that are known from another one. What
// begins a visit, a call or a stay in a menu decides about what goes with it;
// what ends it is looked at by itself, because one file may know more than
// another: a call that merely goes on in the next file is not left out.
type sieve struct {
	known Known
	fresh map[Fact]bool    // of a torn batch: they are this file's own
	since int64            // newest stamp before this run: its own events may share the instant
	open  map[string]bool  // visits, calls and menus left out that have not ended
	past  map[string]bool  // the same that have, and their interactions
	own   map[string]int64 // newest published instant of an agent
}

func newSieve(known Known, c feed.Checkpoint, fresh []Fact) *sieve {
	s := &sieve{known: known, fresh: map[Fact]bool{}, since: c.At, open: map[string]bool{}, past: map[string]bool{}, own: map[string]int64{}}
	for _, f := range fresh {
		s.fresh[f.Key()] = true
	}
	for _, id := range c.LeftOut {
		s.open[id] = true
	}
	return s
}

// leftOut returns what a later run has to go on leaving out.
func (s *sieve) leftOut() []string {
	for id := range s.open {
		if len(s.open) <= maxLeftOut {
			break
		}
		delete(s.open, id)
	}
	return slices.Sorted(maps.Keys(s.open))
}

// sift returns the events that are new, and those that are not. It may be called
// again with the same events and more.
func (s *sieve) sift(ctx context.Context, events []event.Event) (fresh, old []event.Event, err error) {
	if s.known == nil || len(events) == 0 {
		return events, nil, nil
	}
	var ask []Fact
	for i := range events {
		f, ok := feed.FactOf(&events[i])
		if !ok {
			continue
		}
		ask = append(ask, f)
		if f.Kind == feed.AgentEntered && f.Part != "" {
			f.Part = "" // whatever state began then
			ask = append(ask, f)
		}
	}
	known, err := s.known(ctx, ask)
	if err != nil {
		return nil, nil, fmt.Errorf("look up what was imported before: %w", err)
	}
	s.ended(events, known)
	fresh = make([]event.Event, 0, len(events))
	for i := range events {
		if s.drops(&events[i], known) {
			old = append(old, events[i])
		} else {
			fresh = append(fresh, events[i])
		}
	}
	return fresh, old, nil
}

// ended marks visits of which another file has told the end: what this one tells
// before it went with that.
func (s *sieve) ended(events []event.Event, known map[Fact]bool) {
	for i := range events {
		f, ok := feed.FactOf(&events[i])
		if ok && (f.Kind == feed.VisitLeft || f.Kind == feed.VisitHandled) && known[f.Key()] && !s.fresh[f.Key()] {
			s.open[thing(&events[i])] = true
		}
	}
}

// drops decides about one event.
func (s *sieve) drops(e *event.Event, known map[Fact]bool) bool {
	f, ok := feed.FactOf(e)
	if !ok {
		return s.goesWith(e)
	}
	if f.Kind == feed.AgentEntered {
		return s.dropsAgent(f, known)
	}
	is := known[f.Key()] && !s.fresh[f.Key()]
	id := thing(e)
	switch f.Kind {
	case feed.VisitJoined, feed.MenuEntered, feed.CallOffered:
		if is {
			s.open[id], s.past["x"+e.Interaction] = true, true
		} else {
			delete(s.open, id)
			delete(s.past, "x"+e.Interaction)
		}
		return is
	case feed.CallerBlocked:
		return is
	}
	if s.open[id] && guessed(e) {
		is = true // the file ended, not the call
	}
	if left, ok := e.Payload.(*event.QueueLeft); ok && left.Exit == event.Answered {
		return is
	}
	if s.open[id] {
		s.close(id)
	}
	return is
}

// close remembers a while that what has ended was left out.
func (s *sieve) close(id string) {
	delete(s.open, id)
	if len(s.past) > maxPast {
		clear(s.past)
	}
	s.past[id] = true
}

// dropsAgent decides about a change of an agent's state. Of several changes at
// one instant the lake shows only the last, so that any state that began then
// speaks for all of them, unless this file itself said so.
func (s *sieve) dropsAgent(f Fact, known map[Fact]bool) bool {
	if s.fresh[f.Key()] || s.own[f.ID] == f.At {
		s.own[f.ID] = f.At
		return false
	}
	some := f
	some.Part = ""
	if known[f] || known[some] && f.At > s.since {
		return true
	}
	s.own[f.ID] = f.At
	return false
}

// goesWith reports that what the event goes with was left out.
func (s *sieve) goesWith(e *event.Event) bool {
	id := thing(e)
	if id == "" {
		return e.Interaction != "" && s.past["x"+e.Interaction]
	}
	return s.open[id] || s.past[id]
}

// thing names the visit, call or stay in a menu that an event is about.
func thing(e *event.Event) string {
	kind := string(e.Kind)
	switch {
	case e.Visit != "":
		return "v" + e.Visit
	case e.Interaction == "":
		return ""
	case strings.HasPrefix(kind, "ivr."):
		return "i" + e.Interaction
	case strings.HasPrefix(kind, "call."):
		return "c" + e.Interaction + "/" + e.Leg
	}
	return ""
}

// guessed reports an end that no record tells: the records ended.
func guessed(e *event.Event) bool {
	left, ok := e.Payload.(*event.QueueLeft)
	return ok && left.Exit == event.Lost || e.Kind == event.KindVisitHandled && e.Cause == "log_ended"
}

// madeRow is a record that gave events in the batch at hand.
type madeRow struct {
	line int64
	raw  bool
}

// discount moves records of which nothing new was left from mapped to skipped.
func (f *fileRun) discount(fresh, old []event.Event) {
	if len(old) > 0 {
		told, still := map[string]bool{}, map[string]bool{}
		for i := range fresh {
			still[fresh[i].SourceRef] = true
		}
		for i := range old {
			told[old[i].SourceRef] = true
			if old[i].Kind == event.KindQueueJoined {
				f.tally.count(Skipped, "visits imported before", feed.LineOf(old[i].SourceRef))
			}
		}
		f.rep.Events -= int64(len(old))
		for _, r := range f.made {
			if ref := feed.Ref(f.identity, r.line); told[ref] && !still[ref] {
				f.skipRow(r)
			}
		}
	}
	f.made = f.made[:0]
}

func (f *fileRun) skipRow(r madeRow) {
	if r.raw {
		f.rep.Raw--
	} else {
		f.rep.Mapped--
	}
	f.rep.Skipped++
	f.tally.count(Skipped, "rows imported before", r.line)
}
