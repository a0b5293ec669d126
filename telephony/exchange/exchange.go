package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/loop"
	"github.com/agner-platform/agner/telephony/acd/sim"
	"github.com/agner-platform/agner/telephony/b2bua"
	"github.com/agner-platform/agner/telephony/exchange/desk"
	"github.com/agner-platform/agner/telephony/exchange/inbox"
	"github.com/agner-platform/agner/telephony/exchange/lines"
	"github.com/agner-platform/agner/telephony/exchange/live"
	"github.com/agner-platform/agner/telephony/exchange/plan"
	"github.com/agner-platform/agner/telephony/exchange/sound"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/recording"
	"github.com/agner-platform/agner/telephony/routing"
	"github.com/agner-platform/agner/telephony/sipua"
	"github.com/agner-platform/agner/telephony/voicemail"
)

// keepRecent is how many handle times and patiences of a queue the estimates go by.
const keepRecent = 200

// Assumed of a queue until it has had calls of its own.
const (
	assumedHandle   = 3 * interval.Minute
	assumedPatience = 5 * interval.Minute
)

// Voice makes audio of prompts.
type Voice = sound.Voice

// Config is a switch.
type Config struct {
	Node, Version string
	SIP           sipua.Config // Users and Trunks come from Setup
	Media         media.Config
	Sink          loop.Sink
	Voice         Voice
	Party         func(number string) string // pseudonym of a number; nil: numbers are left out
	Numbers       lines.Numbers              // the way back, for callbacks; nil: nobody is called back
	State         *acd.State                 // recovered; nil: a new one
	Setup         Setup
	Recordings    *recording.Store                     // nil: nothing is recorded
	Voicemail     *voicemail.Service                   // nil: no messages are taken
	Failed        func(facts []event.Event, err error) // see loop.Config
	HTTP          *http.Client                         // for data dips of menus; nil: one that follows no redirects to elsewhere
	Log           *slog.Logger
}

// Exchange runs calls.
type Exchange struct {
	cfg     Config
	relay   *media.Relay
	loop    *loop.Loop
	est     *loop.Estimator
	recent  *loop.Recent
	sw      *b2bua.Switch
	plan    atomic.Pointer[plan.Plan]
	lines   *lines.Lines
	studio  *sound.Studio
	advice  live.Adviser
	desk    *desk.Desk
	feed    *live.Feed
	unwatch context.CancelFunc // ends the feed
	wg      sync.WaitGroup

	mu       sync.Mutex
	sessions map[string]*session // by interaction, protected by mu
	offers   map[string]*session // by offer, protected by mu
	closed   bool                // protected by mu
}

// Start listens and takes calls until Close.
func Start(cfg Config) (_ *Exchange, err error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if cfg.Sink == nil || cfg.Voice == nil {
		return nil, errors.New("exchange: Sink and Voice must be given")
	}
	p, err := plan.Compile(cfg.Setup)
	if err != nil {
		return nil, err
	}
	x := &Exchange{cfg: cfg, recent: loop.NewRecent(keepRecent), sessions: map[string]*session{}, offers: map[string]*session{}}
	x.feed, x.desk = live.NewFeed(x.Live), desk.New(x.agent, x.post)
	x.plan.Store(p)
	if x.relay, err = media.New(cfg.Media); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, x.Close())
		}
	}()
	if err := x.startLoop(); err != nil {
		return nil, err
	}
	if _, err := x.loop.Post(context.Background(), acd.Configure{Config: p.ACD}); err != nil {
		return nil, fmt.Errorf("configure the distributor: %w", err)
	}
	var agents []string
	for _, a := range p.ACD.Agents {
		agents = append(agents, a.ID)
	}
	x.desk.Open(context.Background(), agents)
	sip := cfg.SIP
	sip.Users, sip.Log = x.ha1, cfg.Log
	sip.Trunks = p.Peers()
	x.sw, err = b2bua.Start(sip, x.relay, cfg.Voice.Music, b2bua.Hooks{
		Facts: x.publish, Arrived: x.arrived, Key: x.key, Changed: x.changed, Party: cfg.Party,
		Agent: func(user string) string { return x.plan.Load().ByUser[user].Agent },
	})
	if err != nil {
		return nil, err
	}
	x.lines = lines.New(x.sw.UA(), p, x.sw.HangUp, cfg.Log)
	ctx, cancel := context.WithCancel(context.Background())
	x.unwatch = cancel
	x.wg.Go(func() {
		x.feed.Run(ctx)
	})
	return x, nil
}

func (x *Exchange) startLoop() error {
	c := loop.Default()
	c.Node, c.Version, c.State, c.Sink, c.Executor = cmp.Or(x.cfg.Node, c.Node), x.cfg.Version, x.cfg.State, sink{x}, executor{x}
	c.Failed = x.cfg.Failed
	var err error
	if x.loop, err = loop.New(c); err != nil {
		return err
	}
	x.est = loop.NewEstimator(x.loop, x.model, sim.DefaultEstimation())
	x.studio = &sound.Studio{Voice: x.cfg.Voice, Loop: x.loop, Est: x.est, Log: x.cfg.Log}
	return nil
}

// model is what estimates assume now.
func (x *Exchange) model() *sim.Model {
	var queues []string
	for _, q := range x.plan.Load().ACD.Queues {
		queues = append(queues, q.ID)
	}
	return x.recent.Model(queues, sim.QueueModel{Handle: sim.Exp(assumedHandle), Patience: sim.Exp(assumedPatience)})
}

