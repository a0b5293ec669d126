package ingest_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// known answers from what the journal holds, as the lake does.
func (j *journal) known(_ context.Context, facts []ingest.Fact) (map[ingest.Fact]bool, error) {
	all, out := map[ingest.Fact]bool{}, map[ingest.Fact]bool{}
	for i := range j.events {
		f, ok := feed.FactOf(&j.events[i])
		if !ok {
			continue
		}
		all[f.Key()] = true
		if f.Kind == feed.AgentEntered {
			f.Part = ""
			all[f] = true
		}
	}
	for _, f := range facts {
		out[f.Key()] = all[f.Key()]
	}
	return out, nil
}

// joins counts the visits of the journal, and how many ids they have.
func (j *journal) joins() (n, ids int) {
	seen := map[string]bool{}
	for i := range j.events {
		if j.events[i].Kind == event.KindQueueJoined {
			n++
			seen[j.events[i].Visit] = true
		}
	}
	return n, len(seen)
}

// TestOverlappingLogsCountOnce imports a log in parts, a cut of it and all of it.
func TestOverlappingLogsCountOnce(t *testing.T) {
	lines := strings.SplitAfter(log(40), "\n")
	one, two := strings.Join(lines[:61], ""), strings.Join(lines[61:], "") // the first part ends in a call
	want := whole(t, one+two)
	j := &journal{}
	dir := t.TempDir()
	o := ingest.Options{Known: j.known, BatchSize: 7, Files: []string{write(t, filepath.Join(dir, "ql1"), one), write(t, filepath.Join(dir, "ql2"), two)}}
	j.mustRun(t, o)
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(j.facts(), "\n")); diff != "" {
		t.Fatalf("two parts (-whole +parts):\n%s", diff)
	}
	both := write(t, filepath.Join(dir, "ql3"), lines[0]+one[len(lines[0]):]+two)
	o.Files = []string{write(t, filepath.Join(dir, "cut"), strings.Join(lines[30:90], "")), both}
	rep := j.mustRun(t, o)
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(j.facts(), "\n")); diff != "" {
		t.Errorf("overlapping files changed what is known:\n%s", diff)
	}
	told := int64(0)
	for _, f := range rep.Files {
		if f.Rows != f.Mapped+f.Raw+f.Skipped+f.Rejected || f.Events != 0 {
			t.Errorf("%s: %s", f.File, f.Counts)
		}
		for _, p := range f.Problems {
			if p.Reason == "visits imported before" && p.Outcome == ingest.Skipped {
				told += p.Count
			}
		}
	}
	if told != 39 { // the concatenation is recognised as ql1, grown
		t.Errorf("%d visits said to be imported before, want 20 + 19: %+v", told, rep.Files)
	}
}

// TestOverlapGoesOn imports a concatenation that knows more than its parts: the
// call that waits at the end of the first is ended, and only once.
func TestOverlapGoesOn(t *testing.T) {
	enter, end := line(1767600000, "c.1", "NONE", "ENTERQUEUE||5550101|1"), line(1767600060, "c.1", "NONE", "ABANDON|1|1|60")
	first := line(1767599990, "c.0", "NONE", "ENTERQUEUE||5550102|1") + line(1767599995, "c.0", "NONE", "ABANDON|1|1|5")
	j := &journal{}
	part := write(t, "part", enter)
	j.mustRun(t, ingest.Options{Known: j.known, Files: []string{part}})
	j.mustRun(t, ingest.Options{Known: j.known, Files: []string{write(t, "more", first+enter+end)}})
	write(t, part, enter+end) // and now the part grows
	j.mustRun(t, ingest.Options{Known: j.known, Files: []string{part}})
	if n, ids := j.joins(); n != 2 || ids != 2 || strings.Count(j.facts(), "queue.left") != 2 {
		t.Errorf("%d joins, %d visits:\n%s", n, ids, j.facts())
	}
}

// TestOverlapCrash loses power at every event of an import that leaves much out.
func TestOverlapCrash(t *testing.T) {
	lines := strings.SplitAfter(log(12), "\n")
	want := whole(t, strings.Join(lines, ""))
	before := &journal{}
	cut := write(t, "cut", strings.Join(lines[6:21], ""))
	before.mustRun(t, ingest.Options{Files: []string{cut}})
	tried := 0
	for crash := len(before.events) + 1; ; crash++ {
		j := &journal{events: append([]event.Event(nil), before.events...), crashAt: crash}
		o := ingest.Options{Files: []string{write(t, "queue_log", strings.Join(lines, ""))}, BatchSize: 9, Known: j.known}
		_, err := j.run(t, o)
		if err == nil {
			break
		}
		if !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		tried++
		j.crashAt, o.BatchSize = 0, 5
		j.mustRun(t, o)
		got := strings.Split(j.facts(), "\n")
		if n, ids := j.joins(); n != 12 || ids != 12 || len(visits(got)) != len(visits(strings.Split(want, "\n"))) {
			t.Fatalf("crash after event %d: %d joins of %d visits:\n%s", crash, n, ids, cmp.Diff(visits(strings.Split(want, "\n")), visits(got)))
		}
	}
	if tried < 40 {
		t.Errorf("only %d crashes tried", tried)
	}
}

// visits keeps the lines about visits.
func visits(lines []string) (out []string) {
	for _, l := range lines {
		if strings.Contains(l, " v=") {
			out = append(out, l)
		}
	}
	return out
}

// TestTechnionCut imports the real calls, then a cut of them under the header.
func TestTechnionCut(t *testing.T) {
	src, err := feed.OpenSource(technionFile(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	in := feed.NewReader(src, 0)
	var lines []string
	for range 4001 {
		b, err := in.ReadLine()
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(b)+"\n")
	}
	j := &journal{}
	o := ingest.Options{Format: "csv", Profile: "technion", Known: j.known, Files: []string{write(t, "calls", strings.Join(lines, ""))}}
	j.mustRun(t, o)
	n, _ := j.joins()
	o.Files = []string{write(t, "cut", lines[0]+strings.Join(lines[2000:3000], ""))}
	f := only(t, j.mustRun(t, o))
	if again, ids := j.joins(); again != n || ids != n || f.Mapped != 0 || f.Skipped+f.Rejected != 1000 {
		t.Errorf("offered %d, then %d with %d ids; %s", n, again, ids, f.Counts)
	}
}

func TestFutureIsRejected(t *testing.T) {
	j := &journal{}
	f := only(t, j.mustRun(t, ingest.Options{Now: of2026, Files: []string{write(t, "log", log(1)+line(5600000000, "c", "NONE", "ENTERQUEUE||1|1"))}}))
	if f.Rejected != 1 || f.Problems[0].Reason != "time is more than a day in the future" || f.Range.To.Year() != 2026 {
		t.Errorf("%s %+v %v", f.Counts, f.Problems, f.Range)
	}
}
