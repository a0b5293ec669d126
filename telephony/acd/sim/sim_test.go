package sim

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/forecasting/erlang"
	"github.com/agner-platform/agner/internal/doctor"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
)

const t0 = int64(1_777_852_800_000_000) // 2026-05-04T00:00:00Z

// day is a plan of three queues whose load follows the hours, with agents who serve
// one to three of them in shifts of ten hours.
func day(calls float64, agents int) Plan {
	p := Plan{From: t0, To: t0 + 24*interval.HourUs, Seed: 1, WithinUs: 20 * interval.Second, ShortUs: 10 * interval.Second, Answer: Exp(4 * interval.Second), Miss: 0.02}
	names := []string{"sales", "service", "help"}
	for _, id := range names {
		p.Config.Queues = append(p.Config.Queues, acd.QueueConfig{ID: id, RingUs: 20 * interval.Second, WrapUpUs: 60 * interval.Second})
		s := Stream{Queue: id, Handle: LogNormal{Mean: 110e6, SD: 110e6}, Patience: Exp(240 * interval.Second), Wrap: Exp(15 * interval.Second)}
		for h := range int64(24) {
			shape := (1 + 0.9*math.Sin(float64(h-7)/24*2*math.Pi)) / 24
			s.Rates = append(s.Rates, Rate{t0 + h*interval.HourUs, t0 + (h+1)*interval.HourUs, calls / 3 * shape})
		}
		p.Streams = append(p.Streams, s)
	}
	for i := range agents {
		a := acd.AgentConfig{ID: fmt.Sprintf("a%03d", i)}
		for k := range 1 + i%3 {
			a.Queues = append(a.Queues, acd.Membership{Queue: names[(i+k)%3]})
		}
		p.Config.Agents = append(p.Config.Agents, a)
		from := t0 + []int64{0, 3, 6, 7, 8, 9, 10, 11, 12, 14}[i%10]*interval.HourUs
		p.Staff = append(p.Staff, Shift{Agent: a.ID, From: from, To: from + 10*interval.HourUs, Pauses: []Pause{{from + 4*interval.HourUs, from + 4*interval.HourUs + 30*interval.Minute, event.OnMeal}}})
	}
	return p
}

// single is one queue with n agents all day, exponential everything: what Erlang's
// formulas describe.
func single(n int, perHour float64, handle, patience int64, seed uint64) Plan {
	p := Plan{From: t0, To: t0 + 200*interval.HourUs, Seed: seed, WithinUs: 20 * interval.Second}
	p.Config.Queues = []acd.QueueConfig{{ID: "q"}}
	s := Stream{Queue: "q", Handle: Exp(handle), Rates: []Rate{{p.From, p.To, perHour * 200}}}
	if patience > 0 {
		s.Patience = Exp(patience)
	}
	p.Streams = []Stream{s}
	for i := range n {
		id := fmt.Sprintf("a%d", i)
		p.Config.Agents = append(p.Config.Agents, acd.AgentConfig{ID: id, Queues: []acd.Membership{{Queue: "q"}}})
		p.Staff = append(p.Staff, Shift{Agent: id, From: p.From, To: p.To + tail})
	}
	return p
}

// Against Erlang C and A. Ten runs of 200 hours each; the tolerance is four
// standard errors of the mean over the runs, as estimated from them.
func TestErlang(t *testing.T) {
	const n, perHour, handle, patience, runs = 10, 170, 180, 120, 10 // 8.5 erlangs
	load, err := erlang.NewLoad(perHour, 3600, handle)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := erlang.NewC(load, n)
	if err != nil {
		t.Fatal(err)
	}
	ea, err := erlang.NewA(load, patience, n)
	if err != nil {
		t.Fatal(err)
	}
	served := func(f *Figures) float64 { return float64(f.AnsweredInTime) / float64(f.Offered) }
	wait := func(f *Figures) float64 { return float64(f.WaitUs) / float64(f.Offered) / 1e6 }
	for _, c := range []struct {
		name     string
		patience int64
		figures  map[string]func(*Figures) float64
		want     map[string]float64
	}{
		{"C", 0, map[string]func(*Figures) float64{"asa": wait, "served": served}, map[string]float64{"asa": ec.ASA(), "served": ec.ServiceLevel(20)}},
		{
			"A", patience, map[string]func(*Figures) float64{"wait": wait, "served": served, "abandoned": (*Figures).AbandonRate},
			map[string]float64{"wait": ea.MeanWait(), "served": ea.ServedWithin(20), "abandoned": ea.PAbandon()},
		},
	} {
		sum, squares := map[string]float64{}, map[string]float64{}
		for seed := range uint64(runs) {
			r, err := Run(single(n, perHour, handle*interval.Second, c.patience*interval.Second, seed))
			if err != nil {
				t.Fatal(err)
			}
			for name, figure := range c.figures {
				x := figure(r.Queues["q"])
				sum[name] += x
				squares[name] += x * x
			}
		}
		for name, want := range c.want {
			mean := sum[name] / runs
			se := math.Sqrt((squares[name]/runs - mean*mean) / (runs - 1))
			t.Logf("Erlang %s, %s: simulated %.4f ± %.4f, formula %.4f", c.name, name, mean, se, want)
			if math.Abs(mean-want) > 4*se {
				t.Errorf("Erlang %s, %s: simulated %.4f ± %.4f, formula %.4f", c.name, name, mean, se, want)
			}
		}
	}
}

