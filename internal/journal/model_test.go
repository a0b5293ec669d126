package journal

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/agner-platform/agner/internal/journal/segment"
)

// model is a journal beside the plain list of what must be in it.
type model struct {
	t       *testing.T
	root    string
	opts    Options
	j       *Journal
	records []string // record seq-1
	oldest  uint64
	rng     *rand.Rand
}

func (m *model) append(rt *rapid.T) {
	var group [][]byte
	first := uint64(len(m.records) + 1)
	for range rapid.IntRange(1, 6).Draw(rt, "records") {
		p := payload(m.rng.Uint64(), rapid.IntRange(8, 900).Draw(rt, "size"))
		group = append(group, p)
		m.records = append(m.records, string(p))
	}
	got, err := m.j.appendRaw(context.Background(), group...)
	if err != nil || got != first {
		rt.Fatalf("append: seq %d, %v; want %d", got, err, first)
	}
}

func (m *model) reopen(rt *rapid.T) {
	if err := m.j.Close(); err != nil {
		rt.Fatal(err)
	}
	m.open(rt, 0)
}

func (m *model) open(rt *rapid.T, torn int64) {
	j, rec, err := Open(m.root, testNode, m.opts)
	if err != nil {
		rt.Fatal(err)
	}
	m.j = j
	cut := int64(0)
	if rec.Torn != nil {
		cut = rec.Torn.Bytes
	}
	if cut != torn || rec.Last != uint64(len(m.records)) || len(rec.Problems) > 0 {
		rt.Fatalf("recovery %+v, torn %d; want last %d, torn %d", rec, cut, len(m.records), torn)
	}
}

// crashTorn leaves the beginning of one more group behind, as a crash does.
func (m *model) crashTorn(rt *rapid.T) {
	m.append(rt)
	wm := m.j.live.Watermark()
	if err := m.j.Close(); err != nil {
		rt.Fatal(err)
	}
	path := filepath.Join(nodeDir(m.root), segment.Name(wm.Segment))
	b, err := os.ReadFile(path)
	if err != nil {
		rt.Fatal(err)
	}
	// Any bytes that are not a whole group will do; a beginning of a real one is the hardest.
	tail := b[segment.HeaderSize:]
	tail = tail[:rapid.IntRange(1, min(len(tail), 200)).Draw(rt, "torn")]
	if err := os.WriteFile(path, slices.Concat(b, tail), 0o644); err != nil {
		rt.Fatal(err)
	}
	m.open(rt, int64(len(tail)))
}

func (m *model) prune(rt *rapid.T) {
	if len(m.records) == 0 {
		return
	}
	before := uint64(rapid.IntRange(1, len(m.records)).Draw(rt, "before"))
	if _, err := m.j.Prune(context.Background(), before, uint64(len(m.records))); err != nil {
		rt.Fatal(err)
	}
	if o := m.j.Oldest(); o < m.oldest || o > max(before, m.oldest) {
		rt.Fatalf("oldest %d after pruning before %d, was %d", o, before, m.oldest)
	}
	m.oldest = m.j.Oldest()
}

func (m *model) read(rt *rapid.T) {
	from := m.oldest
	if n := uint64(len(m.records)); n > from {
		from = rapid.Uint64Range(from, n).Draw(rt, "from")
	}
	r, err := m.j.log.Reader(from, ReaderOptions{})
	if rapid.Bool().Draw(rt, "outside") {
		r.Close()
		r, err = segment.OpenReader(m.root, testNode, from, ReaderOptions{})
	}
	if err != nil {
		rt.Fatal(err)
	}
	defer r.Close()
	for seq := from; ; seq++ {
		rec, ok, err := r.TryNext()
		if err != nil {
			rt.Fatalf("read seq %s: %v", strconv.FormatUint(seq, 10), err)
		}
		if !ok {
			if want := max(uint64(len(m.records))+1, from); seq != want {
				rt.Fatalf("reader from %d ends before seq %d, want %d", from, seq, want)
			}
			return
		}
		if rec.Seq != seq || string(rec.Payload) != m.records[seq-1] {
			rt.Fatalf("seq %d: got seq %d, payload equal: %v", seq, rec.Seq, string(rec.Payload) == m.records[seq-1])
		}
	}
}

// Random appends, reopenings, torn tails, prunings and reads never differ from a
// list in memory.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		root, err := os.MkdirTemp(t.TempDir(), "model")
		if err != nil {
			rt.Fatal(err)
		}
		m := &model{
			t: t, root: root, oldest: 1, rng: rand.New(rand.NewPCG(1, 1)),
			opts: Options{SegmentBytes: 4 << 10, GroupBytes: 2 << 10, disk: &faultDisk{}},
		}
		m.open(rt, 0)
		defer func() { m.j.Close() }()
		rt.Repeat(map[string]func(*rapid.T){
			"append": m.append, "reopen": m.reopen, "torn": m.crashTorn, "prune": m.prune, "read": m.read,
		})
		m.read(rt)
		rep, err := Verify(root)
		if err != nil || rep.Problems() > 0 || rep.Nodes[0].Records != uint64(len(m.records))-m.oldest+1 {
			rt.Fatalf("verify: %+v, %v", rep, err)
		}
	})
}
