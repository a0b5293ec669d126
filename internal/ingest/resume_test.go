package ingest_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/ingest"
)

// whole imports a log in one go: what every interrupted import must equal.
func whole(t *testing.T, text string) string {
	t.Helper()
	j := &journal{}
	j.mustRun(t, ingest.Options{Files: []string{write(t, "queue_log", text)}})
	return j.facts()
}

// TestTwice imports a file again, also under another name and compressed.
func TestTwice(t *testing.T) {
	text := log(50)
	j := &journal{}
	j.mustRun(t, ingest.Options{Files: []string{write(t, "queue_log", text)}})
	n := len(j.events)
	for _, again := range []string{write(t, "queue_log", text), write(t, "renamed", text), write(t, "queue_log.gz", string(compress(t, text)))} {
		f := only(t, j.mustRun(t, ingest.Options{Files: []string{again}}))
		if f.Status != ingest.StatusSame || f.Rows != 0 || f.Events != 0 || len(j.events) != n {
			t.Errorf("%s: status %s, %s, journal grew by %d", filepath.Base(again), f.Status, f.Counts, len(j.events)-n)
		}
	}
}

// TestGrown cuts a log at every line, also in the middle of one, imports the
// first part, then the whole.
func TestGrown(t *testing.T) {
	text := log(7)
	want := whole(t, text)
	for _, cut := range []int{1, 30, 63, 64, 65, 100, 200, 400, len(text) - 1} {
		j := &journal{}
		name := write(t, "queue_log", text[:cut])
		j.mustRun(t, ingest.Options{Files: []string{name}})
		write(t, name, text)
		f := only(t, j.mustRun(t, ingest.Options{Files: []string{name}}))
		if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(j.facts(), "\n")); diff != "" {
			t.Errorf("cut at byte %d, then %s from line %d (-whole +resumed):\n%s", cut, f.Status, f.FirstLine, diff)
		}
	}
}

// TestRotated imports a log, then its rotated parts and the new live file: calls
// go on across the parts.
func TestRotated(t *testing.T) {
	text := log(40)
	lines := strings.SplitAfter(text, "\n")
	want := whole(t, text)
	dir := t.TempDir()
	live := write(t, filepath.Join(dir, "queue_log"), strings.Join(lines[:25], ""))
	j := &journal{}
	j.mustRun(t, ingest.Options{Files: []string{live}})
	if err := os.Remove(live); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "queue_log.2.gz"), string(compress(t, strings.Join(lines[:46], "")))) // grown before it was rotated
	write(t, filepath.Join(dir, "queue_log.1"), strings.Join(lines[46:80], ""))
	write(t, live, strings.Join(lines[80:], ""))
	rep := j.mustRun(t, ingest.Options{Files: []string{filepath.Join(dir, "queue_log*")}})
	if got := j.facts(); got != want {
		t.Errorf("events of rotated parts differ from those of the whole:\n%s", cmp.Diff(want, got))
	}
	var seen []string
	for _, f := range rep.Files {
		seen = append(seen, filepath.Base(f.File)+" "+string(f.Status))
	}
	if diff := cmp.Diff([]string{"queue_log.2.gz grown", "queue_log.1 new", "queue_log new"}, seen); diff != "" {
		t.Error(diff)
	}
}

// TestCrash loses power after every single event of an import and imports again:
// nothing is lost and nothing is double, however the batch was torn.
func TestCrash(t *testing.T) {
	text := log(12)
	want := whole(t, text)
	total := 1
	for crash := 1; crash < total+1; crash++ {
		j := &journal{crashAt: crash}
		name := write(t, "queue_log", text)
		o := ingest.Options{Files: []string{name}, BatchSize: 9}
		_, err := j.run(t, o)
		if err == nil {
			break // the whole import has fewer events
		}
		if !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		total = crash + 1
		j.crashAt = 0
		o.BatchSize = 4 // another batch size must not matter
		j.mustRun(t, o)
		if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(j.facts(), "\n")); diff != "" {
			t.Fatalf("crash after event %d (-whole +resumed):\n%s", crash, diff)
		}
		f := only(t, j.mustRun(t, o))
		if f.Status != ingest.StatusSame {
			t.Fatalf("crash after event %d: third import is %s", crash, f.Status)
		}
	}
	if total < 60 {
		t.Errorf("only %d crashes tried", total)
	}
}

