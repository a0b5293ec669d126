// Package astcdr reads Asterisk's call detail records (format "asterisk_cdr", CSV
// of cdr_csv) and channel event logs (format "asterisk_cel", CSV of cel_custom in
// its documented default order).
//
// Both tell of calls: call.offered, call.answered, call.ended, and CEL also of
// holds and transfers. An interaction is named by the linkedid, which for a caller
// in a queue is the call id of queue_log, so that records of both formats and of
// queue_log meet in one contact. Import one of the two beside a queue_log: both
// would tell of the same calls twice.
//
// A queue's call has one CDR for each agent that rang; rows of one linkedid are
// put together until an hour of log time has passed without another.
package astcdr
