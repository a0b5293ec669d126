// Package acdtest runs queue scenarios: text files that a planner can read and
// extend, played through the real distributor in virtual time.
//
//	queue sales ring=15s wrap=30s
//	agent ann queues=sales
//
//	at 0s   sign_in ann
//	at 10s  call carl sales
//	at 10s  expect ringing ann carl
//	at 14s  answer ann
//	at 60s  hang_up carl
//	at 60s  expect exit carl answered wait=4s
//	at 60s  expect agent ann wrap_up
//
// docs/acd.md lists every statement. A statement that the distributor refuses fails
// the scenario, unless it is written as "refused STATEMENT".
//
// # Vocabulary
//
//   - caller: a name in the scenario; it stands for the caller's interaction and
//     its latest visit.
//   - auto-answer: an agent with answers=3s picks up by itself; callers with
//     patience= and handle= act by themselves too.
//   - load: many such callers, drawn from distributions.
//
// # Guarantees
//
// After every statement nobody waits beside an idle agent who may take the call,
// every fact is valid, and at the end replaying the facts gives the same state;
// "crash" does that in the middle and goes on with the replayed state.
package acdtest
