// Package rules names what a schedule must obey, holds contracts and shift kinds as
// data, and checks schedules against them.
//
// A rule has a short name that machines and tests use, a sentence in plain words
// that a planner reads, and is hard or soft; a problem may change the latter with
// its weight. Hard rules may never be broken in a schedule that is published; soft
// ones cost their weight. The catalogue is closed: a scorer or solver that reports
// a name missing from it fails its tests. A [Violation] is a broken rule of a
// benchmark format, a [Finding] one of our own weeks.
//
// # Own weeks
//
//   - [Problem]: a horizon of days on a grid of slots, requirement lines per skill
//     (and site), contracts, agents, off-phone activities, prices. docs/formats/schedule.md
//     describes the file.
//   - [Contract]: fixed, rotating, flexible, part_time, split, micro or tilted, with its
//     shift kinds, breaks and limits.
//   - [Schedule]: shifts of one or more blocks with their pauses, as instants.
//   - [axis.Axis]: minutes of elapsed time from the first midnight, so that days of 23 and
//     25 hours are as long as they are.
//
// [Read] and [Problem.Check] refuse what cannot be planned and name field and value.
// [Problem.Judge] checks every rule about people; cover is for package coverage.
package rules
