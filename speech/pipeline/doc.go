// Package pipeline turns finished recordings into transcripts: a coordinator that
// follows the journals and has recognisers hear one recording after the other.
//
// # Vocabulary
//
//   - A *tape* is a recording of the switch; a *job* is one that is to be heard.
//   - A tape is *pending* when nobody may listen to it before it was redacted.
//   - A job is *heard* when its transcript is published, and *done* when its redaction,
//     if one is due, is written too.
//
// # Guarantees
//
//   - Nothing is lost by a crash or kill at any point: jobs and the place in the
//     journals are one file, written whole; what was not finished is read again from
//     the sealed recording.
//   - A transcript is published once: that it was is read from the coordinator's own
//     journal, which takes all facts of a call in one step or none.
//   - A pending tape is released by nothing but its redaction. Sound no recogniser
//     survived is silenced in it altogether: nobody knows what it holds.
//   - A call whose language no model fits becomes one turn that says so (a gap), not
//     silence; its pending tape stays closed until a model is there.
//
// Pending tapes come first, then whoever waited longest.
package pipeline
