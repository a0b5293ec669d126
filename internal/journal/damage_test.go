package journal

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/agner-platform/agner/internal/journal/segment"
)

// image is a closed journal in memory, with what is true of it.
type image struct {
	files    map[string][]byte // by name
	sealed   []string          // names of sealed segments
	open     string            // name of the open segment
	records  [][]byte          // record seq-1
	groupEnd []int64           // ends of the groups of the open segment
	groupSeq []uint64          // their last seqs
	marks    [][]byte          // the watermark file after each of these groups
}

// makeImage writes 120 groups of 1 to 5 records into small segments.
func makeImage(t *testing.T) *image {
	t.Helper()
	root := t.TempDir()
	j := openTest(t, root, Options{SegmentBytes: 8 << 10, disk: &faultDisk{}})
	rng := rand.New(rand.NewPCG(3, 4))
	im := &image{files: map[string][]byte{}}
	seg := uint64(0)
	for range 120 {
		var group [][]byte
		for range 1 + rng.IntN(5) {
			p := payload(uint64(len(im.records)+1), 20+rng.IntN(150))
			group = append(group, p)
			im.records = append(im.records, p)
		}
		mustAppend(t, j, group...)
		wm := j.live.Watermark()
		if wm.Segment != seg {
			seg, im.groupEnd, im.groupSeq, im.marks = wm.Segment, nil, nil, nil
		}
		mark, err := os.ReadFile(filepath.Join(nodeDir(root), segment.WatermarkName))
		if err != nil {
			t.Fatal(err)
		}
		im.groupEnd, im.groupSeq, im.marks = append(im.groupEnd, wm.Offset), append(im.groupSeq, wm.Seq), append(im.marks, mark)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for _, p := range append(segmentFiles(t, root), filepath.Join(nodeDir(root), segment.WatermarkName)) {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		im.files[filepath.Base(p)] = b
	}
	names := slices.Sorted(maps.Keys(im.files))
	names = names[:len(names)-1] // "watermark" sorts last
	im.sealed, im.open = names[:len(names)-1], names[len(names)-1]
	if len(im.sealed) < 3 || len(im.groupEnd) < 4 {
		t.Fatalf("%d sealed segments, %d groups in the open one: too few for the test", len(im.sealed), len(im.groupEnd))
	}
	return im
}

// trial is a folder that holds the image with one file changed.
type trial struct {
	*image
	root    string
	changed map[string]bool
}

func newTrial(t *testing.T, im *image) *trial {
	tr := &trial{image: im, root: t.TempDir(), changed: map[string]bool{}}
	if err := os.MkdirAll(nodeDir(tr.root), 0o755); err != nil {
		t.Fatal(err)
	}
	for name := range im.files {
		tr.changed[name] = true
	}
	return tr
}

// reset brings back the image; content replaces one or more files (nil: none).
func (tr *trial) reset(t *testing.T, content map[string][]byte) {
	t.Helper()
	for name := range content {
		tr.changed[name] = true
	}
	for name := range tr.changed {
		b, ok := content[name]
		if !ok {
			b = tr.files[name]
			delete(tr.changed, name)
		}
		path := filepath.Join(nodeDir(tr.root), name)
		if err := errors.Join(ignoreMissing(os.Remove(path)), os.WriteFile(path, b, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// spoil flips one bit of b or cuts it short, and says what it did.
func spoil(rng *rand.Rand, b []byte) ([]byte, string, int64) {
	at := rng.IntN(len(b))
	if rng.IntN(4) == 0 {
		return b[:at:at], fmt.Sprintf("cut at %d of %d", at, len(b)), int64(at)
	}
	c := bytes.Clone(b)
	bit := rng.IntN(8)
	c[at] ^= 1 << bit
	return c, fmt.Sprintf("bit %d of byte %d of %d flipped", bit, at, len(b)), int64(at)
}

// checkRest reads all that can be read and checks that records and reported gaps
// make up the whole, and that no record is wrong. It returns the missing count.
func (tr *trial) checkRest(t *testing.T, what string) (missing, gaps int) {
	t.Helper()
	seen := make([]bool, len(tr.records))
	opts := ReaderOptions{OnGap: func(g Gap) {
		gaps++
		if g.Err == nil || g.Bytes < 0 {
			t.Fatalf("%s: gap %+v", what, g)
		}
		for seq := g.From; seq <= g.To; seq++ {
			missing++
			seen[seq-1] = true
		}
	}}
	r, err := segment.OpenReader(tr.root, testNode, 1, opts)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	defer r.Close()
	for {
		rec, ok, err := r.TryNext()
		if err != nil {
			t.Fatalf("%s: the rest is not readable: %v", what, err)
		}
		if !ok {
			break
		}
		if !bytes.Equal(rec.Payload, tr.records[rec.Seq-1]) {
			t.Fatalf("%s: seq %d is wrong", what, rec.Seq)
		}
		if seen[rec.Seq-1] {
			t.Fatalf("%s: seq %d comes twice or was reported missing", what, rec.Seq)
		}
		seen[rec.Seq-1] = true
	}
	if i := slices.Index(seen, false); i >= 0 {
		t.Fatalf("%s: seq %d is neither readable nor reported", what, i+1)
	}
	return missing, gaps
}

// strict reads until damage or the end.
func (tr *trial) strict(t *testing.T, what string) error {
	t.Helper()
	r, err := segment.OpenReader(tr.root, testNode, 1, ReaderOptions{})
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		rec, ok, err := r.TryNext()
		if err != nil || !ok {
			return err
		}
		if !bytes.Equal(rec.Payload, tr.records[rec.Seq-1]) {
			t.Fatalf("%s: seq %d is wrong and was handed out", what, rec.Seq)
		}
	}
}

const damageTrials = 10_000 / 3

// In a sealed segment every flip and every cut is found, by the reader and by
// Verify, and the rest stays readable.
func TestDamageInSealedSegments(t *testing.T) {
	tr := newTrial(t, makeImage(t))
	rng := rand.New(rand.NewPCG(5, 6))
	worst := 0
	for range damageTrials {
		name := tr.sealed[rng.IntN(len(tr.sealed))]
		b, did, at := spoil(rng, tr.files[name])
		what := name + ": " + did
		tr.reset(t, map[string][]byte{name: b})
		var ce *CorruptError
		if err := tr.strict(t, what); !errors.As(err, &ce) {
			t.Fatalf("%s: the reader says %v", what, err)
		}
		if ce.Segment != name || ce.Offset > at {
			t.Fatalf("%s: reported as %v", what, ce)
		}
		rep, err := Verify(tr.root)
		if err != nil || rep.Problems() == 0 || rep.Nodes[0].Problems[0].Segment != name {
			t.Fatalf("%s: verify says %+v, %v", what, rep, err)
		}
		missing, gaps := tr.checkRest(t, what)
		if gaps == 0 {
			t.Fatalf("%s: no gap reported", what)
		}
		if len(b) == len(tr.files[name]) {
			worst = max(worst, missing)
		}
	}
	if worst > 1 {
		t.Errorf("one flipped bit made %d records unreadable, want at most 1", worst)
	}
}

// In the open segment everything below the durable watermark is found, and
// nothing is cut.
func TestDamageBelowTheWatermark(t *testing.T) {
	tr := newTrial(t, makeImage(t))
	rng := rand.New(rand.NewPCG(7, 8))
	for range damageTrials {
		b, did, at := spoil(rng, tr.files[tr.open])
		what := tr.open + ": " + did
		tr.reset(t, map[string][]byte{tr.open: b})
		_, rec, err := Open(tr.root, testNode, Options{SegmentBytes: 8 << 10, disk: &faultDisk{}})
		var ce *CorruptError
		if !errors.As(err, &ce) || rec.Torn != nil {
			t.Fatalf("%s: open says %+v, %v", what, rec, err)
		}
		if ce.Segment != tr.open || ce.Offset > at {
			t.Fatalf("%s: reported as %v", what, ce)
		}
		if after, err := os.ReadFile(filepath.Join(nodeDir(tr.root), tr.open)); err != nil || !bytes.Equal(after, b) {
			t.Fatalf("%s: Open changed a corrupt segment (%v)", what, err)
		}
		if rep, err := Verify(tr.root); err != nil || rep.Problems() == 0 {
			t.Fatalf("%s: verify says %+v, %v", what, rep, err)
		}
		tr.checkRest(t, what)
	}
}

// A watermark that lags, as after a loss of power, leaves groups behind it that
// only their trailers vouch for: damage before the last of them is found, damage
// in the last is a torn tail of the right size, and what is cut is said.
func TestDamageBehindALaggingWatermark(t *testing.T) {
	tr := newTrial(t, makeImage(t))
	rng := rand.New(rand.NewPCG(9, 10))
	n := len(tr.groupEnd)
	counts := map[string]int{}
	for range damageTrials {
		lag := 1 + rng.IntN(3) // groups behind the watermark
		seen := n - 1 - lag    // index of the last group below it
		b, did, at := spoil(rng, tr.files[tr.open])
		what := fmt.Sprintf("%s, watermark %d groups behind: %s", tr.open, lag, did)
		tr.reset(t, map[string][]byte{tr.open: b, segment.WatermarkName: tr.marks[seen]})
		cut := len(b) < len(tr.files[tr.open])
		want := tr.expect(at, cut, seen)
		j, rec, err := Open(tr.root, testNode, Options{SegmentBytes: 8 << 10, disk: &faultDisk{}})
		if want.corrupt {
			if !errors.Is(err, ErrCorrupt) || rec.Torn != nil {
				t.Fatalf("%s: open says %+v, %v; want ErrCorrupt", what, rec, err)
			}
			counts["corrupt"]++
			continue
		}
		if err != nil {
			t.Fatalf("%s: open says %v", what, err)
		}
		tr.changed[tr.open], tr.changed[segment.WatermarkName] = true, true
		torn := int64(0)
		if rec.Torn != nil {
			torn = rec.Torn.Bytes
			counts["torn"]++
		}
		if torn != want.torn || rec.Last != want.last {
			t.Fatalf("%s: cut %d bytes, last seq %d; want %d, %d", what, torn, rec.Last, want.torn, want.last)
		}
		if first := mustAppend(t, j, []byte("goes on")); first != want.last+1 {
			t.Fatalf("%s: next seq %d, want %d", what, first, want.last+1)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, tr.root, 1); uint64(len(got)) != want.last+1 {
			t.Fatalf("%s: %d records, want %d", what, len(got), want.last+1)
		}
	}
	if counts["corrupt"] == 0 || counts["torn"] == 0 {
		t.Errorf("trials met %v: want both", counts)
	}
}

// outcome is what Open must make of damage in the open segment.
type outcome struct {
	corrupt bool
	torn    int64
	last    uint64
}

// expect derives the outcome from the guarantee: seen is the last group below the
// watermark, at the damaged byte or the length that is left.
func (tr *trial) expect(at int64, cut bool, seen int) outcome {
	n := len(tr.groupEnd)
	last := 0 // index of the last whole group
	for last+1 < n && tr.groupEnd[last+1] <= at {
		last++
	}
	switch {
	case at < tr.groupEnd[seen]:
		return outcome{corrupt: true}
	case cut:
		return outcome{torn: at - tr.groupEnd[last], last: tr.groupSeq[last]}
	case at < tr.groupEnd[n-2]: // before the last group, which proves that this one was synced
		return outcome{corrupt: true}
	default:
		return outcome{torn: tr.groupEnd[n-1] - tr.groupEnd[n-2], last: tr.groupSeq[n-2]}
	}
}

// Damage to the watermark file costs nothing that is stored and is reported.
func TestDamageToTheWatermark(t *testing.T) {
	tr := newTrial(t, makeImage(t))
	rng := rand.New(rand.NewPCG(11, 12))
	for range 300 {
		b, did, at := spoil(rng, tr.files[segment.WatermarkName])
		tr.reset(t, map[string][]byte{segment.WatermarkName: b})
		if missing, _ := tr.checkRest(t, did); missing > 0 {
			t.Fatalf("%s: %d records missing for a reader", did, missing)
		}
		j, rec, err := Open(tr.root, testNode, Options{SegmentBytes: 8 << 10, disk: &faultDisk{}})
		if err != nil || rec.Last != uint64(len(tr.records)) || rec.Torn != nil {
			t.Fatalf("%s: open says %+v, %v", did, rec, err)
		}
		// Each slot has 64 bytes; the rest of the file holds nothing.
		if inSlot := at%512 < 64; inSlot && len(rec.Problems) == 0 {
			t.Fatalf("%s: not reported", did)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		tr.changed[segment.WatermarkName] = true
	}
}

// A whole file that is gone is found too.
func TestMissingSegments(t *testing.T) {
	for name, lose := range map[string]func(*image) string{
		"first":  func(im *image) string { return im.sealed[0] },
		"middle": func(im *image) string { return im.sealed[1] },
		"open":   func(im *image) string { return im.open },
	} {
		t.Run(name, func(t *testing.T) {
			tr := newTrial(t, makeImage(t))
			tr.reset(t, nil)
			gone := lose(tr.image)
			if err := os.Remove(filepath.Join(nodeDir(tr.root), gone)); err != nil {
				t.Fatal(err)
			}
			rep, err := Verify(tr.root)
			if err != nil || rep.Problems() == 0 || rep.Nodes[0].Problems[0].Segment != gone {
				t.Errorf("verify says %+v, %v", rep.Nodes[0].Problems, err)
			}
			if err := tr.strict(t, name); !errors.Is(err, ErrCorrupt) {
				t.Errorf("reader says %v", err)
			}
			if missing, _ := tr.checkRest(t, name); missing == 0 {
				t.Error("nothing reported missing")
			}
			j, rec, err := Open(tr.root, testNode, Options{})
			if err == nil {
				j.Close()
			}
			if found := errors.Is(err, ErrCorrupt) || len(rec.Problems) > 0; !found {
				t.Errorf("open says %+v, %v", rec, err)
			}
		})
	}
}

func TestRepairGoesOnBehindTheDamage(t *testing.T) {
	tr := newTrial(t, makeImage(t))
	b := bytes.Clone(tr.files[tr.open])
	b[segment.HeaderSize+segment.RecordSize] ^= 1 // the first payload of the open segment
	tr.reset(t, map[string][]byte{tr.open: b})
	if _, _, err := Open(tr.root, testNode, Options{}); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("open says %v", err)
	}
	last := uint64(len(tr.records))
	next, err := Repair(tr.root, testNode)
	if err != nil || next != last+1 {
		t.Fatalf("repair = %d, %v; want %d", next, err, last+1)
	}
	if again, err := Repair(tr.root, testNode); again != 0 || err != nil {
		t.Errorf("second repair = %d, %v", again, err)
	}
	j, rec, err := Open(tr.root, testNode, Options{})
	if err != nil || len(rec.Problems) == 0 {
		t.Fatalf("open after repair: %+v, %v", rec, err)
	}
	defer j.Close()
	if first := mustAppend(t, j, []byte("goes on")); first != next {
		t.Errorf("next seq %d, want %d", first, next)
	}
	tr.image.records = append(tr.image.records, []byte("goes on"))
	if missing, gaps := tr.checkRest(t, "repaired"); missing != 1 || gaps == 0 {
		t.Errorf("%d missing in %d gaps, want 1", missing, gaps)
	}
	if err := tr.strict(t, "repaired"); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a strict reader must stop at the damage: %v", err)
	}
}
