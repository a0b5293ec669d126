package mirror

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/agner-platform/agner/internal/journal"
)

// manifestFile is in the mirror's root folder.
const manifestFile = "manifest.json"

// manifestFormat is the version of the manifest itself.
const manifestFormat = 1

// ErrMismatch is returned for a file that is not what the manifest says, and for
// one that does not hold what was written into it.
var ErrMismatch = errors.New("parquet file does not match")

// Manifest says what the mirror holds.
type Manifest struct {
	Format    int                        `json:"format"`
	Lake      int                        `json:"lake_format"` // of the rows; files of another are written again
	WrittenAt time.Time                  `json:"written_at"`
	Vector    string                     `json:"vector"` // every event up to here is in the projections' files
	Tables    map[string]map[string]File `json:"tables"` // by table and day
	Events    map[string][]File          `json:"events"` // by node, in order of seq
}

// File is one verified Parquet file.
type File struct {
	Path       string `json:"path"` // below the mirror's root, with slashes
	Rows       int64  `json:"rows"`
	Sum        string `json:"sum"` // sum of the rows' hashes
	Bytes      int64  `json:"bytes"`
	SHA256     string `json:"sha256"`
	Generation int    `json:"generation,omitempty"` // how often the day was written
	Closed     bool   `json:"closed,omitempty"`     // the day is over and no visit of it is open
	From       uint64 `json:"from,omitempty"`       // events: first seq
	To         uint64 `json:"to,omitempty"`         // events: last seq
}

// Load reads the manifest; a mirror that does not exist yet is empty.
func Load(root string) (*Manifest, error) {
	m := &Manifest{Format: manifestFormat, Tables: map[string]map[string]File{}, Events: map[string][]File{}}
	b, err := os.ReadFile(filepath.Join(root, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read mirror manifest: %w", err)
	}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("read mirror manifest: %w", err)
	}
	if m.Format > manifestFormat {
		return nil, fmt.Errorf("mirror manifest format = %d, this build knows %d", m.Format, manifestFormat)
	}
	return m, nil
}

// Verified is the vector up to which every event is in the mirror without a gap.
func (m *Manifest) Verified() journal.Vector {
	v := journal.Vector{}
	for node, files := range m.Events {
		for i, f := range files {
			if i > 0 && f.From != files[i-1].To+1 {
				break
			}
			v[node] = f.To
		}
	}
	return v
}

// save replaces the manifest in one step.
func (m *Manifest) save(root string) error {
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("write mirror manifest: %w", err)
	}
	path := filepath.Join(root, manifestFile)
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return fmt.Errorf("write mirror manifest: %w", err)
	}
	if err := replace(path+".new", path); err != nil {
		return fmt.Errorf("write mirror manifest: %w", err)
	}
	return nil
}

// replace makes from durable and moves it to its place in one step.
func replace(from, to string) error {
	if err := syncPath(from); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncPath(filepath.Dir(to))
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// digest returns size and SHA-256 of a file.
func digest(path string) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return 0, "", fmt.Errorf("read %s: %w", path, err)
	}
	return n, hex.EncodeToString(h.Sum(nil)), nil
}

// Check compares a file with its entry, byte by byte.
func (f *File) Check(root string) error {
	n, sum, err := digest(filepath.Join(root, filepath.FromSlash(f.Path)))
	if err != nil {
		return fmt.Errorf("check %s: %w", f.Path, err)
	}
	if n != f.Bytes || sum != f.SHA256 {
		return fmt.Errorf("check %s: %d bytes with SHA-256 %.12s…, want %d with %.12s…: %w", f.Path, n, sum, f.Bytes, f.SHA256, ErrMismatch)
	}
	return nil
}

// Check compares every file of the mirror with the manifest and returns what is
// wrong, file by file.
func (m *Manifest) Check(root string) error {
	var errs []error
	for _, days := range m.Tables {
		for _, f := range days {
			errs = append(errs, f.Check(root))
		}
	}
	for _, files := range m.Events {
		for _, f := range files {
			errs = append(errs, f.Check(root))
		}
	}
	return errors.Join(errs...)
}

// present reports whether the file is there in its size: what a pass checks of
// every file before it leaves it alone.
func (f *File) present(root string) bool {
	info, err := os.Stat(filepath.Join(root, filepath.FromSlash(f.Path)))
	return err == nil && info.Size() == f.Bytes
}
