// Package backup writes a data directory into one archive and makes one from it.
//
// The archive (gzip-compressed tar) holds the journals, the set-up database, the
// configuration, the keys, the Parquet mirror, the recordings and how far foreign files
// were imported; not the lake, which is rebuilt from journals and mirror, nor uploads
// and sockets. Its last entry is
// a manifest with the length and SHA-256 of each file.
//
// # Guarantees
//
//   - A backup may be written while the platform runs: the database is copied by
//     its own means, and of each journal the durable mark is copied before the
//     segments, so that what the mark promises is in the archive.
//   - Restore writes only into an empty directory, checks every file against the
//     manifest and leaves nothing behind when one does not fit.
//   - Nothing in an archive is written outside the directory that is restored.
//
// The archive holds personal data and the keys: keep it as you keep the data
// directory itself. What was erased from the platform stays in older archives.
package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
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

	"github.com/agner-platform/agner/internal/config"
	"github.com/agner-platform/agner/internal/db"
)

// Errors of this package.
var (
	// ErrNotEmpty is returned by Restore for a directory that holds something.
	ErrNotEmpty = errors.New("the data directory is not empty")
	// ErrDamaged is returned by Restore for an archive that is cut off or changed.
	ErrDamaged = errors.New("the archive is damaged")
)

// manifestName is the archive's last entry.
const manifestName = "MANIFEST.json"

// segmentSuffix ends the names of journal segments (docs/formats/journal.md).
const segmentSuffix = ".seg"

// format is the version of the archive's layout.
const format = 1

// Manifest lists what an archive holds.
type Manifest struct {
	Format  int       `json:"format"`
	Created time.Time `json:"created"`
	Version string    `json:"version"` // of the program that wrote it
	Files   []File    `json:"files"`
	Bytes   int64     `json:"bytes"`
}

// File is one file of an archive.
type File struct {
	Name   string `json:"name"` // below the data directory
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Write writes a backup of the data directory to w.
func Write(ctx context.Context, p config.Paths, version string, w io.Writer) (Manifest, error) {
	zw := gzip.NewWriter(w)
	a := &archive{ctx: ctx, root: p.Dir, tar: tar.NewWriter(zw), m: Manifest{Format: format, Created: time.Now().UTC(), Version: version}}
	err := a.all(p)
	if err == nil {
		err = a.manifest()
	}
	return a.m, errors.Join(err, a.tar.Close(), zw.Close())
}

// archive is a backup being written.
type archive struct {
	ctx  context.Context
	root string
	tar  *tar.Writer
	m    Manifest
}

func (a *archive) all(p config.Paths) error {
	if err := a.database(p); err != nil {
		return err
	}
	for _, dir := range []string{p.Journals(), p.Parquet(), p.Secrets(), p.Recordings()} {
		if err := a.folder(dir); err != nil {
			return err
		}
	}
	// Neither is there in every instance: without the first the defaults hold, the
	// second says how far foreign files were read.
	for _, file := range []string{p.ConfigFile(), filepath.Join(p.Imports(), "ledger.json")} {
		name, err := filepath.Rel(a.root, file)
		if err != nil {
			return err
		}
		if err := a.file(file, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// database adds a consistent copy of the set-up database.
func (a *archive) database(p config.Paths) error {
	store, err := db.Open(a.ctx, p.Dir)
	if err != nil {
		return err
	}
	defer store.Close()
	tmp, err := os.MkdirTemp(p.Run(), "backup-")
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer os.RemoveAll(tmp)
	copied := filepath.Join(tmp, filepath.Base(store.Path()))
	if err := store.Backup(a.ctx, copied); err != nil {
		return err
	}
	name, err := filepath.Rel(a.root, store.Path())
	if err != nil {
		return err
	}
	return a.file(copied, name)
}

// folder adds all files of a folder, segments of journals last and listed anew:
// the durable mark is among the others, and must not promise more than the
// segments hold that are copied after it.
func (a *archive) folder(dir string) error {
	for _, segments := range []bool{false, true} {
		files, err := list(dir, segments)
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := a.ctx.Err(); err != nil {
				return err
			}
			name, err := filepath.Rel(a.root, f)
			if err != nil {
				return err
			}
			if err := a.file(f, name); err != nil && !errors.Is(err, fs.ErrNotExist) { // gone: retention removed it
				return err
			}
		}
	}
	return nil
}

// list returns the files below dir that are segments, or those that are not.
func list(dir string, segments bool) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && d.Type().IsRegular() && segments == (filepath.Ext(path) == segmentSuffix) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return files, nil
}

// file adds one file as it is now; what is appended meanwhile is left out.
func (a *archive) file(path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	h := &tar.Header{Name: filepath.ToSlash(name), Mode: int64(st.Mode().Perm()), Size: st.Size(), ModTime: st.ModTime(), Typeflag: tar.TypeReg}
	if err := a.tar.WriteHeader(h); err != nil {
		return fmt.Errorf("backup %s: %w", name, err)
	}
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(a.tar, sum), f, st.Size()); err != nil {
		return fmt.Errorf("backup %s: %w", name, err)
	}
	a.m.Files = append(a.m.Files, File{h.Name, st.Size(), hex.EncodeToString(sum.Sum(nil))})
	a.m.Bytes += st.Size()
	return nil
}

func (a *archive) manifest() error {
	text, err := json.MarshalIndent(a.m, "", " ")
	if err != nil {
		return err
	}
	h := &tar.Header{Name: manifestName, Mode: 0o600, Size: int64(len(text)), ModTime: a.m.Created, Typeflag: tar.TypeReg}
	if err := a.tar.WriteHeader(h); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	_, err = a.tar.Write(text)
	return err
}
