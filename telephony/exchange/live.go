package exchange

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/agner-platform/agner/telephony/exchange/live"
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
	return live.Read(ctx, live.Source{
		Plan: p, Ask: x.loop.Ask, Faces: x.faces(), Advice: x.advice.Now(time.Now()),
		Registered: func(agent string) bool {
			return slices.ContainsFunc(p.Devices[agent], func(f Phone) bool {
				return f.Number != "" || len(x.sw.UA().Bindings().Lookup(f.User, time.Now())) > 0
			})
		},
		Face: func(interaction string) (live.Face, bool) {
			s := x.session(interaction)
			if s == nil {
				return live.Face{}, false
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.face, true
		},
	})
}

// Watch begins to follow how things stand; Close it.
func (x *Exchange) Watch() *live.Watch { return x.feed.Watch() }

// show brings the face up to date.
func (s *session) show() {
	f := live.Face{Agent: s.agent, Leg: s.agentLeg, Caller: s.in.From, Attributes: s.attributes, Line: s.lineNow()}
	for _, w := range s.watchers {
		if !w.active {
			continue
		}
		f.Watched = append(f.Watched, live.Watched{By: w.by, Mode: string(w.mode)})
	}
	slices.SortFunc(f.Watched, func(a, b live.Watched) int { return strings.Compare(a.By, b.By) })
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

// faces returns what agents who are in a call have on their phones.
func (x *Exchange) faces() map[string]live.Face {
	out := map[string]live.Face{}
	for _, s := range x.all() {
		s.mu.Lock()
		f, tape := s.face, s.recording
		s.mu.Unlock()
		if f.Agent == "" {
			continue
		}
		if tape != nil {
			if st := tape.State(); st == recording.Running || st == recording.Paused {
				f.Line.Recording = string(st)
			}
		}
		out[f.Agent] = f
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
	return live.Phones(x.plan.Load(), x.sw.UA().Bindings())
}

// Trunks says how the trunks are that calls go out by.
func (x *Exchange) Trunks() []trunk.Status { return x.lines.Status() }

// SiteOf returns the site of a queue, or "".
func (x *Exchange) SiteOf(queue string) string { return x.plan.Load().SiteOf(queue) }
