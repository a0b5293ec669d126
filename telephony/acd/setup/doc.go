// Package setup is the configuration of the distributor: queues, agents, and what is
// done with callers who are not served.
//
// A [Config] is a compiled, versioned snapshot that the switch pulls and posts as an
// input; [Config.Validate] names every field and value that makes no sense. Rows are
// compared by their JSON ([Row]), so that posting an unchanged snapshot changes
// nothing, and travel in config.changed facts, so that a journal rebuilds them.
//
// # Vocabulary
//
//   - zero values mean "the default" or "none", as each field says.
//   - need: a condition on a queue's agents, for joining and for staying.
//   - action: what happens to a caller who is refused, waits too long or presses a key.
//   - membership: an agent's tier and order in one queue; agents span queues.
package setup
