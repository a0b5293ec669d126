// Package spread says how far actual counts fall from forecasts.
//
//   - [GammaPoisson]: the distribution of one slot, Var = μ + c·μ².
//   - [Spread]: what a method's rolling-origin errors at one lead say: c, the part of
//     it that all slots of a day share, and a calibration of the intervals. [Learn]
//     makes one, [Spread.Quantile] gives bands, [Spread.Sample] draws whole days for
//     scenarios. It is stored as JSON with a forecast's choice.
//
// All functions are pure; sampling depends on its source only. Quantiles are finite,
// not negative and do not decrease with the level.
package spread
