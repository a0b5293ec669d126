package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/agner-platform/agner/telephony/media"
)

// Config is a crowd.
type Config struct {
	Server   string // host:port of the switch
	Accounts Accounts
	Week     *Week
	PerHour  float64 // calls in the busiest half hour of the week, as a rate
	Limit    int     // customers at the same time
	Talk     float64 // factor on the length of conversations; 0: 1
	Patience time.Duration
	Answer   time.Duration // the longest an agent lets the phone ring; 0: 5 s
	Seed     uint64
	Voices   []media.Samples16 // what they say; none: silence
	Log      *slog.Logger
}

// Default is a crowd that keeps six agents busy without a queue that only grows.
func Default() Config {
	return Config{PerHour: 280, Limit: 12, Talk: 1, Patience: 75 * time.Second, Answer: 5 * time.Second, Seed: uint64(time.Now().UnixNano())}
}

// Validate names the field and value that cannot be used.
func (c *Config) Validate() error {
	switch {
	case c.Server == "":
		return errors.New("live demo: server must not be empty")
	case c.Week == nil:
		return errors.New("live demo: week must not be empty")
	case !(c.PerHour > 0 && c.PerHour <= 3600):
		return fmt.Errorf("live demo: calls an hour = %g: must be above 0 and at most 3600", c.PerHour)
	case c.Limit < 1 || c.Limit > 100:
		return fmt.Errorf("live demo: customers at the same time = %d: must be from 1 to 100", c.Limit)
	}
	return nil
}

// Crowd are the customers and agents.
type Crowd struct {
	cfg    Config
	phones *phones
	wg     sync.WaitGroup
	free   chan int // numbers that nobody calls from

	mu   sync.Mutex
	rng  *rand.Rand               // protected by mu
	wait map[string]chan struct{} // customers by number, closed when an agent answers; protected by mu
}

// Run lets them telephone until ctx ends.
func Run(ctx context.Context, cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	c := &Crowd{cfg: cfg, rng: rand.New(rand.NewPCG(cfg.Seed, 1)), wait: map[string]chan struct{}{}, free: make(chan int, cfg.Limit)}
	for i := range cfg.Limit {
		c.free <- i
	}
	var err error
	if c.phones, err = newPhones(cfg.Server, func(to, from string, l *line) {
		c.wg.Go(func() { c.ring(ctx, to, from, l) })
	}); err != nil {
		return err
	}
	for _, p := range people {
		if err := c.begin(ctx, p.account); err != nil {
			return errors.Join(fmt.Errorf("virtual agent %s: %w", p.name, err), c.phones.close())
		}
	}
	c.wg.Go(func() { c.renew(ctx) })
	c.arrivals(ctx)
	c.leave()
	c.wg.Wait()
	return c.phones.close()
}

// begin registers an agent's phone and signs the agent in by dialling *11.
func (c *Crowd) begin(ctx context.Context, account string) error {
	if err := c.phones.register(ctx, account, c.cfg.Accounts[account]); err != nil {
		return err
	}
	return c.code(ctx, account, "*11")
}

// code dials a service code and waits for its end.
func (c *Crowd) code(ctx context.Context, account, code string) error {
	l, err := c.phones.dial(c.phones.target(code, account, account, c.cfg.Accounts[account]))
	if err != nil {
		return err
	}
	select {
	case <-l.over:
	case <-ctx.Done():
		c.phones.hangUp(l)
	}
	return nil
}

// renew keeps registrations alive, and agents whom missed calls sent on a break at work.
func (c *Crowd) renew(ctx context.Context) {
	tick := time.NewTicker(lifetime / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, p := range people {
			if err := c.begin(ctx, p.account); err != nil && ctx.Err() == nil {
				c.cfg.Log.Warn("virtual agent", "account", p.account, "error", err)
			}
		}
	}
}

// leaveLimit is how long the end may take.
const leaveLimit = 3 * time.Second

// leave signs everybody out.
func (c *Crowd) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveLimit)
	defer cancel()
	var wg sync.WaitGroup
	for _, p := range people {
		wg.Go(func() {
			err := c.code(ctx, p.account, "*10")
			if err = errors.Join(err, c.phones.unregister(ctx, p.account, c.cfg.Accounts[p.account])); err != nil {
				c.cfg.Log.Info("virtual agent did not sign out", "account", p.account, "error", err)
			}
		})
	}
	wg.Wait()
}

