// Package lines looks after the trunks of a switch: it lets calls out as far as their
// limits go, counts what they cost, ends those that the day's money no longer pays, and
// keeps registrations alive.
package lines

import (
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/exchange/plan"
	"github.com/agner-platform/agner/telephony/sipua"
	"github.com/agner-platform/agner/telephony/trunk"
)

// costWatch is how often running calls are held against the day's money.
const costWatch = 5 * time.Second

// Lines are the trunks. It is safe for concurrent use.
type Lines struct {
	meter  *trunk.Meter
	keeper *trunk.Keeper
	log    *slog.Logger
	stop   chan struct{}
	wg     sync.WaitGroup
}

// New begins to look after the trunks of a plan; hangUp ends a leg that became too
// dear. The days of the money are those of the plan's zone.
func New(ua *sipua.UA, p *plan.Plan, hangUp func(leg, cause string), log *slog.Logger) *Lines {
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		zone = time.UTC
	}
	l := &Lines{meter: trunk.NewMeter(zone), keeper: trunk.NewKeeper(ua, log), log: log, stop: make(chan struct{})}
	l.Mind(p)
	l.wg.Go(func() { l.watch(hangUp) })
	return l
}

// watch ends calls that are no longer paid for.
func (l *Lines) watch(hangUp func(leg, cause string)) {
	tick := time.NewTicker(costWatch)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
		}
		for _, leg := range l.meter.Over(time.Now()) {
			hangUp(leg, trunk.ErrCost.Error())
		}
	}
}

// Mind looks after the trunks of another plan.
func (l *Lines) Mind(p *plan.Plan) {
	var list []trunk.Line
	for _, t := range p.Trunks {
		if t.Host == "" {
			continue
		}
		if err := l.meter.Set(t.Name, t.Bounds()); err != nil { // the plan has checked them
			l.log.Error("trunk limits", "trunk", t.Name, "error", err)
		}
		list = append(list, trunk.Line{Name: t.Name, Register: t.Register, Target: Target(t, t.User)})
	}
	l.keeper.Set(list)
}

// Target is a number outside.
func Target(t plan.Trunk, number string) call.Target {
	return call.Target{URI: "sip:" + number + "@" + t.Host, From: t.From, User: t.User, Secret: t.Secret}
}

// Admit lets a call out by a trunk, or returns why not.
func (l *Lines) Admit(leg, name string, to call.Target) error {
	_, number, _ := strings.Cut(to.URI, ":")
	number, _, _ = strings.Cut(number, "@")
	err := l.meter.Admit(name, leg, number, time.Now())
	if err != nil {
		l.log.Warn("call out refused", "trunk", name, "cause", err)
	}
	return err
}

// Charge counts what legs cost.
func (l *Lines) Charge(facts []event.Event) {
	for i := range facts {
		switch facts[i].Kind {
		case event.KindCallAnswered:
			l.meter.Answered(facts[i].Leg, time.Now())
		case event.KindCallEnded:
			l.meter.End(facts[i].Leg, time.Now())
		}
	}
}

// Status says how the trunks are that calls go out by.
func (l *Lines) Status() []trunk.Status { return l.keeper.Status() }

// Close takes registrations back; there must still be a user agent.
func (l *Lines) Close() error {
	close(l.stop)
	l.wg.Wait()
	return l.keeper.Close()
}
