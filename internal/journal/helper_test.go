package journal

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal/segment"
)

func TestMain(m *testing.M) {
	if os.Getenv(killEnv) != "" {
		killChild()
		return
	}
	goleak.VerifyTestMain(m)
}

const testNode = "switch"

// openTest opens a journal that is closed at the end of the test.
func openTest(t testing.TB, root string, opts Options) *Journal {
	t.Helper()
	j, _, err := Open(root, testNode, opts)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// mustAppend appends payloads and returns the first seq.
func mustAppend(t testing.TB, j *Journal, payloads ...[]byte) uint64 {
	t.Helper()
	first, err := j.appendRaw(context.Background(), payloads...)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	return first
}

// payload makes a payload that names n and is size bytes long (at least 8).
func payload(n uint64, size int) []byte {
	b := make([]byte, max(size, 8))
	binary.BigEndian.PutUint64(b, n)
	for i := 8; i < len(b); i++ {
		b[i] = byte(n) * byte(i)
	}
	return b
}

// readAll reads what is durable through a reader of its own, as another process
// would, and returns the payloads. It checks that seqs are gapless.
func readAll(t testing.TB, root string, from uint64) [][]byte {
	t.Helper()
	r, err := segment.OpenReader(root, testNode, from, ReaderOptions{})
	if err != nil {
		t.Fatalf("open reader: %v", err)
	}
	defer r.Close()
	var got [][]byte
	want := from
	for {
		rec, ok, err := r.TryNext()
		if err != nil {
			t.Fatalf("read after %d records: %v", len(got), err)
		}
		if !ok {
			return got
		}
		if want == 0 {
			want = rec.Seq
		}
		if rec.Seq != want {
			t.Fatalf("seq %d, want %d", rec.Seq, want)
		}
		want++
		got = append(got, append([]byte(nil), rec.Payload...))
	}
}

// started is a small valid event that carries n.
func started(n int) event.Event {
	return event.New(int64(n)+1, &event.NodeStarted{Role: fmt.Sprintf("role-%d", n)})
}

func role(e event.Event) string {
	if p, ok := e.Payload.(*event.NodeStarted); ok {
		return p.Role
	}
	return ""
}

func nodeDir(root string) string { return filepath.Join(root, testNode) }

// segmentFiles returns the paths of the segments, oldest first.
func segmentFiles(t testing.TB, root string) []string {
	t.Helper()
	firsts, err := segment.List(nodeDir(root))
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range firsts {
		paths = append(paths, filepath.Join(nodeDir(root), segment.Name(f)))
	}
	return paths
}

// faultDisk is a disk that can be full, fail to sync, or wait before a sync.
type faultDisk struct {
	osDisk

	mu      sync.Mutex
	limited bool
	room    int64 // bytes that still fit, if limited
	syncErr error
	gate    chan struct{} // if set, each segment sync takes one from it first
	waiting chan struct{} // told of a sync that waits at the gate
}

func (d *faultDisk) set(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

func (d *faultDisk) open(name string, flag int) (diskFile, error) {
	f, err := d.osDisk.open(name, flag)
	if err != nil {
		return nil, err
	}
	return &faultFile{diskFile: f, disk: d, segment: filepath.Base(name) != segment.WatermarkName}, nil
}

func (d *faultDisk) syncDir(string) error { return nil }

type faultFile struct {
	diskFile
	disk    *faultDisk
	segment bool
}

func (f *faultFile) WriteAt(b []byte, at int64) (int, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	f.disk.mu.Lock()
	fits := len(b)
	if grow := at + int64(len(b)) - info.Size(); f.disk.limited && grow > 0 {
		short := max(0, grow-f.disk.room)
		fits -= int(short)
		f.disk.room -= grow - short
	}
	f.disk.mu.Unlock()
	n, err := f.diskFile.WriteAt(b[:fits], at)
	if err == nil && fits < len(b) {
		err = &os.PathError{Op: "write", Path: "fault", Err: syscall.ENOSPC}
	}
	return n, err
}

func (f *faultFile) Sync() error {
	f.disk.mu.Lock()
	err, gate, waiting := f.disk.syncErr, f.disk.gate, f.disk.waiting
	f.disk.mu.Unlock()
	if f.segment && gate != nil {
		waiting <- struct{}{}
		<-gate
	}
	return err // no real sync: it would only cost time
}
