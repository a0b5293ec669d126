package loop

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/sim"
)

// estimating passes Estimate commands to an Estimator.
type estimating struct {
	world
	x *Estimator
}

func (w *estimating) Execute(commands []acd.Command) {
	w.world.Execute(commands)
	for _, c := range commands {
		if e, ok := c.(acd.Estimate); ok {
			w.x.Submit(e)
		}
	}
}

// TestEstimator: a waiting caller is told a range that comes from simulation, twice
// as long for the second in line; handling times are learnt from the facts.
func TestEstimator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &estimating{}
		c := Default()
		c.Sink, c.Executor = w, w
		l, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		recent := NewRecent(100)
		w.x = NewEstimator(l, func() *sim.Model {
			return recent.Model([]string{"sales"}, sim.QueueModel{Handle: sim.Fixed(60 * interval.Second)})
		}, sim.DefaultEstimation())
		defer w.x.Close()
		cfg := setUp()
		cfg.Config.Queues[0].WrapUpUs = 0
		cfg.Config.Queues[0].Announce = acd.Announcements{FirstUs: 10 * interval.Second, Wait: true}
		post(t, l, cfg)
		post(t, l, acd.SignIn{Agent: "ann"})
		w.onRing = func(r acd.Ring) { _ = l.Send(t.Context(), acd.Answer{Offer: r.Offer}) }
		for _, id := range []string{"c1", "c2", "c3"} {
			post(t, l, acd.Join{Queue: "sales", Interaction: id})
		}
		time.Sleep(11 * time.Second)
		synctest.Wait()
		told := map[string][2]int64{}
		_, facts := w.snapshot()
		for i := range facts {
			if p, ok := facts[i].Payload.(*event.QueueAnnounced); ok {
				told[facts[i].Interaction] = [2]int64{p.LowUs / interval.Second, p.HighUs / interval.Second}
			}
		}
		if told["c2"] != [2]int64{50, 50} || told["c3"] != [2]int64{110, 110} {
			t.Errorf("told %v", told)
		}
		if e, ok := w.x.Predict(t.Context(), acd.Join{Queue: "sales"}); !ok || e.MidUs != 169*interval.Second {
			t.Errorf("predicted %+v, %v for a fourth caller", e, ok)
		}
		if e, ok := w.x.Predict(t.Context(), acd.Join{Queue: "nowhere"}); ok {
			t.Errorf("predicted %+v for a queue that is not there", e)
		}
		recent.Observe([]event.Event{event.New(1, &event.VisitHandled{TalkUs: 7})})
		if m := recent.Model([]string{"sales"}, sim.QueueModel{}); m.Queues["sales"].Handle.Quantile(0.5) != 7 {
			t.Errorf("learnt %+v", m.Queues)
		}
	})
}
