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
)

// maxManifest bounds the manifest that is read into memory.
const maxManifest = 256 << 20

// Restore makes the data directory dir from an archive. dir must be missing or
// empty. Everything is checked before dir gets its name: until then it grows
// beside it as dir.restoring, which a failure removes.
func Restore(ctx context.Context, r io.Reader, dir string) (Manifest, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, fmt.Errorf("restore: %w", err)
	}
	if len(entries) > 0 {
		return Manifest{}, fmt.Errorf("restore into %s: %w; choose another --data", dir, ErrNotEmpty)
	}
	next := filepath.Clean(dir) + ".restoring"
	if err := os.RemoveAll(next); err != nil {
		return Manifest{}, fmt.Errorf("restore: %w", err)
	}
	m, err := unpack(ctx, r, next)
	if err != nil {
		return m, errors.Join(err, os.RemoveAll(next))
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, errors.Join(fmt.Errorf("restore: %w", err), os.RemoveAll(next))
	}
	if err := os.Rename(next, dir); err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	return m, nil
}

// unpack writes the archive's files below dir and checks them.
func unpack(ctx context.Context, r io.Reader, dir string) (Manifest, error) {
	var m Manifest
	zr, err := gzip.NewReader(r)
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	root, err := openRoot(dir)
	if err != nil {
		return m, err
	}
	defer root.Close()
	sums := map[string]File{}
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return m, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if h.Name == manifestName {
			if err := json.NewDecoder(io.LimitReader(tr, maxManifest)).Decode(&m); err != nil {
				return m, fmt.Errorf("%w: manifest: %w", ErrDamaged, err)
			}
			continue
		}
		f, err := place(root, h, tr)
		if err != nil {
			return m, err
		}
		sums[f.Name] = f
	}
	return m, compare(m, sums)
}

func openRoot(dir string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	return root, nil
}

// place writes one file; os.Root keeps it below the directory whatever its name.
func place(root *os.Root, h *tar.Header, r io.Reader) (File, error) {
	if h.Typeflag != tar.TypeReg {
		return File{}, fmt.Errorf("%w: %q is not a plain file", ErrDamaged, h.Name)
	}
	name := filepath.FromSlash(h.Name)
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return File{}, fmt.Errorf("restore %q: %w", h.Name, err)
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return File{}, fmt.Errorf("restore %q: %w", h.Name, err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), r)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = f.Chmod(fs.FileMode(h.Mode).Perm() & 0o700)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return File{}, fmt.Errorf("restore %q: %w", h.Name, err)
	}
	return File{h.Name, n, hex.EncodeToString(sum.Sum(nil))}, nil
}

// compare holds what was unpacked against the manifest.
func compare(m Manifest, sums map[string]File) error {
	switch {
	case m.Format == 0:
		return fmt.Errorf("%w: it has no manifest; it was cut off", ErrDamaged)
	case m.Format > format:
		return fmt.Errorf("%w: its format %d is newer than this program knows (%d)", ErrDamaged, m.Format, format)
	case len(m.Files) != len(sums):
		return fmt.Errorf("%w: it has %d files, the manifest %d", ErrDamaged, len(sums), len(m.Files))
	}
	for _, f := range m.Files {
		if got := sums[f.Name]; got != f {
			return fmt.Errorf("%w: %q has %d bytes with digest %.12s, want %d with %.12s", ErrDamaged, f.Name, got.Bytes, got.SHA256, f.Bytes, f.SHA256)
		}
	}
	return nil
}
