// Package intraday follows the running day: the forecast moved by what has come so far, the
// staff that is there or planned, and the service level that follows, played on the real
// distributor with callers and work carried over from one interval into the next.
//
// # Vocabulary
//
//   - reforecast: the rest of the day's calls after the slots seen (model.Reforecast), and of
//     its handle times.
//   - projection: the mean of many simulated futures ([Project]), with the error of that mean.
//   - alert: an interval whose projected service level misses its target by more than noise.
//   - remedy: what would lift it, judged by the same futures (common random numbers).
package intraday

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/sim"
	"github.com/agner-platform/agner/telephony/routing"
)

// Future is what is assumed about the rest of a day.
type Future struct {
	From    int64 // UTC µs, the start of the first slot
	Minutes int   // of a slot
	Calls   []float64
	AHT     []float64 // seconds
	Staff   []float64 // agents on the phone

	Patience float64 // mean, seconds
	Within   float64 // answer threshold, seconds
	Short    float64 // longest wait of a short abandon, seconds
	C        float64 // squared coefficient of variation of the day's factor
	Waiting  int     // callers in line at From
	Busy     int     // agents talking at From
	Runs     int
	Seed     uint64
}

// Projected is one slot's figures over all futures; nil without calls.
type Projected struct {
	SL      *float64 `json:"sl"`
	SE      *float64 `json:"sl_se"` // standard error of SL
	Abandon *float64 `json:"abandon_rate"`
	ASA     *float64 `json:"asa_s"`
}

const (
	queueID = "q"
	busyID  = "busy" // conversations under way at From, which hold agents but are nobody's figures
	second  = 1e6
	handleV = 1.0 // coefficient of variation of handle times (Technion: 239.4/180.9 = 1.3; lognormal)
)

// Project plays the future Runs times on the real distributor and averages. Future k uses
// draws of its own, the same whatever the staff, so that two projections differ by what was
// changed and nothing else; its rate is the k-th of equally likely quantiles of the gamma
// factor.
func Project(f Future) ([]Projected, error) {
	n := len(f.Calls)
	if n == 0 || len(f.AHT) != n || len(f.Staff) != n || f.Runs < 1 || f.Minutes < 1 {
		return nil, fmt.Errorf("projection of %d slots, %d handle times, %d staff, %d runs of %d minutes: must be as long as each other, and some", n, len(f.AHT), len(f.Staff), f.Runs, f.Minutes)
	}
	type sums struct{ ok, base, sq, cross, base2, lost, offered, waited, answered float64 }
	all := make([]sums, n)
	for k := range f.Runs {
		r, err := sim.Run(f.plan(k))
		if err != nil {
			return nil, err
		}
		for i := range all {
			x := r.Slots[queueID][i]
			ok, base := float64(x.AnsweredInTime), float64(x.Offered-x.ShortAbandoned-x.Neutral)
			s := &all[i]
			s.ok, s.base = s.ok+ok, s.base+base
			s.sq, s.cross, s.base2 = s.sq+ok*ok, s.cross+ok*base, s.base2+base*base
			s.lost, s.offered = s.lost+float64(x.Abandoned), s.offered+float64(x.Offered)
			s.waited, s.answered = s.waited+float64(x.AnsweredWaitUs)/second, s.answered+float64(x.Answered)
		}
	}
	out := make([]Projected, n)
	for i, s := range all {
		if s.base > 0 {
			sl := s.ok / s.base
			// The error of a ratio of means by the delta method: Var(ok − sl·base) / (R·mean(base)²).
			v := (s.sq - 2*sl*s.cross + sl*sl*s.base2) / float64(f.Runs)
			m := s.base / float64(f.Runs)
			se := math.Sqrt(math.Max(0, v)/float64(f.Runs)) / m
			out[i].SL, out[i].SE = &sl, &se
		}
		out[i].Abandon, out[i].ASA = ratio(s.lost, s.offered), ratio(s.waited, s.answered)
	}
	return out, nil
}

func ratio(a, b float64) *float64 {
	if b <= 0 {
		return nil
	}
	x := a / b
	return &x
}

