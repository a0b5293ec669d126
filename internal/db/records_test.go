package db

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/db/setting"
)

func TestChangesCarryTheFullRow(t *testing.T) {
	s := open(t)
	ctx := As(t.Context(), Actor{Name: "u_1", Address: "10.0.0.1", RequestID: "r1"})
	team := must[Team](t)(s.Teams().Create(ctx, Team{Name: "Blue"}))
	team.Name = "Red"
	team = must[Team](t)(s.Teams().Update(ctx, team))
	ag := must[Agent](t)(s.EnsureAgent(ctx, "Mari"))
	terms := must[AgentTerms](t)(s.Terms().Put(ctx, AgentTerms{AgentID: ag.ID, DatedHead: DatedHead{ValidFrom: 7}, TeamID: team.ID}))
	if err := s.Terms().Remove(ctx, terms); err != nil {
		t.Fatal(err)
	}
	must[User](t)(s.Users().Create(ctx, User{Login: "boss"}))
	must[Setting](t)(s.SetSetting(ctx, "sl.within", json.RawMessage("30"), 0))
	got := must[[]Change](t)(s.PendingChanges(ctx, 100))
	var heads []string
	for i, c := range got {
		heads = append(heads, c.Table+" "+c.ID)
		if c.Seq != int64(i+1) || c.At == 0 {
			t.Errorf("change %d: seq %d at %d", i, c.Seq, c.At)
		}
	}
	want := []string{"teams " + team.ID, "teams " + team.ID, "agents " + ag.ID, "agent_terms " + ag.ID + "/7", "agent_terms " + ag.ID + "/7", "settings sl.within"}
	if d := cmp.Diff(want, heads); d != "" {
		t.Fatalf("pending (-want +got):\n%s", d)
	}
	var row Team
	if err := json.Unmarshal(got[1].Row, &row); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(team, row); d != "" {
		t.Errorf("published row is not the stored one:\n%s", d)
	}
	var rem struct {
		Removed bool
		Row     AgentTerms
	}
	if err := json.Unmarshal(got[4].Row, &rem); err != nil || !rem.Removed || rem.Row.AgentID != ag.ID {
		t.Errorf("removal %s: %v", got[4].Row, err)
	}
	if err := s.MarkPublished(ctx, 4); err != nil {
		t.Fatal(err)
	}
	if rest := must[[]Change](t)(s.PendingChanges(ctx, 1)); len(rest) != 1 || rest[0].Seq != 5 {
		t.Errorf("pending after 4: %+v", rest)
	}
	if err := s.MarkPublished(ctx, 6); err != nil {
		t.Fatal(err)
	}
	must[Skill](t)(s.EnsureSkill(ctx, "et"))
	if rest := must[[]Change](t)(s.PendingChanges(ctx, 9)); len(rest) != 1 || rest[0].Seq != 7 {
		t.Errorf("seq was used again: %+v", rest)
	}
}

func TestAuditSaysWhoDidWhat(t *testing.T) {
	s := open(t)
	ctx := As(t.Context(), Actor{Name: "u_1", Address: "10.0.0.1", RequestID: "r1"})
	team := must[Team](t)(s.Teams().Create(ctx, Team{Name: "Blue"}))
	team.Name = "Red"
	must[Team](t)(s.Teams().Update(ctx, team))
	if err := s.Audit(t.Context(), Entry{Action: "read", Object: "recordings", ObjectID: "x"}); err != nil {
		t.Fatal(err)
	}
	lines := must[[]AuditLine](t)(s.AuditLines(ctx, AuditFilter{}))
	if len(lines) != 3 || lines[0].Actor != "system" || lines[1].Actor != "u_1" || lines[1].Address != "10.0.0.1" || lines[1].RequestID != "r1" {
		t.Fatalf("lines %+v", lines)
	}
	if string(lines[1].Detail) != `{"name":["Blue","Red"]}` {
		t.Errorf("detail %s", lines[1].Detail)
	}
	f := func(want int, filter AuditFilter) {
		t.Helper()
		if got := must[[]AuditLine](t)(s.AuditLines(ctx, filter)); len(got) != want {
			t.Errorf("%+v: %d lines, want %d", filter, len(got), want)
		}
	}
	f(1, AuditFilter{Limit: 1})
	f(2, AuditFilter{Before: 3})
	f(2, AuditFilter{Actor: "u_1"})
	f(2, AuditFilter{Object: "teams", ObjectID: team.ID})
	f(0, AuditFilter{From: StampOf(time.Now().Add(time.Hour))})
	f(0, AuditFilter{To: 1})
	f(3, AuditFilter{From: 1, To: StampOf(time.Now().Add(time.Hour))})
}

