package b2bua

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/desc"
	"github.com/agner-platform/agner/telephony/recording"
	"github.com/agner-platform/agner/telephony/sipua"
)

// Call is one interaction.
type Call struct {
	Interaction string
	sw          *Switch

	mu        sync.Mutex // protects all below
	machine   *call.Machine
	legs      map[string]*leg
	targets   map[string]call.Target  // of legs to be dialled
	asked     map[string]bool         // legs whose owner must press a key
	questions map[string]media.Source // what they are asked, if not what all are
	aliases   map[string]string       // pseudonym to number, of transfers asked for
	mixer     *media.Mixer
	tape      *recording.Session
	secret    atomic.Bool // keys of the customer go nowhere; set without mu
	queue     []call.Input
	timer     *time.Timer      // of the machine's deadline
	into      *Call            // that absorbed this one
	parts     map[string]*Call // interactions absorbed
	busy      bool             // somebody is stepping: inputs are queued
}

// leg is the audio of one leg.
type leg struct {
	media  *media.Leg
	agreed *desc.Media
	sdp    []byte // our description, as sent
	taped  bool
}

// lock returns the call that holds the legs now – this one or the one that absorbed
// it –, locked.
func (c *Call) lock() *Call {
	for {
		c.mu.Lock()
		next := c.into
		if next == nil {
			return c
		}
		c.mu.Unlock()
		c = next
	}
}

// Post takes an input. Inputs that come from within a hook wait their turn.
func (c *Call) Post(in call.Input) {
	c = c.lock()
	c.queue = append(c.queue, in)
	if c.busy {
		c.mu.Unlock()
		return
	}
	c.busy = true
	for len(c.queue) > 0 {
		next := c.queue[0]
		c.queue = c.queue[1:]
		facts := c.step(next)
		c.mu.Unlock()
		if len(facts) > 0 {
			c.sw.hooks.Facts(facts)
			c.changed(facts)
		}
		c.mu.Lock()
	}
	c.busy = false
	c.mu.Unlock()
}

// changed tells of a step, each interaction of its own facts.
func (c *Call) changed(facts []event.Event) {
	if c.sw.hooks.Changed == nil {
		return
	}
	c.mu.Lock()
	parts := c.parts
	c.mu.Unlock()
	if len(parts) == 0 {
		c.sw.hooks.Changed(c, facts)
		return
	}
	for len(facts) > 0 {
		n := 1
		for n < len(facts) && facts[n].Interaction == facts[0].Interaction {
			n++
		}
		of := c
		if p := parts[facts[0].Interaction]; p != nil {
			of = p
		}
		c.sw.hooks.Changed(of, facts[:n])
		facts = facts[n:]
	}
}

// step runs the machine and does what it commands. The lock is held.
func (c *Call) step(in call.Input) []event.Event {
	now := time.Now().UnixMicro()
	for id, l := range c.legs { // whatever ends now takes its measurements along
		if q := l.media.Quality(); q.Packets > 0 {
			c.machine.Step(call.Measured{Leg: id, Quality: q}, now)
		}
	}
	out := c.machine.Step(in, now)
	for _, cmd := range out.Commands {
		if err := c.do(cmd); err != nil && !errors.Is(err, sipua.ErrGone) && !errors.Is(err, sipua.ErrNoLeg) {
			c.sw.log.Info("command", "interaction_id", c.Interaction, "command", fmt.Sprintf("%T", cmd), "error", err)
		}
	}
	for _, e := range out.Facts {
		if e.Kind == event.KindCallEnded {
			c.shut(e.Leg)
		}
	}
	c.roll()
	c.arm(now)
	return out.Facts
}

// arm posts Tick at the machine's deadline. The lock is held.
func (c *Call) arm(now int64) {
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	if at, ok := c.machine.Deadline(); ok {
		c.timer = time.AfterFunc(time.Duration(max(0, at-now))*time.Microsecond, func() { c.Post(call.Tick{}) })
	}
}

// Dial sets up a leg to a target.
func (c *Call) Dial(in call.Dial, to call.Target) { c.Reach(in.Leg, in, to) }

// Reach posts an input that sets up a leg: Dial, Consult, Supervise or Flip. The
// target is where that leg goes.
func (c *Call) Reach(leg string, in call.Input, to call.Target) {
	held := c.lock()
	held.targets[leg] = to
	held.mu.Unlock()
	held.Post(in)
}

// Ask sets what whoever picks up a leg with Confirm hears until 1 is pressed.
func (c *Call) Ask(leg string, question media.Source) {
	c = c.lock()
	defer c.mu.Unlock()
	c.questions[leg] = question
}

// Number returns the number behind a transfer's pseudonym.
func (c *Call) Number(alias string) string {
	c = c.lock()
	defer c.mu.Unlock()
	return c.aliases[alias]
}

// Play plays to a leg; done is called at the end.
func (c *Call) Play(leg string, s media.Source, done func()) {
	c = c.lock()
	defer c.mu.Unlock()
	if l := c.legs[leg]; l != nil {
		l.media.Play(s, done)
	}
}

// Stop stops what plays to a leg.
func (c *Call) Stop(leg string) {
	c = c.lock()
	defer c.mu.Unlock()
	if l := c.legs[leg]; l != nil {
		l.media.StopPlaying()
	}
}

