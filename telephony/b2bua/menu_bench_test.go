package b2bua

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/ivr"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/desc"
	"github.com/agner-platform/agner/telephony/media/dtmf"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/sipua"
)

// crowd is many callers, or many agents, behind one user agent and one RTP socket.
type crowd struct {
	mu   sync.Mutex
	ua   *sipua.UA
	rtp  *net.UDPConn
	done map[string]chan bool // callers that wait for their call's end, protected by mu
}

func newCrowd(b *testing.B) *crowd {
	b.Helper()
	c := &crowd{done: map[string]chan bool{}}
	var err error
	if c.rtp, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		b.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ua, err = sipua.Listen(config(), c); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.agent().Close(); c.rtp.Close() })
	return c
}

func (c *crowd) agent() *sipua.UA {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ua
}

func (c *crowd) offer() []byte {
	port := c.rtp.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	m := desc.Media{Addr: netip.AddrPortFrom(loopback, port), Codecs: []g711.Codec{g711.ALaw}, Direction: desc.SendRecv}
	return m.Offer()
}

// SIPEvent lets agents answer at once and callers press 1 into the greeting.
func (c *crowd) SIPEvent(e sipua.Event) {
	switch e := e.(type) {
	case sipua.Invited:
		if c.agent().Answer(e.Leg, c.offer()) != nil {
			return
		}
	case sipua.Answered:
		remote, err := desc.Parse(e.SDP)
		if err != nil {
			return
		}
		for i, p := range dtmf.Send('1', 40, 1000) {
			head := []byte{0x80, 101, 0, byte(i), 0, 0, 3, 0xe8, 0, 0, 0, 7}
			if _, err := c.rtp.WriteToUDPAddrPort(append(head, p.Payload...), remote.Addr); err != nil {
				return
			}
		}
	case sipua.Ended:
		c.finish(e.Leg, true)
	case sipua.Failed:
		c.finish(e.Leg, false)
	}
}

// Reoffer refuses.
func (c *crowd) Reoffer(string, []byte) []byte { return nil }

func (c *crowd) finish(leg string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ch := c.done[leg]; ch != nil {
		ch <- ok
		delete(c.done, leg)
	}
}

// one places a call and waits until the switch hung up, which it does when caller
// and agent are joined.
func (c *crowd) one(id, to string) bool {
	ch := make(chan bool, 1)
	c.mu.Lock()
	c.done[id] = ch
	c.mu.Unlock()
	if c.agent().Invite(id, call.Target{URI: "sip:600@" + to, From: "200"}, c.offer()) != nil {
		return false
	}
	select {
	case ok := <-ch:
		return ok
	case <-time.After(patience):
		return false
	}
}

// BenchmarkMenuCalls sets calls up as a centre would: INVITE, answer, a menu that a
// key (RFC 4733) cuts short, an agent who answers at once, both joined, hang-up.
// Callers, switch and agents share this process and its CPU figure.
func BenchmarkMenuCalls(b *testing.B) {
	f, err := ivr.Parse([]byte(flow), ivr.Known{})
	if err != nil {
		b.Fatal(err)
	}
	callers, agents := newCrowd(b), newCrowd(b)
	relay := newRelay(b)
	var mu sync.Mutex
	menus := map[*Call]*benchCall{}
	hooks := Hooks{Facts: func([]event.Event) {}}
	hooks.Arrived = func(c *Call, e sipua.Invited) {
		m, out := f.Start(ivr.Call{Interaction: c.Interaction}, time.Now().UnixMicro())
		bc := &benchCall{leg: e.Leg, m: m, began: time.Now()}
		mu.Lock()
		menus[c] = bc
		mu.Unlock()
		c.Post(call.Answer{Leg: e.Leg})
		bc.act(c, out, agents)
	}
	hooks.Key = func(c *Call, _, key string) {
		mu.Lock()
		bc := menus[c]
		mu.Unlock()
		if bc != nil {
			bc.key(c, key, agents)
		}
	}
	slowest := time.Duration(0)
	hooks.Changed = func(c *Call, facts []event.Event) {
		mu.Lock()
		bc := menus[c]
		mu.Unlock()
		for _, e := range facts {
			if bc == nil || e.Kind != event.KindCallAnswered || e.Leg == bc.leg {
				continue
			}
			c.Post(call.Join{A: bc.leg, B: e.Leg})
			mu.Lock()
			slowest = max(slowest, time.Since(bc.began))
			delete(menus, c)
			mu.Unlock()
			c.Post(call.HangUp{Leg: bc.leg})
		}
	}
	s, err := Start(config(), relay, nil, hooks)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	runCalls(b, callers, s.UA().Addr("udp"))
	mu.Lock()
	defer mu.Unlock()
	b.ReportMetric(float64(slowest.Milliseconds()), "slowest-ms")
}

// runCalls places b.N calls, 50 at a time.
func runCalls(b *testing.B, callers *crowd, to string) {
	b.Helper()
	var before, after syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		b.Fatal(err)
	}
	began, ids := time.Now(), make(chan int)
	var wait sync.WaitGroup
	var mu sync.Mutex
	failed, n := 0, 0
	for range 50 {
		wait.Go(func() {
			for i := range ids {
				if !callers.one(fmt.Sprint("c", i), to) {
					mu.Lock()
					failed++
					mu.Unlock()
				}
			}
		})
	}
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
	b.ReportMetric(float64(failed), "failed")
}

// benchCall is one caller in the menu.
type benchCall struct {
	mu    sync.Mutex
	leg   string
	m     *ivr.Machine
	began time.Time
}

func (bc *benchCall) key(c *Call, key string, agents *crowd) {
	bc.mu.Lock()
	out := bc.m.Step(ivr.Key{Key: key}, time.Now().UnixMicro())
	bc.mu.Unlock()
	bc.act(c, out, agents)
}

func (bc *benchCall) act(c *Call, out ivr.Out, agents *crowd) {
	for _, a := range out.Actions {
		switch a.(type) {
		case ivr.PlayPrompts:
			c.Play(bc.leg, &media.Samples16{Data: make([]int16, 80*media.Samples)}, nil)
		case ivr.StopPlaying:
			c.Stop(bc.leg)
		case ivr.JoinQueue:
			c.Dial(call.Dial{Leg: "agent-" + bc.leg, Side: event.AgentSide, Agent: "a1"}, call.Target{URI: "sip:7001@" + agents.agent().Addr("udp")})
		}
	}
}
