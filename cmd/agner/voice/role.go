package voice

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/cmd/agner/voice/rules"
	"github.com/agner-platform/agner/internal/db/personal"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/supervise"
	"github.com/agner-platform/agner/telephony/exchange"
	liveapi "github.com/agner-platform/agner/telephony/exchange/api"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/prompt"
	"github.com/agner-platform/agner/telephony/recording"
	tapeapi "github.com/agner-platform/agner/telephony/recording/api"
	"github.com/agner-platform/agner/telephony/sipua"
	"github.com/agner-platform/agner/telephony/voicemail"
	"github.com/agner-platform/agner/telephony/voicemail/mail"
)

// journalNode names the journal of the switch.
const journalNode = "switch"

// Role is the switch role: SIP, audio, menus and the distributor.
type Role struct{}

// Run takes calls until ctx ends. A switch that outlived its supervisor goes on: then
// this process only waits for it and passes the request to stop on.
func (Role) Run(ctx context.Context, c *node.Root) error {
	signal.Ignore(syscall.SIGPIPE) // the reader of our log may die, calls may not
	inst, err := c.Instance(nil)
	if err != nil {
		return err
	}
	if pid := survivor(ctx, inst); pid != 0 {
		inst.Log.Info("a switch of an earlier start still runs and is kept: its calls go on", "pid", pid)
		return keep(ctx, inst, pid)
	}
	s, err := open(ctx, inst, c.Version)
	if errors.Is(err, journal.ErrCorrupt) || errors.Is(err, journal.ErrVersion) {
		return exit.With(supervise.ExitGiveUp, err)
	}
	if err != nil {
		return err
	}
	return errors.Join(s.serve(ctx), s.close())
}

// pidFile says which process is the switch.
func pidFile(i *node.Instance) string { return filepath.Join(i.Paths.Run(), "switch.pid") }

// survivor returns the process of a switch that answers, or 0.
func survivor(ctx context.Context, i *node.Instance) int {
	if i.SwitchReady(ctx) != nil {
		return 0
	}
	text, err := os.ReadFile(pidFile(i))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || syscall.Kill(pid, 0) != nil {
		return 0
	}
	return pid
}

// keepEvery is how often an adopted switch is looked at.
const keepEvery = time.Second

// keep stands for an adopted switch until it ends, and ends it when asked to stop.
func keep(ctx context.Context, i *node.Instance, pid int) error {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			_ = syscall.Kill(pid, syscall.SIGTERM) //nolint:errcheck // it may be gone
			return nil
		case <-tick.C:
			if syscall.Kill(pid, 0) != nil {
				return fmt.Errorf("the adopted switch (process %d) has ended", pid)
			}
		}
	}
}

// sw is the role with everything it owns.
type sw struct {
	inst     *node.Instance
	journal  *journal.Journal
	exchange *exchange.Exchange
	contacts *contacts

	recordings *recording.Store
	tap        tap // live sound of what is recorded
	messages   *voicemail.Service
	mail       *mail.Spool
	registry   *prometheus.Registry
	applied    []byte // set-up in force, as JSON
	failed     chan error
}

