// Package staffing rosters employees over days and shift types (format curtois_qu,
// Curtois & Qu 2014).
//
// One idea carries everything: beside the roster of the others, the best row of one
// employee is a shortest path through days, because covering a shift has a fixed
// price as long as nobody else moves. [planner] finds that row exactly, under every
// rule of the contract, for the whole horizon or for a window of days.
//
// On top of it, in this order:
//
//  1. Construction: one employee after the other, in windows that roll through the
//     horizon, so that a year is no harder than a month.
//  2. Column generation: a linear programme picks rows for all employees at once
//     ([master]); its prices ask the planner for better rows until there are none.
//     Its value is the bound. It is used while the programme stays small.
//  3. Diving: rows the programme likes are fixed one after the other, asking for
//     new rows in between. The same dive over a few employees, with the others held,
//     is the large neighbourhood that improves a roster later.
//  4. Windows: for long horizons, a window of days of a few employees is taken out
//     and put back row by row with disturbed prices, accepted as in annealing.
//
// The vocabulary: units are minutes divided by the greatest common divisor of all
// shift lengths; a run is a stretch of days of work or of days off; a row is one
// employee's horizon, a shift type per day or off.
package staffing
