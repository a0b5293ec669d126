package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/agner-platform/agner/internal/journal/segment"
)

// Recovery is what Open found.
type Recovery struct {
	Node     string
	First    uint64    // oldest retained seq
	Last     uint64    // last durable seq; First-1 if the journal is empty
	Segments int       // segment files
	Torn     *TornTail // nil if the journal ended cleanly
	Problems []Problem // damage outside the open segment; Verify looks closer
}

// recoverWriter brings a node's folder into a state from which writing can go on.
func recoverWriter(log *segment.Log, dir, node string, opts Options) (*writer, Recovery, error) {
	w := &writer{disk: opts.disk, dir: dir, node: node, opts: opts, log: log}
	rec := Recovery{Node: node}
	marks, err := segment.ReadWatermark(dir)
	if err != nil {
		return nil, rec, err
	}
	segs, err := w.tidy(marks.Best)
	if err != nil {
		return nil, rec, err
	}
	if len(segs) > 0 && marks.Valid < 2 {
		rec.Problems = append(rec.Problems, Problem{Segment: segment.WatermarkName, What: fmt.Sprintf("%d of 2 slots are readable", marks.Valid)})
	}
	if err := w.resume(segs, marks, &rec); err != nil {
		return nil, rec, errors.Join(err, w.close())
	}
	rec.Problems = append(rec.Problems, segment.CheckSealed(log, segs)...)
	rec.First, rec.Last, rec.Segments = w.wm.Oldest, w.wm.Seq, len(segs)
	if w.file == nil {
		if err := w.create(); err != nil {
			return nil, rec, errors.Join(err, w.close())
		}
		rec.Segments++
	}
	return w, rec, nil
}

// tidy removes what interrupted work left behind: unnamed new segments, and
// segments that retention had already given up.
func (w *writer) tidy(wm segment.Watermark) ([]uint64, error) {
	names, err := os.ReadDir(w.dir)
	if err != nil {
		return nil, fmt.Errorf("list journal folder: %w", err)
	}
	for _, n := range names {
		if strings.HasSuffix(n.Name(), segment.Suffix+".tmp") {
			if err := w.disk.remove(filepath.Join(w.dir, n.Name())); err != nil {
				return nil, fmt.Errorf("remove unfinished segment: %w", err)
			}
		}
	}
	segs, err := segment.List(w.dir)
	if err != nil {
		return nil, err
	}
	for len(segs) > 1 && segs[1] <= wm.Oldest {
		if err := w.disk.remove(filepath.Join(w.dir, segment.Name(segs[0]))); err != nil {
			return nil, fmt.Errorf("finish pruning: %w", err)
		}
		segs = segs[1:]
	}
	return segs, nil
}

// resume verifies the last segment and sets the writer at its end.
func (w *writer) resume(segs []uint64, marks segment.Slots, rec *Recovery) error {
	wm := marks.Best
	if len(segs) == 0 {
		if wm.Seq > 0 {
			return &segment.CorruptError{Segment: segment.Name(wm.Segment), Offset: wm.Offset, Seq: wm.Seq, Reason: "segment is missing"}
		}
		w.wm, w.next = segment.Watermark{Gen: wm.Gen, Oldest: 1, Segment: 1, Offset: segment.HeaderSize}, 1
		return w.openMark()
	}
	last := segs[len(segs)-1]
	if marks.Valid > 0 && wm.Segment > last {
		return &segment.CorruptError{Segment: segment.Name(wm.Segment), Offset: wm.Offset, Seq: wm.Seq, Reason: "segment is missing"}
	}
	end, err := w.check(last, wm)
	if err != nil {
		return err
	}
	if marks.Valid > 0 && wm.Oldest < segs[0] {
		rec.Problems = append(rec.Problems, Problem{
			Segment: segment.Name(wm.Oldest), Seq: wm.Oldest, What: fmt.Sprintf("seqs %d to %d are missing", wm.Oldest, segs[0]-1),
		})
	}
	w.wm = segment.Watermark{Gen: wm.Gen, Oldest: segs[0], Seq: end.Seq, Segment: last, Offset: end.Offset, Chain: end.Chain}
	w.next = end.Seq + 1
	if err := w.settle(end, wm, rec); err != nil {
		return err
	}
	return w.openMark()
}

// check opens segment first for writing and verifies all of it. wm is what is
// known to have been durable.
func (w *writer) check(first uint64, wm segment.Watermark) (segment.End, error) {
	name := filepath.Join(w.dir, segment.Name(first))
	f, err := w.disk.open(name, os.O_RDWR)
	if errors.Is(err, os.ErrPermission) { // sealed, and we are not root
		f, err = w.disk.open(name, os.O_RDONLY)
	}
	if err != nil {
		return segment.End{}, fmt.Errorf("open segment: %w", err)
	}
	w.file = f
	info, err := f.Stat()
	if err != nil {
		return segment.End{}, fmt.Errorf("open segment: %w", err)
	}
	return segment.FindEnd(io.NewSectionReader(f, 0, info.Size()), first, wm, w.log)
}

// settle makes the verified end of the last segment the end of the journal.
func (w *writer) settle(end segment.End, wm segment.Watermark, rec *Recovery) error {
	name := segment.Name(end.Header.First)
	w.hdr, w.offset, w.total, w.chain, w.sum = end.Header, end.Offset, end.Total, end.Chain, end.Sum
	if end.Sealed { // the crash came between the footer and the next segment
		err := errors.Join(w.file.Sync(), w.file.Chmod(0o444), w.file.Close())
		w.file = nil
		if err != nil {
			return fmt.Errorf("finish sealing segment %s: %w", name, err)
		}
		return nil
	}
	if end.Torn > 0 {
		rec.Torn = &TornTail{Segment: name, Offset: end.Offset, Bytes: end.Torn}
		if err := w.file.Truncate(end.Offset); err != nil {
			return fmt.Errorf("cut torn tail of segment %s: %w", name, err)
		}
	}
	from := int64(segment.HeaderSize)
	if wm.Segment == w.hdr.First {
		from = max(from, wm.Offset)
	}
	return w.rewrite(from, end.Offset)
}

// rewriteBuffer is how much rewrite copies at once.
const rewriteBuffer = 256 << 10

// rewrite writes the groups behind the watermark once more and syncs them. They
// are whole in the page cache, but if an fsync failed before the restart the
// kernel may hold them as clean without having them on disk.
func (w *writer) rewrite(from, to int64) error {
	buf := make([]byte, rewriteBuffer)
	for at := from; at < to; at += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), to-at)]
		if _, err := w.file.ReadAt(buf, at); err != nil {
			return fmt.Errorf("read back segment %s: %w", segment.Name(w.hdr.First), err)
		}
		if _, err := w.file.WriteAt(buf, at); err != nil {
			return fmt.Errorf("rewrite segment %s: %w", segment.Name(w.hdr.First), err)
		}
	}
	if err := w.file.Sync(); err != nil {
		return fmt.Errorf("sync segment %s: %w", segment.Name(w.hdr.First), err)
	}
	return nil
}
