// Package sipua is the SIP user agent of the switch: it speaks UDP, TCP and TLS
// with phones and trunks, and tells the rest in plain values what happened. It is
// the only package that knows the SIP library.
//
// # Vocabulary
//
//   - [UA]: the user agent, made by [Listen] and ended by [UA.Close].
//   - leg: one dialog, known by an id. Legs that reach us get an id from the UA,
//     for legs we set up the caller chooses it. [UA] implements [call.Signalling].
//   - [Event]: what happened to a leg or registration. A [Handler] gets the events,
//     in order per leg; telephony/b2bua turns them into inputs of a call machine.
//   - trunk: a peer known by its address; everybody else has to know a password.
//   - screen, guard, registrar: sub-packages for validation, strangers and phones.
//
// # Guarantees
//
//   - Nothing unscreened comes in, neither through a listener nor over a connection
//     of ours, and a banned source gets no answer at all.
//   - A known and an unknown user get equal answers until a password is right.
//   - Every leg that was announced by [Invited] or begun by Invite ends with exactly
//     one of [Failed] and [Ended].
//   - A CANCEL that crosses our 200 does not end the leg; one that comes first makes
//     Answer return [ErrGone]. An answer that crosses our CANCEL is still [Answered],
//     so that whoever cancelled can hang up.
//   - Close waits for every goroutine it started.
//
// The stack's timers are those of RFC 3261 (T1 500 ms). Requests above 1300 bytes
// go over TCP (section 18.1.1).
package sipua
