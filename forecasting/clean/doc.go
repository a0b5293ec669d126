// Package clean finds what in a history is not demand: freak days, outages, spikes
// and holes, and takes it out without losing it.
//
// # Vocabulary
//
//   - neighbours of a day: the eight nearest days that follow the same weekday and
//     are not special, four before and four after where there are that many.
//   - usual: the median of the neighbours, slot by slot.
//   - ρ of a day: log of (sum of its observed slots + 1) over (the usual sum of the
//     same slots + 1).
//   - [Mark]: one finding, with its reason, the raw sum, the usual sum and a score
//     in robust standard deviations. A mark is proposed until somebody confirms or
//     undoes it; undone marks take nothing out.
//
// # Rules
//
//   - a day with |ρ| above 4 robust σ (1.4826 × median absolute deviation, and never
//     less than the Poisson noise of its sum) is an outlier, unless it is
//     special – by the calendar, or as the first day after an unexpected hole (a
//     holiday nobody entered): then a model learns it instead, as long as it is within
//     a factor of three above usual (for working days also below; events are free);
//   - three or more such days in a row with the same sign are a new level, not
//     outliers: they are marked for the reader and stay in;
//   - a run of zeros where at least 12 calls are usual (chance under Poisson 6e-6)
//     is an outage;
//   - a slot whose Anscombe residual against the day's own level exceeds 6 robust σ
//     is a spike.
//
// [Find] only proposes; [Apply] makes the cleaned copy. The raw series is never
// changed, so undo is exact. All functions are pure.
package clean
