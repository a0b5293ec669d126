// Package loop owns a distributor while real phones ring.
//
// # Vocabulary
//
//   - [Loop]: one goroutine that alone touches the State. Everything else posts
//     inputs: sockets, people, one timer.
//   - [Sink]: where facts go. [Executor]: who carries out commands.
//   - durable: facts that must be on the disk before anybody hears of them: a promise
//     to call back. Everything else never waits for a disk.
//   - recovery: the latest snapshot and the facts behind it, through Evolve, then a
//     Start that closes what was lost.
//
// # Guarantees
//
//   - Facts reach the Sink in order, a command reaches the Executor after its facts.
//   - Neither Sink nor Executor is called in the owner's goroutine: a slow one delays
//     what comes behind it, never a decision.
//   - Facts carry an instant that never goes back: wall time at the beginning plus
//     monotonic time since. A wall clock that is set by more than a second moves the
//     base and is stated (node.clock_stepped).
//   - Close waits for every goroutine; inputs posted later return ErrClosed.
package loop
