package lake

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/lake/feed"
)

// A lake that is killed after any commit and started again ends with the tables
// of one that ran through, whatever the batches and snapshots were.
func TestKillAnywhereGivesTheSameTables(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 1))
		records := chaos(t, seed, 600)
		whole := open(t, Config{})
		applyAll(t, whole, records, rng)
		want := dump(t, whole)
		if len(want["visits"]) == 0 || len(want["visits_open"]) == 0 || len(want["rejects"]) == 0 || len(want["agent_spans"]) == 0 {
			t.Fatalf("seed %d: the records make no visits, open visits, spans or rejects", seed)
		}

		dir := t.TempDir()
		for cut := 0; cut < len(records); {
			l := open(t, Config{Dir: dir, SnapshotEvery: 1 + rng.IntN(200)})
			// Feed from the start: what is applied already must be skipped.
			cut += 1 + rng.IntN(200)
			applyAll(t, l, records[:min(cut, len(records))], rng)
			next := t.TempDir()
			copyDir(t, dir, next) // the kill: what is on disk now is all there is
			dir = next
		}
		last := open(t, Config{Dir: dir})
		if d := diff(want, dump(t, last)); d != "" {
			t.Errorf("seed %d: killed lake differs:\n%s", seed, d)
		}
		if got, want := last.Live(), whole.Live(); len(got.Visits) != len(want.Visits) || len(got.Agents) != len(want.Agents) {
			t.Errorf("seed %d: live has %d visits and %d agents, want %d and %d", seed,
				len(got.Visits), len(got.Agents), len(want.Visits), len(want.Agents))
		}
	}
}

// The order in which nodes are read does not matter.
func TestNodesInAnyOrder(t *testing.T) {
	records := chaos(t, 77, 500)
	mixed, apart := open(t, Config{}), open(t, Config{})
	rng := rand.New(rand.NewPCG(3, 3))
	applyAll(t, mixed, records, rng)
	for _, node := range []string{"web", "switch", "analytics"} {
		var of []Record
		for _, r := range records {
			if r.Node == node {
				of = append(of, r)
			}
		}
		applyAll(t, apart, of, rng)
	}
	if d := diff(dump(t, mixed), dump(t, apart)); d != "" {
		t.Error(d)
	}
}

// killRounds is how often the child is killed; AGNER_LONG asks for more.
func killRounds() int {
	if os.Getenv("AGNER_LONG") != "" {
		return 60
	}
	return 5
}

