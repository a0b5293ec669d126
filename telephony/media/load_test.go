package media

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/agner-platform/agner/telephony/media/desc"
	"github.com/agner-platform/agner/telephony/media/g711"
)

// Load is bounded: so many calls for so long. AGNER_BENCH_CALLS and
// AGNER_BENCH_SECONDS change it.
const (
	defaultCalls   = 100
	defaultSeconds = 3
	lateAfter      = 20 * time.Millisecond
)

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// heard is what the generator counted.
type heard struct {
	Sent, Received, Late int64
	CPU                  time.Duration
}

// TestLoadGenerator is the other process of BenchmarkRelay: phones that send to
// the relay and count what comes back.
func TestLoadGenerator(t *testing.T) {
	list := os.Getenv("AGNER_MEDIA_LOAD")
	if list == "" {
		t.Skip("started by BenchmarkRelay")
	}
	var ports []netip.AddrPort
	if err := json.Unmarshal([]byte(list), &ports); err != nil {
		t.Fatal(err)
	}
	var h heard
	var readers sync.WaitGroup
	conns := make([]*net.UDPConn, len(ports))
	for i, p := range ports {
		c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(p))
		if err != nil {
			t.Fatal(err)
		}
		conns[i] = c
		readers.Go(func() { receive(c, &h) })
	}
	sendAll(conns, &h)
	for _, c := range conns {
		if err := c.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
			t.Error(err)
		}
	}
	readers.Wait()
	for _, c := range conns {
		c.Close()
	}
	h.CPU = cpu()
	out, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("\nHEARD %s\n", out)
}

// sendAll sends one packet per phone every 20 ms, spread over the 20 ms. The
// payload begins with the time of sending.
func sendAll(conns []*net.UDPConn, h *heard) {
	pkt := make([]byte, headerLen+Samples)
	pkt[0], pkt[1] = 0x80, byte(g711.ALaw)
	const parts = 10
	tick := time.NewTicker(Frame / parts)
	defer tick.Stop()
	for i, c := range conns { // the relay learns where everybody is; not counted
		binary.BigEndian.PutUint16(pkt[2:], 0xffff)
		binary.BigEndian.PutUint32(pkt[8:], uint32(i+1))
		if _, err := c.Write(pkt); err != nil {
			return
		}
	}
	<-time.After(10 * Frame)
	frames := number("AGNER_BENCH_SECONDS", defaultSeconds) * int(time.Second/Frame)
	for n := range frames * parts {
		<-tick.C
		for i := n % parts; i < len(conns); i += parts {
			binary.BigEndian.PutUint16(pkt[2:], uint16(n/parts))
			binary.BigEndian.PutUint32(pkt[4:], uint32(n/parts*Samples))
			binary.BigEndian.PutUint32(pkt[8:], uint32(i+1))
			binary.BigEndian.PutUint64(pkt[headerLen:], uint64(time.Now().UnixNano()))
			if _, err := conns[i].Write(pkt); err == nil {
				h.Sent++
			}
		}
	}
}

func receive(c *net.UDPConn, h *heard) {
	b := make([]byte, maxPacket)
	for {
		n, err := c.Read(b)
		if err != nil {
			return
		}
		if n < headerLen+8 || binary.BigEndian.Uint64(b[headerLen:]) == 0 {
			continue
		}
		atomic.AddInt64(&h.Received, 1)
		if time.Since(time.Unix(0, int64(binary.BigEndian.Uint64(b[headerLen:])))) > lateAfter {
			atomic.AddInt64(&h.Late, 1)
		}
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkRelay relays calls of two legs, 50 packets a second each way, with the
// generator in a process of its own on the same machine. It reports lost packets,
// the share later than 20 ms and the relay's CPU per call.
func BenchmarkRelay(b *testing.B) { RunRelay(b, func(_, _ *Leg) {}) }

// RunRelay runs the benchmark; each is told of the legs of every call.
func RunRelay(b *testing.B, each func(caller, agent *Leg)) {
	b.Helper()
	calls, seconds := number("AGNER_BENCH_CALLS", defaultCalls), number("AGNER_BENCH_SECONDS", defaultSeconds)
	for b.Loop() {
		r := relay(b)
		var ports []netip.AddrPort
		for range calls {
			la, lb := open(b, r, nil), open(b, r, nil)
			for _, l := range []*Leg{la, lb} { // the generator's ports are learned
				far := &desc.Media{Addr: netip.AddrPortFrom(loopback, 9), Codecs: []g711.Codec{g711.ALaw}}
				if err := l.Connect(far, side(l, g711.ALaw)); err != nil {
					b.Fatal(err)
				}
				ports = append(ports, l.Addr())
			}
			r.Bridge(la, lb)
			each(la, lb)
		}
		list, err := json.Marshal(ports)
		if err != nil {
			b.Fatal(err)
		}
		cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run", "^TestLoadGenerator$", "-test.v")
		cmd.Env = append(os.Environ(), "AGNER_MEDIA_LOAD="+string(list))
		before := cpu()
		out, err := cmd.CombinedOutput()
		spent := cpu() - before
		if err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		report(b, out, spent, calls, seconds)
	}
}

func report(b *testing.B, out []byte, spent time.Duration, calls, seconds int) {
	b.Helper()
	var h heard
	found := false
	for line := range splitLines(out) {
		if rest, ok := cutPrefix(line, "HEARD "); ok {
			found = json.Unmarshal(rest, &h) == nil
		}
	}
	if !found || h.Received == 0 {
		b.Fatalf("the generator reports nothing:\n%s", out)
	}
	if h.Sent != int64(2*calls*seconds*50) {
		b.Errorf("the generator sent %d packets, want %d", h.Sent, 2*calls*seconds*50)
	}
	b.ReportMetric(float64(h.Sent-h.Received), "lost")
	b.ReportMetric(100*float64(h.Late)/float64(h.Received), "%late")
	b.ReportMetric(100*spent.Seconds()/float64(calls*seconds), "%core/call")
	b.ReportMetric(100*h.CPU.Seconds()/float64(calls*seconds), "%core/call-generator")
	b.ReportMetric(float64(calls), "calls")
}

func splitLines(b []byte) func(func([]byte) bool) { return bytes.SplitSeq(b, []byte("\n")) }

func cutPrefix(b []byte, prefix string) ([]byte, bool) { return bytes.CutPrefix(b, []byte(prefix)) }
