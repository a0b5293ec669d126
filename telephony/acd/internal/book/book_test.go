package book

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/routing"
)

// TestTimersInOrder: whatever the order of pushing, timers come out by instant, kind
// and id: the order of handling must not depend on history.
func TestTimersInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h timers
		var want []Timer
		for range rapid.IntRange(0, 60).Draw(t, "n") {
			x := Timer{rapid.Int64Range(0, 9).Draw(t, "at"), TimerKind(rapid.IntRange(0, 3).Draw(t, "kind")), fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "id"))}
			if rapid.IntRange(0, 3).Draw(t, "pop") == 0 && len(h) > 0 {
				want = slices.DeleteFunc(want, func(w Timer) bool { return w == h[0] })
				for top := h[0]; len(h) > 0 && h[0] == top; {
					h.pop()
				}
			}
			h.push(x)
			want = append(want, x)
		}
		slices.SortFunc(want, Timer.compare)
		for _, w := range want {
			if h[0] != w {
				t.Fatalf("got %v, want %v", h[0], w)
			}
			h.pop()
		}
	})
}

// populated is a book with one of everything.
func populated(t *testing.T) *Book {
	t.Helper()
	b := New()
	state := func(at int64, from, to event.State) event.Event {
		e := event.New(at, &event.AgentStateChanged{From: from, To: to})
		e.Agent = "ann"
		return e
	}
	about := func(e event.Event, interaction, visit, offer string) event.Event {
		e.Interaction, e.Queue, e.Visit, e.Offer, e.Agent = interaction, "q", visit, offer, "ann"
		return e
	}
	start := event.New(1, &event.NodeStarted{Role: "acd"})
	start.Node = "n"
	in := event.New(2, &event.AgentSignedIn{})
	in.Agent = "ann"
	cb := about(event.New(7, &event.CallbackRequested{Ref: "r", UntilAt: 99}), "c2", "", "")
	cbJoin := about(event.New(8, &event.QueueJoined{Skills: []string{"fr"}}), "c2", "v2", "")
	cbJoin.Channel, cbJoin.Cause = event.Callback, PlacePrefix+"3"
	for _, e := range []event.Event{
		start,
		event.New(1, &event.ConfigChanged{Table: setup.TableQueue, Row: "q", Version: 1, Values: setup.Row(&setup.QueueConfig{ID: "q", MaxWaitUs: 500})}),
		event.New(1, &event.ConfigChanged{Table: setup.TableAgent, Row: "ann", Version: 1, Values: setup.Row(&setup.AgentConfig{
			ID: "ann", Skills: routing.Skills{"fr": 2}, Queues: []setup.Membership{{Queue: "q"}},
		})}),
		in, state(2, event.Offline, event.Available),
		about(event.New(5, &event.QueueJoined{Priority: 3}), "c1", "v1", ""),
		about(event.New(6, &event.OfferMade{Attempt: 1}), "c1", "v1", "o1"), state(6, event.Available, event.Reserved),
		cb, cbJoin,
	} {
		if err := b.Evolve(&e); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// TestCloneIsApart: a clone has the same bytes and the same deadlines, and what
// happens to it does not touch the original.
func TestCloneIsApart(t *testing.T) {
	b := populated(t)
	before := string(b.Snapshot())
	c := b.Clone()
	if string(c.Snapshot()) != before {
		t.Fatalf("clone:\n%s\nwant:\n%s", c.Snapshot(), before)
	}
	at, ok := b.Deadline()
	if at2, ok2 := c.Deadline(); at != at2 || ok != ok2 {
		t.Errorf("deadline %d, %v, want %d, %v", at2, ok2, at, ok)
	}
	for _, e := range []event.Event{
		{Kind: event.KindOfferMissed, At: 30, Offer: "o1", Visit: "v1", Agent: "ann", Payload: &event.OfferMissed{}},
		{Kind: event.KindAgentStateChanged, At: 30, Agent: "ann", Payload: &event.AgentStateChanged{From: event.Reserved, To: event.OnBreak}},
		{Kind: event.KindAgentSkillsChanged, At: 30, Agent: "ann", Payload: &event.AgentSkillsChanged{Skills: map[string]int64{"de": 1}}},
		{Kind: event.KindQueueLeft, At: 31, Visit: "v1", Payload: &event.QueueLeft{Exit: event.Abandoned}},
		{Kind: event.KindQueuePriorityChanged, At: 31, Visit: "v2", Payload: &event.QueuePriorityChanged{To: 9}},
		{Kind: event.KindCallbackAttempted, At: 32, Interaction: "c2", Payload: &event.CallbackAttempted{Ref: "r", Attempt: 1}},
		{Kind: event.KindConfigChanged, At: 33, Payload: &event.ConfigChanged{Table: setup.TableQueue, Row: "q", Version: 2, Values: []byte(`{"id":"q","weight":5}`)}},
	} {
		if err := c.Evolve(&e); err != nil {
			t.Fatal(err)
		}
	}
	if string(b.Snapshot()) != before {
		t.Errorf("the original changed:\n%s\nwas:\n%s", b.Snapshot(), before)
	}
	r, err := Restore([]byte(before))
	if err != nil || !r.Equal(b) {
		t.Errorf("restored: %v\n%s", err, r.Snapshot())
	}
}

// TestMisfits: facts about what is not there are refused, and change nothing.
func TestMisfits(t *testing.T) {
	for _, e := range []event.Event{
		{Kind: event.KindQueueJoined, Queue: "nowhere", Payload: &event.QueueJoined{}},
		{Kind: event.KindQueueJoined, Queue: "q", Payload: &event.QueueJoined{Skills: []string{"AND"}}},
		{Kind: event.KindQueueLeft, Visit: "x", Payload: &event.QueueLeft{Exit: event.Lost}},
		{Kind: event.KindQueueLeft, Visit: "v1", Agent: "x", Payload: &event.QueueLeft{Exit: event.Answered}},
		{Kind: event.KindOfferMade, Visit: "x", Agent: "ann", Payload: &event.OfferMade{}},
		{Kind: event.KindOfferMade, Visit: "v1", Agent: "x", Payload: &event.OfferMade{}},
		{Kind: event.KindOfferMissed, Offer: "x", Payload: &event.OfferMissed{}},
		{Kind: event.KindAgentSignedIn, Agent: "x", Payload: &event.AgentSignedIn{}},
		{Kind: event.KindCallbackRequested, Queue: "x", Payload: &event.CallbackRequested{Ref: "r"}},
		{Kind: event.KindCallbackResulted, Interaction: "x", Payload: &event.CallbackResulted{Ref: "r", Result: "x"}},
		{Kind: event.KindConfigChanged, Payload: &event.ConfigChanged{Table: setup.TableQueue, Values: []byte("{")}},
		{Kind: event.KindConfigChanged, Payload: &event.ConfigChanged{Table: setup.TableAgent, Values: []byte("[]")}},
		{Kind: event.KindConfigChanged, Payload: &event.ConfigChanged{Table: setup.TableQueue, Row: "q", Values: []byte(`{"id":"q","hours":{"zone":"Mars/Base"}}`)}},
	} {
		b := populated(t)
		before := b.Clone()
		if err := b.Evolve(&e); !errors.Is(err, ErrFact) {
			t.Errorf("%s %+v: %v", e.Kind, e.Payload, err)
		}
		if !b.Equal(before) {
			t.Errorf("%s %+v changed the book", e.Kind, e.Payload)
		}
	}
	// Other rooms' facts pass and change nothing.
	b := populated(t)
	before := b.Clone()
	for _, p := range []event.Payload{&event.CallEnded{}, &event.NodeStarted{Role: "switch"}, &event.ConfigChanged{Table: "queues", Row: "q", Values: []byte("{}")}} {
		e := event.New(99, p)
		if err := b.Evolve(&e); err != nil || !b.Equal(before) {
			t.Errorf("%s: %v", e.Kind, err)
		}
	}
}

// FuzzRestore: no bytes may crash it, and what it accepts has a stable form.
func FuzzRestore(f *testing.F) {
	f.Add([]byte(`{"format":1,"queues":[{"config":{"id":"q"},"line":["v"]}],"visits":[{"id":"v","queue":"q"}]}`))
	f.Add([]byte(`{"format":1,"offers":[{"id":"o","visit":"v","agent":"a"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Restore(data)
		if err != nil {
			return
		}
		if again, err := Restore(b.Snapshot()); err != nil || !again.Equal(b) {
			t.Errorf("%s: %v", b.Snapshot(), err)
		}
	})
}
