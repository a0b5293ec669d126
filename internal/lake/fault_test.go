package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/lake/feed"
	"github.com/agner-platform/agner/internal/lake/store"
)

func someCalls(n int) *script {
	s := &script{node: "n"}
	for i := range n {
		s.call(string(rune('a'+i)), "q", "ag", t0+int64(i)*600*sec, sec, sec, sec)
	}
	return s
}

// A full disk pauses the writer; it goes on by itself and nothing is lost.
func TestDiskFullPausesAndResumes(t *testing.T) {
	var free atomic.Int64
	free.Store(math.MaxInt64)
	l := open(t, Config{Free: func(string) (int64, error) { return free.Load(), nil }, RetryEvery: time.Millisecond})
	s := someCalls(4)
	ctx := context.Background()
	if err := l.ApplyEvents(ctx, s.events[:6]); err != nil {
		t.Fatal(err)
	}
	free.Store(1000)
	done := make(chan error, 1)
	go func() { done <- l.ApplyEvents(ctx, s.events[6:]) }()
	deadline := time.After(time.Minute)
	for l.Health().State != Paused {
		select {
		case err := <-done:
			t.Fatalf("Apply returned %v on a full disk", err)
		case <-deadline:
			t.Fatal("the writer does not pause")
		default:
		}
	}
	if h := l.Health(); h.Error == "" || h.Since.IsZero() {
		t.Errorf("health = %+v, want an error and a time", h)
	}
	if n := count(t, l, `SELECT count(*) FROM visits`); n != 2 { // reading goes on
		t.Errorf("visits = %d while paused, want 2", n)
	}
	free.Store(math.MaxInt64)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := count(t, l, `SELECT count(*) FROM visits`); n != 4 {
		t.Errorf("visits = %d, want 4", n)
	}
	if h := l.Health(); h.State != Ready {
		t.Errorf("state = %s, want ready", h.State)
	}
}