// firstCall is when the first customer calls: nobody wants to look at an empty page.
const firstCall = 2 * time.Second

// arrivals lets customers come as the week says.
func (c *Crowd) arrivals(ctx context.Context) {
	for gap := firstCall; ; {
		share := c.cfg.Week.At(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-time.After(gap):
		}
		select {
		case n := <-c.free:
			c.wg.Go(func() {
				defer func() { c.free <- n }()
				c.customer(ctx, n, c.pick(share))
			})
		default: // enough for one machine
		}
		gap = c.exp(3600 / (c.cfg.PerHour * max(sum(share), floor)))
	}
}

// exp draws an exponential time with a mean in seconds.
func (c *Crowd) exp(mean float64) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(c.rng.ExpFloat64() * mean * float64(time.Second))
}

// between draws a time from a half to all of one.
func (c *Crowd) between(most time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return most/2 + time.Duration(c.rng.Int64N(int64(most/2)+1))
}

func (c *Crowd) chance(p float64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rng.Float64() < p
}

// pick draws a queue by its share.
func (c *Crowd) pick(share []float64) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.rng.Float64() * sum(share)
	for i, v := range share {
		if x -= v; x < 0 {
			return i
		}
	}
	return len(share) - 1
}

// talk draws the length of a conversation: lognormal, as real ones are (Brown et al.,
// Statistical Analysis of a Telephone Call Center, JASA 100 (2005), section 5.1).
func (c *Crowd) talk(q queue) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	const sigma = 0.6
	factor := c.cfg.Talk
	if factor == 0 {
		factor = 1
	}
	return time.Duration(q.talk * factor * math.Exp(sigma*c.rng.NormFloat64()-sigma*sigma/2) * float64(time.Second))
}

// speak lets a line say something, again and again.
func (c *Crowd) speak(l *line) {
	if len(c.cfg.Voices) == 0 {
		return
	}
	c.mu.Lock()
	v := c.cfg.Voices[c.rng.IntN(len(c.cfg.Voices))]
	c.mu.Unlock()
	l.media.Play(&media.Samples16{Data: v.Data, Loop: true}, nil)
}

// number is fictional: 555-0100 to 555-0199 are never given out (NANPA).
func number(n int) string { return fmt.Sprintf("+1202555%04d", 100+n) }

// customer calls, chooses, waits as long as patience lasts, and talks.
func (c *Crowd) customer(ctx context.Context, n, which int) {
	from, q := number(n), queues[which]
	served := make(chan struct{})
	c.mu.Lock()
	c.wait[from] = served
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.wait, from)
		c.mu.Unlock()
	}()
	l, err := c.phones.dial(c.phones.target(Number, from, caller, c.cfg.Accounts[caller]))
	if err != nil {
		c.cfg.Log.Info("virtual customer", "error", err)
		return
	}
	defer c.phones.hangUp(l)
	if !until(ctx, l, l.up, leaveLimit) {
		return
	}
	c.speak(l)
	if !until(ctx, l, nil, c.between(3*time.Second)) {
		return
	}
	l.media.SendKey(q.key, 120, func() { c.speak(l) })
	if !until(ctx, l, served, c.exp(c.cfg.Patience.Seconds())+time.Second) {
		return // hangs up: patience is over
	}
	until(ctx, l, nil, c.talk(q))
}

// until waits for something – for the time alone if it is nil – and reports whether it
// came, or the time passed, before the line or the demonstration ended.
func until(ctx context.Context, l *line, what <-chan struct{}, limit time.Duration) bool {
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-l.over:
		return false
	case <-what:
		return true
	case <-t.C:
		return what == nil
	}
}

// ring is an agent whose phone rings: mostly it is answered.
func (c *Crowd) ring(ctx context.Context, _, from string, l *line) {
	if c.chance(0.04) { // not at the desk
		until(ctx, l, nil, 10*time.Minute)
		c.phones.hangUp(l)
		return
	}
	if !until(ctx, l, nil, c.between(c.cfg.Answer)) {
		c.phones.hangUp(l)
		return
	}
	if err := c.phones.answer(l); err != nil {
		return // the caller was quicker
	}
	c.speak(l)
	c.mu.Lock()
	if served := c.wait[from]; served != nil {
		delete(c.wait, from)
		close(served)
	}
	c.mu.Unlock()
	if !until(ctx, l, nil, 10*time.Minute) {
		c.phones.hangUp(l)
	}
}
