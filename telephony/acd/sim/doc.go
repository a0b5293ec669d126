// Package sim runs the distributor in virtual time: the same Decide that rings real
// phones, with callers and agents made of random numbers.
//
// # Vocabulary
//
//   - [World]: a State, a heap of things to come, and the virtual people who answer
//     the State's commands.
//   - [Plan]: arrivals, patience, handling times and shifts; [Run] plays it once.
//   - [Dist]: a distribution given by quantile and cumulative function.
//   - common random numbers: what a caller brings (patience, handling, skills) is a
//     function of seed, stream and number of the call alone. Two plans that differ
//     in rules meet the same callers, so their difference has little noise.
//
// # Guarantees
//
//   - The same plan and seed give the same facts.
//   - Nothing waits for real time; a day of 20,000 calls takes a fraction of a second.
//
// Patience runs from joining to the answer, ringing included; a conversation lasts
// its handling time whatever the agent. Agents wrap up for a drawn time, at most
// the queue's limit.
package sim
