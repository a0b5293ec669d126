package sample_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/sample"
)

// checker is what every row type of internal/db has.
type checker interface{ Check() error }

// TestSetUpFitsTheDatabase reads each row as the type of its table and lets that
// type judge it.
func TestSetUpFitsTheDatabase(t *testing.T) {
	makers := map[string]func() checker{
		"sites": func() checker { return new(db.Site) }, "queue_groups": func() checker { return new(db.Group) },
		"streams": func() checker { return new(db.Stream) }, "skills": func() checker { return new(db.Skill) },
		"queues": func() checker { return new(db.Queue) }, "codes": func() checker { return new(db.Code) },
		"teams": func() checker { return new(db.Team) }, "agents": func() checker { return new(db.Agent) },
		"agent_terms": func() checker { return new(db.AgentTerms) }, "agent_skills": func() checker { return new(db.AgentSkill) },
		"queue_targets": func() checker { return new(db.QueueTarget) },
	}
	loc, err := interval.LoadZone("Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := sample.SetUp(sample.Defaults(loc, interval.Date{Year: 2026, Month: time.November, Day: 22}))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		mk := makers[r.Table]
		if mk == nil {
			t.Fatalf("table %s is not known", r.Table)
		}
		row := mk()
		dec := json.NewDecoder(bytes.NewReader(r.Values))
		if err := dec.Decode(row); err != nil {
			t.Errorf("%s %s: %v", r.Table, r.ID, err)
			continue
		}
		if err := row.Check(); err != nil {
			t.Errorf("%s %s: %v", r.Table, r.ID, err)
		}
	}
}
