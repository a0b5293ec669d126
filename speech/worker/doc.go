// Package worker runs recognisers in child processes, because native code may end
// its process and must not take anything else along.
//
// The parent has a Pool of children; each loads its own models and serves several
// streams, one request at a time. A request is a CBOR frame on the child's standard
// input, the answer one on its file descriptor 3 (standard output belongs to
// whatever the native libraries print, and is logged). Serve is the child's loop.
//
// A Stream of a pool is an engine.Stream that survives the death of its child: it
// keeps the sound since its last final (at most keep seconds), opens itself in a
// fresh child and plays that sound again. Sound that kills three children in a
// row is given up: a final without words, marked with GuardGap, says which stretch is
// missing. So a crash costs time, and at worst one segment; never a call.
//
// Guarantees: no final is delivered twice; times are those of the whole stream;
// a child that does not answer within the time limit is killed like one that died;
// Open refuses with ErrBusy beyond the streams the pool may carry, so that overload
// is seen at the door and not as delay.
package worker
