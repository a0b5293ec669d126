package journal

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	killEnv  = "AGNER_JOURNAL_KILL_DIR"
	roundEnv = "AGNER_JOURNAL_KILL_ROUND"
)

// killChild appends from several goroutines until it is killed. It prints
// "seq name" for every acknowledged event, after the acknowledgement.
func killChild() {
	j, _, err := Open(os.Getenv(killEnv), testNode, Options{SegmentBytes: 16 << 10})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("r%s-w%d-%d", os.Getenv(roundEnv), w, i)
				first, err := j.appendRaw(context.Background(), []byte(name))
				if err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				mu.Lock()
				fmt.Println(first, name) // one write call a line: the kill cannot tear it
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// killRounds is how often the child is killed.
func killRounds() int {
	if n, err := strconv.Atoi(os.Getenv("AGNER_KILL_ROUNDS")); err == nil && n > 0 {
		return n
	}
	if os.Getenv("AGNER_LONG") == "1" {
		return 200
	}
	return 20
}

func TestKillNine(t *testing.T) {
	rounds := killRounds()
	root := t.TempDir()
	acked := map[uint64]string{} // of all rounds
	rng := rand.New(rand.NewPCG(1, 2))
	torn, verified := 0, uint64(1)
	for round := range rounds {
		killRound(t, root, round, rng, acked)
		j, rec, err := Open(root, testNode, Options{SegmentBytes: 16 << 10})
		if err != nil {
			t.Fatalf("round %d: open after kill: %v", round, err)
		}
		if rec.Torn != nil {
			torn++
		}
		if len(rec.Problems) > 0 {
			t.Fatalf("round %d: problems: %+v", round, rec.Problems)
		}
		checkAcked(t, root, acked, round)
		// Long runs would read the same sealed segments over and over.
		if _, err := j.Prune(context.Background(), verified, rec.Last); err != nil {
			t.Fatal(err)
		}
		verified = rec.Last
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, %d events acknowledged, %d torn tails cut; none lost, none double", rounds, len(acked), torn)
}

// killRound runs a child and kills it at a random moment after its first
// acknowledgement.
func killRound(t *testing.T, root string, round int, rng *rand.Rand, acked map[uint64]string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killEnv+"="+root, roundEnv+"="+strconv.Itoa(round))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	var kill *time.Timer
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break
		}
		if kill == nil {
			kill = time.AfterFunc(time.Duration(rng.Int64N(int64(40*time.Millisecond))), func() { cmd.Process.Kill() })
			defer kill.Stop()
		}
		seq, name, ok := strings.Cut(strings.TrimSpace(line), " ")
		n, perr := strconv.ParseUint(seq, 10, 64)
		if !ok || perr != nil {
			t.Fatalf("round %d: child says %q", round, line)
		}
		if old, double := acked[n]; double {
			t.Fatalf("round %d: seq %d acknowledged twice: %q and %q", round, n, old, name)
		}
		acked[n] = name
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("round %d: child ended by itself: %v", round, err)
	}
}

// checkAcked reads the journal and looks for every acknowledged event at its seq
// and nowhere else.
func checkAcked(t *testing.T, root string, acked map[uint64]string, round int) {
	t.Helper()
	firsts := segmentFiles(t, root)
	first := firstSeq(t, firsts[0])
	names := map[string]bool{}
	got := readAll(t, root, first)
	for i, p := range got {
		seq := first + uint64(i)
		if names[string(p)] {
			t.Fatalf("round %d: %s is there twice", round, p)
		}
		names[string(p)] = true
		if want, ok := acked[seq]; ok && want != string(p) {
			t.Fatalf("round %d: seq %d is %s, acknowledged was %s", round, seq, p, want)
		}
	}
	for seq, name := range acked {
		if seq >= first+uint64(len(got)) {
			t.Fatalf("round %d: acknowledged seq %d (%s) is lost; the journal ends at %d", round, seq, name, first+uint64(len(got))-1)
		}
	}
}

func firstSeq(t *testing.T, path string) uint64 {
	t.Helper()
	name := path[strings.LastIndexByte(path, '/')+1:]
	n, err := strconv.ParseUint(strings.TrimSuffix(name, ".seg"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
