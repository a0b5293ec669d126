// Package feed is the ground that the importers of foreign call records stand on.
//
// An importer is a pure stream: records in, events out. A [Format] says how a
// file is cut into records ([Splitter]) and makes a [Mapper], which turns one
// record after the other into events on an [Out]. Everything else – opening
// files, bounded reading, names, local time, positions, the report – is here, so
// that a format's package holds nothing but the format.
//
// # Vocabulary
//
//   - record: what a format maps at once; a line, or several.
//   - outcome: each record is mapped, kept raw (import.raw), skipped for a stated
//     reason, or rejected for a stated reason. Nothing is dropped silently: the
//     four add up to the records read.
//   - identity: a name for a file's content that survives renaming, compressing
//     and growing; the digest of its beginning when it was first seen.
//   - stream: the records of one foreign system in one format. Calls that are
//     open at the end of a rotated file go on in the next file of its stream.
//   - [Checkpoint]: identity, position, digest of what was consumed and the
//     mapper's state at that position.
//
// # Exactly once
//
// The journal is the import ledger. A run publishes batches; each batch ends
// with a marker, an event that carries the checkpoint after the batch
// ([Checkpoint.Event]); each file begins with one. A batch is published in one
// append, but a crash may tear it. [Index] reads markers and counts the events
// behind the last one. Mapping is deterministic, so a later run restores the
// checkpoint and leaves out as many events as the torn batch left in the
// journal. A table of imports in the database is only an index of this and may
// be rebuilt from the journal at any time.
//
// # Hostile input
//
// Lines are bounded ([DefaultMaxLine]); a longer one is skipped in constant
// memory and rejected with its number. Records with NUL bytes are rejected.
// Bytes that are not UTF-8 are read as ISO 8859-1 and the report says so.
package feed
