// Package roster solves the planning problems of wfm/format: it chooses the solver,
// gives it a clock and writes the solution with its header.
//
//   - callcentre_week: wfm/roster/week
//   - curtois_qu: wfm/roster/staffing
//   - chomp, rotating: wfm/shiftdesign
//
// Whatever the format, the header says what the solution costs, what no solution
// can cost less than, the gap between them, why the search stopped and whether the
// same seed would give the same file again. Cancelling the context keeps the best
// solution so far. Solve never returns an empty schedule: without a solution there
// is an error that says which rule stands in the way.
package roster
