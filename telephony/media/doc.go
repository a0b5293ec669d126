// Package media carries the audio of calls: it relays RTP between legs, plays
// prompts, mixes conferences and hears keys. It and its sub-packages are the only
// ones that know the RTP and SDP libraries.
//
// # Vocabulary
//
//   - [Relay]: the owner of all legs and of the pump that gives them time.
//   - [Leg]: one RTP socket, towards one phone or trunk. It is idle, playing,
//     bridged with another leg, or in a [Mixer].
//   - learning: a leg takes the source of the first valid packet as its far end
//     (symmetric RTP, for phones behind NAT) and from then on nobody else.
//   - forwarding: packets of a bridged leg go out of the other leg's socket with
//     that leg's own SSRC and an unbroken sequence and clock, so that the far end
//     never sees who is behind us or that it changed. Loss stays visible.
//
// Sub-packages: desc (SDP), g711, dtmf (RFC 4733), jitter, mix, secure (SRTP with
// SDES), tone, wav.
//
// # Guarantees
//
//   - A packet from another source than the learned one is counted and dropped.
//   - Prompts never block: the pump sends 20 ms of audio every 20 ms, late or not.
//   - Callbacks run outside of all locks. Close waits for every goroutine.
//
// Each leg has a socket of its own, so that a port names a leg before its far end
// is known. Batched reads (recvmmsg) do not pay then: a leg has one packet every
// 20 ms, and a batch of one costs more than a plain read.
package media
