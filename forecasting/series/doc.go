// Package series holds the history of one queue or work stream on the grid that
// planners think in: (local date, slot of the day).
//
// # Vocabulary
//
//   - slot: one interval of the wall clock, such as 09:30–10:00. All days have the
//     same slots; where the clocks go forward some do not exist and are [Closed],
//     where they go back a slot holds the mean of its two passages.
//   - [Closed]: nothing can arrive (outside opening hours). Not a zero.
//   - [Missing]: something could have arrived, but nobody knows how much: an absent
//     row, a refused value, or a value that cleaning took out. Not a zero either.
//   - [Observed]: a known value, zero included.
//   - native step: the distance of two rows in the file, which may be finer than the
//     slots; rows are then summed, and a slot counts as observed only when all of
//     its rows are there.
//
// # Opening hours
//
// A file says what was counted, not when the doors were open, so [Read] infers it:
// a slot of a weekday is open where at least a third of the days around (same
// weekday, eight weeks either way) have a value there, and not only zeros where the
// weekday's mean would lead to expect calls. Absent rows in open slots are missing, the others closed.
//
// # Guarantees
//
// Reading never guesses silently: whatever was dropped, merged or filled is in the
// [Notes], with counts and the first line. A value handed out is finite and not
// negative. A Series cut to its first days ([Series.Cut]) shows nothing of what
// came later except for the opening hours of the days it keeps.
package series
