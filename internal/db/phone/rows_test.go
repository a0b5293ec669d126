package phone

import (
	"errors"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/value"
)

func open(t *testing.T) *db.Store {
	t.Helper()
	s, err := db.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestRows writes one row of each kind and reads it back; secrets stay out of what is published.
func TestRows(t *testing.T) {
	s := open(t)
	ctx := db.As(t.Context(), db.Actor{Name: "test"})
	site := create(t, s.Sites(), db.Site{Name: "Tallinn", Zone: "Europe/Tallinn"})
	queue := create(t, s.Queues(), db.Queue{Name: "Support", SiteID: site.ID})
	agent := create(t, s.Agents(), db.Agent{Name: "Mari"})
	flow := create(t, Flows(s), Flow{Name: "main", Text: "name: main"})
	create(t, Numbers(s), Number{Number: "+372 600-000", FlowID: flow.ID})
	create(t, Phones(s), Phone{Account: "7001", AgentID: agent.ID, HA1MD5: "0123456789abcdef", HA1SHA256: "fedcba"})
	create(t, Trunks(s), Trunk{Name: "out", Addresses: []string{"192.0.2.1", "2001:db8::/32"}, Secret: "quiet", Limits: TrunkLimits{Countries: []string{"372"}, PerMinute: 3, Concurrent: 2}})
	create(t, Routings(s), Routing{QueueID: queue.ID, Strategy: "circular", RingS: 15, Options: RoutingOptions{AgeS: 60, PopURL: "https://crm.example/?phone={caller}"}, Actions: map[string]RoutingAction{"key_1": {Do: "callback"}}})
	create(t, Members(s), Member{QueueID: queue.ID, AgentID: agent.ID})

	numbers, err := Numbers(s).List(ctx)
	if err != nil || len(numbers) != 1 || numbers[0].Number != "+372600000" || numbers[0].FlowID != flow.ID {
		t.Errorf("numbers %+v, %v", numbers, err)
	}
	phones, err := Phones(s).List(ctx, db.Where("account", "7001"))
	if err != nil || len(phones) != 1 || phones[0].HA1MD5 != "0123456789abcdef" {
		t.Errorf("phones %+v, %v", phones, err)
	}
	routing, err := Routings(s).List(ctx)
	if err != nil || len(routing) != 1 || routing[0].Actions["key_1"].Do != "callback" || routing[0].Options.AgeS != 60 {
		t.Errorf("routing %+v, %v", routing, err)
	}
	members, err := Members(s).List(ctx)
	if err != nil || len(members) != 1 || members[0].Tier != 1 {
		t.Errorf("members %+v, %v", members, err)
	}
	changes, err := s.PendingChanges(ctx, 100)
	check(t, err)
	for _, c := range changes {
		for _, secret := range []string{"quiet", "0123456789abcdef", "fedcba"} {
			if strings.Contains(string(c.Row), secret) {
				t.Errorf("%s publishes %s", c.Table, secret)
			}
		}
	}
	if _, err := Members(s).Create(ctx, Member{QueueID: queue.ID, AgentID: agent.ID}); err == nil {
		t.Error("an agent is a member twice")
	}
}

func create[T any](t *testing.T, r db.Repo[T], row T) T {
	t.Helper()
	out, err := r.Create(db.As(t.Context(), db.Actor{Name: "test"}), row)
	check(t, err)
	return out
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRefused(t *testing.T) {
	f := func(field string, row interface{ Check() error }) {
		t.Helper()
		var e *value.FieldError
		if err := row.Check(); !errors.As(err, &e) || e.Field != field {
			t.Errorf("%+v: %v, want a complaint about %s", row, err, field)
		}
	}
	f("name", &Flow{Text: "x"})
	f("text", &Flow{Name: "main", Text: " "})
	f("number", &Number{FlowID: "f"})
	f("number", &Number{Number: "help", FlowID: "f"})
	f("flow_id", &Number{Number: "600"})
	f("flow_id", &Number{Number: "600", FlowID: "f", QueueID: "q"})
	f("account", &Phone{})
	f("account", &Phone{Account: "a@b"})
	f("number", &Phone{Account: "m", Number: "+37255501234"})
	f("number", &Phone{Account: "m", AgentID: "a", Number: "5550"})
	f("number", &Phone{Account: "m", AgentID: "a", Number: "+372 mari"})
	f("addresses", &Trunk{Name: "t", Addresses: []string{"nowhere"}})
	f("queue_id", &Routing{})
	f("strategy", &Routing{QueueID: "q", Strategy: "best"})
	f("record", &Routing{QueueID: "q", Record: "secretly"})
	f("keep_days", &Routing{QueueID: "q", KeepDays: -1})
	f("entry", &Routing{QueueID: "q", Entry: "full"})
	f("ring_s", &Routing{QueueID: "q", RingS: -1})
	f("weight", &Routing{QueueID: "q", Weight: 5000})
	f("actions", &Routing{QueueID: "q", Actions: map[string]RoutingAction{"later": {}}})
	f("actions.full.do", &Routing{QueueID: "q", Actions: map[string]RoutingAction{"full": {Do: "explode"}}})
	more := func(field string, o RoutingOptions) {
		t.Helper()
		f("options."+field, &Routing{QueueID: "q", Options: o})
	}
	more("age_s", RoutingOptions{AgeS: -1})
	more("priority", RoutingOptions{Priority: 5000})
	more("language", RoutingOptions{Language: "tlh"})
	more("spoken", RoutingOptions{Spoken: "English"})
	more("redact", RoutingOptions{Spoken: "none", Redact: true})
	more("leave", RoutingOptions{Leave: "available"})
	more("need.after_s", RoutingOptions{Need: []Need{{AfterS: 30, Skills: "fr"}, {AfterS: 30}}})
	more("message_mail", RoutingOptions{MessageMail: []string{"nobody"}})
	more("pop_url", RoutingOptions{PopURL: "javascript:alert(1)"})
	more("pop_url", RoutingOptions{PopURL: "crm.example"})
	more("callback.attempts", RoutingOptions{Callback: CallbackOptions{Attempts: 1000}})
	f("language", &Number{Number: "600", FlowID: "f", Language: "tlh"})
	f("register", &Trunk{Name: "t", Register: true, Host: "sip.example"})
	f("limits.home", &Trunk{Name: "t", Limits: TrunkLimits{Home: "+372", PerMinute: 1, Concurrent: 1}})
	f("limits.countries", &Trunk{Name: "t", Limits: TrunkLimits{Countries: []string{"EE"}, PerMinute: 1, Concurrent: 1}})
	f("limits.per_minute", &Trunk{Name: "t", Limits: TrunkLimits{Countries: []string{"372"}}})
	f("limits.rates.per_minute", &Trunk{Name: "t", Limits: TrunkLimits{PerMinute: 1, Concurrent: 1, Rates: []TrunkRate{{PerMinute: -1}}}})
	f("agent_id", &Member{QueueID: "q"})
	f("tier", &Member{QueueID: "q", AgentID: "a", Tier: -1})
}
