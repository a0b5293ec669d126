package demo

import (
	"context"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/agner-platform/agner/cmd/agner/voice/compile"
	"github.com/agner-platform/agner/cmd/agner/voice/rules"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/exchange"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/tone"
	"github.com/agner-platform/agner/telephony/sipua"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// voice is silent.
type voice struct{}

func (voice) Say(context.Context, string, string) ([]int16, error) { return make([]int16, 800), nil }
func (voice) File(string) ([]int16, error)                         { return make([]int16, 800), nil }
func (voice) Music() media.Source                                  { return media.Endless{From: &tone.Sine{Hz: 400}} }

// counter counts facts.
type counter struct {
	mu    sync.Mutex
	kinds map[event.Kind]int // protected by mu
	exits map[event.Exit]int // protected by mu
	more  chan struct{}
}

func (c *counter) Publish(facts []event.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range facts {
		c.kinds[facts[i].Kind]++
		if p, ok := facts[i].Payload.(*event.QueueLeft); ok {
			c.exits[p.Exit]++
		}
	}
	select {
	case c.more <- struct{}{}:
	default:
	}
}

func (c *counter) Commit(_ context.Context, facts []event.Event) error { c.Publish(facts); return nil }

// await waits until it counts as much.
func (c *counter) await(t *testing.T, enough func() bool) {
	t.Helper()
	limit := time.After(60 * time.Second)
	for {
		c.mu.Lock()
		ok := enough()
		c.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-c.more:
		case <-limit:
			t.Fatalf("only %v, exits %v", c.kinds, c.exits)
		}
	}
}

// TestCrowd telephones with a real switch: calls are answered, some customers lose
// patience, and in the end everybody is signed out.
func TestCrowd(t *testing.T) {
	store, err := db.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	accounts, err := Prepare(t.Context(), store, t.TempDir(), "Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	set, notes, err := compile.Setup(t.Context(), store)
	if err != nil || len(notes) > 0 {
		t.Fatal(err, notes)
	}
	for i := range set.ACD.Queues {
		set.ACD.Queues[i].WrapUpUs = 200_000
	}
	count := &counter{kinds: map[event.Kind]int{}, exits: map[event.Exit]int{}, more: make(chan struct{}, 1)}
	sip := sipua.Default()
	sip.UDP, sip.Realm = "127.0.0.1:0", rules.Realm
	x, err := exchange.Start(exchange.Config{
		Node: "switch", SIP: sip, Media: media.Config{Host: netip.MustParseAddr("127.0.0.1")}, Sink: count, Voice: voice{}, Setup: set,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	week, err := WeekOf(time.UTC, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cfg.Server, cfg.Accounts, cfg.Week, cfg.Seed = x.Addr("udp"), accounts, week, 7
	cfg.PerHour, cfg.Limit, cfg.Talk, cfg.Answer, cfg.Patience = 3600, 20, 0.02, 300*time.Millisecond, 4*time.Second
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, cfg) }()
	count.await(t, func() bool {
		return count.kinds[event.KindAgentSignedIn] == len(people) && count.exits[event.Answered] >= 3 && count.kinds[event.KindVisitHandled] >= 2 && count.kinds[event.KindIVRLeft] >= 3
	})
	cancel()
	if err := <-done; err != nil { // goleak looks for what its phones left open
		t.Error(err)
	}
	count.await(t, func() bool { return count.kinds[event.KindAgentSignedOut] == len(people) })
	count.await(t, func() bool { return count.kinds[event.KindCallEnded] == count.kinds[event.KindCallOffered] })
}

// TestPrepareTwice changes nothing the second time, and everything is marked.
func TestPrepareTwice(t *testing.T) {
	store, err := db.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	secrets := t.TempDir()
	first, err := Prepare(t.Context(), store, secrets, "Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	before, _, err := compile.Setup(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Prepare(t.Context(), store, secrets, "Europe/Tallinn")
	if err != nil || len(second) != len(people)+1 || second[caller] != first[caller] {
		t.Errorf("accounts %v then %v, %v", first, second, err)
	}
	after, _, err := compile.Setup(t.Context(), store)
	if err != nil || before.Version != after.Version {
		t.Errorf("version %d then %d, %v", before.Version, after.Version, err)
	}
	for name := range after.Names {
		if !strings.Contains(name, mark) {
			t.Errorf("queue %q is not marked", name)
		}
	}
	for _, name := range after.Labels {
		if !strings.Contains(name, mark) {
			t.Errorf("agent %q is not marked", name)
		}
	}
	if _, err := ReadAccounts(filepath.Join(secrets, "nothing")); err == nil {
		t.Error("accounts from nowhere")
	}
}

// TestWeek has a busy hour, a quiet night that is not dead, and a quiet Sunday.
func TestWeek(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	w, err := WeekOf(zone, time.Date(2026, 3, 2, 0, 0, 0, 0, zone))
	if err != nil {
		t.Fatal(err)
	}
	most := 0.0
	for d := range 7 {
		for s := range slots {
			total := sum(w.At(time.Date(2026, 3, 1+d, 0, 30*s, 0, 0, zone)))
			if total < floor-1e-9 || total > 1+1e-9 {
				t.Errorf("day %d slot %d: %g", d, s, total)
			}
			most = max(most, total)
		}
	}
	at := func(day, hour int) float64 { return sum(w.At(time.Date(2026, 3, day, hour, 0, 0, 0, zone))) }
	if most != 1 || at(2, 3) > floor+1e-9 || at(2, 11) < 0.5 || at(1, 12) > floor+1e-9 { // the first is a Sunday
		t.Errorf("most %g, Monday night %g and noon %g, Sunday %g", most, at(2, 3), at(2, 11), at(1, 12))
	}
}

func TestConfig(t *testing.T) {
	good := Default()
	good.Server, good.Week = "127.0.0.1:5060", &Week{}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, spoil := range map[string]func(*Config){
		"server":                     func(c *Config) { c.Server = "" },
		"week":                       func(c *Config) { c.Week = nil },
		"calls an hour = 0":          func(c *Config) { c.PerHour = 0 },
		"calls an hour = 1e+06":      func(c *Config) { c.PerHour = 1e6 },
		"customers at the same time": func(c *Config) { c.Limit = 1000 },
	} {
		c := good
		spoil(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
