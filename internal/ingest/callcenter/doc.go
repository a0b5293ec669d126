// Package callcenter reads dumps of FreeSWITCH events about mod_callcenter
// (CUSTOM callcenter::info), as `event plain|json|xml` on the event socket writes
// them: with or without the socket's outer headers, one after the other, or as
// JSON lines, a JSON array or an XML document.
//
// Calls are keyed by CC-Member-UUID, which survives a resume, while the session's
// UUID changes. Times are Event-Date-Timestamp, microseconds in UTC. Events of
// other kinds are skipped; actions without a kind of ours are kept as import.raw.
// docs/formats/callcenter.md has the mapping.
package callcenter
