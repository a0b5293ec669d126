package segment

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"sync"
)

// indexEvery is the distance between remembered group ends: a reader that starts
// in the middle of a segment verifies at most this much (or one group) before it.
const indexEvery = 64 << 10

// Mark is the end of a group: from here a scanner can go on.
type Mark struct {
	Seq    uint64 // last seq before the mark
	Offset int64
	Chain  uint32
	Total  uint64 // records before the mark in this segment
}

// Live is a writer in this process, as readers see it.
type Live interface {
	// Watermark returns how far the journal is durable.
	Watermark() Watermark
	// End returns why nothing more will become durable, or nil.
	End() error
	// Subscribe makes the writer poke c whenever either may have changed.
	Subscribe(c chan struct{})
	// Unsubscribe ends that.
	Unsubscribe(c chan struct{})
}

// Log is what readers and the writer of one node share in one process.
type Log struct {
	dir  string
	node string
	live Live // nil if the writer is another process

	mu    sync.Mutex        // guards index
	index map[uint64][]Mark // by the segment's first seq, ascending
}

// NewLog returns the shared state of a node's folder. live is nil if the writer
// is in another process.
func NewLog(dir, node string, live Live) *Log { return &Log{dir: dir, node: node, live: live} }

// Remember adds a group end to the sparse index.
func (l *Log) Remember(segment uint64, m Mark) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.index == nil {
		l.index = map[uint64][]Mark{}
	}
	marks := l.index[segment]
	if n := len(marks); n == 0 || m.Offset-marks[n-1].Offset >= indexEvery {
		l.index[segment] = append(marks, m)
	}
}

// before returns the last remembered group end before seq.
func (l *Log) before(segment, seq uint64) (Mark, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	marks := l.index[segment]
	i := sort.Search(len(marks), func(i int) bool { return marks[i].Seq >= seq })
	if i == 0 {
		return Mark{}, false
	}
	return marks[i-1], true
}

// Forget drops the index of segments below first.
func (l *Log) Forget(first uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for segment := range l.index {
		if segment < first {
			delete(l.index, segment)
		}
	}
}

// watermark returns how far the journal is durable. known is false if the
// watermark file has no readable slot and the end was found by scanning.
func (l *Log) watermark() (wm Watermark, known bool, err error) {
	if l.live != nil {
		return l.live.Watermark(), true, nil
	}
	marks, err := ReadWatermark(l.dir)
	if err != nil || marks.Valid > 0 {
		return marks.Best, true, err
	}
	wm, err = l.guess()
	return wm, false, err
}

// guess finds the end of a journal whose watermark file is lost: the last good
// group of the last segment.
func (l *Log) guess() (Watermark, error) {
	segs, err := List(l.dir)
	if err != nil || len(segs) == 0 {
		return Watermark{Oldest: 1}, err
	}
	last := segs[len(segs)-1]
	wm := Watermark{Oldest: segs[0], Seq: last - 1, Segment: last, Offset: HeaderSize}
	f, size, err := Open(l.dir, last)
	if err != nil {
		return wm, err
	}
	defer f.Close()
	sc, err := newScanner(f, l.node, last)
	if errors.Is(err, ErrCorrupt) {
		return wm, nil // the reader that gets there will say so
	}
	if err != nil {
		return wm, err
	}
	sc.limit = size
	for {
		kind, err := sc.scan()
		switch {
		case errors.Is(err, ErrCorrupt) || err == nil && kind == frameEnd:
			return wm, nil
		case err != nil:
			return wm, err
		case kind == frameTrailer:
			wm.Seq, wm.Offset, wm.Chain = sc.tail.Last, sc.offset(), sc.chain
		case kind == frameFooter:
			wm.Offset = sc.offset()
		}
	}
}

// List returns the first seqs of a folder's segments, ascending.
func List(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list journal folder: %w", err)
	}
	var segs []uint64
	for _, e := range entries {
		if first, ok := parseSegmentName(e.Name()); ok {
			segs = append(segs, first)
		}
	}
	slices.Sort(segs)
	return segs, nil
}

// Open opens a segment for reading and returns its size.
func Open(dir string, first uint64) (*os.File, int64, error) {
	f, err := os.Open(filepath.Join(dir, Name(first)))
	if err != nil {
		return nil, 0, fmt.Errorf("open segment: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, fmt.Errorf("open segment: %w", err)
	}
	return f, info.Size(), nil
}

// Nodes lists the nodes that have a journal under root, sorted.
func Nodes(root string) ([]string, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list journals: %w", err)
	}
	var nodes []string
	for _, e := range entries { // ReadDir sorts
		if e.IsDir() && CheckNode(e.Name()) == nil {
			nodes = append(nodes, e.Name())
		}
	}
	return nodes, nil
}