// open gives a leg its RTP socket.
func (c *Call) open(id string) (*leg, error) {
	m, err := c.sw.relay.Open(func(key byte) { c.sw.key(id, string(key)) })
	if err != nil {
		return nil, err
	}
	l := &leg{media: m}
	c.legs[id] = l
	c.sw.register(id, c)
	return l, nil
}

// shut closes a leg's socket and forgets it.
func (c *Call) shut(id string) {
	if l := c.legs[id]; l != nil {
		l.media.Close()
		delete(c.legs, id)
	}
	delete(c.asked, id)
	delete(c.questions, id)
	c.sw.forget(id)
}

// offered answers an offer, or makes one where the caller left that to us.
func (l *leg) offered(offer []byte) error {
	mine := ours(l.media)
	if len(offer) == 0 { // late offer: the answer comes with the ACK
		l.agreed, l.sdp = mine, mine.Offer()
		return nil
	}
	remote, err := desc.Parse(offer)
	if err != nil {
		return err
	}
	text, agreed, err := mine.Answer(remote)
	if err != nil {
		return err
	}
	l.agreed, l.sdp = agreed, text
	return l.media.Connect(remote, agreed)
}

// described takes the session description that comes with an event.
func (c *Call) described(e sipua.Event) {
	var sdp []byte
	switch e := e.(type) {
	case sipua.Progressed:
		sdp = e.SDP
	case sipua.Answered:
		sdp = e.SDP
	case sipua.Acked:
		sdp = e.SDP
	case sipua.Modified:
		sdp = e.SDP
	}
	c = c.lock()
	defer c.mu.Unlock()
	l := c.legs[legOf(e)]
	if len(sdp) == 0 || l == nil {
		return
	}
	remote, err := desc.Parse(sdp)
	if err == nil {
		agreed := *l.agreed
		agreed.Codecs = remote.Codecs // of an answer: what the far end will send
		err = l.media.Connect(remote, &agreed)
	}
	if err != nil {
		c.sw.log.Info("answer", "interaction_id", c.Interaction, "error", err)
	}
}

func (c *Call) reoffer(id string, offer []byte) []byte {
	c = c.lock()
	defer c.mu.Unlock()
	l := c.legs[id]
	if l == nil {
		return nil
	}
	if len(offer) == 0 {
		return l.sdp
	}
	if err := l.offered(offer); err != nil {
		c.sw.log.Info("re-INVITE refused", "interaction_id", c.Interaction, "error", err)
		return nil
	}
	return l.sdp
}

// alias replaces the number of a REFER by its pseudonym. The host is left out: a
// phone names us, and calls go out by our trunks only, wherever it wants them to go.
func (c *Call) alias(e sipua.Referred) sipua.Referred {
	if _, user, ok := strings.Cut(e.To, ":"); ok {
		user, _, _ = strings.Cut(user, "@")
		e.To, _, _ = strings.Cut(user, ";")
	}
	p := c.sw.party(e.To)
	c = c.lock()
	defer c.mu.Unlock()
	c.aliases[p] = e.To
	e.To = p
	return e
}

// do carries a command out. The lock is held.
func (c *Call) do(cmd call.Command) error {
	ua := c.sw.UA()
	switch cmd := cmd.(type) {
	case call.SendProgress:
		if cmd.Early && c.legs[cmd.Leg] != nil {
			return ua.Progress(cmd.Leg, 183, c.legs[cmd.Leg].sdp)
		}
		return ua.Progress(cmd.Leg, 180, nil)
	case call.SendAnswer:
		if l := c.legs[cmd.Leg]; l != nil {
			return ua.Answer(cmd.Leg, l.sdp)
		}
	case call.SendReject:
		return ua.Reject(cmd.Leg, int(cmd.Status))
	case call.SendInvite:
		return c.invite(cmd.Leg)
	case call.SendCancel:
		return ua.Cancel(cmd.Leg)
	case call.SendBye:
		return ua.Bye(cmd.Leg, cmd.Cause)
	case call.SendNotify:
		return ua.Notify(cmd.Leg, int(cmd.Status))
	case call.SendRefer:
		to := cmd.To
		if n := c.aliases[to]; n != "" {
			to = n
		}
		return ua.Refer(cmd.Leg, to, cmd.Replaces)
	case call.PlayRing:
		c.play(cmd.Leg, Ringing())
	case call.AskConfirm:
		c.asked[cmd.Leg] = true
		question := c.questions[cmd.Leg]
		switch {
		case question != nil:
		case c.sw.Question != nil:
			question = c.sw.Question()
		default:
			question = beeps()
		}
		c.play(cmd.Leg, question)
	default:
		c.audio(cmd)
	}
	return nil
}

// invite sends an INVITE with an offer. If that fails at once, the machine hears
// of it like of any refusal.
func (c *Call) invite(id string) error {
	l, err := c.open(id)
	if err == nil {
		l.agreed = ours(l.media)
		l.sdp = l.agreed.Offer()
		err = c.sw.UA().Invite(id, c.targets[id], l.sdp)
	}
	delete(c.targets, id)
	if err != nil {
		c.queue = append(c.queue, call.Failed{Leg: id, Status: 503, Cause: "failed"})
	}
	return err
}
