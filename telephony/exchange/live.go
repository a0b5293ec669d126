package exchange

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/exchange/live"
	"github.com/agner-platform/agner/telephony/exchange/plan"
	"github.com/agner-platform/agner/telephony/recording"
	"github.com/agner-platform/agner/telephony/trunk"
)

// How things stand, see package live.
type (
	Live       = live.State
	LiveQueue  = live.Queue
	LiveCaller = live.Caller
	LiveAgent  = live.Agent
)

// Live reads the present state.
func (x *Exchange) Live(ctx context.Context) (Live, error) {
	p := x.plan.Load()
	out := Live{At: time.Now().UTC(), Version: p.Version, Queues: []LiveQueue{}, Agents: []LiveAgent{}}
	contacts := map[string]LiveCaller{}
	err := x.loop.Ask(ctx, func(s *acd.State, now int64) {
		waiting := map[string][]LiveCaller{}
		for _, v := range s.Visits() {
			c := live.FromVisit(v)
			contacts[v.ID] = c
			if v.Stage == acd.StageWaiting || v.Stage == acd.StageRinging || v.Stage == acd.StagePaused {
				waiting[v.Queue] = append(waiting[v.Queue], c)
			}
		}
		for _, q := range s.Queues() {
			if !q.Retired || len(waiting[q.ID]) > 0 {
				out.Queues = append(out.Queues, LiveQueue{ID: q.ID, Name: p.About(q.ID).Name, Staffed: q.Staffed, Free: q.Free, Waiting: append([]LiveCaller{}, waiting[q.ID]...)})
			}
		}
		for _, a := range s.Agents() {
			g := live.FromAgent(a, p.Labels[a.ID])
			if o, ok := s.Offer(a.Offer); ok {
				g.Offer = &live.Offer{Offer: o.ID, Visit: o.Visit, Since: live.Instant(o.MadeAt), Until: live.Instant(o.Until)}
			}
			out.Agents = append(out.Agents, g)
		}
	})
	faces := x.faces()
	for i := range out.Agents {
		x.complete(p, &out.Agents[i], contacts, faces)
	}
	return out, err
}

// complete adds what the distributor does not know: phones, calls and callers.
func (x *Exchange) complete(p *plan.Plan, a *LiveAgent, contacts map[string]LiveCaller, faces map[string]face) {
	a.Registered = slices.ContainsFunc(p.Devices[a.ID], func(f Phone) bool {
		return len(x.sw.UA().Bindings().Lookup(f.User, time.Now())) > 0
	})
	if f, ok := faces[a.ID]; ok {
		line := f.line
		a.Line, a.Caller, a.Attributes, a.Watched = &line, f.caller, f.attributes, f.watched
	}
	switch {
	case a.Contact != nil:
		if c, ok := contacts[a.Contact.Visit]; ok {
			*a.Contact = c
		}
		for _, code := range p.About(a.Contact.Queue).Codes {
			a.WrapUp.Codes = append(a.WrapUp.Codes, live.Code(code))
		}
		x.pop(p, a, *a.Contact)
	case a.Offer != nil:
		c := contacts[a.Offer.Visit]
		a.Offer.Interaction, a.Offer.Queue, a.Offer.Channel = c.Interaction, c.Queue, c.Channel
		x.pop(p, a, c)
	}
}

// pop adds who the caller is and which page the queue wants opened.
func (x *Exchange) pop(p *plan.Plan, a *LiveAgent, c LiveCaller) {
	if s := x.session(c.Interaction); s != nil {
		a.Caller, a.Attributes = s.shown()
	}
	about := p.About(c.Queue)
	a.Pop = plan.Fill(about.Pop, func(name string) string {
		if attribute, ok := strings.CutPrefix(name, "attributes."); ok {
			return a.Attributes[attribute]
		}
		return map[string]string{
			"caller": a.Caller, "queue": about.Name, "queue_id": c.Queue, "interaction": c.Interaction, "visit": c.Visit, "agent": a.ID, "agent_name": a.Name,
		}[name]
	})
}

// Watch begins to follow how things stand; Close it.
func (x *Exchange) Watch() *live.Watch { return x.feed.Watch() }

// face is what pages show of a session.
type face struct {
	agent, leg, caller string
	attributes         map[string]string
	line               live.Line
	watched            []live.Watched
}

// show brings the face up to date.
func (s *session) show() {
	f := face{agent: s.agent, leg: s.agentLeg, caller: s.in.From, attributes: s.attributes, line: s.lineNow()}
	for _, w := range s.watchers {
		f.watched = append(f.watched, live.Watched{By: w.by, Mode: string(w.mode)})
	}
	slices.SortFunc(f.watched, func(a, b live.Watched) int { return strings.Compare(a.By, b.By) })
	s.mu.Lock()
	s.face = f
	s.mu.Unlock()
	s.x.feed.Touch()
}

// lineNow is the call on the agent's phone.
func (s *session) lineNow() live.Line {
	l := live.Line{Interaction: s.call.Interaction, Outgoing: s.outgoing, State: "talking", Conference: s.conference}
	switch {
	case s.consult.leg != "" && s.consult.up:
		l.State, l.Consults, l.Consult = "consulting", s.consult.to, "talking"
	case s.consult.leg != "":
		l.State, l.Consults, l.Consult = "consulting", s.consult.to, "ringing"
	case s.held:
		l.State = "hold"
	case s.outgoing && !s.joinedOut:
		l.State = "dialling"
	}
	return l
}

// shown returns the caller's number and what the menu learnt.
func (s *session) shown() (string, map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.face.caller, s.face.attributes
}

// faces returns what agents who are in a call have on their phones.
func (x *Exchange) faces() map[string]face {
	out := map[string]face{}
	for _, s := range x.all() {
		s.mu.Lock()
		f, tape := s.face, s.recording
		s.mu.Unlock()
		if f.agent == "" {
			continue
		}
		if tape != nil {
			if st := tape.State(); st == recording.Running || st == recording.Paused {
				f.line.Recording = string(st)
			}
		}
		out[f.agent] = f
	}
	return out
}

// all lists the sessions.
func (x *Exchange) all() []*session {
	x.mu.Lock()
	defer x.mu.Unlock()
	list := make([]*session, 0, len(x.sessions))
	for _, s := range x.sessions {
		list = append(list, s)
	}
	return list
}

// Phones lists the accounts and who registered.
func (x *Exchange) Phones() []live.Phone {
	out := []live.Phone{}
	for _, f := range x.plan.Load().Setup.Phones {
		l := live.Phone{Account: f.User, Agent: f.Agent, Devices: []live.Device{}}
		for _, b := range x.sw.UA().Bindings().Lookup(f.User, time.Now()) {
			l.Devices = append(l.Devices, live.Device{Address: b.Source, Network: b.Network, Until: b.Until.UTC(), Product: b.Agent})
		}
		out = append(out, l)
	}
	return out
}

// Trunks says how the trunks are that calls go out by.
func (x *Exchange) Trunks() []trunk.Status { return x.lines.Status() }

// SiteOf returns the site of a queue, or "".
func (x *Exchange) SiteOf(queue string) string {
	for _, q := range x.plan.Load().ACD.Queues {
		if q.ID == queue {
			return q.Site
		}
	}
	return ""
}