// TestChanged refuses a file whose imported part is not what it was.
func TestChanged(t *testing.T) {
	text := log(1000) // longer than the prefix that names it
	name := write(t, "queue_log", text)
	j := &journal{}
	j.mustRun(t, ingest.Options{Files: []string{name}})
	n := len(j.events)
	write(t, name, text[:100_000]+"#"+text[100_001:]+log(1))
	rep, err := j.run(t, ingest.Options{Files: []string{name}})
	if f := only(t, rep); err != nil || f.Status != ingest.StatusFailed || !strings.Contains(f.Error, "changed") || len(j.events) != n {
		t.Errorf("changed file: %v, %+v, journal grew by %d", err, f, len(j.events)-n)
	}
	write(t, name, text[:100_000])
	if f := only(t, j.mustRun(t, ingest.Options{Files: []string{name}})); f.Status != ingest.StatusShorter || len(j.events) != n {
		t.Errorf("shortened file: %+v", f)
	}
}

// TestTwoSystems keeps the calls of two systems apart, even from equal files.
func TestTwoSystems(t *testing.T) {
	name := write(t, "queue_log", log(1))
	j := &journal{}
	j.mustRun(t, ingest.Options{Files: []string{name}, System: "north"})
	j.mustRun(t, ingest.Options{Files: []string{name}, System: "south"})
	ids := map[string]bool{}
	for _, e := range j.events {
		if e.Visit != "" {
			ids[e.Visit] = true
		}
	}
	if len(ids) != 2 {
		t.Errorf("%d visits, want 2", len(ids))
	}
}

// TestOlderFile imports last month after this month: its open calls end with it.
func TestOlderFile(t *testing.T) {
	now := write(t, "now", log(3)+line(1767600100, "open.now", "NONE", "ENTERQUEUE||5550101|1"))
	old := write(t, "old", line(1767000000, "open.old", "NONE", "ENTERQUEUE||5550102|1"))
	j := &journal{}
	j.mustRun(t, ingest.Options{Files: []string{now}})
	j.mustRun(t, ingest.Options{Files: []string{old}})
	if facts := j.facts(); strings.Count(facts, "cause=log_ended") != 1 || !strings.Contains(facts, "party=p:5550102 cause=log_ended") {
		t.Errorf("the old file's call is not closed, or the new one's is:\n%s", facts)
	}
	next := write(t, "next", line(1767600200, "open.now", "NONE", "ABANDON|1|1|100"))
	if f := only(t, j.mustRun(t, ingest.Options{Files: []string{next}})); f.Mapped != 1 {
		t.Errorf("call of this month did not go on: %+v", f.Problems)
	}
}

// TestGrownCSV reads on behind the header that it saw in the first import.
func TestGrownCSV(t *testing.T) {
	rows := "1,2026-05-04 09:00:00,5,60,x,a\n2,2026-05-04 09:01:00,5,0,,h\n"
	o := csv(t, "UTC", rows)
	j := &journal{}
	j.mustRun(t, o)
	write(t, o.Files[0], "id,at,wait,talk,agent,how\n"+rows+"3,2026-05-04 09:02:00,5,60,y,a")
	f := only(t, j.mustRun(t, o))
	if f.Status != ingest.StatusGrown || f.Mapped != 1 || f.Rejected != 0 || f.FirstLine != 4 {
		t.Errorf("%s from line %d: %s %+v", f.Status, f.FirstLine, f.Counts, f.Problems)
	}
}

// TestNoLineEnd takes a whole last row that has no line end, and says the line
// end that comes later is nothing new.
func TestNoLineEnd(t *testing.T) {
	text := log(2)
	name := write(t, "queue_log", strings.TrimSuffix(text, "\n"))
	j := &journal{}
	j.mustRun(t, ingest.Options{Files: []string{name}})
	if j.facts() != whole(t, text) {
		t.Errorf("last row is missing:\n%s", j.facts())
	}
	write(t, name, text+log(3)[len(text):])
	j.mustRun(t, ingest.Options{Files: []string{name}})
	if got, want := j.facts(), whole(t, log(3)); got != want {
		t.Errorf("after growing:\n%s", cmp.Diff(want, got))
	}
}