// open starts, in this order: journal, recovered distributor, set-up, telephones.
func open(ctx context.Context, inst *node.Instance, version string) (s *sw, err error) {
	s = &sw{inst: inst, registry: prometheus.NewRegistry(), failed: make(chan error, 1)}
	s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	var found journal.Recovery
	if s.journal, found, err = journal.Open(inst.Paths.Journals(), journalNode, journal.Options{}); err != nil {
		return s, err
	}
	if found.Torn != nil {
		inst.Log.Warn("journal ended in a torn tail, which was cut; nothing acknowledged was in it", "node", journalNode, "bytes", found.Torn.Bytes)
	}
	state, err := recoverState(inst, s.journal)
	if err != nil { // calls must come in whatever the past looks like; doctor says what is damaged
		inst.Log.Error("the distributor's state could not be recovered; it starts anew and everybody has to sign in again", "error", err)
		state = nil
	}
	library, err := prompt.Open(filepath.Join(inst.Paths.Switch(), "prompts"))
	if err != nil {
		return s, err
	}
	if library.Engine() == "" {
		inst.Log.Warn("texts are played as tones: install espeak-ng or flite to have them spoken")
	}
	key, err := s.partyKey(ctx)
	if err != nil {
		return s, err
	}
	s.contacts = openContacts(inst, key)
	publish := func(facts []event.Event) error {
		_, err := s.journal.Append(context.WithoutCancel(ctx), facts...)
		return err
	}
	if s.recordings, err = recording.Open(recording.Config{
		Dir: inst.Paths.Recordings(), Identity: inst.Paths.RecordingIdentity(), Node: journalNode, Publish: publish, Log: inst.Log, Live: s.tap.hear,
	}); err != nil {
		return s, err
	}
	if s.mail, err = notices(inst); err != nil {
		return s, exit.BadInput(err)
	}
	s.messages = voicemail.New(voicemail.Config{Store: s.recordings, Publish: publish, Mail: s.mail, Link: link(inst), Log: inst.Log})
	setup, raw := s.firstSetup(ctx)
	sip, audio, err := endpoints(inst)
	if err != nil {
		return s, exit.BadInput(err)
	}
	s.exchange, err = exchange.Start(exchange.Config{
		Node: journalNode, Version: version, SIP: sip, Media: audio, Sink: sink{s}, Voice: library, Party: s.contacts.party, Numbers: s.contacts, Recordings: s.recordings, Voicemail: s.messages,
		State: state, Setup: setup, Log: inst.Log,
		Failed: func(_ []event.Event, err error) { s.fail(err) },
	})
	s.applied = raw
	return s, err
}

func (s *sw) fail(err error) {
	select {
	case s.failed <- err:
	default:
	}
}

// partyKey waits for the key of pseudonyms, which the owner of the database makes at
// the very first start.
func (s *sw) partyKey(ctx context.Context) (personal.Key, error) {
	for {
		key, err := personal.ReadKey(s.inst.Paths.Dir)
		if err == nil || !errors.Is(err, personal.ErrKey) {
			return key, err
		}
		select {
		case <-ctx.Done():
			return key, err
		case <-time.After(keepEvery):
		}
	}
}

// endpoints are where SIP and audio listen.
func endpoints(inst *node.Instance) (sipua.Config, media.Config, error) {
	cfg := inst.Cfg.SIP
	address := cfg.Address(inst.Cfg.Web.LAN)
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return sipua.Config{}, media.Config{}, fmt.Errorf("sip.listen = %q: %w", address, err)
	}
	sip := sipua.Default()
	sip.UDP, sip.TCP, sip.Realm, sip.Advertise = address, address, rules.Realm, cfg.Advertise
	if sip.TLS = cfg.TLS; cfg.TLS != "" {
		if sip.Certificates, err = certificates(cfg.TLSCert, cfg.TLSKey); err != nil {
			return sip, media.Config{}, err
		}
	}
	audio := media.Config{Low: uint16(cfg.RTPLow), High: uint16(cfg.RTPHigh), Log: inst.Log}
	if host == "" || host == "0.0.0.0" || host == "::" {
		audio.Host = netip.IPv4Unspecified()
		if sip.Advertise == "" {
			sip.Advertise = rules.OwnAddress()
		}
	} else if audio.Host, err = netip.ParseAddr(host); err != nil {
		return sip, audio, fmt.Errorf("sip.listen = %q: %w", address, err)
	}
	if sip.Advertise != "" {
		if audio.Advertise, err = netip.ParseAddr(sip.Advertise); err != nil {
			return sip, audio, fmt.Errorf("sip.advertise = %q: %w", sip.Advertise, err)
		}
	}
	return sip, audio, nil
}

