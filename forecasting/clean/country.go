package clean

import (
	"math"

	"github.com/agner-platform/agner/forecasting/calendar"
	"github.com/agner-platform/agner/forecasting/series"
)

// CountryGuess is the country whose public holidays explain the unusual days of a
// history.
type CountryGuess struct {
	Code     string
	Hits     int     // its holidays that were closed or low here
	Holidays int     // its holidays on weekdays that are usually open
	Chance   float64 // that one of all countries would fit as well by luck
}

const (
	lowDay    = 0.6  // share of usual below which a day counts as low
	maxChance = 0.05 // a guess less certain than this is not made
)

// GuessCountry looks for the country whose holidays coincide with the days of a
// history that have no data though their weekday is open, or fewer than 60 % of the
// usual calls. The chance of as many hits by luck is the binomial tail at the
// history's own rate of unusual days, times the number of countries tried
// (Bonferroni); above 5 % no guess is made.
func GuessCountry(s *series.Series) (CountryGuess, bool) {
	u := Compare(s, nil)
	odd := make([]bool, s.Days)
	open, unusual := 0, 0
	for d := range s.Days {
		_, seen, slots := s.Total(d)
		if slots == 0 {
			continue
		}
		open++
		odd[d] = seen == 0 || u.Days[d].Known && u.Days[d].Rho < math.Log(lowDay)
		if odd[d] {
			unusual++
		}
	}
	best := CountryGuess{Chance: 1}
	if open == 0 || unusual == 0 {
		return best, false
	}
	rate := float64(unusual) / float64(open)
	codes := calendar.Countries()
	for _, code := range codes {
		g := countryHits(s, odd, code)
		g.Chance = math.Min(1, binomialTail(g.Holidays, g.Hits, rate)*float64(len(codes)))
		if g.Chance < best.Chance {
			best = g
		}
	}
	return best, best.Hits >= 2 && best.Chance < maxChance
}

// countryHits counts a country's holidays and how many were unusual.
func countryHits(s *series.Series, odd []bool, code string) CountryGuess {
	g := CountryGuess{Code: code}
	c, err := calendar.Country(code, s.First.Year, s.Date(s.Days-1).Year)
	if err != nil {
		return g // cannot be: the code comes from the list of those with rules
	}
	for _, day := range c.Days() {
		d := s.Index(day.Date)
		if day.Kind != calendar.Holiday || d < 0 || d >= s.Days {
			continue
		}
		if _, _, slots := s.Total(d); slots == 0 {
			continue
		}
		g.Holidays++
		if odd[d] {
			g.Hits++
		}
	}
	return g
}

// binomialTail is P(X ≥ k) of n trials with probability p.
func binomialTail(n, k int, p float64) float64 {
	sum := 0.0
	for i := k; i <= n; i++ {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(i + 1))
		c, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(a - b - c + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-math.Min(p, 1-1e-12)))
	}
	return sum
}
