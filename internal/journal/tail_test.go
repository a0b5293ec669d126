package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal/segment"
)

func openNode(t *testing.T, root, node string, opts Options) *Journal {
	t.Helper()
	j, _, err := Open(root, node, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func mustEvents(t *testing.T, j *Journal, from, to int) {
	t.Helper()
	for n := from; n <= to; n++ {
		if _, err := j.Append(context.Background(), started(n)); err != nil {
			t.Fatal(err)
		}
	}
}

// drain reads what is there now.
func drain(t *testing.T, tail *Tail) map[string][]string {
	t.Helper()
	got := map[string][]string{}
	buf := make([]event.Event, 3)
	for {
		n, err := tail.TryRead(buf)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return got
		}
		for _, e := range buf[:n] {
			got[e.Node] = append(got[e.Node], role(e))
		}
	}
}

func roles(from, to int) []string {
	var s []string
	for n := from; n <= to; n++ {
		s = append(s, fmt.Sprintf("role-%d", n))
	}
	return s
}

func TestTailFollowsAllNodes(t *testing.T) {
	root := t.TempDir()
	a := openNode(t, root, "analytics", Options{})
	s := openNode(t, root, "switch", Options{SegmentBytes: 1 << 10})
	mustEvents(t, a, 1, 5)
	mustEvents(t, s, 1, 50)
	tail, err := TailAll(root, Vector{"switch": 10}, TailOptions{Local: []*Journal{a}})
	if err != nil {
		t.Fatal(err)
	}
	defer tail.Close()
	want := map[string][]string{"analytics": roles(1, 5), "switch": roles(11, 50)}
	if diff := cmp.Diff(want, drain(t, tail)); diff != "" {
		t.Errorf("first pass (-want +got):\n%s", diff)
	}
	if got := tail.Vector().String(); got != "analytics:5,switch:50" {
		t.Errorf("vector %s", got)
	}
	if !tail.Vector().Covers(tail.Durable()) {
		t.Errorf("caught up at %s, durable is %s", tail.Vector(), tail.Durable())
	}
	mustEvents(t, a, 6, 6)
	mustEvents(t, s, 51, 52)
	ctx := context.Background()
	got := map[string][]string{}
	for range 3 {
		e, err := tail.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got[e.Node] = append(got[e.Node], role(e))
	}
	if diff := cmp.Diff(map[string][]string{"analytics": roles(6, 6), "switch": roles(51, 52)}, got); diff != "" {
		t.Errorf("second pass (-want +got):\n%s", diff)
	}
}

// A node that appears later is found within a second; the tail of a root that
// does not exist yet waits for it.
func TestTailFindsNewNodes(t *testing.T) {
	root := filepath.Join(t.TempDir(), "journal")
	synctest.Test(t, func(t *testing.T) {
		tail, err := TailAll(root, nil, TailOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer tail.Close()
		got := make(chan event.Event)
		go func() {
			e, err := tail.Next(context.Background())
			if err != nil {
				t.Error(err)
			}
			got <- e
		}()
		time.Sleep(5 * time.Second) // virtual
		j, _, err := Open(root, "late", Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		if _, err := j.Append(context.Background(), started(7)); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if e := <-got; e.Node != "late" || role(e) != "role-7" {
			t.Errorf("got %+v", e)
		}
		if took := time.Since(start); took > nodeScan+segment.DefaultPoll {
			t.Errorf("found after %v", took)
		}
	})
}

// Readers wait without busy work: in the writer's process until they are woken,
// elsewhere until the next poll; a context ends both.
func TestReadersWait(t *testing.T) {
	root := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		j, _, err := Open(root, testNode, Options{})
		if err != nil {
			t.Fatal(err)
		}
		inside, err := j.Reader(1, ReaderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		outside, err := OpenReader(root, testNode, 2, ReaderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer inside.Close()
		defer outside.Close()
		for i, r := range []*Reader{inside, outside} {
			name := []string{"inside", "outside"}[i]
			ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
			if _, err := r.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", name, err)
			}
			cancel()
			start := time.Now()
			got := make(chan string)
			go func() {
				e, err := r.Next(context.Background())
				if err != nil {
					t.Error(err)
				}
				got <- role(e)
			}()
			synctest.Wait()
			if _, err := j.Append(context.Background(), started(i)); err != nil {
				t.Fatal(err)
			}
			if g := <-got; g != fmt.Sprintf("role-%d", i) {
				t.Errorf("%s: got %s", name, g)
			}
			took := time.Since(start)
			if name == "inside" && took != 0 || took > segment.DefaultPoll {
				t.Errorf("%s: woken after %v", name, took)
			}
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		for range 2 { // one event is left to read, then the end
			_, err = inside.Next(context.Background())
		}
		if !errors.Is(err, ErrClosed) {
			t.Errorf("after close: %v", err)
		}
	})
}

func TestPrune(t *testing.T) {
	root := t.TempDir()
	j := openTest(t, root, Options{SegmentBytes: 2 << 10})
	for i := range uint64(200) {
		mustAppend(t, j, payload(i+1, 60))
	}
	ctx := context.Background()
	if n, err := j.Prune(ctx, 120, 100); !errors.Is(err, ErrRetention) || n != 0 {
		t.Fatalf("prune past the verified seq: %d, %v", n, err)
	}
	slow, err := segment.OpenReader(root, testNode, 1, ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := slow.Next(ctx); err != nil {
		t.Fatal(err)
	}
	before := len(segmentFiles(t, root))
	n, err := j.Prune(ctx, 101, 100)
	if err != nil || n == 0 || len(segmentFiles(t, root)) != before-n {
		t.Fatalf("prune: %d of %d, %v", n, before, err)
	}
	oldest := j.Oldest()
	if oldest < 2 || oldest > 101 {
		t.Fatalf("oldest %d", oldest)
	}
	if got := readAll(t, root, 0); len(got) != int(200-oldest+1) {
		t.Errorf("%d records from the oldest, want %d", len(got), 200-oldest+1)
	}
	var pe *PrunedError
	if _, err := OpenReader(root, testNode, oldest-1, ReaderOptions{}); !errors.As(err, &pe) || pe.First != oldest {
		t.Errorf("reader of pruned events: %v", err)
	}
	for err == nil { // the slow reader keeps its open segment and then learns
		_, err = slow.Next(ctx)
	}
	if !errors.Is(err, ErrPruned) {
		t.Errorf("slow reader: %v", err)
	}
	if n, err := j.Prune(ctx, 10_000, 10_000); err != nil || len(segmentFiles(t, root)) != 1 {
		t.Errorf("prune everything: %d, %v; %d segments left", n, err, len(segmentFiles(t, root)))
	}
	if first := mustAppend(t, j, []byte("next")); first != 201 {
		t.Errorf("seq after pruning everything: %d", first)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if rep, err := Verify(root); err != nil || rep.Problems() > 0 {
		t.Errorf("verify: %+v, %v", rep, err)
	}
	j = openTest(t, root, Options{})
	if first := mustAppend(t, j, []byte("next")); first != 202 {
		t.Errorf("seq after reopening: %d", first)
	}
}

// A crash between noting what is pruned and removing it is finished by Open.
func TestInterruptedPruneIsFinished(t *testing.T) {
	root := t.TempDir()
	j := openTest(t, root, Options{SegmentBytes: 2 << 10})
	for i := range uint64(100) {
		mustAppend(t, j, payload(i+1, 60))
	}
	files := segmentFiles(t, root)
	kept, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Prune(context.Background(), 50, 99); err != nil {
		t.Fatal(err)
	}
	oldest := j.Oldest()
	if err := errors.Join(j.Close(), os.WriteFile(files[0], kept, 0o444)); err != nil {
		t.Fatal(err)
	}
	j, rec, err := Open(root, testNode, Options{})
	if err != nil || rec.First != oldest || len(rec.Problems) > 0 {
		t.Fatalf("open: %+v, %v; want first %d", rec, err, oldest)
	}
	defer j.Close()
	if _, err := os.Stat(files[0]); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("pruned segment is back: %v", err)
	}
}

func TestVerifyReportsTornTail(t *testing.T) {
	root := t.TempDir()
	j := openTest(t, root, Options{})
	mustAppend(t, j, []byte("one"))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	path := segmentFiles(t, root)[0]
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(b, "torn"...), 0o644); err != nil {
		t.Fatal(err)
	}
	want := &TornTail{Segment: filepath.Base(path), Offset: int64(len(b)), Bytes: 4}
	rep, err := Verify(root)
	if err != nil || rep.Problems() > 0 {
		t.Fatalf("verify: %+v, %v", rep, err)
	}
	if diff := cmp.Diff(want, rep.Nodes[0].Torn); diff != "" || rep.Nodes[0].Live {
		t.Errorf("live %v, torn (-want +got):\n%s", rep.Nodes[0].Live, diff)
	}
	j, rec, err := Open(root, testNode, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if diff := cmp.Diff(want, rec.Torn); diff != "" {
		t.Errorf("open: torn (-want +got):\n%s", diff)
	}
}

// Verify and readers beside a busy writer never see a problem that is not there.
func TestVerifyBesideAWriter(t *testing.T) {
	root := t.TempDir()
	j := openTest(t, root, Options{SegmentBytes: 32 << 10})
	ctx, cancel := context.WithCancel(context.Background())
	written := make(chan int, 1)
	go func() {
		n := 0
		for ctx.Err() == nil {
			if err := j.AppendAsync(started(n)); err == nil {
				n++
			} else if !errors.Is(err, ErrOverflow) {
				t.Error(err)
				break
			}
		}
		written <- n
	}()
	for j.Durable() < 1000 {
		if _, err := j.Append(ctx, started(0)); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		before := j.Durable()
		rep, err := Verify(root)
		if err != nil || rep.Problems() > 0 || !rep.Nodes[0].Live {
			t.Fatalf("verify: %+v, %v", rep.Nodes[0].Problems, err)
		}
		if rep.Nodes[0].Last < before {
			t.Fatalf("verify ends at %d, %d was durable before", rep.Nodes[0].Last, before)
		}
		got := readAll(t, root, before)
		if len(got) == 0 {
			t.Fatalf("seq %d is not readable", before)
		}
	}
	cancel()
	if n := <-written; n == 0 {
		t.Error("the writer did nothing")
	}
}

// TestTailOfSomeKinds decodes what is asked for and still hands out every seq.
func TestTailOfSomeKinds(t *testing.T) {
	root := t.TempDir()
	j := openTest(t, root, Options{})
	for n := range 3 {
		mustAppendEvents(t, j, started(n), event.New(int64(n+1), &event.NodeClockStepped{StepUs: 1}))
	}
	tail, err := TailAll(root, nil, TailOptions{Only: []event.Kind{event.KindNodeClockStepped}})
	if err != nil {
		t.Fatal(err)
	}
	defer tail.Close()
	got := make([]event.Event, 9)
	n, err := tail.TryRead(got)
	if err != nil || n != 6 {
		t.Fatalf("%d events, %v", n, err)
	}
	for i, e := range got[:n] {
		if _, wanted := e.Payload.(*event.NodeClockStepped); e.Seq != uint64(i+1) || e.Node == "" || wanted != (i%2 == 1) {
			t.Errorf("event %d: %+v", i, e)
		}
	}
	if j2, ok := tail.Vector()[j.Node()]; !ok || j2 != 6 {
		t.Errorf("vector %v", tail.Vector())
	}
}

func mustAppendEvents(t *testing.T, j *Journal, events ...event.Event) {
	t.Helper()
	if _, err := j.Append(t.Context(), events...); err != nil {
		t.Fatal(err)
	}
}
