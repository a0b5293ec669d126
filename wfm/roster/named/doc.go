// Package named plans own weeks (rules.Problem) for people by name.
//
//  1. A programme over groups of people with the same contracts, skills and site
//     (see bound.go) gives a bound that no schedule can undercut and the cover to aim
//     at. HiGHS solves it; without the module, prices of slots found by subgradient
//     steps give a weaker bound in pure Go.
//  2. Everybody is seated by the cheapest week of their own beside the others: a
//     dynamic programme over the days of the week that knows contract minutes, days,
//     rest, runs, nights, days off together and the spread of starts. Because one
//     person is in a slot at most once, the prices are exact.
//  3. Annealed large-neighbourhood search: a few people leave, and are seated anew in
//     another order with disturbed prices.
//  4. Off-phone work goes to the slots where it costs least.
//
// Rules hold at every step; who cannot be seated at all is named, and [Probe] lets
// package explain find which rules forbid it. The same search from a published
// schedule with a price on every change repairs a day ([Repair]).
package named
