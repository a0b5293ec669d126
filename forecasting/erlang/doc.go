// Package erlang is the queueing arithmetic behind staffing: Erlang B, C, A and
// X, their inverses, continuous servers, sensitivities and first guesses.
//
// # Vocabulary
//
// A [Load] is what arrives: calls per second (λ) and mean handle time in seconds
// (AHT = 1/μ). Its offered load is R = λ·AHT, in erlangs. Patience is the mean
// time a caller is willing to wait, 1/θ, in seconds. T is the answer threshold.
// Agents (servers) are real numbers: whole ones for people, fractions for
// interpolation and marginal values.
//
// # Models
//
//   - [B]: calls that find all servers busy are lost.
//   - [C]: they wait for ever; needs n > R.
//   - [A] (Palm): they wait and hang up after an exponential patience; valid for
//     every load, overload included.
//   - [X]: as A with a limited number of lines, and a share of those blocked or
//     lost dials again.
//
// # Guarantees
//
// All functions are pure. Results are computed from sums of positive terms with
// logarithmic scaling, so that nothing overflows and nothing cancels; they agree
// with 60-digit arithmetic to 1e-9 relative (wait tails 1e-6). Required numbers
// are minimal: n meets the target and n−1 does not. Data-dependent failures
// (an argument outside its domain, a target no staffing reaches) come back as a
// *[DomainError] or an error matching [ErrUnreachable]; no function returns NaN.
//
// # Sources
//
// A. K. Erlang (1917), "Solution of some problems in the theory of probabilities
// of significance in automatic telephone exchanges"; C. Palm (1957), "Research on
// telephone traffic carried by full availability groups"; A. Mandelbaum and
// S. Zeltyn (2007), "Service engineering in action: the Palm/Erlang-A queue";
// D. L. Jagerman (1974), "Some properties of the Erlang loss function", for
// continuous servers; S. Halfin and W. Whitt (1981) and O. Garnett,
// A. Mandelbaum and M. Reiman (2002) for first guesses.
package erlang
