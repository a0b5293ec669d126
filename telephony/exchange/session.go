package exchange

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/b2bua"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/exchange/inbox"
	"github.com/agner-platform/agner/telephony/exchange/lines"
	"github.com/agner-platform/agner/telephony/exchange/live"
	"github.com/agner-platform/agner/telephony/exchange/plan"
	"github.com/agner-platform/agner/telephony/ivr"
	"github.com/agner-platform/agner/telephony/recording"
	"github.com/agner-platform/agner/telephony/sipua"
)

// session is one interaction. All fields below inbox are used by its goroutine only.
type session struct {
	x      *Exchange
	call   *b2bua.Call
	ctx    context.Context // ends with the session
	cancel context.CancelFunc

	mu        sync.Mutex
	face      live.Face          // what others may see, protected by mu
	recording *recording.Session // protected by mu
	inbox     *inbox.Inbox

	in         sipua.Invited
	party      string
	caller     string // leg of the customer
	machine    *ivr.Machine
	timers     map[int]*time.Timer // of the menu, by request
	attributes map[string]string
	visit      string
	talking    bool             // the visit was answered
	agent      string           // who talks
	agentLeg   string           // with which leg
	rings      map[string]*ring // by offer
	dialled    map[string]func(ok bool, cause string)
	legs, gone int

	line               string // the queue joined last
	consented, refused bool   // to be recorded

	lang                string // of the number that was dialled; empty: the queue's
	outgoing, joinedOut bool   // dialled for an agent; and answered
	held, conference    bool
	consult             consultation
	watchers            map[string]watcher // supervisors, by leg

	callerGone    bool
	back, failure string // the visit of a callback that is being made, and why it failed
}

// ring is an agent's phone that rings for this caller.
type ring struct {
	offer, leg, agent, visit string
	answered, cancelled      bool
}

// post has f done in order by the session's goroutine; false: the session is over.
func (s *session) post(f func()) bool { return s.inbox.Post(f) }

func (s *session) run() {
	defer s.x.forget(s)
	defer s.stopTimers()
	defer s.cancel()
	s.inbox.Run(s.ctx, s.show)
}

// over ends the session when nothing of it is left.
func (s *session) over() {
	if s.legs > 0 && s.gone >= s.legs && len(s.rings) == 0 && s.inbox.CloseIfIdle() {
		s.cancel()
	}
}

// arrive decides where an incoming call goes.
func (s *session) arrive(in sipua.Invited) {
	s.in, s.caller = in, in.Leg
	s.legs++ // its call.offered came before there was a session
	if s.x.cfg.Party != nil && in.From != "" {
		s.party = s.x.cfg.Party(in.From)
	}
	p := s.x.plan.Load()
	to := plan.Digits(in.To)
	if phone, known := p.ByUser[in.User]; known && in.User != "" {
		if code, ok := plan.ServiceOf(to); ok {
			s.service(code, phone)
			return
		}
		if phone.Agent != "" {
			s.x.desk.Occupy(s.ctx, phone.Agent, s.caller)
		}
	}
	if !s.route(p, to, true) {
		s.call.Post(call.Reject{Leg: s.caller, Status: 404, Cause: "unknown_number"})
	}
}

// route sends the caller to what a number stands for: an inbound number, a phone of
// ours, or – for our own phones – the world outside. It reports whether there is such a
// thing.
func (s *session) route(p *plan.Plan, to string, fresh bool) bool {
	if n, ok := p.ByNumber[to]; ok {
		s.lang = cmp.Or(n.Language, s.lang)
		if fresh {
			s.call.Post(call.Answer{Leg: s.caller})
		}
		if n.Queue != "" {
			s.join(acd.Join{Queue: p.Queue(n.Queue)}, nil)
			return true
		}
		s.menu(p.Menu(n), n)
		return true
	}
	if f, ok := p.ByUser[to]; ok {
		s.bridgeTo(s.phoneTarget(f), call.Dial{To: f.User, Side: event.AgentSide, Agent: f.Agent}, fresh)
		return true
	}
	if queue := p.Queue(to); queue != "" && !fresh {
		s.join(acd.Join{Queue: queue}, nil)
		return true
	}
	if t, ok := p.Outbound(); ok && (s.in.User != "" || !fresh) && plan.Dialable(to) {
		s.bridgeTo([]call.Target{lines.Target(t, to)}, call.Dial{To: t.Name, Trunk: t.Name, Side: event.Customer}, fresh)
		return true
	}
	return false
}

