package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The disk fills up in the middle of a group, of a footer, of a new segment's
// header: whatever was acknowledged stays, nothing else appears, and writing goes
// on when there is room.
func TestDiskFull(t *testing.T) {
	for room := int64(0); room < 1500; room += 13 {
		root := t.TempDir()
		d := &faultDisk{}
		j := openTest(t, root, Options{disk: d, SegmentBytes: 700})
		want := [][]byte{payload(1, 100)}
		mustAppend(t, j, want[0])
		d.set(func() { d.limited, d.room = true, room })
		n := uint64(2)
		for ; ; n++ {
			first, err := j.appendRaw(context.Background(), payload(n, 100))
			if err == nil {
				if first != n {
					t.Fatalf("room %d: seq %d, want %d", room, first, n)
				}
				want = append(want, payload(n, 100))
				continue
			}
			if !errors.Is(err, ErrDiskFull) || !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("room %d: %v, want ErrDiskFull", room, err)
			}
			break
		}
		if diff := cmp.Diff(want, readAll(t, root, 1)); diff != "" {
			t.Fatalf("room %d: while full (-want +got):\n%s", room, diff)
		}
		if _, err := j.appendRaw(context.Background(), payload(n, 300)); !errors.Is(err, ErrDiskFull) {
			t.Fatalf("room %d: still full: %v", room, err)
		}
		d.set(func() { d.limited = false })
		if first := mustAppend(t, j, payload(n, 50)); first != n {
			t.Fatalf("room %d: seq %d after recovery, want %d", room, first, n)
		}
		want = append(want, payload(n, 50))
		if err := j.Close(); err != nil {
			t.Fatalf("room %d: close: %v", room, err)
		}
		if diff := cmp.Diff(want, readAll(t, root, 1)); diff != "" {
			t.Fatalf("room %d: at the end (-want +got):\n%s", room, diff)
		}
		if rep, err := Verify(root); err != nil || rep.Problems() > 0 || rep.Nodes[0].Torn != nil {
			t.Fatalf("room %d: verify: %+v, %v", room, rep, err)
		}
	}
}

// Asynchronous events wait for room and are tried again by a timer.
func TestAsyncEventsOutlastAFullDisk(t *testing.T) {
	root := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := &faultDisk{}
		j, _, err := Open(root, testNode, Options{disk: d, RetryFull: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		d.set(func() { d.limited = true })
		for n := range 3 {
			if err := j.AppendAsync(started(n)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if got := j.Durable(); got != 0 {
			t.Errorf("durable on a full disk: %d", got)
		}
		d.set(func() { d.limited = false })
		synctest.Wait()
		if got := j.Durable(); got != 0 {
			t.Errorf("durable before the retry: %d", got)
		}
		time.Sleep(time.Minute) // virtual
		synctest.Wait()
		if got := j.Durable(); got != 3 {
			t.Errorf("durable after the retry: %d, want 3", got)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestCloseOnAFullDiskSaysWhatIsLost(t *testing.T) {
	d := &faultDisk{}
	j := openTest(t, t.TempDir(), Options{disk: d})
	mustAppend(t, j, payload(1, 10))
	d.set(func() { d.limited = true })
	for n := range 2 {
		if err := j.AppendAsync(started(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); !errors.Is(err, ErrDiskFull) {
		t.Errorf("close says %v", err)
	}
}

// A failed fsync ends the journal at once and for good; what was acknowledged
// before is there after a restart.
func TestFailedSyncIsFinal(t *testing.T) {
	root := t.TempDir()
	d := &faultDisk{}
	j := openTest(t, root, Options{disk: d})
	mustAppend(t, j, []byte("one"))
	d.set(func() { d.syncErr = syscall.EIO })
	if _, err := j.appendRaw(context.Background(), []byte("two")); !errors.Is(err, ErrFailed) || !errors.Is(err, syscall.EIO) {
		t.Fatalf("append says %v", err)
	}
	d.set(func() { d.syncErr = nil })
	if _, err := j.appendRaw(context.Background(), []byte("three")); !errors.Is(err, ErrFailed) {
		t.Errorf("append after a failed sync: %v", err)
	}
	if err := j.AppendAsync(started(1)); !errors.Is(err, ErrFailed) {
		t.Errorf("async after a failed sync: %v", err)
	}
	if got := readAll(t, root, 1); len(got) != 1 {
		t.Errorf("readers see %d records, want 1", len(got))
	}
	r, err := j.Reader(2, ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Next(context.Background()); !errors.Is(err, ErrFailed) {
		t.Errorf("a waiting reader gets %v", err)
	}
	if err := j.Close(); !errors.Is(err, ErrFailed) {
		t.Errorf("close says %v", err)
	}
	again := openTest(t, root, Options{})
	mustAppend(t, again, []byte("four"))
	got := readAll(t, root, 1)
	// "two" was never acknowledged: it may be there or not.
	if s := string(got[0]); s != "one" {
		t.Errorf("first record %q", s)
	}
	if s := string(got[len(got)-1]); s != "four" || len(got) > 3 {
		t.Errorf("last of %d records %q", len(got), s)
	}
}

// The same on a real file system that is full: a tmpfs of 64 KiB.
func TestDiskFullOnTmpfs(t *testing.T) {
	root := t.TempDir()
	if err := syscall.Mount("agner-test", root, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("cannot mount a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(root, 0); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(root, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 16<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	j, _, err := Open(root, testNode, Options{SegmentBytes: 10 << 10})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	n := uint64(0)
	for {
		if _, err = j.appendRaw(context.Background(), payload(n+1, 500)); err != nil {
			break
		}
		n++
	}
	if !errors.Is(err, ErrDiskFull) || n < 20 {
		t.Fatalf("after %d events: %v", n, err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if first := mustAppend(t, j, payload(n+1, 500)); first != n+1 {
		t.Errorf("seq %d after recovery, want %d", first, n+1)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	got := readAll(t, root, 1)
	for i, p := range got {
		if string(p) != string(payload(uint64(i+1), 500)) {
			t.Fatalf("seq %d is wrong", i+1)
		}
	}
	if uint64(len(got)) != n+1 {
		t.Errorf("%d events, want %d", len(got), n+1)
	}
}
