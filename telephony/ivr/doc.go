// Package ivr runs the menus a caller meets before an agent: flow graphs written
// as YAML or JSON, checked strictly, and walked by a pure machine.
//
// # Vocabulary
//
//   - [Flow]: a graph of named nodes, made by [Parse]; immutable, shared by calls.
//   - node: one step, such as a menu; its kind says which fields it has.
//   - [Machine]: one caller's walk through a flow. [Flow.Start] and [Machine.Step]
//     take what happened and the present instant, and return [Out]: facts for the
//     journal and actions for the world, in order.
//   - request: an action that is answered by an input carries a number, and the
//     answer repeats it. Answers to requests that are over are ignored, so races
//     between a key, the end of a prompt and a timer need no care outside.
//   - way: an edge of the graph. A way taken because of what the caller keyed is an
//     input way; all others (time-outs, wrong keys, branches, ends of prompts) are
//     silent ways.
//
// # Guarantees
//
//   - The machine has no clock, goroutine or I/O; equal inputs give equal outputs.
//   - A flow that parses has no unreachable node, no way to a node that is not
//     there, and no loop of silent ways: a caller who does nothing always reaches
//     an end, and every input sequence ends or leaves the machine waiting.
//   - Exactly one ivr.entered and one ivr.left a call; after that Step does nothing.
//   - Keyed digits of gather nodes are masked in facts unless the node says keep,
//     and the caller's number is in no fact.
package ivr
