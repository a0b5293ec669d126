// Package exchange runs a centre's calls: it joins what the SIP side reports
// (telephony/b2bua), what menus want (telephony/ivr) and what the distributor decides
// (telephony/acd/loop). It decides nothing that those could decide.
//
// # Vocabulary
//
//   - [Setup]: the compiled, versioned snapshot of numbers, menus, phones, trunks and
//     routing. A new one is taken while calls run: calls under way keep their menu,
//     nobody waiting is dropped or reordered.
//   - session: one interaction from its first leg to its last. Everything that happens
//     to it is handled in order by one goroutine of its own.
//   - phone: an account that registers; it belongs to an agent or to nobody.
//   - service code: a number that agents dial on their own phone (*11 available …),
//     so that a centre works before anybody has opened a page.
//
// # Guarantees
//
//   - Facts of calls, menus and queues leave through one [Sink], in the order in which
//     they became true for their interaction.
//   - A caller who hangs up leaves the queue; an agent whose phone cannot be rung is
//     told to the distributor at once, so that the caller goes on to the next.
//   - Numbers stay out of facts: [Config.Party] makes pseudonyms.
//   - Close ends every session's goroutine and waits for it.
package exchange
