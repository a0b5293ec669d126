package b2bua

import (
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/recording"
)

// Record records the call from now on: customers left, agents right, whoever joins
// later too; a supervisor is not recorded. Keys that a customer presses while the
// recording is paused reach neither agent nor [Hooks.Key]. The recording is finished
// with the call; pauses, consent and an earlier end are the session's own methods.
func (c *Call) Record(s *recording.Session) {
	c = c.lock()
	secret := &c.secret
	s.Watch(func(paused bool) { secret.Store(paused) })
	defer c.mu.Unlock()
	c.tape = s
	for _, l := range c.legs {
		l.taped = false
	}
	c.roll()
}

// roll lets new legs be recorded, and ends the recording with the call. The lock is held.
func (c *Call) roll() {
	if c.tape == nil {
		return
	}
	for id, l := range c.legs {
		side, ok := c.machine.Side(id)
		if l.taped || !ok || side == event.Supervisor {
			continue
		}
		channel := recording.Agent
		if side == event.Customer {
			channel = recording.Caller
			l.media.Secret(&c.secret)
		}
		l.media.Record(c.tape.Track(channel))
		l.taped = true
	}
	if c.machine.Done() {
		c.tape.Finish()
	}
}
