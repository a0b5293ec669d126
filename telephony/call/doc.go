// Package call is the back-to-back user agent as a pure machine: the legs of one
// interaction, what happens to them, and who is joined with whom.
//
// # Vocabulary
//
//   - leg: one SIP dialog, known by an id the driver chose. A leg that reached us is
//     incoming, one we set up is outgoing; its [event.Side] says whose it is.
//   - [Machine]: the legs of one interaction. [Machine.Step] takes an input and the
//     present instant and returns [Out]: facts for the journal, then commands for
//     the world, in order.
//   - bridge: two legs that hear each other; mix: three or more.
//   - consultation: an agent speaks to a colleague while the customer waits held.
//   - [Signalling] is all that the driver of a machine needs of a SIP stack;
//     telephony/sipua implements it.
//
// # Guarantees
//
//   - No clock, goroutine or I/O; equal inputs give equal outputs.
//   - Every leg has one call.offered and exactly one call.ended, whatever the order
//     of inputs; the machine is done when all of them have ended.
//   - An answer that crosses a cancel is hung up; a hang-up that crosses an answer
//     ends the leg. No command ever names a leg that has ended.
//   - When one of two joined legs ends, the other one is hung up unless it was told
//     to stay ([Keep]); nobody is left in silence by a forgotten case.
//   - Inputs about legs that are not there or not in a fitting state do nothing.
package call