// bridgeTo dials a target and joins the caller with whoever answers.
func (s *session) bridgeTo(to []call.Target, d call.Dial, fresh bool) {
	if fresh {
		s.call.Post(call.Ring{Leg: s.caller})
	}
	s.dial(to, d, func(ok bool, cause string) {
		switch {
		case ok:
			if fresh {
				s.call.Post(call.Answer{Leg: s.caller})
			}
			s.call.Post(call.Join{A: s.caller, B: d.Leg})
		case fresh:
			s.call.Post(call.Reject{Leg: s.caller, Status: 480, Cause: cause})
		default:
			s.hangUp(cause)
		}
	}, &d)
}

// hangUp ends the caller's leg from our side.
func (s *session) hangUp(cause string) {
	s.call.Post(call.HangUp{Leg: s.caller, Cause: cause, By: event.System})
}

// menu starts a flow.
func (s *session) menu(f *ivr.Flow, n Number) {
	m, out := f.Start(ivr.Call{
		Interaction: s.call.Interaction, Leg: s.caller, Site: n.Site, Party: s.party, Caller: s.in.From, Number: n.Number,
		Attributes: map[string]string{"trunk": s.in.Trunk},
	}, now())
	s.machine = m
	s.act(out)
}

// step gives the menu an input.
func (s *session) step(in ivr.Input) {
	if s.machine != nil && !s.machine.Done() {
		s.act(s.machine.Step(in, now()))
	}
}

// join asks the distributor for a place.
func (s *session) join(j acd.Join, attributes map[string]string) {
	s.attributes = attributes
	j.Interaction, j.Leg, j.Party, j.Channel = s.call.Interaction, s.caller, s.party, event.Voice
	ctx, cancel := context.WithTimeout(s.ctx, estimateLimit)
	if e, ok := s.x.est.Predict(ctx, j); ok {
		j.PredictedUs = e.MidUs
	}
	cancel()
	res, err := s.x.loop.Post(s.ctx, j)
	if err != nil {
		s.x.cfg.Log.Error("a caller could not join the queue", "interaction_id", s.call.Interaction, "queue", j.Queue, "error", err)
		s.hangUp("failed")
		return
	}
	s.joined(res.Facts)
}

// joined notes the visit that a step of the distributor began.
func (s *session) joined(facts []event.Event) {
	for i := range facts {
		if e := &facts[i]; e.Kind == event.KindQueueJoined && e.Interaction == s.call.Interaction {
			s.visit, s.line, s.talking = e.Visit, e.Queue, false
		}
	}
}

// estimateLimit is how long a caller may be kept from joining by an estimate.
const estimateLimit = 100 * time.Millisecond

// onKey takes a key of a party.
func (s *session) onKey(leg, key string) {
	switch {
	case leg != s.caller:
	case s.machine != nil && !s.machine.Done():
		s.step(ivr.Key{Key: key})
	case s.visit != "" && !s.talking && (s.party != "" || s.x.plan.Load().Key(s.line, key).Do != setup.ToCallback):
		s.x.tell(acd.Key{Visit: s.visit, Key: key})
	}
}

// onFact follows the call.
func (s *session) onFact(e *event.Event) {
	switch p := e.Payload.(type) {
	case *event.CallOffered:
		s.legs++
	case *event.CallAnswered:
		s.onAnswered(e)
	case *event.CallEnded:
		s.gone++
		s.onEnded(e, p)
		s.over()
	case *event.CallHeld:
		s.held = s.held || p.By == event.AgentSide
		if s.talking && p.By == event.AgentSide {
			s.x.tell(acd.Hold{Agent: s.agent})
		}
	case *event.CallResumed:
		s.held = s.held && p.By != event.AgentSide
		if s.talking && p.By == event.AgentSide {
			s.x.tell(acd.Resume{Agent: s.agent})
		}
	case *event.CallTransferred:
		s.onTransferred(e.Leg, p)
	case *event.CallConferenced:
		s.conference, s.consult = true, consultation{}
	case *event.SupervisionStarted, *event.SupervisionEnded:
		s.onSupervision(e)
	}
}

