// Package b2bua runs calls: it feeds the pure machine of telephony/call with what
// the SIP stack reports, and does what the machine commands with SIP stack and
// media relay. It decides nothing itself.
//
// # Vocabulary
//
//   - [Switch]: user agent, relay and all calls.
//   - [Call]: one interaction; [Call.Post] is how menu, ACD and live API act on it.
//   - [Call.Reach]: posts an input that sets up a leg (Dial, Consult, Supervise, Flip)
//     with where that leg goes. Whoever rings an agent on an outside number sets
//     Confirm; whoever supervises posts [call.Supervise] again to change the mode.
//   - [Switch.Merge]: two calls of an agent become one. Facts stay with the
//     interaction of their leg, and both [Call] values go on to work.
//   - [Call.Record]: lets a recording run with the call.
//   - [Hooks]: what the switch tells whoever decides.
//
// # Guarantees
//
//   - The inputs of one call are taken one at a time; hooks run outside its lock,
//     in the order of what they tell.
//   - Facts leave in the order the machine made them, before the next input is taken.
//   - A leg's RTP socket is closed when its call.ended is out; measured quality is in it.
//   - Numbers stay out of facts: [Hooks.Party] makes a pseudonym of each one.
package b2bua
