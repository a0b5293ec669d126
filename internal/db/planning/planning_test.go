package planning

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/agner-platform/agner/internal/db"
)

func open(t *testing.T) (*Store, *db.Store, string) {
	t.Helper()
	s, err := db.Open(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	a, err := s.Agents().Create(context.Background(), db.Agent{Name: "Ann"})
	if err != nil {
		t.Fatal(err)
	}
	return New(s), s, a.ID
}

// TestTwoPlanners: of two who changed the same version one is told.
func TestTwoPlanners(t *testing.T) {
	ctx := context.Background()
	p, _, _ := open(t)
	s, err := p.Create(ctx, Schedule{Name: "week", From: "2026-05-04", Days: 7, Problem: json.RawMessage(`{}`), Draft: json.RawMessage(`{"a":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	first, err := p.Save(ctx, s.ID, s.Version, nil, json.RawMessage(`{"a":2}`), "first")
	if err != nil || first.Version != 2 || string(first.Draft) != `{"a":2}` || string(first.Problem) != `{}` {
		t.Fatalf("%v, %+v", err, first)
	}
	if _, err := p.Save(ctx, s.ID, s.Version, nil, json.RawMessage(`{"a":3}`), "second"); !errors.Is(err, db.ErrConflict) {
		t.Errorf("second planner: %v", err)
	}
	if _, err := p.Save(ctx, "sch_none", 1, nil, nil, ""); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("unknown schedule: %v", err)
	}
}

// TestPublishedVersionsStay: a later draft does not change what was published.
func TestPublishedVersionsStay(t *testing.T) {
	ctx := context.Background()
	p, s, _ := open(t)
	x, err := p.Create(ctx, Schedule{Name: "week", From: "2026-05-04", Days: 7, Problem: json.RawMessage(`{}`), Draft: json.RawMessage(`{"a":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	for i, body := range []string{`{"a":1}`, `{"a":2}`} {
		if x, err = p.Save(ctx, x.ID, x.Version, nil, json.RawMessage(body), ""); err != nil {
			t.Fatal(err)
		}
		if x, err = p.Publish(ctx, x.ID, x.Version, "note", 10); err != nil || x.Published != int64(i+1) {
			t.Fatalf("%v, %+v", err, x)
		}
	}
	v, err := p.Version(ctx, x.ID, 1)
	if err != nil || string(v.Body) != `{"a":1}` {
		t.Errorf("%v, version 1 is %s", err, v.Body)
	}
	for dates, want := range map[[2]string]int{{"2026-05-10", "2026-05-10"}: 1, {"2026-05-11", "2026-05-12"}: 0, {"2026-05-01", "2026-05-03"}: 0} {
		got, err := p.InForce(ctx, dates[0], dates[1])
		if err != nil || len(got) != want || want == 1 && string(got[0].Draft) != `{"a":2}` {
			t.Errorf("in force %v: %v, %d schedules", dates, err, len(got))
		}
	}
	log, err := p.Log(ctx, x.ID)
	if err != nil || len(log) != 5 || log[0].What != "published" {
		t.Errorf("%v, log %+v", err, log)
	}
	if _, err := s.VerifyAudit(ctx); err != nil {
		t.Error(err)
	}
}

func TestRequests(t *testing.T) {
	ctx := context.Background()
	p, _, agent := open(t)
	r, err := p.Ask(ctx, Request{Agent: agent, Kind: TimeOff, From: "2026-05-04", To: "2026-05-06", State: Open})
	if err != nil {
		t.Fatal(err)
	}
	if r, err = p.Decide(ctx, r.ID, r.Version, Granted, "quota"); err != nil || r.State != Granted || r.Version != 2 {
		t.Fatalf("%v, %+v", err, r)
	}
	if _, err := p.Decide(ctx, r.ID, 1, Refused, ""); !errors.Is(err, db.ErrConflict) {
		t.Errorf("an old version decides: %v", err)
	}
	if got, err := p.Requests(ctx, agent, "2026-05-06", "2026-05-09"); err != nil || len(got) != 1 {
		t.Errorf("%v, %d requests", err, len(got))
	}
	for field, bad := range map[string]Request{
		"kind":    {Agent: agent, Kind: "x", From: "2026-05-04", To: "2026-05-04"},
		"from":    {Agent: agent, Kind: Sick, From: "soon", To: "2026-05-04"},
		"to":      {Agent: agent, Kind: Sick, From: "2026-05-04", To: "2026-05-03"},
		"partner": {Agent: agent, Kind: Swap, From: "2026-05-04", To: "2026-05-04", Partner: agent},
	} {
		var f *db.FieldError
		if _, err := p.Ask(ctx, bad); !errors.As(err, &f) || f.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestFeedsAndDocuments(t *testing.T) {
	ctx := context.Background()
	p, _, agent := open(t)
	first, err := p.NewFeed(ctx, agent)
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.NewFeed(ctx, agent)
	if err != nil || first == second {
		t.Fatalf("%v, secrets %q and %q", err, first, second)
	}
	if _, err := p.FeedAgent(ctx, first); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("a replaced secret still opens: %v", err)
	}
	if got, err := p.FeedAgent(ctx, second); err != nil || got != agent {
		t.Errorf("%v, %q", err, got)
	}
	if err := p.SetDocument(ctx, "contracts", 0, json.RawMessage(`[]`)); err != nil {
		t.Fatal(err)
	}
	if err := p.SetDocument(ctx, "contracts", 0, json.RawMessage(`[1]`)); !errors.Is(err, db.ErrConflict) {
		t.Errorf("old version: %v", err)
	}
	if body, version, err := p.Document(ctx, "contracts"); err != nil || version != 1 || string(body) != `[]` {
		t.Errorf("%v, %d, %s", err, version, body)
	}
}
