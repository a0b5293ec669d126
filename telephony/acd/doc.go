// Package acd is the automatic call distributor: who waits where, who is rung for
// whom, and what becomes of everybody. It is a pure core.
//
// A [State] changes in two ways only. [State.Decide] takes an [Input] and an
// instant and returns facts and commands: live, and in simulation. [State.Evolve]
// takes a fact and applies it: recovery, the doctor, replay. Decide itself changes
// the state through Evolve alone, so that the facts rebuild exactly what Decide
// left. Old decisions are never decided again.
//
// # Vocabulary
//
//   - visit: one passage of a caller through one queue, from queue.joined to
//     queue.left, and on to visit.handled if it was answered. Its wait includes the
//     ringing.
//   - offer: a visit ringing at one agent. Every offer has one result.
//   - line: a queue's waiting visits in order. Once two callers stand in a line
//     their order changes by a supervisor's or a priority's doing only.
//   - place: the instant a caller's claim counts from: the arrival, less a head
//     start; kept across overflow and callback.
//   - breather: after a missed or declined offer an agent is available but not
//     rung; the reason stands in agent.state_changed.
//   - promise: a callback. It survives restarts; its visit has the channel
//     "callback" and takes part in positions.
//
// # Guarantees
//
//   - No clock, goroutine, input or output; no dependence on map order; random
//     choice and ids come from counters in the state.
//   - Every joined has one left, every offer one result; an agent holds one contact.
//   - After every Decide nobody waits beside an idle agent who may take the call.
//   - An input about something that is gone is an error and changes nothing: races
//     of answer, hang-up and timeout are settled by whichever comes first.
//
// # Use
//
// One owner calls Decide ([telephony/acd/loop] live, [telephony/acd/sim] in
// simulation), publishes Result.Facts, carries out Result.Commands, and posts a
// Tick at Deadline. Clone gives a copy for simulation, Snapshot and Restore one for
// the disk.
package acd