// onAnswered is an agent who picked up, or somebody the call was put through to.
func (s *session) onAnswered(e *event.Event) {
	leg := e.Leg
	s.consult.up = s.consult.up || leg == s.consult.leg
	if e.Agent != "" && !s.rung(leg) {
		s.x.desk.Occupy(s.ctx, e.Agent, leg)
	}
	if done := s.dialled[leg]; done != nil {
		delete(s.dialled, leg)
		done(true, "")
		return
	}
	for _, r := range s.rings {
		if r.leg != leg {
			continue
		}
		r.answered = true
		if _, err := s.x.loop.Post(s.ctx, acd.Answer{Offer: r.offer}); err != nil {
			s.call.Post(call.HangUp{Leg: leg, Cause: "too_late", By: event.System})
		}
		return
	}
}

// rung reports whether the distributor rings with this leg.
func (s *session) rung(leg string) bool {
	for _, r := range s.rings {
		if r.leg == leg {
			return true
		}
	}
	return false
}

// onEnded is the end of a leg.
func (s *session) onEnded(e *event.Event, p *event.CallEnded) {
	s.x.desk.Vacate(s.ctx, e.Leg)
	delete(s.watchers, e.Leg)
	s.callerGone = s.callerGone || e.Leg == s.caller
	if e.Leg == s.agentLeg && !s.talking {
		s.agentLeft()
	}
	if e.Leg == s.consult.leg {
		s.consult = consultation{}
	}
	s.conference = s.conference && s.legs-s.gone > 2+len(s.watchers)
	if e.Leg == s.caller { // phones that ring for nobody
		for leg := range s.dialled {
			s.call.Post(call.HangUp{Leg: leg, Cause: call.CauseCancelled, By: p.By})
		}
	}
	if done := s.dialled[e.Leg]; done != nil {
		delete(s.dialled, e.Leg)
		done(false, e.Cause)
	}
	for _, r := range s.rings {
		if r.leg == e.Leg {
			s.ringEnded(r, e.Cause, p.SIPStatus)
		}
	}
	switch {
	case e.Leg == s.caller && s.machine != nil && !s.machine.Done():
		s.step(ivr.Gone{Cause: e.Cause})
	case e.Leg == s.caller && s.visit != "" && !s.talking:
		s.x.tell(acd.HangUp{Visit: s.visit})
	case s.talking && (e.Leg == s.caller || e.Leg == s.agentLeg):
		by := p.By
		if e.Leg == s.caller && by == event.AgentSide { // an agent's phone, but here it is the customer
			by = event.Customer
		}
		s.finish(by, "")
	}
}

// ringEnded tells the distributor why a phone stopped ringing, unless it was told to.
func (s *session) ringEnded(r *ring, cause string, status int64) {
	delete(s.rings, r.offer)
	switch {
	case r.answered || r.cancelled:
	case status == 486 || status == 600 || status == 603:
		s.x.tell(acd.Decline{Offer: r.offer})
	default:
		s.x.tell(acd.Fail{Offer: r.offer, Cause: cause})
	}
}

// finish ends the conversation for the distributor: wrap-up begins.
func (s *session) finish(by event.Side, to string) {
	if !s.talking {
		return
	}
	s.x.tell(acd.Finish{Visit: s.visit, By: by, TransferredTo: to})
	s.visit, s.talking, s.agent, s.agentLeg, s.held = "", false, "", "", false
}

// onTransferred lets the agent go and takes the caller on.
func (s *session) onTransferred(leg string, t *event.CallTransferred) {
	to := t.ToQueue
	for _, other := range []string{t.ToAgent, t.Target} {
		if to == "" {
			to = other
		}
	}
	if leg == s.agentLeg {
		s.finish(event.AgentSide, to)
		s.agent, s.agentLeg = "", ""
	}
	other := s.consult
	s.consult = consultation{}
	if t.Transfer == event.Attended { // the call machine has joined the parties
		if other.leg != "" {
			s.agent, s.agentLeg = t.ToAgent, other.leg
		}
		return
	}
	p := s.x.plan.Load()
	number := t.Target
	if n := s.call.Number(t.Target); n != "" {
		number = n
	}
	switch {
	case t.ToQueue != "":
		s.join(acd.Join{Queue: p.Queue(t.ToQueue)}, s.attributes)
	case t.ToAgent != "" && len(p.Devices[t.ToAgent]) > 0:
		s.route(p, p.Devices[t.ToAgent][0].User, false)
	case !s.route(p, plan.Digits(number), false):
		s.hangUp("unknown_number")
	}
}

func now() int64 { return time.Now().UnixMicro() }

func (s *session) stopTimers() {
	for _, t := range s.timers {
		t.Stop()
	}
}
