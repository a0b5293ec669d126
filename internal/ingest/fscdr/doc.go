// Package fscdr reads FreeSWITCH call detail records: lines of mod_cdr_csv by the
// template they were written with (format "freeswitch_csv") and JSON documents of
// mod_format_cdr (format "freeswitch_json").
//
// Both come down to channel variables. A record gives call.offered, call.answered
// and call.ended; one of a caller who was in a mod_callcenter queue (cc_side is
// member) also the visit: queue.joined, queue.left and visit.handled. Records of
// agents' legs (cc_side is agent) are skipped: the member's record tells of them.
//
// Do not import records and a callcenter::info dump of the same calls: the visits
// would count twice.
package fscdr
