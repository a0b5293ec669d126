// Package demo is the live demonstration: a bounded number of virtual customers and
// agents who telephone with the running switch over real SIP and RTP, so that somebody
// who has no telephone sees the live pages move.
//
// # Vocabulary
//
//   - [Prepare]: the set-up that it needs, all of it named "(live demo)": a site, queues,
//     a menu with the number 9000, agents and their phones.
//   - [Week]: when customers call, as the sample centre's weeks say, scaled to the few
//     agents there are.
//   - [Crowd]: the customers and agents themselves. It runs in a process of its own.
//
// # Guarantees
//
//   - Nobody outside of this machine is called: customers call in, and their numbers are
//     of a range that is kept for fiction.
//   - At most Limit customers telephone at the same time.
//   - When it ends by itself the agents sign out; stopped together with the switch they may stay signed in until it starts
//     again.
package demo
