// Package screen stands between the wire and the SIP stack: every message is
// checked against RFC 3261's grammar and rules before anything believes it, and
// only a canonical form is let through.
//
// # Vocabulary
//
//   - [Datagram] judges one whole message, [Framer] cuts a stream into messages.
//   - [Verdict]: pass on (with the canonical bytes), answer with an error, or drop.
//     Requests that are wrong are answered where that is possible; wrong responses
//     and wrong ACKs are dropped, because nothing may answer them.
//   - canonical: long header names, one value a line, no folding, one space after
//     the colon, CR LF removed from the front, a Content-Length that is true, and
//     display names without quotes and control characters inside.
//
// # Guarantees
//
//   - Pure: no clock, no I/O; safe for concurrent use.
//   - Bounded: [MaxMessage] bytes and [MaxHeaders] headers.
//   - All 50 messages of RFC 4475 ("torture tests") get the reaction that document
//     asks for; the test of this package names each one.
//   - Reject early, in this order: syntax (400), version (505), method (501, 405),
//     Request-URI scheme (416), extensions (420), body (415), Accept (406).
package screen
