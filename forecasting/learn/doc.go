// Package learn is the machinery that forecasting methods share: regression with
// ridge and AR(1) errors, and gradient-boosted trees on histograms. It knows
// nothing of calls or calendars.
//
//   - [FitAR]: y_t = x_t'β + e_t with e_t = φ^gap·e_(t−1) + u_t, by generalised least
//     squares with pseudo observations for a ridge; old rows weigh less.
//   - [Grow]: a [Forest] of small trees for weighted squared error.
//   - [Solve]: a positive semi-definite system, directions without information
//     answered by 0.
//
// All functions are pure and deterministic; none returns NaN for finite input. Slices
// of rows must have one length: a caller's mistake there panics as any index does.
package learn
