package erlang

import "math"

// MaxAgents bounds every search: beyond it a request is a typing mistake.
const MaxAgents = 1 << 21

// ceilSlack is how far above a whole number a quotient may lie and still count
// as that number: 21/0.7 is 30.000000000000004 in binary and must give 30.
const ceilSlack = 1e-9

// CeilAgents rounds a number of agents up to whole people, forgiving the binary
// noise of a division (1e-9).
func CeilAgents(n float64) int { return int(math.Ceil(n - ceilSlack)) }

// Load is the work that arrives at a queue.
type Load struct {
	Rate float64 // λ: calls per second, ≥ 0
	AHT  float64 // mean handle time (talk + hold + wrap-up), seconds, > 0
}

// NewLoad returns the load of calls within a period (both in the planner's
// units: calls, seconds). Domain: calls ≥ 0, period > 0, aht > 0; outside it a
// *DomainError.
func NewLoad(calls, period, aht float64) (Load, error) {
	if err := first(finite("calls", calls, 0), positive("period_s", period), positive("aht_s", aht)); err != nil {
		return Load{}, err
	}
	return Load{Rate: calls / period, AHT: aht}, nil
}

// Erlangs returns the offered load R = λ·AHT.
func (l Load) Erlangs() float64 { return l.Rate * l.AHT }

func (l Load) check() error {
	return first(finite("rate", l.Rate, 0), positive("aht_s", l.AHT))
}

// positive refuses anything but a finite number above zero.
func positive(name string, v float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) || v <= 0 {
		return &DomainError{name, v, "a number above 0"}
	}
	return nil
}
