package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/agner-platform/agner/internal/journal/segment"
)

// Prune removes sealed segments that hold only events below before, and returns
// how many. verified is the last seq that the caller has checked to be in the
// Parquet mirror: going past it is refused with ErrRetention. The open segment
// always stays, so that numbering goes on.
func (j *Journal) Prune(ctx context.Context, before, verified uint64) (removed int, err error) {
	if before > verified && before-verified > 1 {
		return 0, fmt.Errorf("prune journal %s before seq %d, verified is %d: %w", j.node, before, verified, ErrRetention)
	}
	err = j.do(ctx, func() error {
		removed, err = j.w.prune(before)
		return err
	})
	if err != nil {
		return removed, fmt.Errorf("prune journal %s: %w", j.node, err)
	}
	j.log.Forget(j.Oldest())
	return removed, nil
}

// prune moves the watermark's oldest seq durably before it removes a file:
// after a crash between the two, Open finishes the work.
func (w *writer) prune(before uint64) (removed int, err error) {
	segs, err := segment.List(w.dir)
	if err != nil {
		return 0, err
	}
	for removed+1 < len(segs) && segs[removed+1] <= before && segs[removed+1] <= w.wm.Segment {
		removed++
	}
	if removed == 0 {
		return 0, nil
	}
	w.wm.Oldest = segs[removed]
	if err := errors.Join(w.store(), w.syncMark()); err != nil {
		return 0, err
	}
	for _, first := range segs[:removed] {
		if err := w.disk.remove(filepath.Join(w.dir, segment.Name(first))); err != nil {
			return 0, err
		}
	}
	return removed, w.disk.syncDir(w.dir)
}

// Repair makes a journal that Open refuses as corrupt writable again. Nothing is
// removed or rewritten: the damaged segment stays, read-only, and a new one
// begins behind every seq that may ever have been acknowledged. A reader with
// OnGap gets what is readable and is told the rest. It returns the first seq of
// the new segment; 0 means that the journal needs no repair.
func Repair(root, node string) (next uint64, err error) {
	j, _, err := Open(root, node, Options{})
	if err == nil {
		return 0, j.Close()
	}
	if !errors.Is(err, ErrCorrupt) {
		return 0, err
	}
	dir := filepath.Join(root, node)
	lock, err := lockDir(dir)
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	opts, err := Options{}.withDefaults()
	if err != nil {
		return 0, err
	}
	w := &writer{disk: opts.disk, dir: dir, node: node, opts: opts, log: segment.NewLog(dir, node, nil)}
	if err := errors.Join(w.restart(), w.close()); err != nil {
		return 0, fmt.Errorf("repair journal %s: %w", node, err)
	}
	return w.wm.Seq + 1, nil
}

// restart begins a new segment behind everything known.
func (w *writer) restart() error {
	marks, err := segment.ReadWatermark(w.dir)
	if err != nil {
		return err
	}
	segs, err := segment.List(w.dir)
	if err != nil {
		return err
	}
	wm := marks.Best
	w.wm = segment.Watermark{Gen: wm.Gen, Oldest: max(wm.Oldest, 1), Seq: wm.Seq, Segment: wm.Segment, Offset: wm.Offset, Chain: wm.Chain}
	if len(segs) > 0 {
		w.wm.Oldest = segs[0]
		last := segs[len(segs)-1]
		s, err := segment.Survey(w.dir, w.node, last)
		if err != nil {
			return err
		}
		// The file may be cut: what the watermark says counts as well.
		w.wm.Seq = max(w.wm.Seq, s.Last, last)
		if err := os.Chmod(filepath.Join(w.dir, segment.Name(last)), 0o444); err != nil {
			return err
		}
	}
	if err := w.openMark(); err != nil {
		return err
	}
	return w.create()
}
