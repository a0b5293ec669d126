package plan

import (
	"strings"
	"testing"

	"github.com/agner-platform/agner/telephony/acd"
)

func TestFill(t *testing.T) {
	value := func(name string) string {
		return map[string]string{"caller": "+372 555", "attributes.topic": "a&b=c/../x", "queue": "Müük"}[name]
	}
	f := func(template, want string) {
		t.Helper()
		if got := Fill(template, value); got != want {
			t.Errorf("%q: %q, want %q", template, got, want)
		}
	}
	f("", "")
	f("https://crm.example/?phone={caller}", "https://crm.example/?phone=%2B372+555")
	f("https://crm.example/{attributes.topic}?q={queue}&n={nothing}", "https://crm.example/a%26b%3Dc%2F..%2Fx?q=M%C3%BC%C3%BCk&n=")
	f("https://crm.example/{not a gap}", "https://crm.example/{not a gap}")
}

const nightMenu = `
name: night
start: hours
hours:
  office: {week: {mon-sun: ["08:00-17:00"]}}
nodes:
  hours: {kind: hours, hours: office, open: queue, closed: bye}
  queue: {kind: enqueue, queue: Support}
  bye: {kind: hangup}
`

// TestMenuZone gives numbers of two sites the same menu in each site's own time.
func TestMenuZone(t *testing.T) {
	s := Setup{
		Zone: "Europe/Tallinn", Names: map[string]string{"Support": "q1"}, Flows: []Flow{{"night", nightMenu}},
		Numbers: []Number{{Number: "1", Flow: "night"}, {Number: "2", Flow: "night", Zone: "Europe/Tallinn"}, {Number: "3", Flow: "night", Zone: "Asia/Taipei"}},
		ACD:     acd.Config{Queues: []acd.QueueConfig{{ID: "q1"}}},
	}
	p, err := Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	here, same, far := p.Menu(p.ByNumber["1"]), p.Menu(p.ByNumber["2"]), p.Menu(p.ByNumber["3"])
	if here == nil || here != same || far == nil || far == here {
		t.Errorf("menus %p %p %p", here, same, far)
	}
	s.Numbers[2].Zone = "Moon/Tycho"
	if _, err := Compile(s); err == nil || !strings.Contains(err.Error(), "Moon/Tycho") {
		t.Errorf("a zone that is none: %v", err)
	}
}
