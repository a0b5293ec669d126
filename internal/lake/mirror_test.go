package lake

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/lake/feed"
	"github.com/agner-platform/agner/internal/lake/mirror"
	"github.com/agner-platform/agner/internal/lake/store"
)

// clock is a time a test moves by hand.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// What is in the Parquet files is what is in the tables, type by type.
func TestMirrorRoundTrip(t *testing.T) {
	dir, now := t.TempDir(), &clock{at: time.UnixMicro(t0).Add(72 * time.Hour)}
	l := open(t, Config{Parquet: dir, Now: now.now})
	applyAll(t, l, chaos(t, 11, 1500), rand.New(rand.NewPCG(1, 1)))
	report, err := l.Mirror(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if report.Files == 0 || report.Rows == 0 {
		t.Fatalf("report = %+v, want files and rows", report)
	}
	tables := 0
	err = l.View(context.Background(), func(ctx context.Context, r *Reader) error {
		for _, tab := range tablesByDay() {
			glob := filepath.Join(dir, tab.Name, "*", "*.parquet")
			if found, err := filepath.Glob(glob); err != nil || len(found) == 0 {
				continue
			}
			tables++
			var n int
			q := `SELECT count(*) FROM ((SELECT * FROM ` + tab.Name + ` EXCEPT ALL SELECT * EXCLUDE (day) FROM read_parquet('` + glob + `'))
				UNION ALL (SELECT * EXCLUDE (day) FROM read_parquet('` + glob + `') EXCEPT ALL SELECT * FROM ` + tab.Name + `))`
			if err := r.QueryRow(ctx, q).Scan(&n); err != nil {
				return err
			}
			if n != 0 {
				t.Errorf("table %s: %d rows differ from its files", tab.Name, n)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if tables < 6 {
		t.Errorf("only %d tables have files", tables)
	}
	m, err := mirror.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(dir); err != nil {
		t.Error(err)
	}
	if again, err := l.Mirror(context.Background()); err != nil || again.Files != 0 {
		t.Errorf("second pass wrote %d files, %v; want none", again.Files, err)
	}
	if v, err := l.VerifiedVector(); err != nil || v.String() != l.Applied().String() {
		t.Errorf("verified %s, %v; want %s", v, err, l.Applied())
	}
}

func tablesByDay() (out []store.Table) {
	for _, tab := range store.Tables() {
		if tab.Day != "" {
			out = append(out, tab)
		}
	}
	return out
}

func day(t *testing.T, m *mirror.Manifest, table, day string) mirror.File {
	t.Helper()
	f, ok := m.Tables[table][day]
	if !ok {
		t.Fatalf("no file of %s for %s in the manifest", table, day)
	}
	return f
}

// A day closes when it is over and no visit of it is open; a late event opens it
// again as the next generation; a damaged file is written again.
func TestMirrorGenerations(t *testing.T) {
	ctx := context.Background()
	dir, now := t.TempDir(), &clock{at: time.UnixMicro(t0 + 3600*sec)}
	l := open(t, Config{Parquet: dir, Now: now.now})
	s := &script{node: "switch"}
	pass := func(fresh ...int) *mirror.Manifest {
		t.Helper()
		if err := l.ApplyEvents(ctx, s.events); err != nil {
			t.Fatal(err)
		}
		report, err := l.Mirror(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(fresh) > 0 && report.Files != fresh[0] {
			t.Errorf("pass wrote %d files, want %d", report.Files, fresh[0])
		}
		m, err := mirror.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	s.call("1", "q", "a", t0, sec, sec, sec)
	join := func(e *event.Event) { e.Interaction, e.Visit, e.Queue = "late", "late", "q" }
	s.add(t0, &event.QueueJoined{}, join)
	if f := day(t, pass(), "visits", "2026-05-04"); f.Rows != 1 || f.Closed || f.Generation != 1 {
		t.Errorf("running day: %+v", f)
	}
	now.at = now.at.Add(24 * time.Hour)
	if f := day(t, pass(0), "visits", "2026-05-04"); f.Closed {
		t.Error("the day closed while a visit of it is open")
	}
	s.add(t0+sec, &event.QueueLeft{Exit: event.Abandoned, WaitUs: sec}, join)
	if f := day(t, pass(), "visits", "2026-05-04"); f.Rows != 2 || !f.Closed || f.Generation != 2 {
		t.Errorf("after its last visit ended: %+v", f)
	}
	s.call("2", "q", "b", t0+10*sec, sec, sec, sec)
	m := pass()
	f := day(t, m, "visits", "2026-05-04")
	if f.Rows != 3 || f.Generation != 3 {
		t.Errorf("after a late event: %+v", f)
	}
	if len(m.Events["switch"]) != 1 || m.Events["switch"][0].To != 8 {
		t.Errorf("events = %+v, want one file up to 8", m.Events["switch"])
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "events", "*", "*.parquet")); len(found) != 1 {
		t.Errorf("files of events = %v, want one", found)
	}
	path := filepath.Join(dir, filepath.FromSlash(f.Path))
	if err := os.Truncate(path, f.Bytes-1); err != nil {
		t.Fatal(err)
	}
	if err := m.Check(dir); err == nil {
		t.Error("a truncated file passed the check")
	}
	if err := pass(1).Check(dir); err != nil {
		t.Error(err)
	}
}

// journalOf writes records' events into journals; what is no event goes nowhere.
func journalOf(t *testing.T, root string, records []Record) {
	t.Helper()
	byNode := map[string][]event.Event{}
	for _, r := range records {
		e, err := event.DecodeBinary(r.Raw)
		if err != nil || e.Validate() != nil {
			continue
		}
		byNode[r.Node] = append(byNode[r.Node], e)
	}
	for node, events := range byNode {
		j, _, err := journal.Open(root, node, journal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Append(context.Background(), events...); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A rebuild from the journals, one from the mirror alone, and one from the
// mirror and the later part of a journal give the tables there were.
func TestRebuildGivesTheSame(t *testing.T) {
	ctx := context.Background()
	root, dir := t.TempDir(), t.TempDir()
	records := chaos(t, 21, 1200)
	journalOf(t, root, records[:800])
	l := open(t, Config{Parquet: dir})
	target, err := feed.Durable(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.insist(ctx, root, target); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Mirror(ctx); err != nil {
		t.Fatal(err)
	}
	journalOf(t, root, records[800:])
	if target, err = feed.Durable(root); err != nil {
		t.Fatal(err)
	}
	if err := l.insist(ctx, root, target); err != nil {
		t.Fatal(err)
	}
	want := dump(t, l)
	var last [2]uint64
	if err := l.Rebuild(ctx, root, func(done, total uint64) { last = [2]uint64{done, total} }); err != nil {
		t.Fatal(err)
	}
	if d := diff(want, dump(t, l)); d != "" {
		t.Errorf("rebuilt from journals:\n%s", d)
	}
	if last[0] != last[1] || last[1] != sum(target) {
		t.Errorf("progress ended at %v, want %d", last, sum(target))
	}
	if _, err := l.Mirror(ctx); err != nil {
		t.Fatal(err)
	}
	if err := l.Rebuild(ctx, t.TempDir(), nil); err != nil { // no journal at all
		t.Fatal(err)
	}
	if d := diff(want, dump(t, l)); d != "" {
		t.Errorf("rebuilt from the mirror:\n%s", d)
	}
}

// Records that are no event survive the way through the mirror.
func TestMirrorKeepsRejects(t *testing.T) {
	ctx := context.Background()
	l := open(t, Config{Parquet: t.TempDir()})
	s := &script{node: "n"}
	s.call("1", "q", "a", t0, sec, sec, sec)
	raw := make([]Record, 0, 5)
	for i := range s.events {
		b, err := event.AppendBinary(nil, &s.events[i])
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, Record{Node: "n", Seq: uint64(i + 1), Raw: b})
	}
	raw = append(raw, Record{Node: "n", Seq: 4, Raw: []byte("no event")},
		Record{Node: "n", Seq: 9, Lost: journal.ErrCorrupt},
		Record{Node: "n", Seq: 10, Raw: []byte{0xbf}})
	if err := l.Apply(ctx, raw); err != nil {
		t.Fatal(err)
	}
	want := dump(t, l)
	if len(want["rejects"]) != 3 || !slices.ContainsFunc(want["rejects"], func(s string) bool { return strings.Contains(s, "seq 5 to 9") }) {
		t.Fatalf("rejects = %v", want["rejects"])
	}
	if _, err := l.Mirror(ctx); err != nil {
		t.Fatal(err)
	}
	if err := l.Rebuild(ctx, t.TempDir(), nil); err != nil {
		t.Fatal(err)
	}
	if d := diff(want, dump(t, l)); d != "" {
		t.Error(d)
	}
	if h := l.Health(); h.Rejects != 6 {
		t.Errorf("rejects counted = %d, want 6", h.Rejects)
	}
}
