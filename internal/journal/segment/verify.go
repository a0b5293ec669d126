package segment

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Report is what Verify found under one root.
type Report struct {
	Nodes []NodeReport
}

// Problems counts the problems of all nodes.
func (r *Report) Problems() int {
	n := 0
	for i := range r.Nodes {
		n += len(r.Nodes[i].Problems)
	}
	return n
}

// NodeReport is what Verify found in one node's journal.
type NodeReport struct {
	Node     string
	First    uint64 // oldest retained seq
	Last     uint64 // last durable seq; below First if there is none
	Records  uint64 // readable events
	Bytes    int64  // size of all segments
	Live     bool   // a writer holds the lock
	Segments []SegmentReport
	Torn     *TornTail // behind the last group; written at this moment if Live
	Problems []Problem
}

// SegmentReport is what Verify found in one segment.
type SegmentReport struct {
	Name     string
	First    uint64
	Last     uint64 // last readable seq; First-1 if there is none
	Records  uint64 // readable events
	Bytes    int64
	Sealed   bool
	Problems []Problem
}

// Verify reads every byte of all journals under root and checks all checksums,
// digests and numbering. It needs no lock and may run beside the writers. Damage
// is in the report; the error is for what kept Verify from looking.
func Verify(root string) (Report, error) {
	nodes, err := Nodes(root)
	if err != nil {
		return Report{}, err
	}
	var rep Report
	for _, node := range nodes {
		n, err := VerifyNode(root, node)
		if err != nil {
			return rep, err
		}
		rep.Nodes = append(rep.Nodes, n)
	}
	return rep, nil
}

// VerifyNode is Verify for one node.
func VerifyNode(root, node string) (NodeReport, error) {
	n := NodeReport{Node: node}
	if err := CheckNode(node); err != nil {
		return n, err
	}
	dir := filepath.Join(root, node)
	n.Live = isLocked(dir)
	marks, err := ReadWatermark(dir) // before the segments: they may only grow
	for range 3 {
		if err == nil && marks.Valid < 2 && n.Live {
			marks, err = ReadWatermark(dir) // a slot was just being written
		}
	}
	if err != nil {
		return n, fmt.Errorf("verify journal %s: %w", node, err)
	}
	segs, err := List(dir)
	if err != nil {
		return n, fmt.Errorf("verify journal %s: %w", node, err)
	}
	n.checkList(segs, marks)
	for i, first := range segs {
		last := i == len(segs)-1
		s, err := n.verifySegment(dir, first, last, marks.Best)
		if errors.Is(err, os.ErrNotExist) {
			continue // pruned meanwhile
		}
		if err != nil {
			return n, fmt.Errorf("verify journal %s: %w", node, err)
		}
		if !last && s.Last+1 != segs[i+1] && len(s.Problems) == 0 {
			s.Problems = append(s.Problems, Problem{
				Segment: Name(s.Last + 1), Seq: s.Last + 1, What: fmt.Sprintf("segment is missing: seqs %d to %d", s.Last+1, segs[i+1]-1),
			})
		}
		n.add(s)
	}
	return n, nil
}

func (n *NodeReport) add(s SegmentReport) {
	n.Segments = append(n.Segments, s)
	n.Records += s.Records
	n.Bytes += s.Bytes
	n.Last = max(n.Last, s.Last)
	n.Problems = append(n.Problems, s.Problems...)
}

// checkList compares the list of segments with the watermark.
func (n *NodeReport) checkList(segs []uint64, marks Slots) {
	wm := marks.Best
	n.First = max(wm.Oldest, 1)
	problem := func(p Problem) { n.Problems = append(n.Problems, p) }
	if marks.Valid < 2 && (len(segs) > 0 || marks.Valid > 0) {
		problem(Problem{Segment: WatermarkName, What: fmt.Sprintf("%d of 2 slots are readable", marks.Valid)})
	}
	if len(segs) == 0 {
		if wm.Seq > 0 {
			problem(Problem{Segment: Name(wm.Oldest), Seq: wm.Oldest, What: fmt.Sprintf("all segments are missing: seqs %d to %d", wm.Oldest, wm.Seq)})
		}
		return
	}
	if segs[0] > n.First && marks.Valid > 0 {
		problem(Problem{Segment: Name(n.First), Seq: n.First, What: fmt.Sprintf("segment is missing: seqs %d to %d", n.First, segs[0]-1)})
	}
	if wm.Segment > segs[len(segs)-1] {
		problem(Problem{Segment: Name(wm.Segment), Seq: wm.Segment, What: fmt.Sprintf("segment is missing: seqs up to %d", wm.Seq)})
	}
	n.First = segs[0]
}

