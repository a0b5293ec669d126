package sipua

import (
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/agner-platform/agner/telephony/call"
)

// counter answers every call and hangs up every call that was answered.
type counter struct {
	mu   sync.Mutex
	ua   *UA
	done map[string]chan time.Time // by leg, protected by mu
}

func (c *counter) agent() *UA {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ua
}

func (c *counter) SIPEvent(e Event) {
	switch e := e.(type) {
	case Invited:
		if c.agent().Answer(e.Leg, []byte(offer)) != nil {
			return
		}
	case Answered:
		c.finish(e.Leg, time.Now())
		if c.agent().Bye(e.Leg, "") != nil {
			return
		}
	case Failed:
		c.finish(e.Leg, time.Time{})
	}
}

func (c *counter) Reoffer(string, []byte) []byte { return nil }

func (c *counter) finish(leg string, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ch := c.done[leg]; ch != nil {
		ch <- at
	}
}

func bench(b *testing.B) *counter {
	b.Helper()
	u, _ := listen(b, nil)
	c := &counter{done: map[string]chan time.Time{}}
	c.mu.Lock()
	c.ua = u
	c.mu.Unlock()
	u.handler = c
	return c
}

// BenchmarkCalls sets calls up and ends them, 50 at a time, over UDP. Both user
// agents are in this process: the CPU figure is for caller and called together.
func BenchmarkCalls(b *testing.B) {
	x, y := bench(b), bench(b)
	const at = 50
	var before, after syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	ids := make(chan int)
	var wait sync.WaitGroup
	var mu sync.Mutex
	failed, slowest := 0, time.Duration(0)
	for range at {
		wait.Go(func() {
			for n := range ids {
				took, ok := x.one(fmt.Sprint(n), call.Target{URI: "sip:1@" + y.agent().Addr("udp")})
				mu.Lock()
				if !ok {
					failed++
				}
				slowest = max(slowest, took)
				mu.Unlock()
			}
		})
	}
	n := 0
	for ; b.Loop(); n++ {
		ids <- n
	}
	close(ids)
	wait.Wait()
	took := time.Since(began)
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
		b.Fatal(err)
	}
	cpu := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
	b.ReportMetric(float64(n)/took.Seconds(), "calls/s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(n), "cpu-µs/call")
	b.ReportMetric(float64(slowest.Milliseconds()), "slowest-ms")
	b.ReportMetric(float64(failed), "failed")
}

// one sets up one call and returns how long the answer took.
func (c *counter) one(id string, to call.Target) (time.Duration, bool) {
	ch := make(chan time.Time, 1)
	c.mu.Lock()
	c.done[id] = ch
	c.mu.Unlock()
	began := time.Now()
	if c.agent().Invite(id, to, []byte(offer)) != nil {
		return 0, false
	}
	at := <-ch
	c.mu.Lock()
	delete(c.done, id)
	c.mu.Unlock()
	return at.Sub(began), !at.IsZero()
}
