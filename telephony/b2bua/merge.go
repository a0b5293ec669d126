package b2bua

import (
	"errors"

	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/sipua"
)

// ErrMerge is returned for two calls that cannot become one.
var ErrMerge = errors.New("these calls cannot be joined")

// Merge joins two calls of one agent in a conference: the first with the agent's leg
// by, the second with the agent's leg other, which is let go. Facts of each leg stay
// with its own interaction; [Call] values of both go on to work.
func (s *Switch) Merge(one *Call, by string, two *Call, other string) error {
	if err := s.absorb(one, two); err != nil {
		return err
	}
	one.Post(call.Merge{Leg: by, Other: other})
	return nil
}

// absorb moves the legs of one call into another.
func (s *Switch) absorb(into, from *Call) error {
	s.joining.Lock() // one at a time, so that two locks of calls cannot cross
	defer s.joining.Unlock()
	into = into.lock()
	into.mu.Unlock()
	from = from.lock()
	from.mu.Unlock()
	if into == from {
		return nil
	}
	into.mu.Lock()
	defer into.mu.Unlock()
	from.mu.Lock()
	defer from.mu.Unlock()
	if !into.machine.Absorb(from.machine) {
		return ErrMerge
	}
	for id, l := range from.legs {
		into.legs[id] = l
		s.register(id, into)
	}
	for id, t := range from.targets {
		into.targets[id] = t
	}
	for p, n := range from.aliases {
		into.aliases[p] = n
	}
	for id, q := range from.questions {
		into.questions[id] = q
	}
	for id := range from.asked {
		into.asked[id] = true
	}
	if into.parts == nil {
		into.parts = map[string]*Call{}
	}
	into.parts[from.Interaction] = from
	for i, p := range from.parts {
		into.parts[i] = p
	}
	into.queue = append(into.queue, from.queue...)
	from.queue = nil
	if into.mixer == nil {
		into.mixer, from.mixer = from.mixer, nil
	}
	if from.timer != nil {
		from.timer.Stop()
	}
	from.roll() // a recording of what is no call any more ends
	from.into = into
	return nil
}

// refer prepares a REFER: a consultation that is a call of its own is absorbed, and
// the number leaves its place to a pseudonym.
func (s *Switch) refer(c *Call, e sipua.Referred) sipua.Referred {
	if other := s.call(e.Replaces); other != nil && e.Replaces != "" {
		if err := s.absorb(c, other); err != nil {
			s.log.Info("attended transfer", "interaction_id", c.Interaction, "error", err)
		}
	}
	return c.alias(e)
}

// replace lets an INVITE with Replaces into the call whose leg it names.
func (s *Switch) replace(e sipua.Invited) {
	c := s.call(e.Replaces)
	if c == nil { // also a dialog that was never ours
		if err := s.UA().Reject(e.Leg, 481); err != nil {
			s.log.Debug("reject", "error", err)
		}
		return
	}
	held := c.lock()
	l, err := held.open(e.Leg)
	if err == nil {
		err = l.offered(e.SDP)
	}
	held.mu.Unlock()
	if err != nil {
		s.refuse(held, e.Leg, err)
		return
	}
	c.Post(s.incoming(e))
	agent := ""
	if s.hooks.Agent != nil {
		agent = s.hooks.Agent(e.User)
	}
	c.Post(call.Replace{Leg: e.Leg, Old: e.Replaces, Agent: agent})
}
