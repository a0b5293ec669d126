// Package staffing turns a forecast into people: how many agents each interval
// needs, and why.
//
// # Vocabulary
//
//   - requirement: the smallest whole number of agents on the phones with which the
//     expected service level meets the target; n meets it and n−1 does not.
//   - waterfall: the requirement step by step – Erlang C at the point forecast, lag,
//     patience, uncertainty, occupancy cap, shrinkage, rounding – each number being
//     the requirement with everything up to and including that step.
//   - lag: work arrives with the call and stays for its handle time, so the load
//     trails the calls by about one AHT. The rate of the period shifted back by the
//     AHT is staffed for (Green, Kolesar and Soares 2001). The first interval after
//     a pause is not lagged.
//   - uncertainty: the forecast is a rate that is itself uncertain by a gamma factor
//     with squared coefficient of variation c. The expected service level weighs
//     each rate by its calls: E[Λ·sl(n, Λ)] / E[Λ], which is what a report will
//     show afterwards.
//   - occupancy cap: agents may not be busy more than this share of the time.
//   - shrinkage: share of paid time away from the phones, times 1/(1−s).
//   - rounding: up (default), nearest, or carry, which rounds the running total so
//     that a day's sum is right though an interval may be half a person short.
//
// # Guarantees
//
// Every row has a number or a problem, never NaN. Rows with nothing to do need
// nobody and have no service level. Overload, unstable queues and absurd inputs are
// named. All functions are pure and safe for concurrent use.
package staffing
