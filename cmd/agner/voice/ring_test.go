package voice

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/exchange"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/tone"
	"github.com/agner-platform/agner/telephony/sipua"
)

// quiet is a voice that says nothing.
type quiet struct{}

func (quiet) Say(context.Context, string, string) ([]int16, error) { return nil, nil }
func (quiet) File(string) ([]int16, error)                         { return nil, nil }
func (quiet) Music() media.Source                                  { return media.Endless{From: &tone.Sine{}} }

// TestRingOfARunningSwitchFilled floods the journal of a running switch whose ring holds
// next to nothing: the switch goes on, promises still get through, and the journal says
// how much it lacks.
func TestRingOfARunningSwitchFilled(t *testing.T) {
	inst, err := (&node.Root{Data: t.TempDir()}).Instance(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &sw{inst: inst, failed: make(chan error, 1)}
	if s.journal, _, err = journal.Open(inst.Paths.Journals(), journalNode, journal.Options{RingEvents: 2}); err != nil {
		t.Fatal(err)
	}
	defer s.journal.Close()
	cfg := acd.Config{Version: 1, Queues: []acd.QueueConfig{{ID: "q1"}}}
	for i := range 40 {
		cfg.Agents = append(cfg.Agents, acd.AgentConfig{ID: fmt.Sprint("a", i), Queues: []acd.Membership{{Queue: "q1"}}})
	}
	sip := sipua.Default()
	sip.UDP = "127.0.0.1:0"
	x, err := exchange.Start(exchange.Config{
		Node: journalNode, SIP: sip, Media: media.Config{Host: netip.MustParseAddr("127.0.0.1")}, Sink: sink{s}, Voice: quiet{}, Setup: exchange.Setup{Version: 1, ACD: cfg},
		Failed: func(_ []event.Event, err error) { s.fail(err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	r, err := s.journal.Reader(1, journal.ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	lost := int64(0)
	for st := event.Available; lost == 0; st = other(st) {
		for _, a := range cfg.Agents {
			if err := x.SetState(ctx, a.ID, st, "", "test"); err != nil {
				t.Fatalf("the switch does not go on: %v", err)
			}
		}
		lost += gaps(t, r)
	}
	if err := x.Post(ctx, acd.ScheduleCallback{Queue: "q1", Interaction: "i1", Party: "p1", ForAt: time.Now().Add(time.Hour).UnixMicro()}); err != nil {
		t.Fatal(err)
	}
	one := make([]event.Event, 1)
	for promised := false; !promised; {
		if _, err := r.Read(ctx, one); err != nil {
			t.Fatalf("a promise did not reach the journal: %v", err)
		}
		promised = one[0].Kind == event.KindCallbackRequested
	}
	select {
	case err := <-s.failed:
		t.Errorf("a full ring ended the switch: %v", err)
	default:
	}
	if l, err := x.Live(ctx); err != nil || len(l.Agents) != len(cfg.Agents) {
		t.Errorf("live %d agents, %v", len(l.Agents), err)
	}
}

func other(st event.State) event.State {
	if st == event.Available {
		return event.OnBreak
	}
	return event.Available
}

// gaps reads what there is and counts the events that the journal says it lacks.
func gaps(t *testing.T, r *journal.Reader) int64 {
	t.Helper()
	lost := int64(0)
	buf := make([]event.Event, 64)
	for {
		n, err := r.TryRead(buf)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return lost
		}
		for i := range buf[:n] {
			if g, ok := buf[i].Payload.(*event.LogGap); ok {
				lost += int64(g.Count)
			}
		}
	}
}
