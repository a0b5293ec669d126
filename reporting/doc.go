// Package reporting answers: how was the service level, where were callers lost and why, who did what.
//
// # Vocabulary
//
//   - A [Service] runs reports against the lake; each report reads one committed state of it.
//   - [Params] choose what a report is about; what they leave out is chosen by set-up and settings. [Scope] bounds what
//     the caller may see and is part of every query.
//   - Figures are those of package metric; a report adds up [metric.Sums] and never averages averages.
//   - A cell of a report is one key (a queue, or with By a group or site) in one interval. Intervals come from package
//     interval: SQL adds up by UTC slots that fit into them and joins the intervals' starts, so that local time,
//     including days of 23 and 25 hours, is decided in one place.
//
// # Guarantees
//
//   - The books balance: with credit by arrival, offered = all exits + still waiting in every row, or the report fails
//     with metric.ErrBooks rather than show it.
//   - Groups and sites count contacts: a caller who overflows between two of their queues counts once, waiting from the
//     first join. Totals over agents count an agent once, whichever queues it serves.
//   - T, S and targets are those in force on the day and interval of the call, unless the caller asks for others.
//   - A team in the scope bounds what is shown of agents; a site or queue bounds calls. A visit that nobody answered
//     belongs to no team and is shown to whoever may see its queue.
//   - Parameters that cannot be used give a [ParamError] that names field and value.
package reporting