// serve answers on the role's socket and keeps the set-up up to date.
func (s *sw) serve(ctx context.Context) error {
	key, err := s.inst.SigningKey()
	if err != nil {
		return err
	}
	verifier, err := httpapi.NewVerifier(key.Public().(ed25519.PublicKey), "switch")
	if err != nil {
		return err
	}
	metrics, err := httpapi.NewMetrics(s.registry, "switch")
	if err != nil {
		return err
	}
	rt := httpapi.NewRouter(httpapi.Options{
		Authenticate: verifier.Authenticate, Auditor: auditor{s}, Logger: s.inst.Log, Metrics: metrics, TrustID: true,
	})
	liveapi.New(s.exchange, s.exchange.SiteOf).Mount(rt)
	tapeapi.New(s.recordings).Mount(rt)
	rt.HandleFunc(http.MethodGet, "/healthz", httpapi.Policy{Action: "health", Public: true}, func(w http.ResponseWriter, _ *http.Request) error {
		return httpapi.WriteJSON(w, http.StatusOK, map[string]any{"status": "ok", "setup": s.exchange.Version(), "sip": s.exchange.Addr("udp")})
	})
	for _, path := range []string{"/metrics", "/metrics/switch"} {
		rt.Handle(http.MethodGet, path, httpapi.Policy{Action: "metrics", Public: true}, promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{}))
	}
	socket, err := s.inst.Paths.RoleSocket("switch")
	if err != nil {
		return err
	}
	ln, err := node.ListenUnix(ctx, socket)
	if err != nil {
		return err
	}
	if err := os.WriteFile(pidFile(s.inst), []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		return errors.Join(err, ln.Close())
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go s.maintain(ctx, stop)
	go s.advise(ctx)
	go s.recordings.Keep(ctx)
	go func() {
		if err := s.serveTapes(ctx); err != nil {
			stop(err)
		}
	}()
	err = httpapi.Serve(ctx, ln, rt, s.inst.Log)
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		err = errors.Join(err, cause)
	}
	return err
}

// Intervals of upkeep.
const (
	setupEvery    = time.Second      // a planner sees a change work at once
	snapshotEvery = 30 * time.Second // bounds how many facts a start reads again
)

// errGone says that the data directory is no more: nobody is left to serve.
var errGone = errors.New("the data directory is gone")

// maintain pulls set-up, passes numbers on and takes snapshots until ctx ends.
func (s *sw) maintain(ctx context.Context, stop context.CancelCauseFunc) {
	pull, snap := time.NewTicker(setupEvery), time.NewTicker(snapshotEvery)
	defer pull.Stop()
	defer snap.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case err := <-s.failed:
			stop(fmt.Errorf("facts could not be made durable: %w", err))
			return
		case <-pull.C:
			if _, err := os.Stat(s.inst.Paths.Run()); errors.Is(err, os.ErrNotExist) {
				stop(errGone)
				return
			}
			_ = s.contacts.flush(ctx) //nolint:errcheck // analytics may be starting: the next second tries again
			s.pull(ctx)
		case <-snap.C:
			s.snapshot(ctx)
		}
	}
}

// close ends the parts in reverse order; parts that were never opened are nil.
func (s *sw) close() error {
	var errs []error
	if s.exchange != nil {
		errs = append(errs, s.exchange.Close())
	}
	if s.messages != nil {
		errs = append(errs, s.messages.Close())
	}
	if s.mail != nil {
		errs = append(errs, s.mail.Close())
	}
	if s.recordings != nil {
		errs = append(errs, s.recordings.Close())
	}
	if s.contacts != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		if err := s.contacts.flush(ctx); err != nil {
			s.inst.Log.Warn("numbers of callers were not passed on", "error", err)
		}
		cancel()
	}
	if s.journal != nil {
		errs = append(errs, s.journal.Close())
	}
	if s.exchange != nil {
		errs = append(errs, os.Remove(pidFile(s.inst)))
	}
	return errors.Join(errs...)
}