// Closing a paused lake does not wait for the disk.
func TestCloseWhilePaused(t *testing.T) {
	l, err := Open(context.Background(), Config{Dir: t.TempDir(), Free: func(string) (int64, error) { return 0, nil }, RetryEvery: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- l.ApplyEvents(context.Background(), someCalls(1).events) }()
	for l.Health().State != Paused {
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, ErrReset) && !errors.Is(err, ErrClosed) {
		t.Errorf("Apply = %v, want ErrReset or ErrClosed", err)
	}
}

// The real thing: a file system of 24 MB that fills up while a journal is
// followed, and is given room again.
func TestDiskFullForReal(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to mount a small file system")
	}
	small, root := t.TempDir(), t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("cannot mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(small, 0); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(small, "ballast")
	if err := os.WriteFile(ballast, bytes.Repeat([]byte{1}, 19<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	syntheticJournal(t, root, 60_000)
	target, err := feed.Durable(root)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Open(context.Background(), Config{Dir: filepath.Join(small, "lake"), MinFree: 1, RetryEvery: 10 * time.Millisecond, BatchRows: 5000})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- l.insist(ctx, root, target) }()
	for h := l.Health(); h.State != Paused && h.State != Failed; h = l.Health() {
		select {
		case err := <-done:
			t.Fatalf("insist = %v without ever being short of room", err)
		case <-ctx.Done():
			t.Fatal("neither full nor done")
		default:
		}
	}
	t.Logf("full at %s: %s", l.Applied(), l.Health().Error)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	fresh := open(t, Config{})
	if err := fresh.Rebuild(ctx, root, nil); err != nil {
		t.Fatal(err)
	}
	if d := diff(dump(t, fresh), dump(t, l)); d != "" {
		t.Error(d)
	}
}

// A damaged database is moved aside; what the journal has comes back.
func TestDamagedDatabaseIsRebuilt(t *testing.T) {
	damage := map[string]func(path string) error{
		"garbage":      func(p string) error { return os.WriteFile(p, bytes.Repeat([]byte("no database "), 4000), 0o600) },
		"empty header": func(p string) error { return overwrite(p, 0, make([]byte, 4096)) },
		"flipped root": func(p string) error { return overwrite(p, 4096+32, []byte{0xde, 0xad, 0xbe, 0xef}) },
		"truncated":    func(p string) error { return os.Truncate(p, 12<<10) },
	}
	for name, hurt := range damage {
		t.Run(name, func(t *testing.T) {
			dir, root := t.TempDir(), t.TempDir()
			syntheticJournal(t, root, 3000)
			ctx := context.Background()
			l, err := Open(ctx, Config{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Rebuild(ctx, root, nil); err != nil {
				t.Fatal(err)
			}
			want := dump(t, l)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			if err := hurt(filepath.Join(dir, store.FileName)); err != nil {
				t.Fatal(err)
			}
			l = open(t, Config{Dir: dir})
			if l.Health().Recovered == "" || len(l.Applied()) != 0 {
				t.Errorf("recovered %q with %s applied, want a reason and an empty lake", l.Health().Recovered, l.Applied())
			}
			target, err := feed.Durable(root)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.insist(ctx, root, target); err != nil {
				t.Fatal(err)
			}
			if d := diff(want, dump(t, l)); d != "" {
				t.Error(d)
			}
			if _, err := os.Stat(filepath.Join(dir, store.FileName+".bad")); err != nil {
				t.Error("the damaged file is gone:", err)
			}
		})
	}
}

func overwrite(path string, at int64, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b, at)
	return errors.Join(err, f.Close())
}

// A lake of a newer build is refused and left alone, one of an older is rebuilt.
func TestFormats(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	l, err := Open(ctx, Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.ApplyEvents(ctx, someCalls(2).events); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	mark := filepath.Join(dir, store.FormatName)
	if err := os.WriteFile(mark, []byte(`{"format":99}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, Config{Dir: dir}); !errors.Is(err, ErrNewerFormat) {
		t.Fatalf("Open = %v, want ErrNewerFormat", err)
	}
	if err := os.WriteFile(mark, fmt.Appendf(nil, `{"format":%d}`, store.FormatVersion), 0o600); err != nil {
		t.Fatal(err)
	}
	l = open(t, Config{Dir: dir})
	if n := count(t, l, `SELECT count(*) FROM visits`); n != 2 {
		t.Errorf("visits = %d after the refusal, want 2", n)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mark, []byte(`{"format":0}`), 0o600); err != nil {
		t.Fatal(err)
	}
	l = open(t, Config{Dir: dir})
	if l.Health().Recovered == "" || len(l.Applied()) != 0 {
		t.Errorf("recovered %q, applied %s; want an empty lake", l.Health().Recovered, l.Applied())
	}
}

// When DuckDB gives up an instance, the lake opens it anew and goes on.
func TestInvalidatedInstanceIsReopened(t *testing.T) {
	l := open(t, Config{})
	s, ctx := someCalls(3), context.Background()
	if err := l.ApplyEvents(ctx, s.events[:3]); err != nil {
		t.Fatal(err)
	}
	h, done, err := l.box.Acquire()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Writer.Close(); err != nil { // the writer's connection is gone
		t.Fatal(err)
	}
	done()
	if err := l.ApplyEvents(ctx, s.events[3:6]); !errors.Is(err, ErrReset) {
		t.Fatalf("Apply = %v, want ErrReset", err)
	}
	if err := l.ApplyEvents(ctx, s.events); !errors.Is(err, ErrReset) { // repairs
		t.Fatalf("Apply = %v, want ErrReset", err)
	}
	if err := l.ApplyEvents(ctx, s.events); err != nil {
		t.Fatal(err)
	}
	if n := count(t, l, `SELECT count(*) FROM visits`); n != 3 {
		t.Errorf("visits = %d, want 3", n)
	}
	if h := l.Health(); h.State != Ready || h.Resets != 1 || h.Recovered != "" {
		t.Errorf("health = %+v, want ready after one reset", h)
	}
}

// Hostile records are put aside and counted; the tail goes on.
func TestHostileRecords(t *testing.T) {
	l := open(t, Config{})
	hostile := []event.Event{
		event.New(t0, &event.QueueLeft{Exit: event.Abandoned, WaitUs: -5}),
		event.New(t0, &event.QueueLeft{Exit: event.Abandoned}),                         // no visit
		event.New(math.MaxInt64, &event.QueueJoined{}),                                 // no such time
		event.New(t0, &event.VisitHandled{JoinedAt: math.MinInt64, TalkUs: 1}),         // nor this
		event.New(t0, &event.ConfigChanged{Table: "t", Row: "r"}),                      // no JSON
		event.New(t0, &event.OfferMissed{RingUs: math.MaxInt64}),                       // 292,000 years
		event.New(t0, &event.CallEnded{Quality: &event.MediaQuality{MOS: math.NaN()}}), // no call
		event.New(t0, &event.Unknown{Name: "future.kind", Raw: []byte{0xa0}}),          // kept, no reject
	}
	for i := range hostile {
		hostile[i].Node, hostile[i].Seq = "n", uint64(i+1)
	}
	ctx := context.Background()
	if err := l.ApplyEvents(ctx, hostile); err != nil {
		t.Fatal(err)
	}
	n := uint64(len(hostile))
	if err := l.Apply(ctx, []Record{{Node: "n", Seq: n + 1, Raw: bytes.Repeat([]byte{0x81}, 1000)}, {Node: "n", Seq: n + 2}}); err != nil {
		t.Fatal(err)
	}
	if n := count(t, l, `SELECT count(*) FROM rejects WHERE why <> ''`); n != 9 {
		t.Errorf("rejects = %d, want 9", n)
	}
	if n := count(t, l, `SELECT count(*) FROM events WHERE kind = 'future.kind'`); n != 1 {
		t.Errorf("events of a kind to come = %d, want 1", n)
	}
	if got := l.Applied(); got["n"] != n+2 {
		t.Errorf("applied = %s, want %d", got, n+2)
	}
	if err := l.Apply(ctx, []Record{{Node: "n", Seq: n + 9, Raw: []byte{0xa0}}}); !errors.Is(err, ErrGap) {
		t.Errorf("Apply behind a gap = %v, want ErrGap", err)
	}
}

// Damage in a journal is stepped over and told.
func TestDamagedJournal(t *testing.T) {
	root := t.TempDir()
	syntheticJournal(t, root, 2000)
	segments, err := filepath.Glob(filepath.Join(root, "analytics", "*"))
	if err != nil || len(segments) == 0 {
		t.Fatal(err, segments)
	}
	for _, s := range segments {
		if info, err := os.Stat(s); err == nil && info.Size() > 50_000 {
			if err := overwrite(s, 20_000, []byte{1, 2, 3, 4, 5, 6, 7, 8}); err != nil {
				t.Fatal(err)
			}
		}
	}
	target, err := feed.Durable(root)
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, Config{})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := l.insist(ctx, root, target); err != nil {
		t.Fatal(err)
	}
	if n := count(t, l, `SELECT count(*) FROM rejects`); n == 0 {
		t.Error("nothing was said of the damage")
	}
	if n := count(t, l, `SELECT count(*) FROM events`); n == 0 || n >= int64(sum(target)) {
		t.Errorf("events = %d of %d, want some less", n, sum(target))
	}
	if !l.Applied().Covers(target) {
		t.Errorf("applied %s, want %s", l.Applied(), target)
	}
}

// Nothing works on a closed lake, and nothing hangs.
func TestClosed(t *testing.T) {
	l, err := Open(context.Background(), Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	ctx := context.Background()
	if err := l.ApplyEvents(ctx, someCalls(1).events); !errors.Is(err, ErrClosed) {
		t.Errorf("Apply = %v, want ErrClosed", err)
	}
	if _, err := l.Query(ctx, `SELECT 1`); !errors.Is(err, ErrClosed) {
		t.Errorf("Query = %v, want ErrClosed", err)
	}
	if err := l.Wait(ctx, journal.Vector{"n": 1}); !errors.Is(err, ErrClosed) {
		t.Errorf("Wait = %v, want ErrClosed", err)
	}
}
