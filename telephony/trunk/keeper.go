package trunk

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/agner-platform/agner/telephony/call"
)

// Line is a trunk.
type Line struct {
	Name     string
	Target   call.Target   // URI sip:user@host; User and Secret for the provider's digest
	Register bool          // otherwise the provider knows our address
	Expires  time.Duration // asked for; 0: 10 minutes
	Ping     time.Duration // pause between OPTIONS; 0: 30 s
}

// SIP is what the keeper needs of a user agent.
type SIP interface {
	Register(ctx context.Context, to call.Target, lifetime time.Duration) (time.Duration, error)
	Ping(ctx context.Context, to call.Target) (time.Duration, error)
}

// Status is how a trunk is.
type Status struct {
	Name       string        `json:"name"`
	Alive      bool          `json:"alive"` // answered the last OPTIONS
	RoundTrip  time.Duration `json:"round_trip"`
	Registered bool          `json:"registered"`
	Until      time.Time     `json:"until,omitzero"` // of the registration
	Error      string        `json:"error,omitempty"`
	ChangedAt  time.Time     `json:"changed_at"`
}

const (
	defaultExpires = 10 * time.Minute
	defaultPing    = 30 * time.Second
	answerLimit    = 10 * time.Second
	firstPause     = 5 * time.Second // after a registration failed
	maxPause       = 5 * time.Minute
)

// Keeper looks after lines until Close.
type Keeper struct {
	sip  SIP
	log  *slog.Logger
	wait sync.WaitGroup

	mu     sync.Mutex
	status map[string]*Status            // protected by mu
	stop   map[string]context.CancelFunc // protected by mu
	lines  map[string]Line               // protected by mu
	closed bool                          // protected by mu
}

// NewKeeper returns a keeper without lines.
func NewKeeper(sip SIP, log *slog.Logger) *Keeper {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Keeper{sip: sip, log: log, status: map[string]*Status{}, stop: map[string]context.CancelFunc{}, lines: map[string]Line{}}
}

// Set looks after these lines and no others; what did not change goes on.
func (k *Keeper) Set(lines []Line) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return
	}
	for name, old := range k.lines {
		if !slices.ContainsFunc(lines, func(l Line) bool { return l.Name == name && same(l, old) }) {
			k.stop[name]()
			delete(k.lines, name)
			delete(k.stop, name)
			delete(k.status, name)
		}
	}
	for _, l := range lines {
		if _, ok := k.lines[l.Name]; ok {
			continue
		}
		ctx, cancel := context.WithCancel(context.Background())
		s := &Status{Name: l.Name, ChangedAt: time.Now().UTC()}
		k.lines[l.Name], k.stop[l.Name], k.status[l.Name] = l, cancel, s
		k.wait.Go(func() { k.ping(ctx, l, s) })
		if l.Register {
			k.wait.Go(func() { k.register(ctx, l, s) })
		}
	}
}

func same(a, b Line) bool {
	return a.Target.URI == b.Target.URI && a.Target.Transport == b.Target.Transport && a.Target.Route == b.Target.Route && a.Target.From == b.Target.From &&
		a.Target.User == b.Target.User && a.Target.Secret == b.Target.Secret && a.Register == b.Register && a.Expires == b.Expires && a.Ping == b.Ping
}

// Close takes registrations back and waits.
func (k *Keeper) Close() error {
	k.mu.Lock()
	k.closed = true
	for _, stop := range k.stop {
		stop()
	}
	k.mu.Unlock()
	k.wait.Wait()
	return nil
}

// Status returns how the lines are, by name.
func (k *Keeper) Status() []Status {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := make([]Status, 0, len(k.status))
	for _, s := range k.status {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Status) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// change notes what became known of a line.
func (k *Keeper) change(s *Status, err error, f func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	alive, registered := s.Alive, s.Registered
	f()
	if s.Error = ""; err != nil {
		s.Error = err.Error()
	}
	if alive != s.Alive || registered != s.Registered {
		s.ChangedAt = time.Now().UTC()
		k.log.Info("trunk", "name", s.Name, "alive", s.Alive, "registered", s.Registered, "error", s.Error)
	}
}

// sleep waits and reports whether the line is still wanted.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (k *Keeper) ping(ctx context.Context, l Line, s *Status) {
	pause := l.Ping
	if pause <= 0 {
		pause = defaultPing
	}
	for {
		try, cancel := context.WithTimeout(ctx, answerLimit)
		took, err := k.sip.Ping(try, l.Target)
		cancel()
		if ctx.Err() != nil {
			return
		}
		k.change(s, err, func() { s.Alive, s.RoundTrip = err == nil, took })
		if !sleep(ctx, pause) {
			return
		}
	}
}

func (k *Keeper) register(ctx context.Context, l Line, s *Status) {
	ask, pause := l.Expires, firstPause
	if ask <= 0 {
		ask = defaultExpires
	}
	for {
		try, cancel := context.WithTimeout(ctx, answerLimit)
		holds, err := k.sip.Register(try, l.Target, ask)
		cancel()
		if ctx.Err() != nil {
			break
		}
		next := holds * 4 / 5 // before it ends, with time for another try
		if err != nil {
			next, pause = pause, min(2*pause, maxPause)
		} else {
			pause = firstPause
		}
		k.change(s, err, func() {
			if s.Registered = err == nil; err == nil {
				s.Until = time.Now().Add(holds).UTC()
			}
		})
		if !sleep(ctx, max(next, time.Second)) {
			break
		}
	}
	back, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerLimit)
	defer cancel()
	if _, err := k.sip.Register(back, l.Target, 0); err != nil {
		k.log.Info("take registration back", "trunk", l.Name, "error", err)
	}
}
