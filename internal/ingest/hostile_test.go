package ingest_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/ingest"
	"github.com/agner-platform/agner/internal/ingest/feed"
	"github.com/agner-platform/agner/internal/ingest/feed/feedtest"
	"github.com/agner-platform/agner/internal/interval"
)

// profile maps a file of three columns.
const profile = `
name: test
key: [id]
queue: {rest: q}
joined: [at]
wait: {column: wait}
talk: {column: talk}
agent: {column: agent, unknown: nobody}
outcome: {column: how, rules: [{in: [a], exit: answered}, {in: [h], exit: abandoned}]}
`

func csv(t *testing.T, zone, rows string) ingest.Options {
	t.Helper()
	loc, err := interval.LoadZone(zone)
	if err != nil {
		t.Fatal(err)
	}
	return ingest.Options{
		Format: "csv", ProfileText: []byte(profile), Zone: loc, Files: []string{write(t, "calls.csv", "id,at,wait,talk,agent,how\n"+rows)},
	}
}

// reasons lists problems and warnings as "outcome reason: lines".
func reasons(f ingest.FileReport) []string {
	var out []string
	for _, p := range append(f.Problems, f.Warnings...) {
		s := string(p.Outcome) + " " + p.Reason + ":"
		for _, l := range p.Lines {
			s += " " + feedtest.Itoa(l)
		}
		out = append(out, s)
	}
	return out
}

// endless is a line of n bytes without an end, between two good ones.
type endless struct {
	head, tail io.Reader
	left       int64
}

func (e *endless) Read(p []byte) (int, error) {
	if n, err := e.head.Read(p); n > 0 || !errors.Is(err, io.EOF) {
		return n, err
	}
	if e.left > 0 {
		n := min(int64(len(p)), e.left)
		for i := range p[:n] {
			p[i] = 'x'
		}
		e.left -= n
		return int(n), nil
	}
	return e.tail.Read(p)
}

// TestHugeLine skips a line of 512 MiB (10 GiB with AGNER_LONG) in constant memory.
func TestHugeLine(t *testing.T) {
	size := int64(512 << 20)
	if os.Getenv("AGNER_LONG") != "" {
		size = 10 << 30
	}
	text := log(1)
	in := &endless{head: strings.NewReader(text), left: size, tail: strings.NewReader("\n" + strings.Replace(log(2), text, "", 1))}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	j := &journal{}
	f := only(t, j.mustRun(t, ingest.Options{Files: []string{"-"}, Stdin: in}))
	runtime.ReadMemStats(&after)
	if diff := cmp.Diff([]string{"rejected line is longer than the limit of 1048576 bytes: 4"}, reasons(f)); diff != "" {
		t.Error(diff)
	}
	if f.Mapped != 6 || f.Rejected != 1 || f.LastLine != 7 {
		t.Errorf("%s, last line %d", f.Counts, f.LastLine)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
		t.Errorf("allocated %d MiB", used>>20)
	}
}

// TestHugeField rejects names that no event can hold.
func TestHugeField(t *testing.T) {
	j := &journal{}
	long := strings.Repeat("q", 5000)
	text := strings.Replace(log(2), "|support|NONE|", "|"+long+"|NONE|", 1)
	f := only(t, j.mustRun(t, ingest.Options{Files: []string{write(t, "queue_log", text)}}))
	if f.Rejected != 3 || f.Problems[0].Line != 2 && f.Problems[0].Line != 1 {
		t.Errorf("%s %+v", f.Counts, f.Problems)
	}
}

// TestNUL rejects rows with NUL bytes one by one.
func TestNUL(t *testing.T) {
	j := &journal{}
	text := log(1) + "1767600100|\x00\x00|support|NONE|ENTERQUEUE||1|1\n" + log(0)
	f := only(t, j.mustRun(t, ingest.Options{Files: []string{write(t, "queue_log", text)}}))
	if diff := cmp.Diff([]string{"rejected record has NUL bytes: 4"}, reasons(f)); diff != "" || f.Mapped != 3 {
		t.Error(diff, f.Counts)
	}
}

