// Package alarm tells when forecasts have begun to miss to one side: the mark of a
// change that the methods have not followed.
package alarm

import "math"

// Bias is what a run of daily errors says. Errors are forecast − actual, relative to the
// forecast, in order of time.
type Bias struct {
	Days   int     `json:"days"`
	Mean   float64 `json:"mean"`            // mean relative error
	Signal float64 `json:"tracking_signal"` // smoothed error / smoothed absolute error, −1 to 1
	Up     float64 `json:"cusum_high"`      // forecasts too high, in standard deviations
	Down   float64 `json:"cusum_low"`       // forecasts too low
	Alarm  bool    `json:"alarm"`
	Since  int     `json:"since"` // index of the first day of the stretch that raised it, −1 without
}

const (
	smooth    = 0.2 // weight of the latest error
	signalMax = 0.6 // D. W. Trigg (1964): with α = 0.2 exceeded by chance about one day in a hundred
	slack     = 0.5 // k of the CUSUM: half of a shift of one standard deviation
	limit     = 5   // h: with k = ½ a false alarm about once in 930 days
	minDays   = 8
)

// Watch judges errors. spread is the standard deviation of a day's relative error when
// nothing is wrong (what the forecast itself claims); it must be above 0. The alarm asks
// for both signs: the CUSUM beyond its limit and the tracking signal beyond its own, so
// that a single freak day raises nothing.
//
// Sources: D. W. Trigg (1964), "Monitoring a forecasting system", Operational Research
// Quarterly 15(3), 271–274; E. S. Page (1954), "Continuous inspection schemes",
// Biometrika 41, 100–115.
func Watch(errors []float64, spread float64) Bias {
	b := Bias{Since: -1}
	spread = math.Max(spread, 1e-6)
	num, den := 0.0, 0.0
	up, down := -1, -1
	for i, e := range errors {
		if math.IsNaN(e) || math.IsInf(e, 0) {
			continue
		}
		b.Days++
		b.Mean += e
		num = (1-smooth)*num + smooth*e
		den = (1-smooth)*den + smooth*math.Abs(e)
		z := math.Max(-3, math.Min(3, e/spread)) // one freak day is not a drift
		up, b.Up = climb(up, i, b.Up, z)
		down, b.Down = climb(down, i, b.Down, -z)
	}
	if b.Days == 0 {
		return b
	}
	b.Mean /= float64(b.Days)
	if den > 0 {
		b.Signal = num / den
	}
	if b.Days >= minDays && math.Abs(b.Signal) > signalMax {
		switch {
		case b.Up > limit && b.Signal > 0:
			b.Alarm, b.Since = true, up
		case b.Down > limit && b.Signal < 0:
			b.Alarm, b.Since = true, down
		}
	}
	return b
}

// climb adds one standardised error to a one-sided sum and remembers where it left zero.
func climb(since, i int, sum, z float64) (int, float64) {
	next := math.Max(0, sum+z-slack)
	switch {
	case next == 0:
		since = -1
	case sum == 0:
		since = i
	}
	return since, next
}
