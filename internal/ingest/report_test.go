package ingest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/ingest"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// TestReport shows the report to people and to programs.
func TestReport(t *testing.T) {
	name := write(t, "queue_log", log(2)+"1767600030|x|support|Ann|CONNECT|1|2|3\n1767600031|x|support|Ann|CONNECT|1|2|3\n1767600040|NONE|NONE|NONE|OUTCALL|\n1767600041|to")
	var last ingest.Progress
	rep := (&journal{}).mustRun(t, ingest.Options{Files: []string{name, write(t, "other", log(1))}, Progress: func(p ingest.Progress) { last = p }})
	rep.Files[0].File, rep.Files[1].File = "queue_log", "other"
	var b strings.Builder
	if err := rep.WriteText(&b, time.UTC); err != nil {
		t.Fatal(err)
	}
	want := `queue_log: imported
  9 rows: 6 mapped, 1 kept raw, 0 skipped, 2 rejected; 11 events
  from 2026-01-05 08:00:00 to 2026-01-05 08:00:40
  rejected        2  CONNECT without an open ENTERQUEUE of the call in the queue (lines 7, 8)
  warned          1  last line is not finished: left for the next import (line 10)
other: imported
  3 rows: 3 mapped, 0 kept raw, 0 skipped, 0 rejected; 5 events
  from 2026-01-05 08:00:00 to 2026-01-05 08:00:09
total: 12 rows: 9 mapped, 1 kept raw, 0 skipped, 2 rejected; 16 events
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	if last.Rows != 12 || last.Events != 16 || last.ReadBytes != last.TotalBytes || last.TotalBytes == 0 {
		t.Errorf("last progress: %+v", last)
	}
	text, err := json.Marshal(rep)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"rejected":2`, `"lines":[7,8]`, `"outcome":"warned"`, `"from":"2026-01-05T08:00:00Z"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("JSON has no %s: %s", want, text)
		}
	}
}

// TestReportOfNothing says that a file without rows gave nothing.
func TestReportOfNothing(t *testing.T) {
	j := &journal{}
	rep := j.mustRun(t, ingest.Options{Files: []string{write(t, "queue_log", "")}})
	var b strings.Builder
	if err := rep.WriteText(&b, time.UTC); err != nil {
		t.Fatal(err)
	}
	if want := "queue_log: has no rows, so there was nothing to import\n"; !strings.HasSuffix(b.String(), want) {
		t.Errorf("said %q, want it to end in %q", b.String(), want)
	}
}

// TestFormats is what the pages offer.
func TestFormats(t *testing.T) {
	for _, f := range ingest.Formats() {
		if f.Profiles == nil || f.Format == "" {
			t.Errorf("%+v", f)
		}
	}
}

// TestNative brings exported events back, markers left out.
func TestNative(t *testing.T) {
	j := &journal{}
	j.mustRun(t, ingest.Options{Files: []string{write(t, "queue_log", log(5))}})
	var b strings.Builder
	for i := range j.events {
		text, err := json.Marshal(&j.events[i])
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(text, '\n'))
	}
	b.WriteString("{\"kind\":\"queue.left\"}\n{\"kind\":\"moon.landed\",\"at\":\"2026-01-05T08:00:00Z\"}\nhello\n{\"kind\":7}\n")
	k := &journal{}
	f := only(t, k.mustRun(t, ingest.Options{Format: "agner", Files: []string{write(t, "events.ndjson", b.String())}}))
	if k.facts() != j.facts() || f.Rejected != 4 || f.Skipped != 2 {
		t.Errorf("%s %+v\n%s", f.Counts, f.Problems, cmp.Diff(j.facts(), k.facts()))
	}
	for i := range k.events {
		if e := &k.events[i]; !feed.IsMarker(e) && e.Source != "queue_log" {
			t.Errorf("source = %q, want that of the export", e.Source)
		}
	}
}

// TestNativeRange is that of the calls, not of the set-up exported with them.
func TestNativeRange(t *testing.T) {
	text := `{"kind":"config.changed","at":"2026-06-01T00:00:00Z","payload":{"table":"sites","id":"s1","version":1,"values":{"name":"Far"}}}
{"kind":"queue.joined","at":"2026-01-01T09:00:00Z","interaction_id":"i","visit_id":"v","queue":"q","site":"s1"}
`
	f := only(t, (&journal{}).mustRun(t, ingest.Options{Format: "agner", Files: []string{write(t, "events.ndjson", text)}}))
	if day := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC); f.Range == nil || !f.Range.From.Equal(day) || !f.Range.To.Equal(day) {
		t.Errorf("range %+v, want that of the call", f.Range)
	}
}

// TestWarnedOncePerRow counts rows, not the stamps in them.
func TestWarnedOncePerRow(t *testing.T) {
	rows := "vru_line,call_id,customer,priority,type,vru_entry,vru_exit,vru_time,q_start,q_exit,q_time,outcome,ser_start,ser_exit,ser_time,agent,flags\n" +
		"AA0101,1,777,2,PS,1999-04-02T02:10:00,1999-04-02T02:10:05,5,1999-04-02T02:10:05,1999-04-02T02:10:25,20,HANG,,,0,,0\n"
	f := only(t, (&journal{}).mustRun(t, ingest.Options{Format: "csv", Profile: "technion", Files: []string{write(t, "calls.csv", rows)}}))
	if len(f.Warnings) != 1 || f.Warnings[0].Count != 1 || len(f.Warnings[0].Lines) != 1 {
		t.Errorf("warnings: %+v, want one of one row (clocks went forward)", f.Warnings)
	}
}
