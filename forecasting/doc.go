// Package forecasting is the room's facade: it turns the histories of queues in the lake
// into published forecasts, and those into requirements, explanations, scores and advice.
//
// # Vocabulary
//
//   - origin: the first day a forecast did not know; it runs for eight weeks from there.
//   - run: a snapshot of one forecast per queue, made at once and never changed.
//   - inputs: all that a forecast was made from – series, handle times, calendar, choice
//     of methods, patience – kept under their digest. [made.Make] is a pure function of them:
//     on one build and architecture it gives the same bytes again ([Service.Verify]).
//   - choice: weights and spread per lead, found by rolling origin once a week.
//   - override: what a planner knows better. It is laid over a forecast when that is read
//     and never changes what was published, so that both can be scored.
//
// # Guarantees
//
//   - A run is stored whole or not at all, announced as forecast.published and in the audit.
//   - One run at a time; it reads the lake in short views and holds no lock of the database
//     while it computes.
//   - Sums over slots, days, weeks, queues and sites add up exactly: they are made from
//     the slots of the queues and nothing else.
package forecasting
