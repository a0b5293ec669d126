package reporting_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting"
	"github.com/google/go-cmp/cmp"
)

// script is events of one node.
type script []event.Event

func (s *script) add(at int64, visit, queue, agent string, p event.Payload) {
	e := event.New(at, p)
	e.Node, e.Seq, e.Visit, e.Queue, e.Agent = "switch", uint64(len(*s)+1), visit, queue, agent
	if visit != "" {
		e.Interaction = "i" + visit
	}
	*s = append(*s, e)
}

func (s *script) answer(at int64, visit, queue, agent string) {
	s.add(at, visit, queue, "", &event.QueueJoined{})
	s.add(at+sec, visit, queue, agent, &event.QueueLeft{Exit: event.Answered, JoinedAt: at, WaitUs: sec})
}

func (s *script) done(at int64, visit, queue, agent string) {
	s.add(at, visit, queue, agent, &event.VisitHandled{JoinedAt: at - 100*sec, AnsweredAt: at - 99*sec, TalkUs: 99 * sec})
}

// apply loads the set-up, then the events.
func (c *centre) apply(s script) *reporting.Service {
	c.t.Helper()
	service := c.open()
	slices.SortStableFunc(s, func(a, b event.Event) int { return int(a.At - b.At) })
	for i := range s {
		s[i].Seq = uint64(i + 1)
	}
	if err := c.lake.ApplyEvents(context.Background(), s); err != nil {
		c.t.Fatal(err)
	}
	return service
}

// An agent counts in the queue of the contact it is in, whether its source says so in the state or not, and while it is
// ready in the queue it served last.
func TestLiveAgentsOfQueues(t *testing.T) {
	c := newCentre(t)
	var s script
	state := func(at int64, agent string, to event.State) {
		s.add(at, "", "", agent, &event.AgentStateChanged{To: to})
	}
	state(at("19:00:00"), "a1", event.Available)
	s.answer(at("19:59:00"), "v1", "q1", "a1")
	state(at("19:59:01"), "a1", event.Talking) // names no queue
	state(at("19:00:00"), "a2", event.Available)
	s.answer(at("19:58:00"), "v2", "q2", "a2")
	state(at("19:58:01"), "a2", event.Talking)
	state(at("19:59:30"), "a2", event.WrapUp) // the visit is still open
	state(at("18:00:00"), "a3", event.Available)
	s.answer(at("19:00:00"), "v3", "q2", "a3")
	s.done(at("19:01:40"), "v3", "q2", "a3")     // ready again since
	s.answer(at("19:59:50"), "v4", "q1", "a4")   // a foreign log: only the contact shows
	state(at("18:00:00"), "a5", event.Available) // never answered
	service := c.apply(s)
	live, err := service.Live(context.Background(), reporting.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][3]int64{}
	for _, q := range append(live.Queues, live.Totals.Queue) {
		got[q.QueueID] = [3]int64{q.Available, q.Talking, q.WrapUp}
	}
	if diff := cmp.Diff(map[string][3]int64{"q1": {0, 2, 0}, "q2": {1, 0, 1}, "": {2, 2, 1}}, got); diff != "" {
		t.Errorf("available, talking, wrapping up (-want +got):\n%s", diff)
	}
	queues := map[string]string{}
	for _, a := range live.Agents {
		queues[a.Agent] = a.Queue
	}
	if diff := cmp.Diff(map[string]string{"a1": "Private", "a2": "Stock", "a3": "", "a4": "Private", "a5": ""}, queues); diff != "" {
		t.Errorf("queues of agents (-want +got):\n%s", diff)
	}
}

