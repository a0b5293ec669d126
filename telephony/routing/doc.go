// Package routing decides who is served next and by whom: strategies, skills,
// tiers, priorities with ageing, and the advice a forecast may give.
//
// Everything here is a pure function of its arguments. telephony/acd keeps the
// state, asks this package and writes the facts.
//
// # Vocabulary
//
//   - [Strategy]: how an agent is chosen among those who could take a caller.
//   - [Expr]: what a caller needs, in words: "lang=fr AND tier>=2".
//   - [Stages]: an expression that relaxes as the caller waits.
//   - tier: 1 is the first choice; a higher one opens later or when the lower ones
//     have nobody signed in ([Tiers]).
//   - [Place]: a caller's claim to a position; [Order] compares two of them. With
//     ageing, one point of priority is worth AgeUs of waiting; without, a higher
//     priority always goes first.
//   - [Advice]: what forecast and schedule say about the next minutes. Old or
//     missing advice means plain longest-idle routing.
//
// # Guarantees
//
//   - Orders are total: ties end at an id, so no result depends on map order.
//   - The order of two callers of one queue does not change while they wait.
//   - Random choice comes from a counter and a seed ([Draw]), never from a shared
//     generator, so a replay chooses alike.
package routing
