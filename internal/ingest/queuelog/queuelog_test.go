package queuelog

import (
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/ingest/feed"
	"github.com/agner-platform/agner/internal/ingest/feed/feedtest"
	"github.com/agner-platform/agner/internal/interval"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := interval.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// TestGolden holds the mapping of every row of the log; the golden files are read
// by eye when they change.
func TestGolden(t *testing.T) {
	for _, c := range []struct {
		file string
		cap  time.Duration
		zone string
	}{
		{"every_row.log", 0, "UTC"},
		{"unmatched.log", 0, "UTC"},
		{"wrapup.log", 20 * time.Second, "UTC"},
		{"table_columns.csv", 0, "Europe/Tallinn"},    // clocks go back at 04:00 on that day
		{"table_one_column.csv", 0, "Europe/Tallinn"}, // clocks go forward at 03:00 on that day
	} {
		t.Run(c.file, func(t *testing.T) {
			feedtest.Case{Format: Format(), Zone: zone(t, c.zone), WrapUpCap: c.cap}.Golden(t, "testdata/"+c.file)
		})
	}
}

// TestDetect tells the layouts apart by the first row.
func TestDetect(t *testing.T) {
	for _, c := range []struct {
		row    string
		want   layout
		header bool
		bad    bool
	}{
		{row: "1767600000|NONE|NONE|NONE|QUEUESTART|", want: fileLayout},
		{row: "id,time,callid,queuename,agent,event,data1,data2", header: true,
			want: layout{CSV: true, Time: 1, Call: 2, Queue: 3, Agent: 4, Event: 5, Data: 6, Width: 2, Known: true, Columns: 8}},
		{row: `"time","callid","queuename","agent","event","data"`, header: true,
			want: layout{CSV: true, Time: 0, Call: 1, Queue: 2, Agent: 3, Event: 4, Data: 5, Width: 1, Known: true, Columns: 6}},
		{row: "7,2026-01-05 08:00:00.000001,c,q,a,CONNECT,1,2,3,,",
			want: layout{CSV: true, Time: 1, Call: 2, Queue: 3, Agent: 4, Event: 5, Data: 6, Width: 5, Known: true, Columns: 11}},
		{row: "2026-01-05 08:00:00,c,q,a,CONNECT,1|2|3",
			want: layout{CSV: true, Time: 0, Call: 1, Queue: 2, Agent: 3, Event: 4, Data: 5, Width: 1, Known: true, Columns: 6}},
		{row: "<html><body>404</body></html>", bad: true},
		{row: "id,time,queuename,agent,event", bad: true},
	} {
		got, header, err := detect(c.row)
		if (err != nil) != c.bad || header != c.header || (!c.bad && got != c.want) {
			t.Errorf("detect(%q) = %+v, %v, %v; want %+v, %v, error %v", c.row, got, header, err, c.want, c.header, c.bad)
		}
	}
}

// TestResumeAnywhere cuts a log at every line, hands the state on, and wants the
// same events as from the whole.
func TestResumeAnywhere(t *testing.T) {
	for _, name := range []string{"every_row.log", "wrapup.log"} {
		lines := strings.SplitAfter(readFixture(t, name), "\n")
		for _, wrapUp := range []time.Duration{0, 20 * time.Second, time.Hour} {
			whole := mapParts(t, wrapUp, lines)
			for cut := 1; cut < len(lines); cut++ {
				if got := mapParts(t, wrapUp, lines[:cut], lines[cut:]); got != whole {
					t.Fatalf("%s cut after line %d: events differ from those of the whole\n%s\n---\n%s", name, cut, got, whole)
				}
			}
		}
	}
}

// TestWhole accepts a last row without a line end only if it has all its fields.
func TestWhole(t *testing.T) {
	for text, want := range map[string]bool{
		"1767600050|c1.1|support|Ann|COMPLETEAGENT|10|30|1": true, "1767600050|c1.1|support|Ann|COMPLETEAGENT|10|30": false,
		"1767600001|MANAGER|support|Ann|ADDMEMBER|": true, "1767600001|MANAGER|support|Ann|ADDMEM": false, "17676": false,
		"1767600010|c1.1|support|NONE|ENTERQUEUE||5550101|1": true, "1767600010|c1.1|support|NONE|ENTERQUEUE||55501": false,
	} {
		if got := (&mapper{}).Whole(text); got != want {
			t.Errorf("Whole(%q) = %v", text, got)
		}
	}
}

// TestCrash stands for a log that never closes its calls: they are closed as lost
// after a day, so that nothing is kept for ever.
func TestStale(t *testing.T) {
	log := "1767600000|s.1|support|NONE|ENTERQUEUE||5550101|1\n1767690000|NONE|NONE|NONE|OUTCALL|\n"
	got := feedtest.Case{Format: Format()}.Map(t, log)
	if !strings.Contains(got, `queue.left`) || !strings.Contains(got, "cause=never_closed") || !strings.Contains(got, `"exit":"lost"`) {
		t.Errorf("no lost exit after a day:\n%s", got)
	}
}

func FuzzMap(f *testing.F) {
	f.Add("1767600000|c|q|a|CONNECT|1|2|3\n")
	f.Add("1,2026-10-25 03:30:00,t.1,support,NONE,ENTERQUEUE,|5550101|1\n")
	f.Add(readFixture(f, "every_row.log"))
	f.Add(readFixture(f, "unmatched.log"))
	loc := zone(f, "Asia/Jerusalem")
	f.Fuzz(func(t *testing.T, text string) {
		got := feedtest.Case{Format: Format(), Zone: loc, WrapUpCap: time.Minute}.Map(t, text)
		// An invalid event may come of a name or id that is too long; the runner
		// rejects its row. Nothing else may be invalid.
		for line := range strings.SplitSeq(got, "\n") {
			if strings.HasPrefix(line, "  INVALID:") && !strings.Contains(line, "at most") {
				t.Error(line)
			}
		}
	})
}

// mapParts maps parts of one log one after the other, with the state between.
func mapParts(t *testing.T, wrapUp time.Duration, parts ...[]string) string {
	t.Helper()
	var b strings.Builder
	setup := feed.Setup{
		Stream: "test", Names: feed.NewNames(&feedtest.Directory{}), Clock: feed.NewClock(time.UTC, func(string) {}), Warn: func(string) {},
		WrapUpCap: wrapUp,
	}
	line := int64(0)
	for i, part := range parts {
		m, err := open(setup)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range part {
			line++
			out := &feed.Out{}
			if l = strings.TrimSpace(l); l == "" {
				continue
			}
			out.Begin()
			if err := m.Map(feed.Record{Text: l, Line: line}, out); err != nil {
				b.WriteString(err.Error() + "\n")
			}
			for _, e := range out.Events() {
				b.WriteString(feedtest.Line(&e) + "\n")
			}
		}
		if setup.State, err = m.State(); err != nil {
			t.Fatal(err)
		}
		setup.SameFile = i == 0
	}
	return b.String()
}