// plan is one future.
func (f Future) plan(k int) sim.Plan {
	slot := int64(f.Minutes) * 60 * second
	n := len(f.Calls)
	factor := 1.0
	if f.C > 1e-9 {
		factor = distuv.Gamma{Alpha: 1 / f.C, Beta: 1 / f.C}.Quantile((float64(k) + 0.5) / float64(f.Runs))
	}
	aht := f.meanAHT() * second
	p := sim.Plan{
		From: f.From, To: f.From + int64(n)*slot, Seed: f.Seed + uint64(k), WithinUs: int64(f.Within * second), ShortUs: int64(f.Short * second), SlotUs: slot,
	}
	for _, id := range []string{busyID, queueID} {
		p.Config.Queues = append(p.Config.Queues, acd.QueueConfig{ID: id, Strategy: routing.LongestIdle, RingUs: 60 * second, WrapUpUs: 1})
	}
	s := sim.Stream{Queue: queueID, Handle: sim.LogNormal{Mean: aht, SD: handleV * aht}, Patience: sim.Exp(f.Patience * second), Wrap: sim.Fixed(0)}
	for i, c := range f.Calls {
		from := f.From + int64(i)*slot
		s.Rates = append(s.Rates, sim.Rate{From: from, To: from + slot, Calls: c * factor * f.AHT[i] / math.Max(1, f.meanAHT())})
	}
	p.Streams = append(p.Streams, s)
	f.staff(&p, slot)
	p.Prepare = func(w *sim.World) { f.carry(w, k, aht) }
	return p
}

// meanAHT is the mean handle time of the future, weighted by calls. Slots with a longer one
// get as many more calls of the mean, so that the work is right.
func (f Future) meanAHT() float64 {
	work, calls := 0.0, 0.0
	for i, c := range f.Calls {
		work, calls = work+c*f.AHT[i], calls+c
	}
	if calls == 0 {
		return 1
	}
	return work / calls
}

// staff signs agents in and out so that each slot has its number; agent j works whenever more
// than j are there.
func (f Future) staff(p *sim.Plan, slot int64) {
	most := 0.0
	for _, n := range f.Staff {
		most = math.Max(most, math.Round(n))
	}
	for j := range int(most) {
		id := fmt.Sprintf("a%05d", j)
		p.Config.Agents = append(p.Config.Agents, acd.AgentConfig{ID: id, Queues: []acd.Membership{{Queue: busyID}, {Queue: queueID}}})
		for i := 0; i < len(f.Staff); {
			if math.Round(f.Staff[i]) <= float64(j) {
				i++
				continue
			}
			end := i
			for end < len(f.Staff) && math.Round(f.Staff[end]) > float64(j) {
				end++
			}
			to := f.From + int64(end)*slot
			if end == len(f.Staff) {
				to += 12 * 3600 * second // who works the last slot finishes the line
			}
			p.Staff = append(p.Staff, sim.Shift{Agent: id, From: f.From + int64(i)*slot, To: to})
			i = end
		}
	}
}

// carry lets those who talk and wait now go on: what is left of a conversation is exponential
// with the mean handle time.
func (f Future) carry(w *sim.World, k int, aht float64) {
	w.Do(f.From, func() {
		for i := range f.Busy {
			left := sim.Exp(aht).Quantile(spread(k, i))
			_ = w.Call(&sim.Caller{Join: acd.Join{Queue: busyID, Interaction: fmt.Sprintf("busy-%d", i)}, PatienceUs: sim.Never, HandleUs: left, Answer: atOnce})
		}
		for i := range f.Waiting {
			u := spread(k, i+f.Busy)
			_ = w.Call(&sim.Caller{Join: acd.Join{Queue: queueID, Interaction: fmt.Sprintf("waits-%d", i)},
				PatienceUs: sim.Exp(f.Patience * second).Quantile(spread(k+f.Runs, i)), HandleUs: sim.LogNormal{Mean: aht, SD: handleV * aht}.Quantile(u), Answer: atOnce})
		}
	})
}

// atOnce is an agent who picks up.
func atOnce(int) int64 { return 0 }

// spread is the i-th draw of future k, by two golden-ratio sequences: even over both.
func spread(k, i int) float64 {
	_, x := math.Modf(0.5 + float64(k)*0.754877666246693 + float64(i)*0.569840290998053)
	return math.Min(math.Max(x, 1e-9), 1-1e-9)
}