// Apply takes a new snapshot while calls run.
func (x *Exchange) Apply(ctx context.Context, s Setup) error {
	p, err := plan.Compile(s)
	if err != nil {
		return err
	}
	if _, err := x.loop.Post(ctx, acd.Configure{Config: s.ACD}); err != nil {
		return fmt.Errorf("configure the distributor: %w", err)
	}
	x.plan.Store(p)
	x.sw.UA().SetTrunks(p.Peers())
	x.lines.Mind(p)
	return nil
}

// Advise lets routing follow other advice; nil takes it away. Advice that grows too old
// is not followed any more, and the live state says so.
func (x *Exchange) Advise(ctx context.Context, t *routing.Table) error {
	x.advice.Set(t)
	if t == nil { // not a nil inside of an interface
		return x.post(ctx, acd.Advise{})
	}
	return x.post(ctx, acd.Advise{Advice: t})
}

// Version returns the version of the snapshot in force.
func (x *Exchange) Version() int64 { return x.plan.Load().Version }

// Addr returns where SIP is listened for on a network (udp, tcp, tls), or "".
func (x *Exchange) Addr(network string) string { return x.sw.UA().Addr(network) }

// Snapshot is loop.Loop.Snapshot.
func (x *Exchange) Snapshot(ctx context.Context, take func(*acd.State)) error {
	return x.loop.Snapshot(ctx, take)
}

// Close ends the calls' goroutines, the distributor and the audio, in this order.
func (x *Exchange) Close() error {
	var errs []error
	if x.unwatch != nil {
		x.unwatch()
	}
	if x.lines != nil { // takes registrations back while there is still a user agent
		errs = append(errs, x.lines.Close())
	}
	if x.sw != nil {
		errs = append(errs, x.sw.Close())
	}
	x.mu.Lock()
	x.closed = true
	list := make([]*session, 0, len(x.sessions))
	for _, s := range x.sessions {
		list = append(list, s)
	}
	x.mu.Unlock()
	for _, s := range list {
		s.cancel()
	}
	x.wg.Wait()
	if x.est != nil {
		x.est.Close()
	}
	if x.loop != nil {
		x.loop.Close()
	}
	return errors.Join(append(errs, x.relay.Close())...)
}

// publish passes facts of calls and menus on.
func (x *Exchange) publish(facts []event.Event) {
	for i := range facts {
		facts[i].Source = "switch"
	}
	x.cfg.Sink.Publish(facts)
	x.feed.Touch()
}

// sink passes the distributor's facts on and learns from them.
type sink struct{ x *Exchange }

// Publish implements loop.Sink.
func (s sink) Publish(facts []event.Event) {
	s.x.recent.Observe(facts)
	s.x.publish(facts)
}

// Commit implements loop.Sink.
func (s sink) Commit(ctx context.Context, facts []event.Event) error {
	s.x.recent.Observe(facts)
	for i := range facts {
		facts[i].Source = "switch"
	}
	defer s.x.feed.Touch()
	err := s.x.cfg.Sink.Commit(ctx, facts)
	if err == nil {
		s.x.promised(facts)
	}
	return err
}

// ha1 answers the registrar.
func (x *Exchange) ha1(user, algorithm string) (string, bool) {
	f, ok := x.plan.Load().ByUser[user]
	if algorithm == "SHA-256" {
		return f.SHA256, ok && f.SHA256 != ""
	}
	return f.MD5, ok && f.MD5 != ""
}

// open makes the session of a call. Once the exchange closes there are no more.
func (x *Exchange) open(c *b2bua.Call) *session {
	ctx, cancel := context.WithCancel(context.Background())
	s := &session{x: x, call: c, ctx: ctx, cancel: cancel, inbox: inbox.New(), rings: map[string]*ring{}, timers: map[int]*time.Timer{}}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		cancel()
		return s
	}
	x.sessions[c.Interaction] = s
	x.wg.Go(s.run)
	return s
}

// forget drops a session that is over.
func (x *Exchange) forget(s *session) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.sessions[s.call.Interaction] == s {
		delete(x.sessions, s.call.Interaction)
	}
	for id, o := range x.offers {
		if o == s {
			delete(x.offers, id)
		}
	}
}

func (x *Exchange) session(interaction string) *session {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.sessions[interaction]
}

// arrived begins the session of an incoming call.
func (x *Exchange) arrived(c *b2bua.Call, in sipua.Invited) {
	s := x.open(c)
	s.post(func() { s.arrive(in) })
}

// changed tells a session of the facts of its call.
func (x *Exchange) changed(c *b2bua.Call, facts []event.Event) {
	if x.lines != nil { // calls may come before the start is over
		x.lines.Charge(facts)
	}
	s := x.session(c.Interaction)
	if s == nil {
		return
	}
	s.post(func() {
		for i := range facts {
			s.onFact(&facts[i])
		}
	})
}

func (x *Exchange) key(c *b2bua.Call, leg, key string) {
	if s := x.session(c.Interaction); s != nil {
		s.post(func() { s.onKey(leg, key) })
	}
}

// tell posts an input to the distributor whose refusal is an ordinary race.
func (x *Exchange) tell(in acd.Input) {
	if err := x.loop.Send(context.Background(), in); err != nil && !errors.Is(err, loop.ErrClosed) {
		x.cfg.Log.Error("the distributor takes no inputs", "error", err)
	}
}
