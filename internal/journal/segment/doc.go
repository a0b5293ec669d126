// Package segment is the journal's on-disk format and everything that only reads
// it: scanning with all checks, finding the end of a segment, readers, and
// verification. The writer and the event layer are in internal/journal, which
// other packages use; the bytes are described in docs/formats/journal.md.
//
// # Vocabulary
//
// A segment is a header, groups and, when sealed, a footer. A group is records
// and a trailer: what one fsync made durable. The [Watermark] beside the segments
// says how far the journal is durable; readers never look past it.
//
// # Guarantee
//
// Every byte of a segment is covered: the header by its CRC, a record by its CRC
// and its seq, a group by its trailer's CRC and by the chain over all before it,
// a sealed segment by its length and SHA-256. So no damaged byte is ever handed
// out, and FindEnd can tell what a crash may leave behind from what it may not.
package segment
