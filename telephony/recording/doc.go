// Package recording records calls: stereo, the caller left and the agent right,
// encrypted at rest, lawfully.
//
// # Vocabulary
//
//   - [Store]: the recordings of one switch, in days: DIR/2006-01-02/ID.rec (sealed,
//     see seal), ID.key (its data key, wrapped) and ID.json ([Meta]).
//   - [Session]: a recording in the making. [Session.Track] gives what a leg's
//     packets are written with ([media.Leg.Record]); a call may have many legs, each
//     on one of two sides.
//   - [Policy]: whether and how the customer is asked, how long a pause may be, how
//     long the recording is kept.
//   - erasing: the wrapped key is destroyed first, so that copies of the sound
//     elsewhere are lost too, then the file.
//
// # Guarantees
//
//   - A track never blocks and never writes: it puts samples into four seconds of
//     memory, from where the store's one writer seals them. A disk that stands still
//     for longer costs recorded sound ([Meta.Dropped] says how much), never RTP.
//   - What is said or typed during a pause is nowhere: not in memory, not on disk;
//     the recording is silent there and keeps the call's time. A pause ends by
//     itself after Policy.MaxPause.
//   - Nothing is kept of a caller who must consent and did not. Consent is published
//     before the first second is sealed.
//   - A crash of the process costs at most the second that was not sealed; files are
//     synced once a second. [Open] closes what a crash left open and publishes its
//     recording.finished.
//   - A recording whose policy asks for redaction is heard by nobody ([ErrPending])
//     until [Store.Redact] wrote the silenced copy and destroyed the original's key.
//   - Recordings under legal hold are neither erased nor expired.
package recording
