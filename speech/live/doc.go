// Package live hears calls while they last: what is being said, and what somebody
// should know of at once.
//
// # Vocabulary
//
//   - A *frame* is a tenth of a second or so of one party's sound.
//   - A *partial* is what somebody seems to be saying; a *turn* is what was said. Both
//     are masked: a partial of every digit, because nobody knows how it goes on.
//   - An *alert* tells of a long silence, repeated interruption, agitation rising, or a
//     rule that holds.
//
// # Guarantees
//
//   - Pushing a frame never waits. A party whose sound is not heard in time first
//     loses its partials (the call's state is then finals), then sound (Lost).
//   - More calls than the room has places for are listed as full, not left out.
//   - Nothing here is kept: the transcript is made of the sealed recording afterwards,
//     so a crash of this costs the view of a call and nothing of the call.
package live
