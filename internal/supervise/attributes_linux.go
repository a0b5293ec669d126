package supervise

import "syscall"

// attributes puts a child in a process group of its own, so that Ctrl-C at the
// terminal reaches only the supervisor, which then stops children in order. All
// but survivors get SIGTERM from the kernel when the supervisor dies.
func attributes(survivor bool) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if !survivor {
		a.Pdeathsig = syscall.SIGTERM
	}
	return a
}
