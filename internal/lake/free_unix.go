//go:build unix

package lake

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// diskFree returns the bytes an unprivileged process may still write in dir.
func diskFree(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // the types differ between systems
}
