// Package search finds what was said: one document per turn, in an index of its own
// that one process opens.
//
// The index holds nothing that cannot be made again: facts say which turns there
// are, the erasable side tables what was said in them. [Index.Vector] is how far the
// facts were read; it is committed in one batch with the documents, so a crash
// neither loses nor doubles a turn. An index of another format, or one that cannot
// be opened, is set aside and built anew.
//
// A query is a text of speech/phrase. The index gives the candidates and
// phrase.Match decides and marks the places, so that search and rules agree. Where
// candidates are more than can be looked at (NEAR and fuzzy words only), the total
// is a bound and [Result.Bound] says so.
package search

import "errors"

var (
	// ErrNone is a call without a transcript.
	ErrNone = errors.New("no transcript")
	// ErrQuery is a query that asks for the impossible.
	ErrQuery = errors.New("query not understood")
)
