package erlang

import (
	"fmt"
	"math"
)

// X is an Erlang X queue: M/M/n/N+M, where a share r of the callers who found no
// line or hung up dials again, so that the load feeds on itself.
type X struct {
	Load              // the first attempts, without redials
	Patience  float64 // 1/θ, seconds
	Agents    float64
	Lines     int     // N: callers in service and waiting
	Redial    float64 // r: share of lost callers who dial again
	Attempts  float64 // all attempts per second, redials included
	pBlock    float64
	pWait     float64 // of accepted attempts
	pAbandon  float64 // of all attempts
	meanQueue float64
}

// NewX solves the fixed point L = λ + r·L·(P(block) + P(abandon)) for the rate of
// all attempts L and returns the queue under it.
//
// Domain: λ ≥ 0, AHT > 0, patience > 0, agents ≥ 0 (whole), lines ≥ agents,
// 0 ≤ r ≤ 1. With r = 1 and more load than agents the attempts grow without
// limit: an error matching ErrUnreachable.
func NewX(l Load, patience float64, agents, lines int, redial float64) (X, error) {
	err := first(l.check(), positive("patience_s", patience), servers(float64(agents)), share("redial_prob", redial))
	if err != nil {
		return X{}, err
	}
	if lines < agents || lines > MaxAgents {
		return X{}, &DomainError{"lines", float64(lines), fmt.Sprintf("from the number of agents (%d) to %d", agents, MaxAgents)}
	}
	q := X{Load: l, Patience: patience, Agents: float64(agents), Lines: lines, Redial: redial}
	if l.Rate == 0 {
		return q, nil
	}
	// excess(L) = λ + r·L·lost(L) − L changes sign once: what is served, L·(1−lost),
	// grows with L.
	excess := func(rate float64) float64 {
		q.solve(rate)
		return l.Rate + redial*rate*(q.pBlock+q.pAbandon) - rate
	}
	hi := l.Rate
	for i := 0; excess(hi) > 0; i++ {
		if i > 60 {
			return X{}, fmt.Errorf("redial_prob = %g: attempts grow without limit: %w", redial, ErrUnreachable)
		}
		hi *= 2
	}
	lo := l.Rate
	for hi-lo > 1e-15*hi && lo < math.Nextafter(hi, 0) {
		if mid := (lo + hi) / 2; excess(mid) > 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	q.solve(hi)
	return q, nil
}

// solve computes the chain's stationary distribution for a given rate of all
// attempts. States are weighed against their neighbours and rescaled on the way.
func (q *X) solve(rate float64) {
	q.Attempts = rate
	n := int(q.Agents)
	weight, total, waiting, queue := 1.0, 1.0, 0.0, 0.0
	if n == 0 {
		waiting = 1
	}
	for j := 1; j <= q.Lines; j++ {
		over := float64(max(j-n, 0))
		weight *= rate / (float64(min(j, n))/q.AHT + over/q.Patience)
		total += weight
		queue += over * weight
		if j >= n && j < q.Lines {
			waiting += weight
		}
		if total > 1e250 {
			weight, total, waiting, queue = weight*1e-250, total*1e-250, waiting*1e-250, queue*1e-250
		}
	}
	if q.Lines == 0 {
		waiting = 0
	}
	q.pBlock = weight / total
	q.meanQueue = queue / total
	q.pAbandon = q.meanQueue / q.Patience / rate
	q.pWait = 0
	if accepted := total - weight; accepted > 0 {
		q.pWait = waiting / accepted
	}
}

// PBlock returns the share of attempts that find no line.
func (q X) PBlock() float64 { return q.pBlock }

// PAbandon returns the share of attempts that end by hanging up in the queue.
func (q X) PAbandon() float64 { return q.pAbandon }

// PWaitAccepted returns P(W > 0) among attempts that got a line.
func (q X) PWaitAccepted() float64 { return q.pWait }

// MeanWaitAccepted returns the mean wait in seconds of attempts that got a line.
func (q X) MeanWaitAccepted() float64 {
	if q.Attempts == 0 || q.pBlock >= 1 {
		return 0
	}
	return q.meanQueue / (q.Attempts * (1 - q.pBlock))
}

// Occupancy returns the share of time an agent is busy, 0 without agents.
func (q X) Occupancy() float64 {
	if q.Agents == 0 {
		return 0
	}
	return q.Attempts * (1 - q.pBlock - q.pAbandon) * q.AHT / q.Agents
}