// verifySegment verifies one segment. The last one may be open, and then ends
// cleanly, in a torn tail, or in damage.
func (n *NodeReport) verifySegment(dir string, first uint64, last bool, wm Watermark) (SegmentReport, error) {
	s, err := Survey(dir, n.Node, first)
	if err != nil || s.Sealed || !last {
		return s, err
	}
	f, size, err := Open(dir, first)
	if err != nil {
		return s, err
	}
	defer f.Close()
	end, err := FindEnd(io.NewSectionReader(f, 0, size), first, wm, NewLog(dir, n.Node, nil))
	var ce *CorruptError
	switch {
	case errors.As(err, &ce):
		// The survey's list of damaged places stays; cuts only show here.
		if !hasProblemAt(s.Problems, ce.Offset) {
			s.Problems = append(s.Problems, Problem{Segment: ce.Segment, Offset: ce.Offset, Seq: ce.Seq, What: ce.Reason})
		}
	case err != nil:
		return s, err
	default:
		s.Problems, s.Last, s.Records = nil, end.Seq, end.Total
		if end.Torn > 0 {
			n.Torn = &TornTail{Segment: s.Name, Offset: end.Offset, Bytes: end.Torn}
		}
	}
	return s, nil
}

func hasProblemAt(list []Problem, offset int64) bool {
	for _, p := range list {
		if p.Offset == offset {
			return true
		}
	}
	return false
}

// Survey reads all of a segment that can be read, stepping over damage. A
// missing footer counts as damage: for the open segment the caller knows better.
func Survey(dir, node string, first uint64) (SegmentReport, error) {
	s := SegmentReport{Name: Name(first), First: first, Last: first - 1}
	f, size, err := Open(dir, first)
	if err != nil {
		return s, err
	}
	defer f.Close()
	s.Bytes = size
	sc, err := newScanner(f, node, first)
	switch {
	case errors.Is(err, ErrCorrupt):
		s.note(err)
		sc = blindScanner(f, first)
	case err != nil:
		return s, err
	default:
		sc.digest()
	}
	sc.limit = size
	return s, s.survey(sc)
}

// note adds damage to the report.
func (s *SegmentReport) note(err error) {
	var ce *CorruptError
	if errors.As(err, &ce) {
		s.Problems = append(s.Problems, Problem{Segment: ce.Segment, Offset: ce.Offset, Seq: ce.Seq, What: ce.Reason})
	}
}

// survey walks a segment to its end.
func (s *SegmentReport) survey(sc *scanner) error {
	for {
		kind, err := sc.scan()
		if errors.Is(err, ErrCorrupt) {
			s.note(err)
			sc.sum = nil // the digest cannot be right any more
			ok, rerr := sc.resync()
			if rerr != nil || !ok {
				return rerr
			}
			continue
		}
		if err != nil {
			return err
		}
		switch kind {
		case frameRecord:
			s.Records++
			s.Last = sc.rec.Seq
		case frameFooter:
			s.Sealed = true
			if err := checkFooter(sc); err != nil {
				s.note(err)
			}
			return nil
		case frameEnd:
			s.note(sc.corrupt("segment has no footer"))
			return nil
		case frameTrailer:
		}
	}
}

// CheckSealed looks at head and foot of the sealed segments, which is cheap
// enough for every Open; Verify and every reader check the rest.
func CheckSealed(log *Log, segs []uint64) []Problem {
	var found []Problem
	for i := 0; i+1 < len(segs); i++ {
		p := Problem{Segment: Name(segs[i]), Seq: segs[i]}
		last, err := sealedLast(log, segs[i])
		switch {
		case err != nil:
			p.What = err.Error()
		case last+1 != segs[i+1]:
			p.What = fmt.Sprintf("seqs %d to %d behind it are missing", last+1, segs[i+1]-1)
		default:
			continue
		}
		found = append(found, p)
	}
	return found
}

// sealedLast returns the last seq of a sealed segment from its footer.
func sealedLast(log *Log, first uint64) (uint64, error) {
	f, size, err := Open(log.dir, first)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	sc, err := newScanner(f, log.node, first)
	if err != nil {
		return 0, err
	}
	at := size - FooterSize
	if at < HeaderSize {
		return 0, sc.corrupt("segment has no footer")
	}
	b := make([]byte, FooterSize)
	if _, err := f.ReadAt(b, at); err != nil {
		return 0, fmt.Errorf("read footer: %w", err)
	}
	foot, ok := decodeFooter(b, sc.hdr.Nonce, at, false)
	if !ok || foot.First != first {
		return 0, sc.corrupt("footer is missing or damaged")
	}
	return foot.Last, nil
}

// LockName is the file whose flock the writer holds.
const LockName = "lock"

// isLocked reports whether a writer holds the folder's lock.
func isLocked(dir string) bool {
	f, err := os.Open(filepath.Join(dir, LockName))
	if err != nil {
		return false
	}
	defer f.Close()
	// flock has no query: this holds a shared lock for an instant, which a writer
	// that is opening outlasts by trying again.
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
