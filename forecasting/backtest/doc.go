// Package backtest judges forecasts the only honest way: at every origin of a past
// period each method sees what was known then and nothing else, and is held
// against what came.
//
// # Vocabulary
//
//   - target: a day that is forecast; origin: the last day known; lead = target −
//     origin in calendar days. Lead 1 knows the whole day before.
//   - evidence: the same rolling forecasts over the eight weeks before. From them,
//     per lead, come the weights of the automatic choice and the spread of every
//     method. Evidence for a target ends at its origin like everything else.
//   - member: a method the automatic choice may use; baseline: what the trade uses,
//     raw data and no calendar.
//
// # Scores
//
// Over the observed slots of the target days, f forecast and y actual:
//
//	wape     Σ|f−y| / Σy                                   (a share)
//	mase     mean|f−y| / mean|y[d]−y[last same weekday]| before the first target
//	bias     Σ(f−y) / Σy
//	cover80  share of slots inside the central 80 % interval; cover90 likewise
//	pinball  mean over the levels 5, 10, 25, 50, 75, 90, 95 % of twice the pinball
//	         loss, relative to the mean of y
//	n        slots scored
//
// A score that is not defined (no calls at all) is absent, never zero.
//
// # Guarantees
//
// The result depends on the input only: not on time, map order or the number of
// processors. Forecasts of a target do not change when later data do (a test
// alters the future and compares).
package backtest
