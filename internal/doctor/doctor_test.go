package doctor

import (
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
)

// call builds events of one call for tests.
type call struct {
	id, agent string
	at        int64
}

func (c call) with(at int64, p event.Payload) event.Event {
	e := event.New(at, p)
	e.Interaction, e.Visit, e.Offer, e.Queue, e.Agent, e.Source = c.id, "v"+c.id, "o"+c.id, "q", c.agent, "switch"
	return e
}

func (c call) joined() event.Event { return c.with(c.at, &event.QueueJoined{}) }
func (c call) answered() event.Event {
	return c.with(c.at+5, &event.QueueLeft{Exit: event.Answered, JoinedAt: c.at, WaitUs: 5})
}
func (c call) handled() event.Event {
	return c.with(c.at+50, &event.VisitHandled{JoinedAt: c.at, AnsweredAt: c.at + 5, TalkUs: 40})
}

func examine(events ...event.Event) Result {
	v := NewInvariants()
	for i := range events {
		events[i].Node, events[i].Seq = "n", uint64(i+1)
		v.Observe(&events[i])
	}
	return v.Result()
}

func TestRulesAreBrokenBy(t *testing.T) {
	a, b := call{"1", "anna", 100}, call{"2", "anna", 101}
	offer := a.with(102, &event.OfferMissed{})
	state := a.with(103, &event.AgentStateChanged{From: event.Talking, To: event.Available})
	first := a.with(99, &event.AgentStateChanged{To: event.Offline})
	f := func(want Rule, events ...event.Event) {
		t.Helper()
		r := examine(events...)
		if len(r.Breaches) != 1 || r.Breaches[0].Rule != want || r.Breaches[0].First.Seq != uint64(len(events)) {
			t.Errorf("breaches = %+v, want one of %q at the last event", r.Breaches, want)
		}
		if !r.Books.Balanced() {
			t.Errorf("%s: the books do not balance: %+v", want, r.Books)
		}
	}
	f(LeftJoined, a.answered())
	f(OneLeft, a.joined(), a.answered(), a.answered())
	f(Anchors, a.joined(), a.with(106, &event.QueueLeft{Exit: event.Answered, JoinedAt: 100, WaitUs: 5}))
	f(Anchors, a.joined(), a.with(105, &event.QueueLeft{Exit: event.Abandoned, JoinedAt: 99, WaitUs: 5}))
	f(Exclusive, a.joined(), b.joined(), a.answered(), b.answered())
	f(HandledOnce, a.joined(), a.answered(), a.handled(), a.handled())
	f(OneResult, offer)
	f(OneEnd, a.with(100, &event.CallOffered{Direction: event.Inbound}), a.with(101, &event.CallEnded{}), a.with(102, &event.CallEnded{}))
	f(StateChain, first, state)
	f(ValidPayload, a.with(100, &event.QueueJoined{Position: -1}))
}

func TestSoundStreamHasNoBreach(t *testing.T) {
	a, b := call{"1", "anna", 100}, call{"2", "anna", 101}
	r := examine(a.joined(), b.joined(), a.answered(), a.handled(), b.answered())
	if len(r.Breaches) > 0 || r.Books.Joined != 2 || r.Books.Exits[event.Answered] != 2 || r.Books.Waiting != 0 {
		t.Errorf("result = %+v, want 2 joined, 2 answered and no breach", r)
	}
	if r := examine(a.joined()); r.Books.Waiting != 1 || !r.Books.Balanced() {
		t.Errorf("books = %+v, want one waiting", r.Books)
	}
}

func TestRunOnAJournal(t *testing.T) {
	dir := t.TempDir()
	j, _, err := journal.Open(dir, "n", journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := call{"1", "anna", 100}
	if _, err := j.Append(t.Context(), a.joined(), a.answered(), a.answered()); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), Options{Journals: dir, Dir: dir, Database: dir + "/none.db"})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3 events in 1 segments", "first at n/3: visit v1", "1 joined = 1 left + 0 waiting", "there is none yet"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, &text)
		}
	}
	if !r.Bad() {
		t.Error("a rule broken by the switch is not bad")
	}
}
