package exchange

import (
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/exchange/plan"
	"github.com/agner-platform/agner/telephony/trunk"
)

// Trunks says how the trunks are that calls go out by.
func (x *Exchange) Trunks() []trunk.Status { return x.keeper.Status() }

// mind looks after the trunks of a plan.
func (x *Exchange) mind(p *plan.Plan) {
	var lines []trunk.Line
	for _, t := range p.Trunks {
		if t.Host == "" {
			continue
		}
		if err := x.meter.Set(t.Name, t.Bounds()); err != nil { // compile has checked them
			x.cfg.Log.Error("trunk limits", "trunk", t.Name, "error", err)
		}
		lines = append(lines, trunk.Line{Name: t.Name, Register: t.Register, Target: trunkTarget(t, t.User)[0]})
	}
	x.keeper.Set(lines)
}

// admit lets a call out by a trunk, or returns why not.
func (x *Exchange) admit(leg, name string, to call.Target) error {
	_, number, _ := strings.Cut(to.URI, ":")
	number, _, _ = strings.Cut(number, "@")
	err := x.meter.Admit(name, leg, number, time.Now())
	if err != nil {
		x.cfg.Log.Warn("call out refused", "trunk", name, "cause", err)
	}
	return err
}

// charge counts what legs cost.
func (x *Exchange) charge(facts []event.Event) {
	for i := range facts {
		switch facts[i].Kind {
		case event.KindCallAnswered:
			x.meter.Answered(facts[i].Leg, time.Now())
		case event.KindCallEnded:
			x.meter.End(facts[i].Leg, time.Now())
		}
	}
}

// meter makes one whose days are those of the site.
func meter(zone string) *trunk.Meter {
	if loc, err := time.LoadLocation(zone); err == nil {
		return trunk.NewMeter(loc)
	}
	return trunk.NewMeter(time.UTC)
}

// costWatch is how often running calls are held against the day's money.
const costWatch = 5 * time.Second

func (x *Exchange) startTrunks(p *plan.Plan) {
	x.keeper, x.stop = trunk.NewKeeper(x.sw.UA(), x.cfg.Log), make(chan struct{})
	x.mind(p)
	x.wg.Go(func() {
		tick := time.NewTicker(costWatch)
		defer tick.Stop()
		for {
			select {
			case <-x.stop:
				return
			case <-tick.C:
			}
			for _, leg := range x.meter.Over(time.Now()) {
				x.sw.HangUp(leg, trunk.ErrCost.Error())
			}
		}
	})
}

// stopTrunks takes registrations back while there is still a user agent.
func (x *Exchange) stopTrunks() {
	if x.stop == nil {
		return
	}
	close(x.stop)
	if err := x.keeper.Close(); err != nil {
		x.cfg.Log.Error("trunks", "error", err)
	}
}
