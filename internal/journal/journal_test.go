package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/event"
)

func TestAppendReadReopen(t *testing.T) {
	root := t.TempDir()
	j, rec, err := Open(root, testNode, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Recovery{Node: testNode, First: 1, Last: 0, Segments: 1}, rec); diff != "" {
		t.Errorf("recovery of a new journal (-want +got):\n%s", diff)
	}
	ctx := context.Background()
	if first, err := j.Append(ctx, started(1), started(2)); err != nil || first != 1 {
		t.Fatalf("append = %d, %v", first, err)
	}
	if first, err := j.Append(ctx, started(3)); err != nil || first != 3 {
		t.Fatalf("append = %d, %v", first, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j, rec, err = Open(root, testNode, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if diff := cmp.Diff(Recovery{Node: testNode, First: 1, Last: 3, Segments: 1}, rec); diff != "" {
		t.Errorf("recovery (-want +got):\n%s", diff)
	}
	if first, err := j.Append(ctx, started(4)); err != nil || first != 4 {
		t.Fatalf("append = %d, %v", first, err)
	}
	r, err := OpenReader(root, testNode, 2, ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for n := 2; n <= 4; n++ {
		e, err := r.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		want := started(n)
		want.Node, want.Seq = testNode, uint64(n)
		if diff := cmp.Diff(want, e); diff != "" {
			t.Errorf("event %d (-want +got):\n%s", n, diff)
		}
	}
}

func TestSegmentsRollAndSeal(t *testing.T) {
	root := t.TempDir()
	j := openTest(t, root, Options{SegmentBytes: 4 << 10})
	const n = 300
	for i := range uint64(n) {
		mustAppend(t, j, payload(i+1, 100))
	}
	files := segmentFiles(t, root)
	if len(files) < 5 {
		t.Fatalf("%d segments, want several", len(files))
	}
	for i, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 4<<10 {
			t.Errorf("%s has %d bytes, over the limit", f, info.Size())
		}
		if sealed := i < len(files)-1; sealed != (info.Mode().Perm() == 0o444) {
			t.Errorf("%s has mode %v", f, info.Mode())
		}
	}
	if got := readAll(t, root, 1); len(got) != n {
		t.Errorf("read %d records, want %d", len(got), n)
	}
	for _, from := range []uint64{2, 77, 150, n} {
		got := readAll(t, root, from)
		if want := int(n - from + 1); len(got) != want || string(got[0]) != string(payload(from, 100)) {
			t.Errorf("from %d: %d records, want %d", from, len(got), want)
		}
	}
	rep, err := Verify(root)
	if err != nil || rep.Problems() != 0 {
		t.Fatalf("verify: %+v, %v", rep, err)
	}
	if nr := rep.Nodes[0]; nr.Records != n || nr.First != 1 || nr.Last != n || !nr.Live || len(nr.Segments) != len(files) {
		t.Errorf("report: %+v", nr)
	}
}

func TestConcurrentAppendsAreDistinctAndGapless(t *testing.T) {
	root := t.TempDir()
	j := openTest(t, root, Options{SegmentBytes: 64 << 10})
	const writers, each = 64, 50
	var mu sync.Mutex
	seen := map[uint64]string{}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				a, b := fmt.Sprintf("%03d-%03d-a", w, i), fmt.Sprintf("%03d-%03d-b", w, i)
				first, err := j.appendRaw(context.Background(), []byte(a), []byte(b))
				if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				mu.Lock()
				seen[first], seen[first+1] = a, b
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	got := readAll(t, root, 1)
	if len(got) != writers*each*2 || len(seen) != len(got) {
		t.Fatalf("%d records, %d acknowledged, want %d", len(got), len(seen), writers*each*2)
	}
	for i, p := range got {
		if seen[uint64(i+1)] != string(p) {
			t.Fatalf("seq %d is %q, acknowledged was %q", i+1, p, seen[uint64(i+1)])
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	j := openTest(t, t.TempDir(), Options{})
	ctx := context.Background()
	bad := started(1)
	bad.At = 0
	if _, err := j.Append(ctx, started(1), bad); !errors.Is(err, event.ErrInvalid) {
		t.Errorf("invalid event: %v", err)
	}
	huge := event.New(1, &event.NodeStarted{Role: strings.Repeat("x", 2<<20)})
	if _, err := j.Append(ctx, huge); !errors.Is(err, ErrTooLarge) {
		t.Errorf("huge event: %v", err)
	}
	if err := j.AppendAsync(huge); !errors.Is(err, ErrTooLarge) {
		t.Errorf("huge event, async: %v", err)
	}
	if first, err := j.Append(ctx); first != 0 || err != nil {
		t.Errorf("nothing: %d, %v", first, err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := j.Append(ended, started(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
	if first, err := j.Append(ctx, started(1)); first != 1 || err != nil {
		t.Errorf("after all refusals: %d, %v", first, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(ctx, started(2)); !errors.Is(err, ErrClosed) {
		t.Errorf("after close: %v", err)
	}
	if err := j.AppendAsync(started(2)); !errors.Is(err, ErrClosed) {
		t.Errorf("async after close: %v", err)
	}
}

func TestOneWriter(t *testing.T) {
	root := t.TempDir()
	j := openTest(t, root, Options{})
	if _, _, err := Open(root, testNode, Options{}); !errors.Is(err, ErrLocked) {
		t.Fatalf("second writer: %v", err)
	}
	other, _, err := Open(root, "analytics", Options{})
	if err != nil {
		t.Fatalf("another node: %v", err)
	}
	other.Close()
	j.Close()
	again := openTest(t, root, Options{})
	mustAppend(t, again, payload(1, 10))
}

func TestBadNamesAndOptions(t *testing.T) {
	for _, node := range []string{"", ".", "..", ".x", "a/b", "a:b", "a,b", "ä", strings.Repeat("n", 65)} {
		if _, _, err := Open(t.TempDir(), node, Options{}); !errors.Is(err, ErrBadNode) {
			t.Errorf("node %q: %v", node, err)
		}
	}
	if _, _, err := Open(t.TempDir(), testNode, Options{RingEvents: -1}); err == nil || !strings.Contains(err.Error(), "RingEvents = -1") {
		t.Errorf("negative option: %v", err)
	}
}

// A caller whose context ends before the writer takes its events withdraws them;
// one whose events are being written learns the outcome.
func TestContextEndsWhileQueued(t *testing.T) {
	root := t.TempDir()
	d := &faultDisk{}
	j := openTest(t, root, Options{disk: d})
	gate, waiting := make(chan struct{}), make(chan struct{})
	d.set(func() { d.gate, d.waiting = gate, waiting })

	ctx, cancel := context.WithCancel(context.Background())
	taken := make(chan error)
	go func() {
		_, err := j.appendRaw(ctx, []byte("taken"))
		taken <- err
	}()
	<-waiting // the writer holds "taken" in its sync
	queued := make(chan error)
	go func() {
		_, err := j.appendRaw(ctx, []byte("queued"))
		queued <- err
	}()
	for j.q.length() == 0 { // until it stands in the queue
		select {
		case err := <-queued:
			t.Fatalf("queued append returned early: %v", err)
		default:
		}
	}
	cancel()
	if err := <-queued; !errors.Is(err, context.Canceled) {
		t.Errorf("queued: %v", err)
	}
	d.set(func() { d.gate = nil })
	close(gate)
	if err := <-taken; err != nil {
		t.Errorf("taken: %v", err)
	}
	mustAppend(t, j, []byte("later"))
	got := readAll(t, root, 1)
	if diff := cmp.Diff([][]byte{[]byte("taken"), []byte("later")}, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.list)
}

func TestAsyncOverflowBecomesGap(t *testing.T) {
	root := t.TempDir()
	d := &faultDisk{}
	j := openTest(t, root, Options{disk: d, RingEvents: 3})
	gate, waiting := make(chan struct{}), make(chan struct{})
	d.set(func() { d.gate, d.waiting = gate, waiting })
	if err := j.AppendAsync(started(0)); err != nil {
		t.Fatal(err)
	}
	<-waiting // the writer is busy: now the ring fills
	for n := 1; n <= 3; n++ {
		if err := j.AppendAsync(started(n)); err != nil {
			t.Fatalf("event %d: %v", n, err)
		}
	}
	for n := 4; n <= 8; n++ {
		if err := j.AppendAsync(started(n)); !errors.Is(err, ErrOverflow) {
			t.Fatalf("event %d: %v", n, err)
		}
	}
	d.set(func() { d.gate = nil })
	close(gate)
	if _, err := j.Append(context.Background(), started(9)); err != nil {
		t.Fatal(err)
	}
	if s := j.Stats(); s.Dropped != 5 || s.Queued != 0 || s.Groups == 0 || s.Bytes == 0 {
		t.Errorf("stats %+v", s)
	}
	var got []string
	r, err := j.Reader(1, ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	buf := make([]event.Event, 100)
	n, err := r.TryRead(buf)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range buf[:n] {
		if gap, ok := e.Payload.(*event.LogGap); ok {
			got = append(got, fmt.Sprintf("gap %d", gap.Count))
			continue
		}
		got = append(got, role(e))
	}
	// The writer may take the ring before or together with event 9.
	want := []string{"role-0", "role-1", "role-2", "role-3", "gap 5", "role-9"}
	together := []string{"role-0", "role-1", "role-2", "role-3", "role-9", "gap 5"}
	if !cmp.Equal(want, got) && !cmp.Equal(together, got) {
		t.Errorf("got %v", got)
	}
}

func TestAsyncIsWrittenOnClose(t *testing.T) {
	root := t.TempDir()
	j := openTest(t, root, Options{})
	for n := range 1000 {
		if err := j.AppendAsync(started(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, root, 1); len(got) != 1000 {
		t.Errorf("%d events, want 1000", len(got))
	}
}

func TestReaderNeverSeesWhatIsNotDurable(t *testing.T) {
	root := t.TempDir()
	d := &faultDisk{}
	j := openTest(t, root, Options{disk: d})
	mustAppend(t, j, []byte("one"))
	gate, waiting := make(chan struct{}), make(chan struct{})
	d.set(func() { d.gate, d.waiting = gate, waiting })
	done := make(chan error)
	go func() {
		_, err := j.appendRaw(context.Background(), []byte("two"))
		done <- err
	}()
	<-waiting // "two" is in the file, whole, but not synced
	if got := readAll(t, root, 1); len(got) != 1 {
		t.Errorf("another process sees %d records before the sync, want 1", len(got))
	}
	r, err := j.Reader(1, ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := r.TryRead(make([]event.Event, 9)); got > 1 {
		t.Errorf("this process sees %d records before the sync (%v)", got, err)
	}
	d.set(func() { d.gate = nil })
	close(gate)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, root, 1); len(got) != 2 {
		t.Errorf("%d records after the sync, want 2", len(got))
	}
}

// TestSync waits for what was queued before.
func TestSync(t *testing.T) {
	root := t.TempDir()
	j := openTest(t, root, Options{})
	for n := range 500 {
		if err := j.AppendAsync(started(n)); err != nil {
			t.Fatal(err)
		}
	}
	if seq, err := j.Sync(t.Context()); err != nil || seq != 500 {
		t.Errorf("synced to %d, %v, want 500", seq, err)
	}
	if got := readAll(t, root, 1); len(got) != 500 {
		t.Errorf("%d events on disk, want 500", len(got))
	}
}
