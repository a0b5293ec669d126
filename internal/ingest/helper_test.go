package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest"
	"github.com/agner-platform/agner/internal/ingest/feed"
	"github.com/agner-platform/agner/internal/ingest/feed/feedtest"
)

var errCrash = errors.New("the machine lost power")

// journal stands for the real one: it keeps what was appended, and can lose power
// in the middle of an append.
type journal struct {
	events  []event.Event
	crashAt int // number of events after which the power fails; 0 never
	sizes   []int
}

func (j *journal) Publish(_ context.Context, b ingest.Batch) error {
	for _, e := range b.Events {
		if j.crashAt > 0 && len(j.events) == j.crashAt {
			return errCrash
		}
		j.events = append(j.events, e)
	}
	j.sizes = append(j.sizes, len(b.Events))
	return nil
}

// index reads the ledger out of the journal, as a new process would.
func (j *journal) index(t testing.TB) *ingest.Index {
	t.Helper()
	x := ingest.NewIndex()
	for i := range j.events {
		if err := x.Observe(&j.events[i]); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// facts shows the events that are no markers, one a line.
func (j *journal) facts() string {
	var b strings.Builder
	for i := range j.events {
		if !feed.IsMarker(&j.events[i]) {
			b.WriteString(feedtest.Line(&j.events[i]) + "\n")
		}
	}
	return b.String()
}

// run imports into the journal with the index read from it.
func (j *journal) run(t testing.TB, o ingest.Options) (ingest.Report, error) {
	t.Helper()
	o.Sink, o.Index = j, j.index(t)
	if o.Directory == nil {
		o.Directory = &feedtest.Directory{}
	}
	if o.Now == nil {
		o.Now = of2026
	}
	if o.Format == "" {
		o.Format = "queue_log"
	}
	return ingest.Run(t.Context(), o)
}

// mustRun wants no error and no failed file.
func (j *journal) mustRun(t testing.TB, o ingest.Options) ingest.Report {
	t.Helper()
	rep, err := j.run(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if rep.Failed() {
		t.Fatalf("report: %+v", rep.Files)
	}
	return rep
}

// only returns the report on the one file of a run.
func only(t testing.TB, rep ingest.Report) ingest.FileReport {
	t.Helper()
	if len(rep.Files) != 1 {
		t.Fatalf("report has %d files, want 1", len(rep.Files))
	}
	f := rep.Files[0]
	if f.Rows != f.Mapped+f.Raw+f.Skipped+f.Rejected {
		t.Errorf("rows do not add up: %s", f.Counts)
	}
	return f
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	if !filepath.IsAbs(name) {
		name = filepath.Join(t.TempDir(), name)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func compress(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// log is a queue_log of n answered calls, one every ten seconds.
func log(n int) string {
	var b strings.Builder
	for i := range n {
		at := 1767600000 + 10*int64(i)
		id := feed.ID("call", string(rune('a'+i%26)), time.Duration(i).String())
		b.WriteString(line(at, id, "NONE", "ENTERQUEUE||5550101|1"))
		b.WriteString(line(at+4, id, "Ann", "CONNECT|4|x|2"))
		b.WriteString(line(at+9, id, "Ann", "COMPLETECALLER|4|5|1"))
	}
	return b.String()
}

func line(at int64, call, agent, rest string) string {
	return strings.Join([]string{feedtest.Itoa(at), call, "support", agent, rest}, "|") + "\n"
}
