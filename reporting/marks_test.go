package reporting_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/reporting"
	"github.com/agner-platform/agner/reporting/marks"
)

// Each kind of event that belongs under a graph is found, with its length; bounded callers are told of no set-up.
func TestMarks(t *testing.T) {
	c := newCentre(t)
	s := c.open()
	var events []event.Event
	add := func(node, clock string, p event.Payload) {
		e := event.New(at(clock), p)
		e.Node = node
		for i := range events {
			if events[i].Node == node {
				e.Seq = events[i].Seq
			}
		}
		e.Seq++
		events = append(events, e)
	}
	add("sw", "08:00:00", &event.NodeStarted{Role: "switch"})
	add("sw", "09:00:00", &event.NodeStopped{Role: "switch"})
	add("sw", "09:05:00", &event.NodeStarted{Role: "switch"})
	add("sw", "10:00:00", &event.LogGap{Count: 7, FromAt: at("09:59:00"), Reason: "full ring"})
	add("an", "11:00:00", &event.SchedulePublished{Version: "w41", Agents: 12})
	add("an", "11:30:00", &event.ForecastPublished{Snapshot: "f1"})
	add("an", "12:00:00", &event.ConfigChanged{Table: "queue_targets", Row: "q1", Version: 2, Values: []byte(`{}`)})
	add("an", "12:01:00", &event.ConfigChanged{Table: "users", Row: "u1", Version: 2, Values: []byte(`{}`)})
	add("an", "13:00:00", &event.NodeStopped{Role: "analytics"})
	if err := c.lake.ApplyEvents(context.Background(), events); err != nil {
		t.Fatal(err)
	}
	show := func(p reporting.Params, kinds ...string) string {
		found, err := s.Marks(t.Context(), p, kinds)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, m := range found {
			out = append(out, fmt.Sprintf("%s %s %d s", m.Kind, m.Text, (m.To-m.From)/sec))
		}
		return strings.Join(out, "; ")
	}
	day := marks.Params("1999-10-05", "1999-10-06", reporting.Scope{})
	const outages = "outage switch started 0 s; outage switch was down 300 s; "
	const rest = "gap 7 facts of sw were lost: full ring 60 s; schedule schedule w41 published for 12 agents 0 s; forecast forecast f1 published 0 s; "
	if got, want := show(day), outages+rest+"setup queue targets changed 0 s; outage analytics was down 25200 s"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := show(day, marks.Schedule); got != "schedule schedule w41 published for 12 agents 0 s" {
		t.Errorf("schedules: %s", got)
	}
	day.Scope.Queues = []string{"q1"}
	if got := show(day); strings.Contains(got, "setup") || !strings.Contains(got, "schedule") {
		t.Errorf("bounded: %s", got)
	}
	if got := show(marks.Params("1999-10-06", "1999-10-07", reporting.Scope{})); got != "" {
		t.Errorf("another day: %s", got)
	}
	if n := marks.Table(nil).Len(); n != 0 {
		t.Errorf("%d rows of nothing", n)
	}
}
