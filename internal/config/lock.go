package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrLocked is what every [LockedError] is.
var ErrLocked = errors.New("data directory is in use")

// LockedError says which process owns the data directory.
type LockedError struct {
	Dir string
	PID int // 0: not known
}

// Error names the directory and its owner.
func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("data directory %s is in use by another process", e.Dir)
	}
	return fmt.Sprintf("data directory %s is in use by process %d", e.Dir, e.PID)
}

// Is makes every LockedError an ErrLocked.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

// Lock is the ownership of a data directory. It ends with the process at the
// latest: the kernel releases it, so no stale lock needs removing.
type Lock struct {
	f *os.File
}

const (
	lockTries = 20 // with lockPause: longer than any look of Owner, which briefly holds the lock shared
	lockPause = 10 * time.Millisecond
)

// Acquire makes this process the owner of the data directory, or returns a
// *LockedError within a fraction of a second.
func Acquire(p Paths) (*Lock, error) {
	if err := os.MkdirAll(p.Run(), 0o700); err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	f, err := os.OpenFile(p.LockFile(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	for try := 1; errors.Is(err, syscall.EWOULDBLOCK) && try < lockTries; try++ {
		<-time.After(lockPause)
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(&LockedError{Dir: p.Dir, PID: holder(f)}, f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", filepath.Base(p.LockFile()), err), f.Close())
	}
	// The number is for people only; the lock itself is the kernel's.
	if err := errors.Join(f.Truncate(0), write(f, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		return nil, errors.Join(fmt.Errorf("lock data directory: %w", err), f.Close())
	}
	return &Lock{f: f}, nil
}

func write(f *os.File, s string) error {
	_, err := f.WriteAt([]byte(s), 0)
	return err
}

func holder(f *os.File) int {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// Release gives the directory up. The file stays: removing it would let two
// processes lock two different files of the same name.
func (l *Lock) Release() error {
	return errors.Join(l.f.Truncate(0), l.f.Close())
}

// Owner says whether a process owns the data directory, and which; it takes
// nothing. A command uses it to choose between the files and the socket.
func Owner(p Paths) (pid int, owned bool, err error) {
	f, err := os.Open(p.LockFile())
	if errors.Is(err, os.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look at lock: %w", err)
	}
	defer f.Close()
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return holder(f), true, nil
	case err != nil:
		return 0, false, fmt.Errorf("look at lock: %w", err)
	}
	return 0, false, nil // closing drops the shared lock
}
