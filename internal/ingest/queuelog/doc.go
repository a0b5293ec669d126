// Package queuelog reads Asterisk's queue_log: the file, rotated or growing, and
// CSV exports of the realtime table in its five-column and one-column forms.
//
// Rows are taken in the order of the file, because many share a second and the
// write order is the truth. A call may enter a queue several times: each
// ENTERQUEUE is a visit of its own, and later rows of the call and queue belong
// to the visit that is open. Every row is mapped, kept as import.raw, or rejected
// with its reason; docs/formats/queue_log.md has the table.
//
// What the log does not say is derived and marked: wrap-up (visit.handled with
// wrap_up_derived) is the gap to the agent's next row, up to the configured
// wrap-up time. States of an agent are published from the first row that says
// that the agent is present (ADDMEMBER, AGENTLOGIN, PAUSE); static members have
// no such rows and get none.
package queuelog
