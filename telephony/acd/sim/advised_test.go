package sim

import (
	"fmt"
	"math"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/routing"
)

// advisedSeed is published so that anybody gets the same figures; run k uses
// advisedSeed + k.
const advisedSeed = 20260504

// multiSkill is a centre of two languages: twelve agents who speak one, five who
// speak both; the small queue can be served by the five only.
func multiSkill(strategy routing.Strategy, seed uint64) Plan {
	p := Plan{From: t0, To: t0 + 10*interval.HourUs, Seed: seed, WithinUs: 20 * interval.Second, ShortUs: 10 * interval.Second, Answer: Exp(3 * interval.Second)}
	for _, q := range []struct {
		id      string
		perHour float64
	}{{"common", 200}, {"scarce", 32}} {
		p.Config.Queues = append(p.Config.Queues, acd.QueueConfig{ID: q.id, Strategy: strategy, RingUs: interval.Minute, WrapUpUs: 30 * interval.Second})
		p.Streams = append(p.Streams, Stream{
			Queue: q.id, Handle: LogNormal{Mean: 200e6, SD: 170e6}, Patience: Exp(300 * interval.Second), Wrap: Fixed(20 * interval.Second),
			Rates: []Rate{{p.From, p.To, q.perHour * 10}},
		})
	}
	for i := range 17 {
		a := acd.AgentConfig{ID: fmt.Sprintf("a%02d", i), Queues: []acd.Membership{{Queue: "common"}}}
		if i >= 12 {
			a.Queues = append(a.Queues, acd.Membership{Queue: "scarce"})
		}
		p.Config.Agents = append(p.Config.Agents, a)
		p.Staff = append(p.Staff, Shift{Agent: a.ID, From: p.From, To: p.To + tail})
	}
	p.Prepare = func(w *World) {
		// As a forecast of this day would say: one agent more lifts the small queue by
		// some 10 points, the large one by 2.
		var post func()
		post = func() {
			_ = w.Post(acd.Advise{Advice: &routing.Table{Name: "f", Made: w.Now(), Queues: map[string]routing.QueueAdvice{
				"scarce": {Reserve: 1, Value: 0.10, WithinUs: 20 * interval.Second, HoldUs: 15 * interval.Second},
				"common": {Value: 0.02, WithinUs: 20 * interval.Second},
			}}})
			if w.Now() < p.To {
				w.Do(w.Now()+15*interval.Minute, post)
			}
		}
		post()
	}
	return p
}

// TestAdvisedBeatsLongestIdle: a paired simulation on the real router with common
// random numbers. On the scarce queue the 95 % interval of the gain in service level
// lies above 5 points; the other queue loses less than 4, by the same interval.
func TestAdvisedBeatsLongestIdle(t *testing.T) {
	const runs = 24
	gain := map[string][]float64{}
	applied := int64(0)
	for k := range uint64(runs) {
		level := map[routing.Strategy]map[string]float64{}
		for _, st := range []routing.Strategy{routing.LongestIdle, routing.Advised} {
			p := multiSkill(st, advisedSeed+k)
			p.Fact = func(e *event.Event) {
				if e.Kind == event.KindForecastApplied {
					applied++
				}
			}
			r, err := Run(p)
			if err != nil {
				t.Fatal(err)
			}
			level[st] = map[string]float64{}
			for id, f := range r.Queues {
				level[st][id] = f.ServiceLevel()
			}
		}
		for id, l := range level[routing.Advised] {
			gain[id] = append(gain[id], l-level[routing.LongestIdle][id])
		}
		if k == 0 {
			t.Logf("seed %d: %v", advisedSeed, level)
		}
	}
	for id, limit := range map[string]float64{"scarce": 0.05, "common": -0.04} {
		mean, half := interval95(gain[id])
		t.Logf("%s: service level %+.2f ± %.2f points (95 %%, %d paired days from seed %d)", id, 100*mean, 100*half, runs, advisedSeed)
		if mean-half < limit {
			t.Errorf("%s: %+.4f ± %.4f, want above %+.2f", id, mean, half, limit)
		}
	}
	if applied == 0 {
		t.Error("no forecast.applied was stated")
	}
}

// interval95 is the mean and half the width of its 95 % confidence interval; the
// quantile 2.069 is Student's t with 23 degrees of freedom.
func interval95(x []float64) (mean, half float64) {
	sum, squares := 0.0, 0.0
	for _, v := range x {
		sum += v
		squares += v * v
	}
	n := float64(len(x))
	mean = sum / n
	return mean, 2.069 * math.Sqrt((squares/n-mean*mean)/(n-1))
}

// TestStaleAdvice: without fresh advice the advised strategy is longest idle, and
// the offers say so.
func TestStaleAdvice(t *testing.T) {
	exits := func(st routing.Strategy) (rules map[string]int, answered int64) {
		p := multiSkill(st, 1)
		p.To = p.From + interval.HourUs
		p.Prepare = func(w *World) {
			_ = w.Post(acd.Advise{Advice: &routing.Table{Name: "old", Made: w.Now() - routing.AdviceMaxAge - 1, Queues: map[string]routing.QueueAdvice{
				"scarce": {Reserve: 5, Value: 1, HoldUs: interval.HourUs},
			}}})
		}
		rules = map[string]int{}
		p.Fact = func(e *event.Event) {
			if m, ok := e.Payload.(*event.OfferMade); ok {
				rules[m.Rule]++
			}
			if e.Kind == event.KindForecastApplied {
				t.Errorf("old advice was applied: %+v", e.Payload)
			}
		}
		r, err := Run(p)
		if err != nil {
			t.Fatal(err)
		}
		return rules, r.Queues["common"].AnsweredWaitUs + r.Queues["scarce"].AnsweredWaitUs
	}
	rules, with := exits(routing.Advised)
	_, without := exits(routing.LongestIdle)
	if len(rules) != 1 || rules["longest_idle"] == 0 || with != without {
		t.Errorf("rules %v, waits %d and %d", rules, with, without)
	}
}
