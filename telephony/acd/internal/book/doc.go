// Package book is the distributor's state as data, and how facts change it: the half
// of telephony/acd that decides nothing.
//
// # Vocabulary
//
//   - [Book]: everything that is known. [Book.Evolve] is the only function that
//     changes it, but for deadlines that follow from the passage of time.
//   - line: a queue's waiting visits in order.
//   - phase: waiting (perhaps ringing), dialling a callback's customer, talking
//     (until handled).
//   - deadline: an instant at which something falls due; [Book.PopDue] hands them
//     out in an order that depends on nothing but their instants, kinds and ids.
//   - image: a Book as ordered plain data, for the disk, for comparison, for clones.
//
// # Guarantees
//
//   - Equal facts in equal order give equal books, and equal books equal bytes.
//   - A fact that does not fit is refused and changes nothing but the time.
package book
