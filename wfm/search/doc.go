// Package search is what every solver shares: a clock of work, a way to report
// progress and a way to stop.
//
// A solver spends work (nominal seconds of one core) and asks the [Clock] whether
// to go on. Work is counted from what the solver does, not from the time it takes,
// so the same seed and the same budget give the same result on any machine. The
// wall-clock limit is a promise on top: when the machine cannot do the work in
// time, the clock ends the search early and says that the result is then not
// reproducible ([Clock.Deterministic]). Cancelling the context ends a search at
// once with the best solution found so far.
package search
