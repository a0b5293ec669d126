// Package event is the vocabulary of facts that every part of Agner shares.
//
// An [Event] is a past-tense, immutable fact. Its identity is (Node, Seq): the
// node that published it and a gapless number that node's journal gave it. A
// replay or a retry therefore never counts twice. Everything else – reports,
// forecasts, schedules, live pages – is derived from events and can be thrown
// away and built again.
//
// # Envelope and payload
//
// The envelope answers when, where, who and about what; the [Payload] holds what
// is special to the kind. Each [Kind] has exactly one payload type; [New] puts
// the two together and [Event.Validate] checks both, naming field and value.
// Closing events repeat their anchors (a queue.left carries joined_at and wait),
// so that a fact can be read without its history.
//
// # Time and units
//
// All instants are int64 microseconds since 1970-01-01T00:00:00Z; all durations
// are int64 microseconds and carry the suffix Us in Go and _us in JSON.
// Only internal/interval knows local time.
//
// # Evolution
//
// Enumerations are closed for writers: Validate refuses a value that is not
// listed. They are open for readers: a decoder keeps an unknown value as it
// stands, and Or… methods such as [Exit.Canonical] report it as "other". New
// payload fields are additive. A changed meaning is a new kind; a changed shape
// raises the kind's schema number and adds an upcaster, and the golden corpus in
// testdata/golden keeps one record of every kind and version ever written.
//
// # Personal data
//
// Events never carry numbers, names, notes or transcript text. Party is a keyed
// pseudonym of a telephone number; references (NoteRef, TurnRef) point into the
// erasable side tables of internal/db.
//
// # Codec
//
// [AppendBinary] and [DecodeBinary] use CBOR (RFC 8949) with integer keys, the
// form kept in journals. MarshalJSON and UnmarshalJSON give the readable form
// used by `--json`, by the interchange format "agner" and in pages.
package event
