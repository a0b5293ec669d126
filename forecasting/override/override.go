// Package override lays over a forecast what planners know better, without changing what was
// published, and says how wide the band of a day is.
package override

import (
	"math"
	"slices"
	"strconv"

	"github.com/agner-platform/agner/forecasting/made"
	"github.com/agner-platform/agner/forecasting/spread"
	"github.com/agner-platform/agner/internal/db/outlook"
)

// Apply lays overrides over a day, in order of their making; later ones see what earlier ones left.
func Apply(day made.Day, list []outlook.Override, minutes int) (mean, aht []float64) {
	mean, aht = slices.Clone(day.Mean), slices.Clone(day.AHT)
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b outlook.Override) int { return int(a.CreatedAt - b.CreatedAt) })
	for _, o := range list {
		if o.Date != day.Date {
			continue
		}
		lo, hi := Span(o, day.From, len(mean), minutes)
		v := mean
		if o.Measure == "aht" {
			v = aht
		}
		change(v[lo:hi], mean[lo:hi], o)
	}
	return mean, aht
}

// Span is an override's part of a day's open slots.
func Span(o outlook.Override, first, n, minutes int) (lo, hi int) {
	from, to := Clock(o.From), Clock(o.To)
	lo = min(n, max(0, from/minutes-first))
	hi = max(lo, min(n, (to+minutes-1)/minutes-first))
	return lo, hi
}

// Clock reads HH:MM, which the database has checked.
func Clock(text string) int {
	if len(text) != 5 {
		return 0
	}
	h, err1 := strconv.Atoi(text[:2])
	m, err2 := strconv.Atoi(text[3:])
	if err1 != nil || err2 != nil {
		return 0
	}
	return h*60 + m
}

// change overrides the values: a factor multiplies them; a total of calls keeps their shape (an even one where all are
// zero); a handle time becomes that of every slot.
func change(v, calls []float64, o outlook.Override) {
	total := made.Sum(calls)
	for i := range v {
		switch {
		case o.Mode == "factor":
			v[i] *= o.Amount
		case o.Measure == "aht":
			v[i] = o.Amount
		case total > 0:
			v[i] *= o.Amount / total
		default:
			v[i] = o.Amount / float64(len(v))
		}
	}
}

// Band is the distribution of a day's total: every slot's own spread, and the factor all of them share.
func Band(sp spread.Spread, mean []float64) spread.GammaPoisson {
	mu, mu2 := 0.0, 0.0
	for _, m := range mean {
		mu += m
		mu2 += m * m
	}
	if mu <= 0 {
		return spread.GammaPoisson{}
	}
	extra := sp.Day*mu*mu + math.Max(0, sp.C-sp.Day)*mu2
	return spread.GammaPoisson{Mu: mu, C: extra / (mu * mu)}
}