func TestTamperingIsFound(t *testing.T) {
	f := func(name string, seq int64, stmts ...string) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			for i := range 5 {
				if err := s.Audit(t.Context(), Entry{Action: "read", Object: "calls", ObjectID: fmt.Sprint(i)}); err != nil {
					t.Fatal(err)
				}
			}
			p := must[AuditProof](t)(s.VerifyAudit(t.Context()))
			if p.Count != 5 || len(p.Head) != 64 {
				t.Fatalf("proof %+v", p)
			}
			raw := must[*sql.DB](t)(sql.Open("sqlite", s.Path()))
			defer raw.Close()
			for _, stmt := range stmts {
				if _, err := raw.Exec(stmt); err != nil {
					t.Fatal(err)
				}
			}
			_, err := s.VerifyAudit(t.Context())
			var te *TamperError
			if !errors.Is(err, ErrTampered) || !errors.As(err, &te) || te.Seq != seq {
				t.Errorf("%v, want a TamperError at %d", err, seq)
			}
		})
	}
	f("altered", 3, `UPDATE audit SET actor = 'nobody' WHERE seq = 3`)
	f("altered detail", 1, `UPDATE audit SET detail = '{}' WHERE seq = 1`)
	f("moved between fields", 2, `UPDATE audit SET object = object || 'x', object_id = '' WHERE seq = 2`)
	f("removed", 3, `DELETE FROM audit WHERE seq = 3`)
	f("removed first", 1, `DELETE FROM audit WHERE seq = 1`)
	f("cut off", 5, `DELETE FROM audit WHERE seq = 5`)
	f("emptied", 1, `DELETE FROM audit`)
	f("inserted", 6, `INSERT INTO audit SELECT 6, at, actor, address, request_id, action, object, object_id, detail, prev_hash, hash FROM audit WHERE seq = 5`)
	f("swapped", 2, `UPDATE audit SET seq = -seq WHERE seq IN (2, 3)`, `UPDATE audit SET seq = 5 + seq WHERE seq < 0`)
	f("rehashed prefix", 4, `UPDATE audit SET prev_hash = 'aa' WHERE seq = 4`)
}

func TestSettings(t *testing.T) {
	s, ctx := open(t), t.Context()
	v := must[Values](t)(s.Values(ctx))
	want := Values{Within: 20 * time.Second, Short: 10 * time.Second, Share: 0.8, Credit: "arrival",
		AbandonBins: []time.Duration{15 * time.Second, time.Minute, 3 * time.Minute}, FCRDays: 7, Currency: "EUR", WageFactor: 1}
	if d := cmp.Diff(want, v); d != "" {
		t.Errorf("defaults (-want +got):\n%s", d)
	}
	set := func(key, value string, version int64) (Setting, error) {
		return s.SetSetting(ctx, key, json.RawMessage(value), version)
	}
	got := must[Setting](t)(set("sl.within", " 7.5 ", 0))
	if got.Version != 1 || string(got.Value) != "7.5" {
		t.Errorf("set %+v", got)
	}
	_, err := set("sl.within", "8", 0)
	wantErr(t, err, ErrConflict)
	_, err = set("sl.within", "8", 2)
	wantErr(t, err, ErrConflict)
	must[Setting](t)(set("sl.within", "8", 1))
	must[Setting](t)(set("sl.credit", `"end"`, 0))
	must[Setting](t)(set("abandon.bins", `[5, 10.5]`, 0))
	must[Setting](t)(set("cost.currency", `"ILS"`, 0))
	must[Setting](t)(set("cost.line_minute", `0.035`, 0))
	v = must[Values](t)(s.Values(ctx))
	want.Within, want.Credit, want.Currency, want.LineMinute = 8*time.Second, "end", "ILS", 0.035
	want.AbandonBins = []time.Duration{5 * time.Second, 10500 * time.Millisecond}
	if d := cmp.Diff(want, v); d != "" {
		t.Errorf("values (-want +got):\n%s", d)
	}
	for _, bad := range [][2]string{
		{"sl.within", "-1"}, {"sl.within", `"20"`}, {"sl.within", "null"}, {"sl.within", ""}, {"sl.within", "1e999"}, {"sl.within", "20 20"},
		{"sl.share", "1.1"}, {"fcr.days", "1.5"}, {"fcr.days", "0"}, {"sl.credit", `"never"`}, {"sl.credit", "1"},
		{"abandon.bins", "[]"}, {"abandon.bins", "[2,1]"}, {"abandon.bins", "[0,1]"}, {"abandon.bins", "15"}, {"abandon.bins", `["a"]`},
		{"cost.currency", `"eur"`}, {"cost.currency", `"EURO"`}, {"cost.currency", `"E R"`},
	} {
		_, err := set(bad[0], bad[1], 0)
		wantErr(t, err, ErrInvalid)
	}
	_, err = set("no.such", "1", 0)
	wantErr(t, err, ErrNotFound)
	for _, d := range setting.Catalogue {
		if n, err := d.Normal(d.Default); err != nil || string(n) != string(d.Default) {
			t.Errorf("default of %s: %s, %v", d.Key, n, err)
		}
	}
}

