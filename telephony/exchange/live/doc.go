// Package live is how a switch stands at an instant, as pages see it: queues with
// their callers in order, agents with their contacts.
//
// # Vocabulary
//
//   - [State]: everything at one instant. It is never changed once it was read.
//   - [Change]: what differs between two states, by row. A row is whole: whoever keeps
//     the rows by id and replaces them has the newer state.
//   - [Feed]: gives every watcher the newest state, not every state in between: a slow
//     one skips, and nobody is kept waiting.
//
// # Guarantees
//
//   - A feed reads only while somebody watches, and at most ten times a second.
//   - A change is seen within a tenth of a second of the fact that made it, and what no
//     fact tells of (phones that register) within a second.
package live
