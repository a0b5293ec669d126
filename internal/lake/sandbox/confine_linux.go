package sandbox

import (
	"fmt"
	"math"
	"syscall"
)

// Limits of the operating system beyond those of a query.
const (
	overhead  = 3 << 30 // address space besides DuckDB's memory: the program itself, Go's reservations, stacks, files' maps
	openFiles = 4096    // a mirror of ten years has more, but DuckDB closes what it has read
	niceness  = 10
)

// confine takes from this process what a query does not need. It cannot be undone.
func confine(l *Limits) error {
	seconds := uint64(math.Ceil(l.Timeout.Seconds()))
	for _, limit := range []struct {
		name  string
		what  int
		value uint64
	}{
		{"written files", syscall.RLIMIT_FSIZE, 0},
		{"core dump", syscall.RLIMIT_CORE, 0},
		{"open files", syscall.RLIMIT_NOFILE, openFiles},
		{"address space", syscall.RLIMIT_AS, uint64(l.Memory) + overhead},
		{"CPU seconds", syscall.RLIMIT_CPU, seconds + 1},
	} {
		var now syscall.Rlimit
		if err := syscall.Getrlimit(limit.what, &now); err != nil {
			return fmt.Errorf("limit %s: %w", limit.name, err)
		}
		v := min(limit.value, now.Max)
		if err := syscall.Setrlimit(limit.what, &syscall.Rlimit{Cur: v, Max: v}); err != nil {
			return fmt.Errorf("limit %s: %w", limit.name, err)
		}
	}
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, niceness); err != nil {
		return fmt.Errorf("lower priority: %w", err)
	}
	return nil
}
