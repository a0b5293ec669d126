package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/agner-platform/agner/internal/config"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
)

// site makes a small data directory whose journal stays open for writing, and
// returns its layout and the journal.
func site(t *testing.T) (config.Paths, *journal.Journal) {
	t.Helper()
	p, err := config.PathsOf(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Create(); err != nil {
		t.Fatal(err)
	}
	store, err := db.Open(t.Context(), p.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.EnsureSite(t.Context(), "Tartu", "Europe/Tallinn"); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	j, _, err := journal.Open(p.Journals(), "n", journal.Options{SegmentBytes: 4096})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return p, j
}

func write(t *testing.T, j *journal.Journal, n int) {
	t.Helper()
	for range n {
		if _, err := j.Append(t.Context(), event.New(1, &event.NodeStarted{Role: "test"})); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRoundTripWhileTheJournalGrows(t *testing.T) {
	p, j := site(t)
	write(t, j, 300)
	grow, grown := make(chan struct{}), make(chan struct{})
	go func() { // a writer beside the backup
		defer close(grown)
		for {
			select {
			case <-grow:
				return
			default:
				if _, err := j.Append(t.Context(), event.New(1, &event.NodeStarted{Role: "test"})); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	var archive bytes.Buffer
	before := j.Durable()
	m, err := Write(t.Context(), p, "test", &archive)
	close(grow)
	<-grown
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "again")
	got, err := Restore(t.Context(), &archive, dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Files) != len(m.Files) || got.Bytes != m.Bytes {
		t.Errorf("restored %d files of %d bytes, wrote %d of %d", len(got.Files), got.Bytes, len(m.Files), m.Bytes)
	}
	q, err := config.PathsOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, rec, err := journal.Open(q.Journals(), "n", journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if rec.Last < before || len(rec.Problems) > 0 {
		t.Errorf("the restored journal ends at %d with problems %v, want at least %d", rec.Last, rec.Problems, before)
	}
	store, err := db.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	sites, err := store.Sites().List(t.Context())
	if err != nil || len(sites) != 1 || sites[0].Name != "Tartu" {
		t.Errorf("restored sites = %+v, %v", sites, err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	p, j := site(t)
	write(t, j, 10)
	var archive bytes.Buffer
	if _, err := Write(t.Context(), p, "test", &archive); err != nil {
		t.Fatal(err)
	}
	whole := archive.Bytes()
	f := func(name string, archive []byte, want error) {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "data")
		if _, err := Restore(t.Context(), bytes.NewReader(archive), dir); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		for _, left := range []string{dir, dir + ".restoring"} {
			if _, err := os.Stat(left); err == nil {
				t.Errorf("%s: left %s behind", name, left)
			}
		}
	}
	f("cut off", whole[:len(whole)/2], ErrDamaged)
	f("no archive", []byte("hello"), ErrDamaged)
	f("no manifest", rewrite(t, whole, func(h *tar.Header, b []byte) []byte {
		if h.Name == manifestName {
			return nil
		}
		return b
	}), ErrDamaged)
	f("changed file", rewrite(t, whole, func(h *tar.Header, b []byte) []byte {
		if filepath.Ext(h.Name) == segmentSuffix {
			b[len(b)/2] ^= 1
		}
		return b
	}), ErrDamaged)
	for _, name := range []string{"../evil", "/etc/evil", "secrets/../../evil"} {
		evil := rewrite(t, whole, func(h *tar.Header, b []byte) []byte {
			if h.Name != manifestName {
				h.Name = name
			}
			return b
		})
		dir := filepath.Join(t.TempDir(), "data")
		if _, err := Restore(t.Context(), bytes.NewReader(evil), dir); err == nil {
			t.Errorf("an archive with %q was restored", name)
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(dir), "evil")); err == nil {
			t.Errorf("%q was written outside the directory", name)
		}
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), bytes.NewReader(whole), full); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("a full directory: %v, want ErrNotEmpty", err)
	}
}

// rewrite passes every entry through edit; nil drops it.
func rewrite(t *testing.T, archive []byte, edit func(*tar.Header, []byte) []byte) []byte {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	tw := tar.NewWriter(zw)
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		if b = edit(h, b); b == nil {
			continue
		}
		h.Size = int64(len(b))
		if err := tw.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tw.Close(), zw.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
