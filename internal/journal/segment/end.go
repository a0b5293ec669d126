package segment

import (
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
)

// TornTail is what a crash left behind the last durable group and Open cut off.
// None of it was ever acknowledged.
type TornTail struct {
	Segment string // file name
	Offset  int64  // where the file was cut
	Bytes   int64  // how much was cut
}

// Problem is damage found by looking at a whole journal.
type Problem struct {
	Segment string
	Offset  int64
	Seq     uint64 // seq expected at Offset, 0 if it does not apply
	What    string
}

// End is the state behind the last good group of a segment.
type End struct {
	Mark
	Header Header
	Sealed bool      // a footer follows
	Torn   int64     // bytes behind Offset that a crash left
	Sum    hash.Hash // SHA-256 of the segment up to Offset
}

// FindEnd verifies all bytes of the segment that begins with seq first and
// decides what its end is: clean, sealed, or a torn tail. Damage that no crash
// can explain is a *CorruptError. wm is what is known to have been durable; log
// remembers the groups.
func FindEnd(src *io.SectionReader, first uint64, wm Watermark, log *Log) (End, error) {
	sc, err := newScanner(src, log.node, first)
	if err != nil {
		return End{}, err
	}
	sc.limit = src.Size()
	sc.digest()
	end := End{Header: sc.hdr}
	if err := end.find(sc, wm, log); err != nil {
		return end, err
	}
	if end.Sealed || sc.offset() == end.Offset {
		end.Sum = sc.sum
		return end, nil
	}
	// The digest has torn records in it: once more, only to the end.
	end.Sum, err = digestTo(src, log.node, first, end.Offset)
	return end, err
}

// find walks to the end and judges it.
func (e *End) find(sc *scanner, wm Watermark, log *Log) error {
	e.Mark = Mark{Seq: sc.next - 1, Offset: sc.offset(), Chain: sc.chain}
	atMark := wm.Segment != sc.hdr.First || wm.Offset <= HeaderSize
	for {
		kind, err := sc.scan()
		if errors.Is(err, ErrCorrupt) || err == nil && kind == frameEnd {
			return e.judge(sc, wm, err, atMark)
		}
		if err != nil {
			return err
		}
		switch kind {
		case frameTrailer:
			e.Mark = sc.mark()
			log.Remember(sc.hdr.First, e.Mark)
			atMark = atMark || e.Offset == wm.Offset && e.Seq == wm.Seq && e.Chain == wm.Chain
		case frameFooter:
			e.Sealed = true
			if wm.Seq > e.Seq {
				return e.judge(sc, wm, nil, true)
			}
			return checkFooter(sc)
		}
	}
}

// judge tells a torn tail from damage where the good groups end. damage is what
// the scanner met there, nil if the file simply ends. atMark says that a group
// ended where the watermark says.
func (e *End) judge(sc *scanner, wm Watermark, damage error, atMark bool) error {
	var ce *CorruptError
	if !errors.As(damage, &ce) {
		ce = &CorruptError{Segment: sc.name, Offset: sc.limit, Seq: sc.next, Reason: "segment ends early"}
	}
	if wm.Seq > e.Seq || wm.Segment == sc.hdr.First && wm.Offset > e.Offset {
		ce.Reason += fmt.Sprintf("; seq %d was durable", wm.Seq)
		return ce
	}
	if !atMark {
		return &CorruptError{Segment: sc.name, Offset: wm.Offset, Seq: wm.Seq, Reason: "no group ends at the durable watermark"}
	}
	later, err := sc.laterGroup(e.Offset)
	if err != nil {
		return err
	}
	if later {
		ce.Reason += "; a later group was synced"
		return ce
	}
	e.Torn = sc.limit - e.Offset
	return nil
}

// checkFooter compares digest and size of a sealed segment whose footer was just
// passed.
func checkFooter(sc *scanner) error {
	at := sc.offset() - FooterSize
	bad := func(why string) error {
		return &CorruptError{Segment: sc.name, Offset: at, Seq: sc.next, Reason: why}
	}
	switch {
	case sc.offset() != sc.limit:
		return bad(fmt.Sprintf("%d bytes after the footer", sc.limit-sc.offset()))
	case sc.sum != nil && !slices.Equal(sc.sum.Sum(nil), sc.foot.Digest[:]):
		return bad("digest of the records is wrong")
	}
	return nil
}

// digestTo sums up the good groups of a segment up to offset end.
func digestTo(src io.ReaderAt, node string, first uint64, end int64) (hash.Hash, error) {
	sc, err := newScanner(src, node, first)
	if err != nil {
		return nil, err
	}
	sc.limit = end
	sc.digest()
	for {
		kind, err := sc.scan()
		if err != nil {
			return nil, err
		}
		if kind == frameEnd {
			return sc.sum, nil
		}
	}
}
