package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/agner-platform/agner/internal/journal/segment"
)

// disk is what the writer asks of a file system. Tests put a faulty one in its
// place: full, failing to sync, or losing what was not synced.
type disk interface {
	// open opens or creates a file for reading and writing.
	open(name string, flag int) (diskFile, error)
	rename(from, to string) error
	remove(name string) error
	syncDir(name string) error
}

// diskFile is one open file of a disk.
type diskFile interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Sync() error
	Truncate(size int64) error
	Chmod(mode os.FileMode) error
	Stat() (os.FileInfo, error)
}

// osDisk is the real file system.
type osDisk struct{}

func (osDisk) open(name string, flag int) (diskFile, error) {
	f, err := os.OpenFile(name, flag, 0o644)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (osDisk) rename(from, to string) error { return os.Rename(from, to) }
func (osDisk) remove(name string) error     { return os.Remove(name) }

func (osDisk) syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// noRoom tells a full disk or quota from other write errors.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// makeDirs creates root/node and syncs the parents, so that the folder survives
// a crash as surely as what is acknowledged in it.
func makeDirs(d disk, root, node string) (string, error) {
	dir := filepath.Join(root, node)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("create journal folder: %w", err)
	}
	for _, p := range []string{root, filepath.Dir(root)} {
		if err := d.syncDir(p); err != nil {
			return "", fmt.Errorf("sync %s: %w", p, err)
		}
	}
	return dir, nil
}

// Verify looks at the lock by holding it shared for an instant: a writer that
// meets this tries again before it believes in another writer.
const (
	lockTries = 5
	lockPause = 5 * time.Millisecond
)

// lockDir takes the writer's lock of a node's folder. It is released when the
// file is closed, also by the death of the process.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, segment.LockName), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open journal lock: %w", err)
	}
	for range lockTries {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		time.Sleep(lockPause) //nolint:forbidigo // the lock of another process has no event to wait for
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		f.Close()
		return nil, fmt.Errorf("%s: %w", dir, ErrLocked)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock journal: %w", err)
	}
	return f, nil
}
