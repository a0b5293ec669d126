package model

import "errors"

// Method learns from a history. Names are short and stable: they are stored with
// every published forecast.
type Method interface {
	Name() string
	// Fit learns from a history; it fails with ErrShort where there is too little.
	Fit(h *History) (Model, error)
}

// Model is a fitted method.
type Model interface {
	// Day returns the expected counts of a day's slots, at or after the end of the
	// history; closed slots are 0, open ones finite and not negative.
	Day(target int) []float64
}

// Updater is a Model that can be carried to a later history at a fraction of the
// cost of a new fit, keeping what it learned slowly.
type Updater interface {
	Model
	Update(h *History) (Model, error)
}

// ErrShort is matched by the error of a method that needs more history.
var ErrShort = errors.New("too little history")

// dayFunc is a Model that is one function.
type dayFunc func(target int) []float64

// Day calls f.
func (f dayFunc) Day(target int) []float64 { return f(target) }

// Baselines are what the trade uses: plain weekdays, raw data, no calendar. They
// are the yardstick and never part of a blend.
func Baselines() []Method {
	return []Method{SeasonalNaive{}, Mean{N: 8}, Median{N: 4}}
}

// Members are the methods an automatic blend chooses from.
func Members() []Method {
	return []Method{
		EWMA{}, HoltWinters{}, Harmonic{}, Profile{}, CalSVD{}, Boost{},
	}
}
