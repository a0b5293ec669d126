// Package office is where schedules live: it makes planning problems from the centre's
// history, solves them in the background, keeps drafts and published versions, answers
// agents' requests, checks swaps against every rule, repairs a week after an absence
// and compares the plan with what agents did.
//
// # Guarantees
//
//   - A schedule that breaks a hard rule is not published.
//   - A change names the version it was made from; nobody's work is overwritten unseen.
//   - A published version never changes; swaps and repairs publish a new one.
//   - One solver run per schedule at a time; a cancelled one keeps its best.
package office
