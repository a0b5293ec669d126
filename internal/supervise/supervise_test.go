package supervise

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

// TestMain plays the child when the supervisor under test starts this binary.
func TestMain(m *testing.M) {
	switch os.Getenv("SUPERVISE_CHILD") {
	case "":
		goleak.VerifyTestMain(m)
	case "steady":
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		fmt.Println("up", os.Getenv("NAME"), os.Getpid())
		<-c
		fmt.Println("down", os.Getenv("NAME"), os.Getpid())
	case "hopeless":
		fmt.Println("up", os.Getenv("NAME"), os.Getpid())
		os.Exit(ExitGiveUp)
	case "crash":
		fmt.Println("up", os.Getenv("NAME"), os.Getpid())
		os.Exit(3)
	case "deaf":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("up", os.Getenv("NAME"), os.Getpid())
		select {}
	}
}

func child(name, kind string) Child {
	return Child{Name: name, Args: []string{"-test.run=^$"}, Env: []string{"SUPERVISE_CHILD=" + kind, "NAME=" + name}}
}

// lines runs s and returns a channel of the children's output lines.
func lines(t *testing.T, cfg Config) (*Supervisor, <-chan string, func()) {
	t.Helper()
	r, w := io.Pipe()
	cfg.Output = w
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	out := make(chan string, 1000)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(out)
		for sc := bufio.NewScanner(r); sc.Scan(); {
			out <- sc.Text()
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	wg.Go(func() {
		defer w.Close()
		if err := s.Run(ctx, nil); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return s, out, func() { cancel(); wg.Wait() }
}

func TestStopsInReverseOrder(t *testing.T) {
	_, out, stop := lines(t, Config{Children: []Child{child("a", "steady"), child("b", "steady")}})
	for range 2 {
		if l := <-out; !strings.HasPrefix(l, "up ") {
			t.Fatalf("got %q, want an up line", l)
		}
	}
	go stop()
	var downs []string
	for l := range out {
		downs = append(downs, strings.Fields(l)[1])
	}
	if got := strings.Join(downs, ""); got != "ba" {
		t.Errorf("children went down in order %q, want ba", got)
	}
	stop()
}

func TestRestartsAKilledChild(t *testing.T) {
	s, out, stop := lines(t, Config{Children: []Child{child("a", "steady")}, Backoff: Backoff{First: time.Millisecond}})
	var pid, again int
	if _, err := fmt.Sscanf(<-out, "up a %d", &pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(<-out, "up a %d", &again); err != nil {
		t.Fatal(err)
	}
	if again == pid {
		t.Errorf("the child still has pid %d", pid)
	}
	if st := s.Status()[0]; st.Restarts != 1 || !strings.Contains(st.LastExit, "killed") {
		t.Errorf("status = %+v, want 1 restart after a kill", st)
	}
	stop()
}

func TestCrashLoopBacksOff(t *testing.T) {
	s, out, stop := lines(t, Config{Children: []Child{child("a", "crash")}, Backoff: Backoff{First: time.Millisecond, Max: 4 * time.Millisecond}})
	for range 4 {
		<-out
	}
	if n := s.Status()[0].Restarts; n < 3 {
		t.Errorf("restarts = %d, want at least 3", n)
	}
	stop()
}

func TestGivesUpWithAChildThatSaysSo(t *testing.T) {
	s, err := New(Config{Children: []Child{child("a", "steady"), child("b", "hopeless")}, Output: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context(), nil); !errors.Is(err, ErrGaveUp) || !strings.Contains(err.Error(), "role b") {
		t.Errorf("Run = %v, want ErrGaveUp that names b", err)
	}
	if st := s.Status(); st[0].PID != 0 || st[1].Restarts != 0 {
		t.Errorf("status = %+v, want everything stopped and b not restarted", st)
	}
}

func TestKillsADeafChild(t *testing.T) {
	_, out, stop := lines(t, Config{Children: []Child{child("a", "deaf")}, StopWait: 50 * time.Millisecond})
	<-out
	stop() // returns only when the child is gone
}

func TestReadyIsAskedUntilItAnswers(t *testing.T) {
	c := child("a", "steady")
	asked := make(chan int, 10)
	n := 0
	c.Ready = func(context.Context) error {
		n++
		asked <- n
		if n < 3 {
			return errors.New("not yet")
		}
		return nil
	}
	s, out, stop := lines(t, Config{Children: []Child{c, child("b", "steady")}})
	<-out
	for range 3 {
		<-asked
	}
	if l := <-out; !strings.HasPrefix(l, "up b") {
		t.Errorf("got %q, want the second child after the first is ready", l)
	}
	if !s.Status()[0].Ready {
		t.Error("the first child is not marked ready")
	}
	stop()
}

func TestNewRefusesNoChildren(t *testing.T) {
	if _, err := New(Config{}); !errors.Is(err, ErrNoChildren) {
		t.Errorf("New = %v, want ErrNoChildren", err)
	}
}

func TestBackoffGrowsToItsCeilingAndForgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Backoff{First: 10, Max: 1000, Good: 500}
		last := time.Duration(0)
		for _, ran := range rapid.SliceOf(rapid.IntRange(0, 1000)).Draw(t, "runs") {
			w := b.Next(time.Duration(ran))
			switch {
			case w < 10 || w > 1000:
				t.Fatalf("wait %d outside [10, 1000]", w)
			case ran >= 500 && w != 10:
				t.Fatalf("wait %d after a good run, want 10", w)
			case ran < 500 && w < last:
				t.Fatalf("wait shrank from %d to %d after an early end", last, w)
			}
			last = w
		}
	})
}
