package outlook

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/agner-platform/agner/internal/db"
)

func open(t *testing.T) (*db.Store, string) {
	t.Helper()
	s, err := db.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	site, err := s.Sites().Create(t.Context(), db.Site{Name: "Tallinn", Zone: "Europe/Tallinn"})
	if err != nil {
		t.Fatal(err)
	}
	q, err := s.Queues().Create(t.Context(), db.Queue{Name: "Support", SiteID: site.ID})
	if err != nil {
		t.Fatal(err)
	}
	return s, q.ID
}

// TestRuns: the last forecast of a queue is found behind runs of other queues, of several with one origin the history has the
// last, and inputs can be dropped without the forecasts.
func TestRuns(t *testing.T) {
	s, q := open(t)
	p := New(s)
	publish := func(origin, queue, body string) Run {
		r, err := p.Publish(t.Context(), Run{Origin: origin, Days: 56, Minutes: 15}, []Forecast{{Queue: queue, Inputs: "h" + body, Digest: "d", Body: json.RawMessage(body)}}, map[string]string{"h" + body: "in" + body})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	publish("2026-05-01", q, "1")
	publish("2026-05-02", q, "2")
	last := publish("2026-05-02", q, "3")
	publish("2026-05-03", "other", "4")
	run, f, err := p.Latest(t.Context(), q)
	if err != nil || run.ID != last.ID || string(f.Body) != "3" {
		t.Errorf("latest %+v %s, %v", run, f.Body, err)
	}
	var bodies string
	if err := p.History(t.Context(), q, "2026-05-01", func(_ Run, f Forecast) error { bodies += string(f.Body); return nil }); err != nil || bodies != "13" {
		t.Errorf("history %q, %v", bodies, err)
	}
	if in, err := p.Inputs(t.Context(), f.Inputs); err != nil || in != "in3" {
		t.Errorf("inputs %q, %v", in, err)
	}
	if err := p.DropInputs(t.Context(), last.MadeAt+1e12); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Inputs(t.Context(), f.Inputs); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("dropped inputs: %v", err)
	}
	if list, err := p.Queues(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("queues %v, %v", list, err)
	}
	if _, _, err := p.Latest(t.Context(), "nobody"); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("no forecast: %v", err)
	}
	if _, err := s.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestRows: what cannot be is refused with the field's name.
func TestRows(t *testing.T) {
	s, q := open(t)
	good := Override{QueueID: q, Date: "2026-05-04", From: "09:00", To: "10:00", Measure: "calls", Mode: "factor", Amount: 1.5, Why: "letter"}
	if _, err := Overrides(s).Create(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*Override){
		"date": func(o *Override) { o.Date = "4 May" }, "measure": func(o *Override) { o.Measure = "mood" }, "mode": func(o *Override) { o.Mode = "" },
		"amount": func(o *Override) { o.Amount = 21 }, "why": func(o *Override) { o.Why = "" },
	} {
		o := good
		change(&o)
		var bad *db.FieldError
		if _, err := Overrides(s).Create(t.Context(), o); !errors.As(err, &bad) || bad.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	bad := good
	bad.From, bad.To = "11:00", "10:00"
	if _, err := Overrides(s).Create(t.Context(), bad); err == nil {
		t.Error("a span that ends before it begins")
	}
	if _, err := Rules(s).Create(t.Context(), Rule{QueueID: q, Shrinkage: 0.3}); err != nil {
		t.Error(err)
	}
	if _, err := Rules(s).Create(t.Context(), Rule{QueueID: q}); err == nil {
		t.Error("two rules of one queue")
	}
	if _, err := Events(s).Create(t.Context(), Event{Date: "2026-05-04", Name: "bills", Kind: "party"}); err == nil {
		t.Error("an unknown kind")
	}
}
