package b2bua

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/desc"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/sipua"
	"github.com/agner-platform/agner/telephony/sipua/words"
)

// Hooks are told what happens. Facts is needed, the others may be nil.
type Hooks struct {
	// Facts takes the facts of a step; it must return soon.
	Facts func([]event.Event)
	// Arrived says that a call came in. Whoever decides posts Answer or Reject.
	Arrived func(*Call, sipua.Invited)
	// Key says that a party pressed a key.
	Key func(c *Call, leg, key string)
	// Changed follows every step, with its facts.
	Changed func(c *Call, facts []event.Event)
	// Agent says whose a phone's user is; "": nobody's, who calls as a customer. Without
	// it all phones are agents'.
	Agent func(user string) string
	// Party makes the pseudonym of a number; without it numbers are left out.
	Party func(number string) string
}

// Switch runs calls.
type Switch struct {
	hooks Hooks
	relay *media.Relay
	ua    *sipua.UA
	music func() media.Source
	log   *slog.Logger

	// Question gives what the owner of an outside phone hears until 1 is pressed; nil:
	// tones. Set it before the first call.
	Question func() media.Source

	joining sync.Mutex // held while calls are absorbed, before the locks of calls

	mu    sync.Mutex
	byLeg map[string]*Call // protected by mu
}

// Start listens with the SIP configuration and runs calls until Close. Music gives
// what held parties hear; nil is silence.
func Start(cfg sipua.Config, relay *media.Relay, music func() media.Source, hooks Hooks) (*Switch, error) {
	if hooks.Facts == nil {
		return nil, errors.New("Hooks.Facts = nil: facts must go somewhere") //nolint:staticcheck // names the field
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Switch{hooks: hooks, relay: relay, music: music, log: cfg.Log, byLeg: map[string]*Call{}}
	s.mu.Lock() // the first events wait until there is somebody to answer with
	defer s.mu.Unlock()
	var err error
	if s.ua, err = sipua.Listen(cfg, s); err != nil {
		return nil, fmt.Errorf("start SIP: %w", err)
	}
	return s, nil
}

// UA returns the user agent, for its addresses, phones and bans.
func (s *Switch) UA() *sipua.UA {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ua
}

// Close stops listening. Calls end without a word; say goodbye before.
func (s *Switch) Close() error { return s.UA().Close() }

// HangUp ends a leg wherever it is; one that is gone is none.
func (s *Switch) HangUp(leg, cause string) {
	if c := s.call(leg); c != nil {
		c.Post(call.HangUp{Leg: leg, Cause: cause, By: event.System})
	}
}

// NewCall returns a call without legs, for calls that begin here.
func (s *Switch) NewCall(number string) *Call { return s.NewCallAs(words.Token(), s.party(number)) }

// NewCallAs returns a call without legs that goes on with an interaction there was
// before: a customer is called back.
func (s *Switch) NewCallAs(interaction, party string) *Call {
	head := event.Event{Interaction: interaction, Party: party}
	return &Call{sw: s, Interaction: head.Interaction, machine: call.New(head), legs: map[string]*leg{}, targets: map[string]call.Target{}, questions: map[string]media.Source{}, aliases: map[string]string{}, asked: map[string]bool{}}
}

func (s *Switch) party(number string) string {
	if s.hooks.Party == nil || number == "" {
		return ""
	}
	return s.hooks.Party(number)
}

func (s *Switch) call(leg string) *Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byLeg[leg]
}

func (s *Switch) register(leg string, c *Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byLeg[leg] = c
}

func (s *Switch) forget(leg string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byLeg, leg)
}

// ours describes a leg of ours, as an offer would.
func ours(l *media.Leg) *desc.Media {
	return &desc.Media{Addr: l.Addr(), Codecs: []g711.Codec{g711.ALaw, g711.MuLaw}, Direction: desc.SendRecv, Session: 1, Version: 1}
}

// SIPEvent takes what the user agent reports.
func (s *Switch) SIPEvent(e sipua.Event) {
	switch e := e.(type) {
	case sipua.Invited:
		s.invited(e)
		return
	case sipua.Registered:
		return
	case sipua.Pressed:
		s.key(e.Leg, e.Key)
		return
	}
	c := s.call(legOf(e))
	if c == nil {
		return
	}
	c.described(e)
	if r, ok := e.(sipua.Referred); ok {
		e = s.refer(c, r)
	}
	if in, ok := Input(e); ok {
		c.Post(in)
	}
}

// legOf returns the leg an event is about.
func legOf(e sipua.Event) string {
	switch e := e.(type) {
	case sipua.Progressed:
		return e.Leg
	case sipua.Answered:
		return e.Leg
	case sipua.Acked:
		return e.Leg
	case sipua.Failed:
		return e.Leg
	case sipua.Ended:
		return e.Leg
	case sipua.Held:
		return e.Leg
	case sipua.Modified:
		return e.Leg
	case sipua.Notified:
		return e.Leg
	case sipua.Referred:
		return e.Leg
	}
	return ""
}

// invited makes a call of an INVITE, or refuses what we cannot hear.
func (s *Switch) invited(e sipua.Invited) {
	if e.Replaces != "" {
		s.replace(e)
		return
	}
	c := s.NewCall(e.From)
	c.mu.Lock()
	l, err := c.open(e.Leg)
	if err == nil {
		err = l.offered(e.SDP)
	}
	c.mu.Unlock()
	if err != nil {
		s.refuse(c, e.Leg, err)
		return
	}
	c.Post(s.incoming(e))
	if s.hooks.Arrived != nil {
		s.hooks.Arrived(c, e)
	}
}

// incoming is the input of an INVITE: a phone that belongs to nobody is a customer's.
func (s *Switch) incoming(e sipua.Invited) call.Input {
	in, _ := Input(e)
	if c, ok := in.(call.Incoming); ok && s.hooks.Agent != nil && s.hooks.Agent(e.User) == "" {
		c.Side = event.Customer
		return c
	}
	return in
}

// refuse answers an INVITE that we cannot hear.
func (s *Switch) refuse(c *Call, leg string, err error) {
	status := 488
	if errors.Is(err, media.ErrPorts) || errors.Is(err, media.ErrClosed) {
		status = 503
	}
	s.log.Info("call refused", "interaction_id", c.Interaction, "status", status, "error", err)
	c = c.lock()
	c.shut(leg)
	c.mu.Unlock()
	if err := s.UA().Reject(leg, status); err != nil {
		s.log.Debug("reject", "error", err)
	}
}

// Reoffer answers a re-INVITE.
func (s *Switch) Reoffer(leg string, offer []byte) []byte {
	c := s.call(leg)
	if c == nil {
		return nil
	}
	return c.reoffer(leg, offer)
}

// key passes a key on, unless it is secret or answers the question of an outside phone.
func (s *Switch) key(leg, key string) {
	c := s.call(leg)
	if c == nil || c.secret.Load() {
		return
	}
	held := c.lock()
	asked := held.asked[leg]
	if asked && key == confirmKey {
		delete(held.asked, leg)
		if l := held.legs[leg]; l != nil {
			l.media.StopPlaying()
		}
	}
	held.mu.Unlock()
	switch {
	case asked && key == confirmKey:
		held.Post(call.Confirm{Leg: leg})
	case !asked && s.hooks.Key != nil:
		s.hooks.Key(c, leg, key)
	}
}

// confirmKey takes a call at an outside phone.
const confirmKey = "1"
