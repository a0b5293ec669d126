package ingest_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/agner-platform/agner/internal/ingest"
	"github.com/agner-platform/agner/internal/ingest/feed"
	"github.com/agner-platform/agner/internal/ingest/feed/feedtest"
)

// follower runs an import with Follow in a synctest bubble.
type follower struct {
	t    *testing.T
	j    *journal
	path string
	stop context.CancelFunc
	done chan struct{}
	rep  ingest.Report
	err  error
}

func startFollower(t *testing.T, j *journal, path string) *follower {
	ctx, cancel := context.WithCancel(t.Context())
	f := &follower{t: t, j: j, path: path, stop: cancel, done: make(chan struct{})}
	o := ingest.Options{
		Format: "queue_log", Files: []string{path}, Follow: true, Directory: &feedtest.Directory{}, Sink: j, Index: j.index(t), Now: of2026,
	}
	go func() {
		defer close(f.done)
		f.rep, f.err = ingest.Run(ctx, o)
	}()
	return f
}

// append writes to the log and lets two polls pass.
func (f *follower) append(text string) {
	f.t.Helper()
	file, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		f.t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		f.t.Fatal(err)
	}
	f.poll()
}

// poll lets the follower look twice. Inside the bubble no time passes.
func (f *follower) poll() {
	timer := time.NewTimer(2500 * time.Millisecond)
	<-timer.C
	synctest.Wait()
}

func (f *follower) end() ingest.Report {
	f.stop()
	<-f.done
	if f.err != nil {
		f.t.Fatal(f.err)
	}
	return f.rep
}

func (f *follower) want(n int, what string) {
	f.t.Helper()
	if got := strings.Count(f.j.facts(), "visit.handled"); got != n {
		f.t.Errorf("%s: %d calls published, want %d", what, got, n)
	}
}

// TestFollow publishes lines as they come, across a stop, both kinds of rotation
// and a line written in two halves.
func TestFollow(t *testing.T) {
	defer goleak.VerifyNone(t)
	lines := strings.SplitAfter(log(12), "\n")
	part := func(a, b int) string { return strings.Join(lines[3*a:3*b], "") }
	synctest.Test(t, func(t *testing.T) {
		j := &journal{}
		path := filepath.Join(t.TempDir(), "queue_log")
		f := startFollower(t, j, path)
		f.poll()
		f.append("17676") // no whole line yet: nothing to know the file by
		f.want(0, "first half of a line")
		f.append(part(0, 1)[5:])
		f.want(1, "first call")
		half := part(1, 2)
		f.append(half[:len(half)-7])
		f.want(1, "last line in two halves, first")
		f.append(half[len(half)-7:])
		f.want(2, "last line in two halves, second")
		f.end()

		f.append(part(2, 3))
		f = startFollower(t, j, path)
		f.poll()
		f.want(3, "written while nobody followed")

		if err := os.Rename(path, path+".1"); err != nil { // rotation by renaming
			t.Fatal(err)
		}
		f.poll()
		f.append(part(3, 5))
		f.want(5, "after renaming")

		if err := os.WriteFile(path, []byte(part(5, 6)), 0o600); err != nil { // copytruncate
			t.Fatal(err)
		}
		f.poll()
		f.want(6, "after truncating")
		if err := os.WriteFile(path, []byte(part(6, 10)), 0o600); err != nil { // truncated and already longer than before
			t.Fatal(err)
		}
		f.poll()
		f.want(10, "after truncating and growing")
		rep := f.end()
		if rep.Rejected != 0 || rep.Failed() {
			t.Errorf("report: %s %+v", rep.Counts, rep.Files)
		}
	})
}

// TestFollowResumesTorn loses power while following; the next run publishes the
// rest and nothing twice.
func TestFollowResumesTorn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := log(6)
		path := write(t, "queue_log", text)
		j := &journal{crashAt: 14}
		f := startFollower(t, j, path)
		<-f.done
		if f.err == nil {
			t.Fatal("no error from the crash")
		}
		f.stop()
		j.crashAt = 0
		f = startFollower(t, j, path)
		f.poll()
		f.end()
		if got, want := j.facts(), whole(t, text); got != want {
			t.Errorf("events differ from those of the whole:\n%s", got)
		}
	})
}

// TestFollowRefuses files that cannot grow.
func TestFollowRefuses(t *testing.T) {
	for _, name := range []string{write(t, "q.gz", string(compress(t, log(1)))), t.TempDir()} {
		_, err := ingest.Run(t.Context(), ingest.Options{
			Format: "queue_log", Files: []string{name}, Follow: true, Directory: &feedtest.Directory{}, Sink: &journal{}, Now: of2026,
		})
		if err == nil {
			t.Errorf("%s: followed", name)
		}
	}
	if _, err := feed.Expand([]string{"["}); err == nil {
		t.Error("a broken pattern is no error")
	}
}

// of2026 is a clock after the stamps of the logs; that of the bubble shows 2000.
func of2026() time.Time { return time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC) }
