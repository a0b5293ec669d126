package erlang

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Definition is which service level is meant; numbers and reports use the same
// names.
type Definition string

// The service level definitions, with the formula of each.
const (
	Default         Definition = "sl"                    // answered within T / (offered − short abandons)
	Offered         Definition = "sl_offered"            // answered within T / offered
	AbandonCredit   Definition = "sl_abandon_credit"     // (answered within T + abandoned within T) / offered
	LessAbandonsInT Definition = "sl_less_abandons_in_t" // answered within T / (offered − abandoned within T)
	Answered        Definition = "sl_answered"           // answered within T / answered
)

// Definitions lists every definition.
var Definitions = []Definition{Default, Offered, AbandonCredit, LessAbandonsInT, Answered}

// Target is what a queue must reach. Fields left 0 are not asked for.
type Target struct {
	ServiceLevel float64    // share, 0 < s < 1 (1 cannot be reached)
	Within       float64    // T, seconds
	Definition   Definition // empty means Default
	ShortAbandon float64    // S of the default definition, seconds
	ASA          float64    // longest mean wait of answered callers, seconds
	MaxOccupancy float64    // share of time agents may be busy
	MaxAbandon   float64    // largest share of callers lost
}

func (t Target) check() error {
	if t.Definition != "" && !slices.Contains(Definitions, t.Definition) {
		return fmt.Errorf("definition = %q: must be one of %v", t.Definition, Definitions)
	}
	if t.ServiceLevel >= 1 || math.IsNaN(t.ServiceLevel) {
		return &DomainError{"target_sl", t.ServiceLevel, "below 1: no staffing answers every call in time"}
	}
	return first(finite("target_sl", t.ServiceLevel, 0), finite("t_s", t.Within, 0), finite("short_s", t.ShortAbandon, 0),
		finite("asa_s", t.ASA, 0), share("max_occupancy", t.MaxOccupancy), share("max_abandon", t.MaxAbandon))
}

func (t Target) definition() Definition {
	if t.Definition == "" {
		return Default
	}
	return t.Definition
}

// RequiredC returns the smallest whole number of agents with which Erlang C
// meets the target (n meets it, n−1 does not). Every definition of service level
// is the same here, since nobody hangs up; MaxAbandon is always met.
func RequiredC(l Load, t Target) (int, error) {
	if err := first(l.check(), t.check()); err != nil {
		return 0, err
	}
	meets := func(n int) (bool, error) {
		q, err := NewC(l, float64(n))
		if errors.Is(err, ErrUnstable) { // n ≤ R is no failure of the search
			return false, nil
		}
		return err == nil && q.ServiceLevel(t.Within) >= t.ServiceLevel && (t.ASA == 0 || q.ASA() <= t.ASA), err
	}
	guess := int(l.Erlangs()) + 1
	return smallest(guess, occupancyFloor(l, t, 1), meets)
}

// RequiredA returns the smallest whole number of agents with which Erlang A
// meets the target (n meets it, n−1 does not).
func RequiredA(l Load, patience float64, t Target) (int, error) {
	if err := first(l.check(), positive("patience_s", patience), t.check()); err != nil {
		return 0, err
	}
	meets := func(n int) (bool, error) {
		q, err := NewA(l, patience, float64(n))
		if err != nil {
			return false, err
		}
		ok := t.ServiceLevel == 0 || q.ServiceLevel(t.definition(), t.Within, t.ShortAbandon) >= t.ServiceLevel
		ok = ok && (t.ASA == 0 || q.pLost < 1 && q.ASA() <= t.ASA)
		ok = ok && (t.MaxAbandon == 0 || q.PAbandon() <= t.MaxAbandon)
		return ok && (t.MaxOccupancy == 0 || q.Occupancy() <= t.MaxOccupancy), nil
	}
	return smallest(GuessA(l, patience, t), 0, meets)
}

// occupancyFloor is the fewest agents whose occupancy R·served/n stays within
// the target's cap.
func occupancyFloor(l Load, t Target, served float64) int {
	if t.MaxOccupancy == 0 {
		return 0
	}
	return CeilAgents(l.Erlangs() * served / t.MaxOccupancy)
}

// smallest returns the least n ≥ floor that meets a target which, once met, stays
// met. It walks out from the guess in doubling steps and halves back, so that the
// answer never depends on how good the guess was.
func smallest(guess, floor int, meets func(int) (bool, error)) (int, error) {
	lo, hi := max(min(guess, MaxAgents), floor), -1 // hi: known to meet
	ok, err := meets(lo)
	for step := 1; err == nil && !ok; step *= 2 {
		lo += step // lo−step is known not to meet
		if lo > MaxAgents {
			return 0, fmt.Errorf("%d agents are not enough: %w", MaxAgents, ErrUnreachable)
		}
		ok, err = meets(lo)
		if ok {
			hi, lo = lo, lo-step
		}
	}
	if err != nil {
		return 0, err
	}
	if hi < 0 { // the guess met the target: walk down to one that does not
		hi = lo
		for step := 1; ok && hi > floor; step *= 2 {
			lo = max(hi-step, floor)
			if ok, err = meets(lo); err != nil {
				return 0, err
			}
			if ok {
				hi = lo
			}
		}
		if ok {
			return hi, nil
		}
	}
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		if ok, err = meets(mid); err != nil {
			return 0, err
		}
		if ok {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi, nil
}

// MarginalA returns what one more agent adds to the service level: sl(n+1) − sl(n).
func MarginalA(l Load, patience, n float64, t Target) (float64, error) {
	q, err := NewA(l, patience, n)
	if err != nil {
		return 0, err
	}
	more, err := NewA(l, patience, n+1)
	if err != nil {
		return 0, err
	}
	d := t.definition()
	return more.ServiceLevel(d, t.Within, t.ShortAbandon) - q.ServiceLevel(d, t.Within, t.ShortAbandon), nil
}
