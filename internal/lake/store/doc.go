// Package store is the lake's database: the DuckDB file, its tables, how a batch
// is committed and what the library's errors mean. It knows nothing of events or
// journals; package lake decides what to write and when.
//
// # Guarantees
//
//   - Tables and views are made when the file is, followed by a checkpoint; no
//     statement changes the schema later.
//   - [Writer.Commit] changes rows, open rows and vector in one transaction.
//   - [OpenOrRecover] moves a damaged file aside, drops an outdated one, and
//     leaves one alone that is locked or was written by a newer build.
package store
