// Package model forecasts the calls of a queue by slot: eight methods behind one
// small interface, a blend chosen by evidence and the update of a running day.
//
// # Vocabulary
//
//   - [History]: all that may be known at an origin – the series cut there and
//     cleaned, what cleaning took out, and the calendar of past and coming days.
//   - [Method]: learns from a History ([Method.Fit]) and gives a [Model], which
//     forecasts whole days ([Model.Day]) at any lead.
//   - [Baselines]: what the trade uses, on raw data and plain weekdays; never
//     cleaned, never helped by a calendar, and never part of a blend.
//   - [Members]: what the automatic blend chooses from.
//   - weekday followed: the weekday whose pattern a day has, by the calendar's
//     like-day; everything but the baselines goes by it.
//   - effect: by how much a special day differs from the usual day of the weekday it
//     follows, learned from earlier days of the same name or kind ([History.Effect]).
//
// # Methods, one file each
//
//	naive, mean8, median4  last, mean and median of the same weekdays (naive.go)
//	ewma                   weighted mean of same weekdays × effect (ewma.go)
//	holt-winters           double-seasonal smoothing, updated daily (holtwinters.go)
//	harmonic               cosines of the time of day, AR(1) scores (harmonic.go)
//	profile                ridge + AR(1) of the day's total × profile (profile.go)
//	cal-svd                learned profiles, calendar regression (calsvd.go)
//	boost                  gradient-boosted trees on ratios (boost.go)
//
// [Weights] and [Combine] blend them; [Reforecast] moves the rest of a day by its
// first hours. Regression and trees are in forecasting/learn, distributions in
// forecasting/spread.
//
// # Guarantees
//
// Forecasts are finite and not negative, 0 in closed slots, whatever the history:
// a method with too little of it fails with [ErrShort] instead of guessing. Nothing
// depends on the clock, on map order or on the number of processors: the same
// history gives the same forecast, byte for byte on one build and architecture. No
// constant is fitted to a particular series.
package model