// A process that is killed with SIGKILL while it follows a journal loses nothing
// and counts nothing twice.
func TestKillNine(t *testing.T) {
	if dir := os.Getenv("AGNER_LAKE_CHILD"); dir != "" {
		followForever(t, dir)
		return
	}
	dir := t.TempDir()
	root := filepath.Join(dir, "journal")
	syntheticJournal(t, root, 40_000)
	rng := rand.New(rand.NewPCG(5, 5))
	for range killRounds() {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKillNine$")
		cmd.Env = append(os.Environ(), "AGNER_LAKE_CHILD="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// One byte a commit: kill after a few of them, wherever the next one is.
		commits := make([]byte, 1)
		for range 1 + rng.IntN(6) {
			if _, err := out.Read(commits); err != nil {
				break // caught up
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
	}
	l := open(t, Config{Dir: filepath.Join(dir, "lake")})
	t.Logf("after the kills applied %s, recovered %q", l.Applied(), l.Health().Recovered)
	if r := l.Health().Recovered; r != "" {
		t.Errorf("lake was rebuilt after a kill: %s", r)
	}
	target, err := feed.Durable(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.insist(context.Background(), root, target); err != nil {
		t.Fatal(err)
	}
	fresh := open(t, Config{})
	if err := fresh.Rebuild(context.Background(), root, nil); err != nil {
		t.Fatal(err)
	}
	if d := diff(dump(t, fresh), dump(t, l)); d != "" {
		t.Error(d)
	}
}

// followForever is the child of TestKillNine: it writes a byte to standard
// output after each commit.
func followForever(t *testing.T, dir string) {
	l, err := Open(context.Background(), Config{Dir: filepath.Join(dir, "lake"), BatchRows: 2500, SnapshotEvery: 3000})
	if err != nil {
		t.Fatal(err)
	}
	l.OnCommit(func(*Snapshot) { _, _ = os.Stdout.Write([]byte{'.'}) })
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_ = l.Follow(ctx, filepath.Join(dir, "journal"))
}

func TestFollowTailsNewNodes(t *testing.T) {
	root := t.TempDir()
	l := open(t, Config{FlushEvery: time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Follow(ctx, root) }()
	want := journal.Vector{}
	for _, node := range []string{"analytics", "switch"} {
		j, _, err := journal.Open(root, node, journal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := &script{node: node}
		for i := range 10 {
			s.call(node+strconv.Itoa(i), "q", "agent-"+node, t0+int64(i)*600*sec, sec, sec, sec)
		}
		if _, err := j.Append(ctx, s.events...); err != nil {
			t.Fatal(err)
		}
		want[node] = 30
		wait, done := context.WithTimeout(ctx, time.Minute)
		if err := l.Wait(wait, want); err != nil {
			t.Fatal(err)
		}
		done()
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, l, `SELECT count(*) FROM visits`); n != 20 {
		t.Errorf("visits = %d, want 20", n)
	}
	events, err := l.Timeline(ctx, "i-switch3")
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 3 || events[0].Kind != event.KindQueueJoined || events[2].Kind != event.KindVisitHandled || events[1].Seq != 11 {
		t.Errorf("timeline = %v", events)
	}
	cancel()
	if err := <-ended; err != context.Canceled {
		t.Errorf("Follow = %v, want context.Canceled", err)
	}
}

// A Reset under a running Follow makes it start from nothing, without a hole.
func TestResetUnderFollow(t *testing.T) {
	root := t.TempDir()
	syntheticJournal(t, root, 20_000)
	target, err := feed.Durable(root)
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, Config{BatchRows: 2000})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	follow, stop := context.WithCancel(ctx)
	go func() { ended <- l.Follow(follow, root) }()
	if err := l.Wait(ctx, journal.Vector{"analytics": 4000}); err != nil {
		t.Fatal(err)
	}
	if err := l.Rebuild(ctx, root, nil); err != nil {
		t.Fatal(err)
	}
	if err := l.Wait(ctx, target); err != nil {
		t.Fatal(err)
	}
	if n := count(t, l, `SELECT count(*) FROM events`); n != int64(sum(target)) {
		t.Errorf("events = %d, want %d", n, sum(target))
	}
	stop()
	if err := <-ended; err != context.Canceled {
		t.Errorf("Follow = %v, want context.Canceled", err)
	}
}

// A journal that cannot be read is told and tried again.
func TestFollowTriesAgain(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "blocked"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(root, "blocked", "journal") // below a file: cannot be listed
	l := open(t, Config{RetryEvery: time.Millisecond, FlushEvery: time.Millisecond})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- l.Follow(ctx, inside) }()
	for l.Health().Tail == "" && ctx.Err() == nil {
		runtime.Gosched()
	}
	if err := os.Remove(filepath.Join(root, "blocked")); err != nil {
		t.Fatal(err)
	}
	j, _, err := journal.Open(inside, "n", journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(ctx, someCalls(1).events...); err != nil {
		t.Fatal(err)
	}
	if err := l.Wait(ctx, journal.Vector{"n": 3}); err != nil {
		t.Fatal(err)
	}
	if tail := l.Health().Tail; tail != "" {
		t.Errorf("tail = %q after it works again", tail)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; err != context.Canceled {
		t.Errorf("Follow = %v, want context.Canceled", err)
	}
}
