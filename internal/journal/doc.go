// Package journal is the durable log of facts: one append-only segment log per
// publishing node, written by one process and read by any number.
//
// # Vocabulary
//
// A record is one event with its seq. A group is what one fsync made durable:
// records followed by a trailer. A segment is a file of groups, named by its
// first seq; it is open while it grows and sealed (footer, mode 0444) when the
// next one begins. The durable watermark is the last seq that an fsync covered
// and the place in the file where its group ends; it lives in a small file of
// its own. The bytes are described in docs/formats/journal.md.
//
// # Writing
//
//	j, rec, err := journal.Open(root, "switch", journal.Options{})
//	first, err := j.Append(ctx, events...)  // returns when they are on disk
//	err = j.AppendAsync(events...)          // never waits; overflow becomes log.gap
//	err = j.Close()
//
// Concurrent callers of Append share an fsync. The events of one Append or
// AppendAsync get consecutive seqs in one group: they survive a crash together
// or not at all. The journal sets Node and Seq.
//
// # Reading
//
//	r, err := journal.OpenReader(root, "switch", from, journal.ReaderOptions{})
//	ev, err := r.Next(ctx)                  // waits for the next durable event
//	t, err := journal.TailAll(root, vector, journal.TailOptions{})
//	n, err := t.Read(ctx, batch)            // all nodes, also those that appear later
//
// # Guarantees
//
//   - Seqs are gapless from 1 in each node; (node, seq) never changes its meaning.
//   - An acknowledged event survives kill −9 and loss of power; readers never see
//     an event that is not durable.
//   - Every byte of a segment is covered by a checksum that is checked on read.
//     Damage in a sealed segment, before the last synced group, or below the
//     durable watermark is ErrCorrupt with segment, offset and seq. Only bytes
//     after all of these can be a torn tail: Open cuts it and reports its size.
//   - A failed fsync ends the journal (ErrFailed): the kernel may have dropped the
//     dirty pages, so a retry that succeeds proves nothing. A full disk does not:
//     Append says ErrDiskFull, the torn group is cut, and writing goes on as soon
//     as there is room.
//   - The readable rest stays readable: a reader with OnGap steps over damage and
//     says what is missing.
//
// # Concurrency
//
// A Journal may be used by any number of goroutines. A Reader or Tail belongs to
// one. One goroutine (Journal.run, awaited by Close) owns the open segment.
// Lock order: queue.mu and Log.mu are leaves and never nest.
package journal
