// Package rules names what a schedule must obey.
//
// A rule has a short name that machines and tests use and a sentence in plain
// words that a planner reads. A [Violation] is one broken rule with the person
// (or instance), the day and the figures. Hard rules may never be broken in a
// schedule that is published; soft rules cost what the instance says.
//
// The catalogue is closed: a scorer or solver that reports a name missing from
// it fails its tests.
package rules