// TestDayIsSound: every invariant holds over a simulated day, and the same seed
// gives the same facts.
func TestDayIsSound(t *testing.T) {
	digest := func() (Result, uint64) {
		inv := doctor.NewInvariants()
		h := uint64(0)
		p := day(6000, 60)
		p.SlotUs = 30 * interval.Minute
		p.Fact = func(e *event.Event) {
			inv.Observe(e)
			for _, s := range []string{string(e.Kind), e.Visit, e.Agent, e.Offer} {
				for i := range len(s) {
					h = h*1099511628211 + uint64(s[i])
				}
			}
			h = h*1099511628211 + uint64(e.At)
		}
		r, err := Run(p)
		if err != nil {
			t.Fatal(err)
		}
		res := inv.Result()
		for _, b := range res.Breaches {
			t.Errorf("%s: %d times, first %s", b.Rule, b.Count, b.What)
		}
		if !res.Books.Balanced() || res.Books.Waiting != 0 {
			t.Errorf("books: %+v", res.Books)
		}
		r.plan = nil
		return r, h
	}
	a, ha := digest()
	b, hb := digest()
	if ha != hb {
		t.Error("the same plan gave other facts")
	}
	if d := cmp.Diff(a.Queues, b.Queues); d != "" {
		t.Error(d)
	}
	for id, f := range a.Queues {
		if f.Offered < 1500 || f.Offered != f.Answered+f.Abandoned+f.Neutral+f.Other {
			t.Errorf("%s: %+v", id, *f)
		}
		var sum Figures
		for _, s := range a.Slots[id] {
			sum.Offered += s.Offered
			sum.Answered += s.Answered
			sum.AnsweredInTime += s.AnsweredInTime
			sum.Abandoned += s.Abandoned
			sum.WaitUs += s.WaitUs
		}
		if len(a.Slots[id]) != 48 || sum.Offered != f.Offered || sum.Answered != f.Answered || sum.AnsweredInTime != f.AnsweredInTime || sum.Abandoned != f.Abandoned || sum.WaitUs != f.WaitUs {
			t.Errorf("%s: %d slots add up to %+v, not %+v", id, len(a.Slots[id]), sum, *f)
		}
	}
	for id, w := range a.Agents {
		if want := 10 * interval.HourUs; w.SignedUs < want {
			t.Errorf("agent %s was signed in for %v µs of %v", id, w.SignedUs, want)
		}
	}
}

// TestCommonRandomNumbers: with other rules the same callers come.
func TestCommonRandomNumbers(t *testing.T) {
	joined := func(strategy string) map[string]int64 {
		p := day(2000, 40)
		for i := range p.Config.Queues {
			p.Config.Queues[i].Strategy = "random"
			if strategy != "" {
				p.Config.Queues[i].Strategy = "fewest_calls"
			}
		}
		at := map[string]int64{}
		p.Fact = func(e *event.Event) {
			if e.Kind == event.KindQueueJoined {
				at[e.Interaction+e.Queue] = e.At
			}
		}
		if _, err := Run(p); err != nil {
			t.Fatal(err)
		}
		return at
	}
	if d := cmp.Diff(joined(""), joined("x")); d != "" {
		t.Error(d)
	}
}

func TestDistributions(t *testing.T) {
	sample, err := NewSample([]int64{5, 1, 9})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []Dist{Exp(100e6), LogNormal{Mean: 180e6, SD: 160e6}} {
		sum := 0.0
		const n = 100_000
		for i := range n {
			u := (float64(i) + 0.5) / n
			q := d.Quantile(u)
			sum += float64(q)
			if back := d.CDF(q); math.Abs(back-u) > 1e-4 {
				t.Fatalf("%T: CDF(Quantile(%g)) = %g", d, u, back)
			}
		}
		want := 100e6
		if _, ok := d.(LogNormal); ok {
			want = 180e6
		}
		if math.Abs(sum/n-want) > want/100 { // a mid-point sum cuts off the far tail
			t.Errorf("%T: mean %g, want %g", d, sum/n, want)
		}
	}
	if q := Exp(1).Quantile(1); q != Never {
		t.Errorf("Exp(1).Quantile(1) = %d", q)
	}
	if sample.Quantile(0.5) != 5 || sample.Quantile(0.999) != 9 || sample.CDF(5) != 2.0/3 || sample.CDF(0) != 0 {
		t.Error("sample")
	}
	if Fixed(3).CDF(2) != 0 || Fixed(3).CDF(3) != 1 || Fixed(3).Quantile(0.1) != 3 {
		t.Error("fixed")
	}
	// The exponential forgets; a sample's end is near its end.
	if got, want := Residual(Exp(100e6), 50e6, 0.5), Exp(100e6).Quantile(0.5); math.Abs(float64(got-want)) > 2 {
		t.Errorf("Residual of Exp = %d, want %d", got, want)
	}
	if got := Residual(sample, 9, 0.5); got != 0 {
		t.Errorf("Residual beyond a sample = %d", got)
	}
	if _, err := NewSample(nil); err == nil {
		t.Error("an empty sample was accepted")
	}
}

func TestPlanMistakes(t *testing.T) {
	for name, spoil := range map[string]func(p *Plan){
		"reversed": func(p *Plan) { p.To = p.From },
		"miss":     func(p *Plan) { p.Miss = 1 },
		"handle":   func(p *Plan) { p.Streams[0].Handle = nil },
		"rate":     func(p *Plan) { p.Streams[0].Rates[0].Calls = math.NaN() },
		"shift":    func(p *Plan) { p.Staff[0].To = p.Staff[0].From },
		"config":   func(p *Plan) { p.Config.Queues[0].Strategy = "best" },
	} {
		p := day(10, 2)
		spoil(&p)
		if _, err := Run(p); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
