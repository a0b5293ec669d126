package sim

import (
	"errors"
	"math"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
)

// estimates is one estimate beside what came of it.
type estimates struct {
	at                    int64
	sim                   Estimate
	queueLength, lastWait int64
}

// experiment plays a day in which the load goes up and down around the capacity,
// estimates the wait of every fifth caller who does not get through at once, and
// compares with what happened to those answered.
type experiment struct {
	made                    map[string]estimates
	last                    int64 // wait of the caller answered last
	n, inside               int
	width                   float64
	errSim, errQL, errLast  float64
	waits                   float64
	recent                  *Recent
	model                   func(r *Recent) *Model
	agents, mean            int64
	estimateEvery, arrivals int
}

func (x *experiment) run(t *testing.T, p Plan) {
	t.Helper()
	x.made = map[string]estimates{}
	x.recent = NewRecent(300)
	var world *World
	p.Prepare = func(w *World) { world = w }
	p.Fact = func(e *event.Event) {
		x.recent.Observe(e)
		switch f := e.Payload.(type) {
		case *event.QueueJoined:
			world.Do(e.At, func() { x.estimate(t, world, e.Visit) })
		case *event.QueueLeft:
			if f.Exit == event.Answered {
				x.score(e, f.WaitUs)
				x.last = f.WaitUs
			}
		}
	}
	if _, err := Run(p); err != nil {
		t.Fatal(err)
	}
}

func (x *experiment) estimate(t *testing.T, w *World, visit string) {
	x.arrivals++
	v, ok := w.State.Visit(visit)
	if !ok || v.Stage != acd.StageWaiting || x.arrivals%x.estimateEvery != 0 {
		return
	}
	e := DefaultEstimation()
	e.Seed = uint64(x.arrivals)
	got, err := EstimateVisit(w.State, w.Now(), visit, x.model(x.recent), e)
	if err != nil {
		t.Fatal(err)
	}
	x.made[visit] = estimates{at: w.Now(), sim: got, queueLength: v.Position * x.mean / x.agents, lastWait: x.last}
}

func (x *experiment) score(e *event.Event, waited int64) {
	m, ok := x.made[e.Visit]
	if !ok {
		return
	}
	x.n++
	if waited >= m.sim.LowUs && waited <= m.sim.HighUs {
		x.inside++
	}
	x.waits += float64(waited)
	x.width += float64(m.sim.HighUs - m.sim.LowUs)
	x.errSim += math.Abs(float64(waited - m.sim.MidUs))
	x.errQL += math.Abs(float64(waited - m.queueLength))
	x.errLast += math.Abs(float64(waited - m.lastWait))
}

// waxing is a day of one queue with eight agents and waves of load around capacity;
// two of the agents leave for an hour in the middle of a wave.
func waxing(seed uint64) Plan {
	p := single(8, 0, 180*interval.Second, 0, seed)
	p.To = p.From + 20*interval.HourUs
	p.Config.Queues[0].WrapUpUs = 60 * interval.Second
	s := &p.Streams[0]
	s.Handle, s.Patience, s.Wrap, s.Rates = LogNormal{Mean: 180e6, SD: 150e6}, Exp(600*interval.Second), Exp(20*interval.Second), nil
	for h := range int64(40) {
		load := 150 + 60*math.Sin(float64(h)/40*2*math.Pi*4)
		s.Rates = append(s.Rates, Rate{p.From + h*30*interval.Minute, p.From + (h+1)*30*interval.Minute, load / 2})
	}
	p.Answer = Exp(3 * interval.Second)
	p.Config.Queues[0].RingUs = 60 * interval.Second
	return p
}

