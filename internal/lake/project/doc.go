// Package project turns events into the rows of the lake. It is pure: events go
// in, rows come out; no clock, no goroutine, no database.
//
// # Use
//
// One [Projector] follows one node's journal from its first event, in the order
// of seq. [Projector.Apply] appends the rows an event completes to a [Rows]; what
// is not complete yet – a caller still waiting, an agent's current state – is the
// projector's open state. [Projector.Snapshot] and [Restore] carry that state
// over a restart: a restored projector continues exactly as the first one would
// have.
//
// # Guarantees
//
//   - The same events give the same rows and the same snapshot bytes. Nothing
//     depends on map order, time of day or how the events were cut into batches.
//   - State is per node, so the order in which several journals are read does not
//     matter: their rows are a set union.
//   - A visit gives one row: when it is handled if it was answered, when it left
//     its queue otherwise. A second closing event of the same visit is an error,
//     not a second row.
//   - An event that cannot be projected gives an error and changes nothing that
//     later events depend on; the caller records it and goes on.
//
// # Units
//
// Instants are int64 µs since 1970 in UTC, where 0 means not known; durations are
// int64 µs; a number that may be missing is an [Int].
package project