// Agents in no team, as an import leaves them, belong to the sites where they answer.
func TestAgentsWithoutTeam(t *testing.T) {
	c := newCentre(t)
	c.secondSite()
	c.dim("teams", "t1", db.Team{Head: head("t1"), Name: "North", SiteID: "s1"})
	for _, a := range []string{"a1", "b1", "b2"} {
		c.dim("agents", a, db.Agent{Head: head(a), Name: a})
	}
	c.dim("agent_terms", "b2", db.AgentTerms{AgentID: "b2", TeamID: "t9"}) // in a team of elsewhere
	var s script
	for i, a := range []string{"a1", "b1", "b2"} {
		queue := []string{"q1", "q9", "q1"}[i]
		s.answer(at("09:00:00"), "v"+a, queue, a)
		s.done(at("09:01:40"), "v"+a, queue, a)
		s.add(at("10:00:00"), "", "", a, &event.AgentStateChanged{To: event.Available})
	}
	service := c.apply(s)
	p := day(interval.Day)
	p.Scope = reporting.Scope{Sites: []string{"s1"}, Queues: []string{"q1", "q2"}, Teams: []string{"t1"}}
	agents, err := service.Agents(context.Background(), p)
	if err != nil || len(agents.Rows) != 1 || agents.Rows[0].Agent != "a1" || len(agents.Rows[0].States) == 0 {
		t.Errorf("agents %+v (%v)", agents.Rows, err)
	}
	calls, err := service.Calls(context.Background(), p, reporting.CallFilter{})
	if err != nil || len(calls.Rows) != 1 || calls.Rows[0].AgentID != "a1" {
		t.Errorf("calls %+v (%v)", calls.Rows, err)
	}
	live, err := service.Live(context.Background(), p.Scope)
	if err != nil || len(live.Agents) != 1 || live.Agents[0].Agent != "a1" {
		t.Errorf("live %+v (%v)", live.Agents, err)
	}
	meta, err := service.Meta(context.Background(), p.Scope)
	if err != nil || len(meta.Agents) != 1 || meta.Agents[0].ID != "a1" {
		t.Errorf("meta %+v (%v)", meta.Agents, err)
	}
}

// Of a contact that went on beyond the scope the caller is shown its own part.
func TestCallWithinTheScope(t *testing.T) {
	c := newCentre(t)
	c.queue("q3", "Elsewhere", "")
	var s script
	call := func(at int64, visit, queue, agent string, p event.Payload) {
		s.add(at, visit, queue, agent, p)
		s[len(s)-1].Interaction = "i"
	}
	call(at("08:59:00"), "", "", "", &event.CallOffered{Direction: "inbound"})
	call(at("09:00:00"), "v1", "q1", "", &event.QueueJoined{})
	call(at("09:00:10"), "v1", "q1", "", &event.QueueLeft{Exit: event.Overflowed, JoinedAt: at("09:00:00"), WaitUs: 10 * sec})
	call(at("09:00:10"), "v2", "q3", "", &event.QueueJoined{})
	call(at("09:00:20"), "v2", "q3", "a9", &event.QueueLeft{Exit: event.Answered, JoinedAt: at("09:00:10"), WaitUs: 10 * sec})
	call(at("09:00:21"), "", "", "a9", &event.AgentStateChanged{To: event.Talking})
	service := c.apply(s)
	for name, want := range map[string]struct {
		scope          reporting.Scope
		visits, events int
	}{"all": {reporting.Scope{}, 2, 6}, "q1": {reporting.Scope{Queues: []string{"q1"}}, 1, 3}, "q3": {reporting.Scope{Queues: []string{"q3"}}, 1, 4}} {
		got, err := service.Call(context.Background(), want.scope, "i")
		if err != nil || len(got.Visits) != want.visits || len(got.Events) != want.events {
			t.Errorf("%s: %d visits, %d events (%v), want %d and %d", name, len(got.Visits), len(got.Events), err, want.visits, want.events)
		}
	}
	if _, err := service.Call(context.Background(), reporting.Scope{Queues: []string{"q2"}}, "i"); !errors.Is(err, reporting.ErrNotFound) {
		t.Errorf("beyond the scope: %v", err)
	}
}
