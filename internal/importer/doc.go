// Package importer runs import jobs: it publishes what internal/ingest maps,
// remembers how far each file was read, and says how far a job is.
//
// # Vocabulary
//
//   - A [Request] names files, a format and the place they belong to. [Service.Submit]
//     queues it as a [Job]; jobs run one at a time, in order, so that two imports of
//     one rotated log cannot overtake each other. A job that follows a growing log
//     runs beside them until it is cancelled.
//   - The ledger says how far each file was imported. It is an index of markers in
//     the journal and is kept in DIR/imports/ledger.json only so that opening does
//     not read the whole journal; losing that file loses nothing.
//
// # Guarantees
//
//   - A batch of events and the marker behind it are one append: after a crash the
//     journal itself says how far an import got, and going on counts nothing twice.
//   - A job is done when its events are in the lake: who sees "done" sees the
//     figures.
//   - Names become set-up rows and numbers pseudonyms before the events that use
//     them are published; the numbers themselves go to the erasable tables only.
//
// Sub-package api: upload, job list and progress over HTTP.
package importer
