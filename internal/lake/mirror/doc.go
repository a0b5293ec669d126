// Package mirror keeps the Parquet copy of the lake: what other processes,
// notebooks, backup and rebuilds read. It speaks SQL only; the lake lends it a
// connection whose transaction shows one committed state.
//
// # Layout
//
//	DIR/parquet/manifest.json
//	DIR/parquet/<table>/day=2026-05-04/<table>.parquet
//	DIR/parquet/events/node=<node>/<from>-<to>.parquet
//
// Projections are cut by UTC day. A day is written again, as its next
// generation, when rows have come to it since: each hour for the day that runs,
// and for a late event for the day it belongs to. The new file replaces the old
// one in one rename, so that a glob never sees both. Events are cut by seq and
// not by day, because a gapless range of seqs is what a rebuild needs and what
// the journal's retention may rely on.
//
// # Guarantees
//
//   - A file is in the manifest only after it was read back and found to hold
//     the same rows: equal count and equal sum of row hashes.
//   - The manifest names size and SHA-256 of every file; a file that does not
//     match is written again by the next pass and refused by a rebuild.
//   - [Manifest.Verified] is the vector up to which every event is in the mirror.
package mirror
