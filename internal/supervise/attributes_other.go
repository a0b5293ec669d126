//go:build !linux

package supervise

import "syscall"

// attributes puts a child in a process group of its own. Where the kernel has no
// parent-death signal, a role notices its supervisor's end by its closed pipe.
func attributes(bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