// TestEncoding reads ISO 8859-1, a UTF-8 mark, and refuses UTF-16.
func TestEncoding(t *testing.T) {
	j := &journal{}
	rows := "1,2026-05-04 09:00:00,5,60,J\xfcri,a\n2,2026-05-04 09:01:00,5,60,Õie,a\n"
	f := only(t, j.mustRun(t, csv(t, "Europe/Tallinn", rows)))
	if diff := cmp.Diff([]string{"warned not UTF-8: read as ISO 8859-1: 2"}, reasons(f)); diff != "" {
		t.Error(diff)
	}
	for _, agent := range []string{"a:Jüri", "a:Õie"} {
		if !strings.Contains(j.facts(), agent) {
			t.Errorf("agent %s is missing", agent)
		}
	}
	o := csv(t, "UTC", "")
	write(t, o.Files[0], "\xef\xbb\xbfid,at,wait,talk,agent,how\n3,2026-05-04 09:00:00,5,60,x,a\n")
	if f := only(t, (&journal{}).mustRun(t, o)); f.Mapped != 1 {
		t.Errorf("with a byte order mark: %+v", f.Problems)
	}
	for _, text := range []string{"\xff\xfei\x00d\x00", "i\x00d\x00,\x00a\x00t\x00,\x00w\x00"} {
		write(t, o.Files[0], text)
		j := &journal{}
		rep, err := j.run(t, o)
		if err != nil || !rep.Failed() || !strings.Contains(rep.Files[0].Error, "8-bit encoding") || len(j.events) != 0 {
			t.Errorf("UTF-16: %v %+v", err, rep.Files)
		}
	}
}

// TestTruncatedGzip imports nothing of a damaged file, says so, and imports it
// when it is whole.
func TestTruncatedGzip(t *testing.T) {
	text := log(3000)
	whole := compress(t, text)
	for _, cut := range []int{5, len(whole) / 2, len(whole) - 4} {
		name := write(t, "queue_log.gz", string(whole[:cut]))
		j := &journal{}
		rep, err := j.run(t, ingest.Options{Files: []string{name}})
		f := only(t, rep)
		if err != nil || f.Status != ingest.StatusFailed || !strings.Contains(f.Error, "truncated") || f.Rows != 0 || len(j.events) != 0 {
			t.Fatalf("cut at %d: %v, %+v", cut, err, f)
		}
		var said strings.Builder
		if err := rep.WriteText(&said, time.UTC); err != nil || !strings.Contains(said.String(), "nothing of it was imported") {
			t.Errorf("cut at %d: %v, report says %s", cut, err, &said)
		}
		write(t, name, string(whole))
		j.mustRun(t, ingest.Options{Files: []string{name}})
		full := &journal{}
		full.mustRun(t, ingest.Options{Files: []string{name}})
		if full.facts() != j.facts() {
			t.Errorf("cut at %d: events differ from those of the whole", cut)
		}
	}
	j := &journal{}
	if rep, err := j.run(t, ingest.Options{Files: []string{write(t, "q.gz", string(bytes.Replace(whole, whole[2000:2010], []byte("0123456789"), 1)))}}); err != nil || !rep.Failed() || len(j.events) != 0 {
		t.Errorf("damaged gzip: %v %+v", err, rep.Files)
	}
}

// TestBadValues lists rows with impossible times and durations.
func TestBadValues(t *testing.T) {
	rows := "1,1969-12-31 23:00:00,5,60,x,a\n" +
		"2,2026-05-04 09:00:00,-5,60,x,a\n" +
		"3,2026-05-04 09:00:00,5,-60,x,a\n" +
		"4,2026-02-30 09:00:00,5,60,x,a\n" +
		"5,2026-05-04 09:00:00,5,60,x,zzz\n" +
		"6,2026-05-04 09:00:00,five,60,x,a\n" +
		"7,,5,60,x,a\n" +
		"8,2026-05-04 09:00:00,5,60,x\n" +
		"9,2026-05-04 09:00:00,5,60,\"x,a\n" +
		"10,2026-05-04 09:00:00,5,60,x,a\n"
	f := only(t, (&journal{}).mustRun(t, csv(t, "UTC", rows)))
	want := []string{
		"rejected time is before 1970: 2",
		"rejected wait: duration is negative: 3",
		"rejected talk: duration is negative: 4",
		"rejected no such date or time of day: 5",
		"rejected how: value is in no outcome rule of the profile: 6",
		"rejected wait: duration is not a number: 7",
		"rejected no time of joining the queue (at): 8",
		"rejected row does not have the header's number of columns: 9",
		"rejected quote is not closed before the end of the file: 11",
	}
	if diff := cmp.Diff(want, reasons(f)); diff != "" {
		t.Error(diff)
	}
}

