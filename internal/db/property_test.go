package db

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Random puts, changes and removals of dated rows, against a plain map as oracle.
func TestDatedRowsFollowAnOracle(t *testing.T) {
	s, ctx := open(t), t.Context()
	sk := must[Skill](t)(s.EnsureSkill(ctx, "et"))
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		ag, err := s.EnsureAgent(ctx, fmt.Sprint("agent ", n))
		if err != nil {
			t.Fatal(err)
		}
		oracle := map[Stamp]AgentSkill{}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			from := Stamp(rapid.IntRange(0, 6).Draw(t, "from"))
			have, known := oracle[from]
			if known && rapid.Bool().Draw(t, "remove") {
				if err := s.SkillLevels().Remove(ctx, have); err != nil {
					t.Fatal(err)
				}
				delete(oracle, from)
				continue
			}
			row := AgentSkill{AgentID: ag.ID, SkillID: sk.ID, DatedHead: DatedHead{ValidFrom: from, Version: have.Version}, Level: rapid.IntRange(0, 10).Draw(t, "level")}
			if oracle[from], err = s.SkillLevels().Put(ctx, row); err != nil {
				t.Fatal(err)
			}
		}
		for at := Stamp(0); at < 8; at++ {
			var want []AgentSkill
			for _, from := range slices.Sorted(maps.Keys(oracle)) {
				if from <= at {
					want = []AgentSkill{oracle[from]}
				}
			}
			got, err := s.SkillLevels().AsOf(ctx, at, Where("agent_id", ag.ID))
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("at %d: %+v, %v; want %+v", at, got, err, want)
			}
		}
	})
}

// Whoever replays the outbox from the beginning arrives at the tables as they are.
func TestOutboxReplaysToTheTables(t *testing.T) {
	s, ctx := open(t), t.Context()
	replica := map[string]Team{}
	for _, c := range must[[]Change](t)(s.PendingChanges(ctx, 10)) {
		t.Fatalf("a fresh store has a pending change: %+v", c)
	}
	rapid.Check(t, func(t *rapid.T) {
		teams, err := s.Teams().List(ctx, WithRetired())
		if err != nil {
			t.Fatal(err)
		}
		name := rapid.StringMatching(`[a-e]{1,2}`).Draw(t, "name")
		var v Team
		switch op := rapid.IntRange(0, 3).Draw(t, "op"); {
		case op == 0 || len(teams) == 0:
			_, err = s.Teams().Create(ctx, Team{Name: name})
		case op == 1:
			v = rapid.SampledFrom(teams).Draw(t, "team")
			v.Name = name
			_, err = s.Teams().Update(ctx, v)
		case op == 2:
			v = rapid.SampledFrom(teams).Draw(t, "team")
			_, err = s.Teams().Retire(ctx, v.ID, v.Version)
		default:
			v = rapid.SampledFrom(teams).Draw(t, "team")
			_, err = s.Teams().Restore(ctx, v.ID, v.Version)
		}
		if err != nil && !errors.Is(err, ErrExists) {
			t.Fatal(err)
		}
	})
	for {
		batch := must[[]Change](t)(s.PendingChanges(ctx, 7))
		if len(batch) == 0 {
			break
		}
		for _, c := range batch {
			var row Team
			if err := json.Unmarshal(c.Row, &row); err != nil {
				t.Fatal(err)
			}
			if before := replica[c.ID].Version; row.Version != before+1 {
				t.Fatalf("%s went from version %d to %d", c.ID, before, row.Version)
			}
			replica[c.ID] = row
		}
		if err := s.MarkPublished(ctx, batch[len(batch)-1].Seq); err != nil {
			t.Fatal(err)
		}
	}
	teams := must[[]Team](t)(s.Teams().List(ctx, WithRetired()))
	if len(teams) != len(replica) || len(teams) == 0 {
		t.Fatalf("%d teams stored, %d replayed", len(teams), len(replica))
	}
	for _, v := range teams {
		if replica[v.ID] != v {
			t.Errorf("stored %+v, replayed %+v", v, replica[v.ID])
		}
	}
	must[AuditProof](t)(s.VerifyAudit(ctx))
}