// TestEstimateCovers is the house's promise: at least 80 % of answered waits fall
// inside the announced range, and the error is below that of two estimators in
// common use, the wait of the caller answered last and queue length × mean handling
// / agents (Ibrahim and Whitt 2009, M&SOM 11(3), doi 10.1287/msom.1080.0228). The
// model is learnt from the facts, not given.
func TestEstimateCovers(t *testing.T) {
	learnt := func(r *Recent) *Model {
		m := r.Model([]string{"q"}, QueueModel{Handle: Exp(180e6)})
		m.Answer = Exp(3e6)
		return m
	}
	known := func(*Recent) *Model {
		return &Model{Answer: Exp(3e6), Queues: map[string]QueueModel{"q": {Handle: LogNormal{Mean: 180e6, SD: 150e6}, Patience: Exp(600e6), Wrap: Exp(20e6)}}}
	}
	for name, model := range map[string]func(*Recent) *Model{"learnt": learnt, "known": known} {
		x := &experiment{model: model, agents: 8, mean: 200 * interval.Second, estimateEvery: 5}
		for seed := range uint64(2) {
			x.run(t, waxing(seed+1))
		}
		n := float64(x.n)
		t.Logf("%s: %d answered waits, mean %.0f s: %.1f %% inside the range, its mean width %.0f s; mean error %.1f s, queue length %.1f s, last wait %.1f s",
			name, x.n, x.waits/n/1e6, 100*float64(x.inside)/n, x.width/n/1e6, x.errSim/n/1e6, x.errQL/n/1e6, x.errLast/n/1e6)
		switch {
		case x.n < 200:
			t.Errorf("%s: only %d waits", name, x.n)
		case float64(x.inside) < 0.8*n:
			t.Errorf("%s: %d of %d inside the range", name, x.inside, x.n)
		case x.errSim >= x.errQL || x.errSim >= x.errLast:
			t.Errorf("%s: the error is not below the others'", name)
		}
	}
}

// TestEstimateExact: one agent, fixed times, so that the future is certain.
func TestEstimateExact(t *testing.T) {
	w := NewWorld(acd.New(), t0)
	post := func(in acd.Input) {
		t.Helper()
		if err := w.Post(in); err != nil {
			t.Fatal(err)
		}
	}
	post(acd.Start{Node: "n"})
	post(acd.Configure{Config: acd.Config{
		Queues: []acd.QueueConfig{{ID: "q", WrapUpUs: 30 * interval.Second}, {ID: "closed", Entry: acd.Entry{MaxWaiting: 1}}},
		Agents: []acd.AgentConfig{{ID: "ann", Queues: []acd.Membership{{Queue: "q"}}}},
	}})
	post(acd.SignIn{Agent: "ann"})
	fixed := &Model{Answer: Fixed(5 * interval.Second), Queues: map[string]QueueModel{
		"q": {Handle: Fixed(100 * interval.Second), Wrap: Fixed(20 * interval.Second)},
	}}
	var visits []string
	w.Fact = func(e *event.Event) {
		if e.Kind == event.KindQueueJoined {
			visits = append(visits, e.Visit)
		}
	}
	for _, c := range []string{"a", "b", "c"} {
		k := &Caller{Join: acd.Join{Queue: "q", Interaction: c}, PatienceUs: Never, HandleUs: 100 * interval.Second, WrapUs: 20 * interval.Second, Answer: func(int) int64 { return 5 * interval.Second }}
		if err := w.Call(k); err != nil {
			t.Fatal(err)
		}
	}
	before := string(w.State.Snapshot())
	w.RunUntil(t0 + 45*interval.Second) // a was answered at 5 s
	e := DefaultEstimation()
	for _, c := range []struct {
		visit string
		want  int64 // seconds from now: end of a's call and wrap-up, then 5 s of ringing, and so on
	}{{visits[1], 60 + 20 + 5}, {visits[2], 60 + 20 + 5 + 120 + 5}, {visits[0], 0}} {
		got, err := EstimateVisit(w.State, w.Now(), c.visit, fixed, e)
		if err != nil || got.LowUs != c.want*interval.Second || got.HighUs != got.LowUs {
			t.Errorf("%s: %+v, %v, want %d s", c.visit, got, err, c.want)
		}
	}
	got, err := EstimateJoin(w.State, w.Now(), acd.Join{Queue: "q"}, fixed, e)
	if want := int64(60+20+5+2*125) * interval.Second; err != nil || got.MidUs != want {
		t.Errorf("join: %+v, %v, want %d", got, err, want)
	}
	if got, err := EstimateJoin(w.State, w.Now(), acd.Join{Queue: "closed"}, fixed, e); err != nil || got.Unserved != e.Runs {
		t.Errorf("a queue without agents: %+v, %v", got, err)
	}
	if _, err := EstimateVisit(w.State, w.Now(), "nobody", fixed, e); !errors.Is(err, acd.ErrUnknown) {
		t.Errorf("unknown visit: %v", err)
	}
	if _, err := EstimateJoin(w.State, w.Now(), acd.Join{Queue: "q"}, fixed, Estimation{}); err == nil {
		t.Error("an empty Estimation was accepted")
	}
	if before == string(w.State.Snapshot()) {
		t.Error("the state did not move")
	}
}
