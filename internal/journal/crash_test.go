package journal

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var errPower = errors.New("power is gone")

// sector is what a disk writes whole or not at all.
const sector = 512

// powerDisk is a disk whose power goes after some number of operations. What was
// not synced then survives or not, sector by sector, as the dice say.
type powerDisk struct {
	osDisk

	mu      sync.Mutex
	left    int               // operations until the power goes
	synced  map[string][]byte // content of each file at its last sync
	entries map[string]string // renames not yet synced with their folder: new name → old name
	fresh   map[string]bool   // files whose folder entry was never synced
	removed map[string][]byte // files removed since their folder was synced
}

func newPowerDisk(ops int) *powerDisk {
	return &powerDisk{left: ops, synced: map[string][]byte{}, entries: map[string]string{}, removed: map[string][]byte{}, fresh: map[string]bool{}}
}

// op counts one operation and runs it if there is power.
func (d *powerDisk) op(f func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left--; d.left < 0 {
		return errPower
	}
	return f()
}

func (d *powerDisk) open(name string, flag int) (f diskFile, err error) {
	err = d.op(func() error {
		old, rerr := os.ReadFile(name)
		if errors.Is(rerr, os.ErrNotExist) {
			d.fresh[name] = true
		}
		if _, known := d.synced[name]; !known {
			d.synced[name] = old
		}
		f, err = d.osDisk.open(name, flag)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &powerFile{diskFile: f, disk: d, name: &name}, nil
}

func (d *powerDisk) rename(from, to string) error {
	return d.op(func() error {
		d.synced[to], d.fresh[to], d.entries[to] = d.synced[from], d.fresh[from], from
		delete(d.synced, from)
		delete(d.fresh, from)
		return d.osDisk.rename(from, to)
	})
}

func (d *powerDisk) remove(name string) error {
	return d.op(func() error {
		d.removed[name] = d.synced[name]
		if _, known := d.synced[name]; !known { // written before this run, so synced
			b, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			d.removed[name] = b
		}
		delete(d.synced, name)
		return d.osDisk.remove(name)
	})
}

func (d *powerDisk) syncDir(string) error {
	return d.op(func() error {
		clear(d.entries)
		clear(d.fresh)
		clear(d.removed)
		return nil // a real sync would only cost time
	})
}

// current finds the name a file has now.
func (d *powerDisk) current(name string) string {
	for to, from := range d.entries {
		if from == name {
			return to
		}
	}
	if _, ok := d.synced[name]; !ok && filepath.Ext(name) == ".tmp" {
		return name[:len(name)-len(".tmp")]
	}
	return name
}

type powerFile struct {
	diskFile
	disk *powerDisk
	name *string
}

func (f *powerFile) WriteAt(b []byte, at int64) (n int, err error) {
	err = f.disk.op(func() error {
		n, err = f.diskFile.WriteAt(b, at)
		return err
	})
	return n, err
}

func (f *powerFile) Truncate(size int64) error {
	return f.disk.op(func() error { return f.diskFile.Truncate(size) })
}

func (f *powerFile) Sync() error {
	return f.disk.op(func() error {
		name := f.disk.current(*f.name)
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		f.disk.synced[name] = b
		return nil
	})
}

// crash turns the folder into what a disk may hold after the power went.
func (d *powerDisk) crash(t *testing.T, rng *rand.Rand) {
	t.Helper()
	for name, b := range d.removed {
		if rng.IntN(2) == 0 { // its removal never reached the disk
			if err := os.WriteFile(name, b, 0o444); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, old := range d.synced {
		now, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if d.fresh[name] && rng.IntN(2) == 0 {
			err = os.Remove(name) // the entry in the folder never reached the disk
		} else {
			// Removed first: overwriting makes ext4 flush.
			err = errors.Join(os.Remove(name), os.WriteFile(name, mix(rng, old, now), 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// mix takes each sector from the synced or from the current content.
func mix(rng *rand.Rand, old, now []byte) []byte {
	size := len(now)
	if rng.IntN(2) == 0 {
		size = min(len(old), len(now)) + rng.IntN(max(len(old), len(now))-min(len(old), len(now))+1)
	}
	out := make([]byte, size)
	for at := 0; at < size; at += sector {
		from := now
		if rng.IntN(2) == 0 {
			from = old
		}
		if at < len(from) {
			copy(out[at:min(at+sector, size)], from[at:])
		}
	}
	return out
}

// A loss of power at any operation loses nothing acknowledged, invents nothing,
// keeps groups whole, and never looks like corruption. Several crashes in a row
// also cut the power during recovery.
func TestLossOfPower(t *testing.T) {
	torn, acknowledged, refused := 0, 0, 0
	for seed := range crashSeeds() {
		rng := rand.New(rand.NewPCG(13, seed))
		root := t.TempDir()
		acked := map[uint64][]byte{}
		for range 6 {
			d := newPowerDisk(1 + rng.IntN(120))
			j, rec, err := Open(root, testNode, Options{disk: d, SegmentBytes: 3 << 10})
			if err != nil && !errors.Is(err, errPower) {
				t.Fatalf("seed %d: open: %v", seed, err)
			}
			if rec.Torn != nil {
				torn++
			}
			if err == nil {
				acknowledged += work(t, j, rng, acked)
				j.Close()
			} else {
				refused++
			}
			d.crash(t, rng)
		}
		checkSurvivors(t, root, acked, seed)
	}
	t.Logf("%d groups acknowledged, %d torn tails cut, %d recoveries interrupted", acknowledged, torn, refused)
	if torn == 0 || refused == 0 {
		t.Error("the crashes did not reach recovery: the test is too tame")
	}
}

// work appends groups until the power goes.
func work(t *testing.T, j *Journal, rng *rand.Rand, acked map[uint64][]byte) (groups int) {
	t.Helper()
	for {
		if last := j.Durable(); last > 0 && rng.IntN(8) == 0 {
			if _, err := j.Prune(context.Background(), 1+rng.Uint64N(last), last); err != nil && !errors.Is(err, errPower) {
				t.Fatalf("prune: %v", err)
			}
		}
		var group [][]byte
		for i := range 1 + rng.IntN(4) {
			group = append(group, payload(rng.Uint64(), 30+rng.IntN(400)+i))
		}
		first, err := j.appendRaw(context.Background(), group...)
		if err != nil {
			if !errors.Is(err, errPower) {
				t.Fatalf("append: %v", err)
			}
			return groups
		}
		groups++
		for i, p := range group {
			if _, double := acked[first+uint64(i)]; double {
				t.Fatalf("seq %d acknowledged twice", first+uint64(i))
			}
			acked[first+uint64(i)] = p
		}
	}
}

func checkSurvivors(t *testing.T, root string, acked map[uint64][]byte, seed uint64) {
	t.Helper()
	j, rec, err := Open(root, testNode, Options{SegmentBytes: 3 << 10})
	if err != nil || len(rec.Problems) > 0 {
		t.Fatalf("seed %d: last open: %+v, %v", seed, rec, err)
	}
	defer j.Close()
	oldest := j.Oldest()
	got := readAll(t, root, oldest)
	for seq, p := range acked {
		if seq < oldest {
			continue // pruned
		}
		if i := seq - oldest; i >= uint64(len(got)) || !bytes.Equal(got[i], p) {
			t.Fatalf("seed %d: acknowledged seq %d is lost; the journal has %d from %d", seed, seq, len(got), oldest)
		}
	}
	rep, err := Verify(root)
	if err != nil || rep.Problems() > 0 {
		t.Fatalf("seed %d: verify: %+v, %v", seed, rep, err)
	}
	if diff := cmp.Diff(uint64(len(got)), rep.Nodes[0].Records); diff != "" {
		t.Fatalf("seed %d: verify counts differently:\n%s", seed, diff)
	}
}

// crashSeeds is how many histories of crashes are tried.
func crashSeeds() uint64 {
	if os.Getenv("AGNER_LONG") == "1" {
		return 3000
	}
	return 150
}
