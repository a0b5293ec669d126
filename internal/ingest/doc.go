// Package ingest turns the records that other systems left behind into events.
//
// [Run] reads files in one of [Formats], maps every record and hands batches of
// events to a [Sink]; it returns a [Report] whose numbers add up: every record is
// mapped, kept raw, skipped or rejected, the last two with reason and line. It
// knows nothing of journals and databases: publishing, names and pseudonyms are
// the caller's, behind [Sink] and [Directory].
//
// # Importing twice
//
// [Options.Index] is what earlier runs published, read from the journal (see
// package feed). A file is recognised by its content: the same file again
// publishes nothing; a grown file goes on where it ended; a rotated log is read
// to its end under its new name, then its successor with the calls that were
// still open; a file whose imported part has changed is refused.
//
// # Files
//
// Plain or gzip by content, patterns, and "-" for standard input. Parts of a
// rotated log are read in the order they were written. With [Options.Follow] the
// last file is read on as it grows and across rotation until the context ends.
//
// A file that fails does not stop the others: its report says why and up to
// which line it is complete. Run's own error means that nothing more could be
// done: bad options, or a failure of Sink, Directory or context.
package ingest