func TestImports(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	for i, file := range []string{"a", "b"} {
		imp := Import{ID: "imp_" + file, File: file, Format: "queue_log", State: "done", StartedAt: Stamp(i + 1), Report: json.RawMessage(`{"rows":1}`)}
		if err := s.AddImport(ctx, imp); err != nil {
			t.Fatal(err)
		}
		if err := s.AddImport(ctx, imp); !errors.Is(err, ErrExists) {
			t.Errorf("the same import twice: %v, want ErrExists", err)
		}
	}
	if l := must[[]Import](t)(s.Imports(ctx, 10)); len(l) != 2 || l[0].File != "b" || string(l[1].Report) != `{"rows":1}` {
		t.Errorf("imports = %+v, want b then a", l)
	}
	if l := must[[]Import](t)(s.Imports(ctx, -1)); len(l) != 0 {
		t.Errorf("a negative limit gives %d imports", len(l))
	}
	for _, bad := range []Import{{Format: "", Report: json.RawMessage("{}")}, {Format: "f", Report: json.RawMessage("{")}} {
		if err := s.AddImport(ctx, bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("AddImport(%+v) = %v, want ErrInvalid", bad, err)
		}
	}
}

func TestAdopt(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	adopt := func(table, id, row string) error { return s.Adopt(ctx, table, id, json.RawMessage(row)) }
	for range 2 { // the second time nothing changes
		for _, r := range [][3]string{
			{"sites", "smp_site", `{"id":"other","version":7,"natural_name":"far","name":"Far","zone":"Asia/Tokyo"}`},
			{"queues", "smp_q", `{"natural_name":"q","name":"Sales","site_id":"smp_site","channel":"voice"}`},
			{"queue_targets", "smp_q/0", `{"queue_id":"smp_q","valid_from":null,"share":0.8,"within_us":20000000,"short_us":0,"overrides":[],"version":1}`},
		} {
			if err := adopt(r[0], r[1], r[2]); err != nil {
				t.Fatal(err)
			}
		}
	}
	site := must[Site](t)(s.Sites().Get(ctx, "smp_site"))
	if site.Name != "Far" || site.Version != 1 {
		t.Errorf("site = %+v, want Far at version 1", site)
	}
	if l := must[[]QueueTarget](t)(s.Targets().History(ctx)); len(l) != 1 || l[0].Share != 0.8 {
		t.Errorf("targets = %+v, want one of 0.8", l)
	}
	for _, bad := range [][2]string{{"users", `{"login":"eve"}`}, {"grants", `{}`}, {"nothing", `{}`}, {"sites", `{"zone":"Mars/Base"}`}, {"sites", `[`}} {
		if err := adopt(bad[0], "x", bad[1]); !errors.Is(err, ErrInvalid) {
			t.Errorf("adopt into %s: %v, want ErrInvalid", bad[0], err)
		}
	}
}
