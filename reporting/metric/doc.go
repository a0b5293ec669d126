// Package metric defines every figure that Agner shows, once.
//
// # Vocabulary
//
//   - A visit is one passage through one queue; a contact is the customer's whole interaction. Both are counted by the
//     same [Sums]: what is a visit for a queue is a contact for a group or a site.
//   - T is the answer threshold, S the longest wait of a short abandon; both are µs and belong to [Limits].
//   - [Sums] hold counts and added-up times of any set of visits. Sums of parts add up to the sums of the whole, so a
//     figure of a day is made from the day's sums and never from the figures of its half hours: that is what makes
//     every average a weighted one.
//   - A [Figure] is a name, a unit, a direction and one quotient of sums. Its Go value, its SQL, its formula and the
//     formula with the numbers in it all come from that one quotient.
//
// # Guarantees
//
//   - Missing is not zero: a figure whose denominator is empty is NaN, which every encoder writes as null.
//   - The books balance: offered = all exits + still waiting ([Sums.Check]).
//   - Sums counted in Go ([Sums.AddVisit]) equal those counted in SQL ([SumsSQL]); a test holds them together.
//   - In survival analysis every exit but a hang-up is censoring.
package metric