// TestDST reads a night with a repeated and one with a missing hour.
func TestDST(t *testing.T) {
	for _, c := range []struct {
		zone, rows string
		want       []string // instants of joining
		warned     int64
	}{
		// Clocks in Jerusalem went back at 02:00 on 2026-10-25 to 01:00.
		{"Asia/Jerusalem", "1,2026-10-25 00:59:00,0,9,x,a\n2,2026-10-25 01:30:00,0,9,x,a\n3,2026-10-25 01:10:00,0,9,x,a\n4,2026-10-25 01:40:00,0,9,x,a\n5,2026-10-25 02:00:00,0,9,x,a\n",
			[]string{"21:59:00", "22:30:00", "23:10:00", "23:40:00", "00:00:00"}, 3},
		// Clocks in New York went forward from 02:00 to 03:00 on 2026-03-08.
		{"America/New_York", "1,2026-03-08 01:59:00,0,9,x,a\n2,2026-03-08 02:30:00,0,9,x,a\n3,2026-03-08 03:31:00,0,9,x,a\n",
			[]string{"06:59:00", "07:30:00", "07:31:00"}, 1},
		{"Asia/Kathmandu", "1,2026-03-08 01:59:00,0,9,x,a\n", []string{"20:14:00"}, 0},
	} {
		j := &journal{}
		f := only(t, j.mustRun(t, csv(t, c.zone, c.rows)))
		var got []string
		for _, e := range j.events {
			if e.Kind == "queue.joined" {
				got = append(got, time.UnixMicro(e.At).UTC().Format(time.TimeOnly))
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s", c.zone, diff)
		}
		var warned int64
		for _, w := range f.Warnings {
			warned += w.Count
		}
		if warned != c.warned {
			t.Errorf("%s: %d warnings, want %d: %+v", c.zone, warned, c.warned, f.Warnings)
		}
	}
}

// TestWrongFile publishes nothing of a file that is not of the format.
func TestWrongFile(t *testing.T) {
	for _, c := range []struct{ format, profile, text string }{
		{"queue_log", "", "<html>\n<body>404</body>\n"}, {"csv", "technion", "a,b,c\n1,2,3\n"},
	} {
		j := &journal{}
		rep, err := j.run(t, ingest.Options{Format: c.format, Profile: c.profile, Files: []string{write(t, "f", c.text)}})
		if err != nil || !rep.Failed() || !strings.Contains(rep.Files[0].Error, feed.ErrNotRead.Error()) || len(j.events) != 0 {
			t.Errorf("%s: %v %+v, %d events", c.format, err, rep.Files, len(j.events))
		}
	}
}

// TestRunErrors are those that are not a file's.
func TestRunErrors(t *testing.T) {
	name := write(t, "queue_log", log(1))
	boom := errors.New("database is gone")
	for _, c := range []struct {
		what string
		o    ingest.Options
		want error
	}{
		{"format", ingest.Options{Format: "xls", Files: []string{name}}, ingest.ErrFormat},
		{"profile", ingest.Options{Format: "csv", Profile: "x", Files: []string{name}}, ingest.ErrFormat},
		{"no file", ingest.Options{}, ingest.ErrOptions},
		{"follow stdin", ingest.Options{Files: []string{"-"}, Follow: true}, ingest.ErrOptions},
		{"pattern", ingest.Options{Files: []string{name + "*.nothing"}}, os.ErrNotExist},
		{"directory", ingest.Options{Files: []string{name}, Directory: &feedtest.Directory{Err: boom}}, boom},
	} {
		j := &journal{}
		if _, err := j.run(t, c.o); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.what, err, c.want)
		}
		if c.what == "directory" && strings.TrimSpace(j.facts()) != "" {
			t.Errorf("published with a broken directory:\n%s", j.facts())
		}
	}
	rep, err := (&journal{}).run(t, ingest.Options{Files: []string{name + ".missing", name}})
	if err != nil || !rep.Failed() || rep.Files[1].Mapped != 3 {
		t.Errorf("a missing file stopped the others: %v %+v", err, rep.Files)
	}
	if rep, err := (&journal{}).run(t, ingest.Options{Format: "csv", Files: []string{name}}); err != nil || !strings.Contains(rep.Files[0].Error, "technion") {
		t.Errorf("csv without a profile: %v %+v", err, rep.Files)
	}
}
