// Package lake keeps the answers' raw material: a DuckDB database of projections
// made from the journals, and its Parquet mirror. It is the only package that
// speaks to DuckDB. docs/lake.md describes every table.
//
// # Vocabulary
//
// A projection is a table that events are turned into (package project). The
// vector is the last seq applied of each node; it is committed in the same
// transaction as the rows. The mirror is the immutable Parquet copy under
// DIR/parquet (package mirror). A rebuild drops the database and makes it again
// from the mirror's events and the journals.
//
// # Parts
//
// project turns events into rows and is pure; feed reads journals; store is the
// DuckDB file and its tables; mirror is the Parquet copy. This package joins them
// and decides when what is written.
//
// # Writing
//
// One goroutine owns the writing connection. Apply and Follow decode and project
// on their callers' goroutine and hand over finished batches, so that decoding
// and appending overlap. Tables are created when the database is, never later.
//
// # Guarantees
//
//   - Exactly once: an event whose seq is not above the vector is skipped. Rows,
//     open rows and vector change together or not at all; a kill at any point and
//     a restart give the tables of an uninterrupted run.
//   - One bad record never stops the tail: it goes to the table rejects.
//   - Readers never block the writer and see one committed state per View.
//   - A full disk pauses the writer and loses nothing: the journal is the truth.
//     Health says so, and writing resumes when there is room.
//   - A damaged or outdated database is moved aside and rebuilt; one written by a
//     newer build is refused with ErrNewerFormat and left alone.
//
// # Lock order
//
// builder.mu, then handleBox.mu; the writer goroutine takes neither while it
// waits for a batch.
package lake
