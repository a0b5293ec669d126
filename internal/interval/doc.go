// Package interval is the only authority on local time.
//
// Inside Agner an instant is an int64 of microseconds since 1970-01-01T00:00:00Z
// and a duration an int64 of microseconds. People plan in the local time of a
// site. This package is the one place where the two meet: it cuts ranges into
// [Bucket]s, reads local dates and wall clocks, knows opening hours and prints
// local times. SQL joins the buckets it is given; pages show its labels.
//
// # Vocabulary
//
//   - zone: a *time.Location from [LoadZone]; rules are embedded (time/tzdata),
//     so a machine without zoneinfo gives the same answers.
//   - [Date]: a day of the local calendar, without a zone.
//   - [Wall]: what a wall clock shows; it may name no instant (a gap, when clocks
//     go forward) or several (a fold, when they go back). [Wall.In] says which.
//   - day: from the first instant of a local date to the first instant of the
//     next. It has 23, 24 or 25 hours as a rule, begins at 01:00 where midnight is
//     skipped, and does not exist where a zone jumped over the date line.
//   - slot: a position in the week by wall clock, such as Monday 09:30.
//
// # Guarantees
//
//   - [Buckets] tile [from, to): no gap, no overlap, every instant in exactly one.
//   - Bucket edges are at multiples of the size on the wall clock. Where a change
//     of zone falls between two such multiples, a bucket ends at the change, so
//     that one bucket has one offset (days, weeks and the total excepted).
//   - Labels are unique within one call: a label whose wall clock occurs twice
//     carries its offset, as in "2026-10-25 01:30+03:00".
//   - All functions are pure and safe for concurrent use.
package interval
