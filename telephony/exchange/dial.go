package exchange

import (
	"context"
	"fmt"
	"slices"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/b2bua"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/exchange/plan"
	"github.com/agner-platform/agner/telephony/prompt/phrase"
	"github.com/agner-platform/agner/telephony/sipua/words"
)

// Dial calls somebody for an agent: it rings the agent's phone, then the other one, and
// joins the two. The queue, if one is named, decides about recording. It returns the
// interaction.
func (x *Exchange) Dial(ctx context.Context, id, to, queue string) (string, error) {
	p := x.plan.Load()
	a, err := x.agent(ctx, id)
	switch {
	case err != nil:
		return "", err
	case a.Visit != "" || a.Offer != "":
		return "", fmt.Errorf("%w: agent %q has a contact", ErrNotNow, id)
	case queue != "" && p.Queue(queue) == "":
		return "", fmt.Errorf("%w: queue = %q is not a queue", ErrTarget, queue)
	}
	if s, _ := x.talker(id); s != nil {
		return "", fmt.Errorf("%w: agent %q is in a call", ErrNotNow, id)
	}
	s := x.open(x.sw.NewCall(to))
	s.line = p.Queue(queue)
	s.outgoing = true
	if err := s.ask(ctx, func() error { return s.begin(id, to) }); err != nil {
		s.cancel()
		return "", err
	}
	return s.call.Interaction, nil
}

// begin rings the agent's own phone for a call out.
func (s *session) begin(agent, to string) error {
	s.in.From = to // what the agent's phone and page show
	if s.x.cfg.Party != nil && plan.Dialable(plan.Digits(to)) {
		s.party = s.x.cfg.Party(plan.Digits(to))
	}
	if _, d, err := s.reach(to); err != nil {
		return err
	} else if d.Agent == agent {
		return fmt.Errorf("%w: to = %q is the agent itself", ErrTarget, to)
	}
	targets, own, err := s.reach(agent)
	if err != nil {
		return fmt.Errorf("%w: no phone of agent %q is registered", ErrNotNow, agent)
	}
	own.Agent, own.RingUs = agent, consultRing
	s.agent = agent
	s.dial(targets, own, func(ok bool, _ string) {
		if !ok {
			s.agent = ""
			return
		}
		s.caller, s.agentLeg = own.Leg, own.Leg
		s.onward(to)
	}, &own)
	s.x.desk.Occupy(s.ctx, agent, own.Leg) // nobody else may ring this phone meanwhile
	return nil
}

// onward dials the other party while the agent hears it ring.
func (s *session) onward(to string) {
	targets, d, err := s.reach(to)
	if err != nil {
		s.sorry("not_reachable")
		return
	}
	d.RingUs = consultRing
	s.call.Play(s.agentLeg, b2bua.Ringing(), nil)
	s.dial(targets, d, func(ok bool, cause string) {
		if !ok {
			s.sorry(cause)
			return
		}
		s.caller, s.joinedOut = d.Leg, true
		s.call.Stop(s.agentLeg)
		s.call.Post(call.Join{A: s.agentLeg, B: d.Leg})
		if s.line != "" {
			s.record(s.line)
		}
	}, &d)
}

// sorry tells an agent that nobody could be reached, and lets the line go.
func (s *session) sorry(cause string) {
	leg := s.agentLeg
	s.caller = leg
	s.play(s.words(phrase.NotThrough), func() {
		s.call.Post(call.HangUp{Leg: leg, Cause: cause, By: event.System})
	})
}

// watcher is a supervisor at this call.
type watcher struct {
	by, agent string
	mode      event.SupervisionMode
	active    bool
}

// Supervise lets a user join an agent's call with a phone: an account, or one of the
// user's own agent. Again, it changes the mode; "stop" leaves.
func (x *Exchange) Supervise(ctx context.Context, id string, mode event.SupervisionMode, by, own, account string) error {
	return x.withCall(ctx, id, func(s *session, leg string) error {
		for w, o := range s.watchers {
			if o.by != by {
				continue
			}
			if mode == "stop" {
				s.call.Post(call.HangUp{Leg: w, Cause: "hung_up", By: event.Supervisor})
				return nil
			}
			s.call.Post(call.Supervise{Of: leg, Leg: w, Mode: mode, By: by})
			return nil
		}
		if mode == "stop" {
			return fmt.Errorf("%w that you supervise", ErrNoCall)
		}
		return s.supervise(leg, mode, by, own, account)
	})
}

func (s *session) supervise(leg string, mode event.SupervisionMode, by, own, account string) error {
	p := s.x.plan.Load()
	list := p.Devices[own]
	if account != "" {
		f, ok := p.ByUser[account]
		if !ok || f.Agent != "" && f.Agent != own {
			return fmt.Errorf("%w: phone = %q is no phone of yours and none that belongs to nobody", ErrTarget, account)
		}
		list = []Phone{f}
	}
	for _, f := range slices.Backward(list) {
		targets := s.phoneTarget(f)
		if len(targets) == 0 {
			continue
		}
		w := "w-" + words.Token()
		if s.watchers == nil {
			s.watchers = map[string]watcher{}
		}
		s.watchers[w] = watcher{by: by, agent: f.Agent, mode: mode}
		s.call.Reach(w, call.Supervise{Of: leg, Leg: w, To: f.User, Agent: f.Agent, By: by, Mode: mode, RingUs: consultRing}, targets[len(targets)-1])
		return nil
	}
	return fmt.Errorf("%w: no phone of yours is registered", ErrNotNow)
}

// onSupervision follows who joined, in which way.
func (s *session) onSupervision(e *event.Event) {
	w, ok := s.watchers[e.Leg]
	if !ok {
		return
	}
	switch p := e.Payload.(type) {
	case *event.SupervisionStarted:
		w.mode, w.active = p.Mode, true
		s.watchers[e.Leg] = w
		if p.Mode == event.Takeover {
			s.takenOver(e.Leg, w)
		}
	case *event.SupervisionEnded:
		w.active = false
		s.watchers[e.Leg] = w
	}
}

// takenOver puts the supervisor in the agent's place: the agent wraps up. The end of
// the agent's leg follows.
func (s *session) takenOver(leg string, w watcher) {
	if s.conference {
		return // of a conference nobody can be put out: the machine lets the supervisor listen
	}
	delete(s.watchers, leg)
	s.finish(event.Supervisor, w.agent)
	s.agent, s.agentLeg = w.agent, leg
}
