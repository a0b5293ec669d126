// Package supervise runs the roles of one site as child processes and keeps
// them running.
//
// One binary, several processes: a crash of one role must not take another
// down, so `agner serve` starts each role as a child of its own and restarts it
// when it ends. The guarantees:
//
//   - Children start in the order given; the next one starts when the one before
//     answers its readiness probe or its start-up patience is over.
//   - A child that ends is started again after a back-off that doubles with each
//     early end and is forgotten after a good run ([Backoff]). One that ends with
//     [ExitGiveUp] is not: Run stops the others and returns ErrGaveUp.
//   - Shutdown goes in reverse order: each child gets SIGTERM, its stop time,
//     then SIGKILL; Run returns when all are gone.
//   - A child dies with the supervisor (Linux parent-death signal), unless it is
//     marked as Survivor, as the switch will be.
//
// The decision when to restart is the pure type [Backoff]; processes and timers
// only feed it.
package supervise

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Defaults of a Config, with the reason for each.
const (
	DefaultStopWait  = 20 * time.Second // analytics closes DuckDB with a checkpoint
	DefaultReadyWait = 30 * time.Second // opening a lake after a crash replays its log
	probeEvery       = 50 * time.Millisecond
)

// ErrNoChildren is returned by New for an empty list of children.
var ErrNoChildren = errors.New("supervise: no children to run")

// ErrGaveUp is returned by Run when a child said that starting it again is of no
// use; the child has written why.
var ErrGaveUp = errors.New("a role cannot run")

// ExitGiveUp is the exit code by which a child says so: somebody has to act first.
const ExitGiveUp = 70

// Child is one process to keep running.
type Child struct {
	Name string   // role name, for logs and status
	Args []string // arguments of the supervisor's own executable
	Env  []string // added to the supervisor's environment
	// Ready probes the child; nil means ready once started.
	Ready func(ctx context.Context) error
	// Survivor lets the child outlive the supervisor.
	Survivor bool
}

// Config says what to run and how.
type Config struct {
	Exec      string // path of the executable; empty means the running one
	Children  []Child
	Backoff   Backoff
	StopWait  time.Duration
	ReadyWait time.Duration
	Output    io.Writer // children's stdout and stderr; nil means the supervisor's
	Log       *slog.Logger
}

// Status is what one child is doing.
type Status struct {
	Name     string    `json:"name"`
	PID      int       `json:"pid"` // 0 while not running
	Ready    bool      `json:"ready"`
	Restarts int       `json:"restarts"`
	Since    time.Time `json:"since"`
	LastExit string    `json:"last_exit,omitempty"`
}

// Supervisor keeps children running; make one with New.
type Supervisor struct {
	cfg Config

	mu     sync.Mutex // protects status
	status []Status
}

// New checks cfg, fills defaults and returns a supervisor.
func New(cfg Config) (*Supervisor, error) {
	if len(cfg.Children) == 0 {
		return nil, ErrNoChildren
	}
	if cfg.Exec == "" {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("supervise: find own executable: %w", err)
		}
		cfg.Exec = self
	}
	if cfg.StopWait == 0 {
		cfg.StopWait = DefaultStopWait
	}
	if cfg.ReadyWait == 0 {
		cfg.ReadyWait = DefaultReadyWait
	}
	if cfg.Output == nil {
		cfg.Output = os.Stderr
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	s := &Supervisor{cfg: cfg, status: make([]Status, len(cfg.Children))}
	for i, c := range cfg.Children {
		s.status[i].Name = c.Name
	}
	return s, nil
}

// Status returns a copy of every child's state, in start order.
func (s *Supervisor) Status() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Status(nil), s.status...)
}

func (s *Supervisor) update(i int, f func(*Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.status[i])
}

// Run starts the children and keeps them running until ctx ends; then it stops
// them in reverse order and returns nil, or ErrGaveUp if a child gave up. onReady,
// if not nil, is called once when every child has answered its first probe.
func (s *Supervisor) Run(ctx context.Context, onReady func()) error {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	stops := make([]context.CancelFunc, 0, len(s.cfg.Children))
	dones := make([]chan struct{}, 0, len(s.cfg.Children))
	for i := range s.cfg.Children {
		// Each child has a context of its own, so that shutdown can be ordered.
		cctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		done, ready := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			s.keep(cctx, i, ready, giveUp)
		}()
		stops, dones = append(stops, cancel), append(dones, done)
		select {
		case <-ready:
		case <-ctx.Done():
		case <-time.After(s.cfg.ReadyWait):
			s.cfg.Log.Warn("role is slow to get ready; going on", "role", s.cfg.Children[i].Name)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if onReady != nil && ctx.Err() == nil {
		onReady()
	}
	<-ctx.Done()
	for i := len(stops) - 1; i >= 0; i-- {
		stops[i]()
		<-dones[i]
	}
	if err := context.Cause(ctx); errors.Is(err, ErrGaveUp) {
		return err
	}
	return nil
}

// keep runs child i again and again until ctx ends. It closes ready when the
// child first answers its probe, and calls giveUp when it is of no use to go on.
func (s *Supervisor) keep(ctx context.Context, i int, ready chan struct{}, giveUp context.CancelCauseFunc) {
	// Linux sends the parent-death signal when the *thread* that started the
	// child ends, so this goroutine keeps its thread for as long as it has one.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	child, back := s.cfg.Children[i], s.cfg.Backoff
	var once sync.Once
	for ctx.Err() == nil {
		started := time.Now()
		err := s.runOnce(ctx, i, func() { once.Do(func() { close(ready) }) })
		if ctx.Err() != nil {
			return
		}
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == ExitGiveUp {
			giveUp(fmt.Errorf("role %s: %w", child.Name, ErrGaveUp))
			return
		}
		wait := back.Next(time.Since(started))
		s.update(i, func(st *Status) { st.Restarts++; st.LastExit = fmt.Sprint(err) })
		s.cfg.Log.Error("role ended; starting it again", "role", child.Name, "exit", fmt.Sprint(err), "after", wait)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// runOnce starts child i, probes it, and waits for its end. When ctx ends it
// stops the child: SIGTERM, the stop time, SIGKILL.
func (s *Supervisor) runOnce(ctx context.Context, i int, onReady func()) error {
	child := s.cfg.Children[i]
	cmd := exec.CommandContext(ctx, s.cfg.Exec, child.Args...)
	cmd.Env = append(os.Environ(), child.Env...)
	cmd.Stdout, cmd.Stderr = s.cfg.Output, s.cfg.Output
	cmd.SysProcAttr = attributes(child.Survivor)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = s.cfg.StopWait
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start role %s: %w", child.Name, err)
	}
	s.update(i, func(st *Status) { st.PID, st.Ready, st.Since = cmd.Process.Pid, false, time.Now() })
	pctx, stopProbe := context.WithCancel(ctx)
	probed := make(chan struct{})
	go func() {
		defer close(probed)
		if s.probe(pctx, child) {
			s.update(i, func(st *Status) { st.Ready = true })
			onReady()
		}
	}()
	err := cmd.Wait()
	stopProbe()
	<-probed
	s.update(i, func(st *Status) { st.PID, st.Ready = 0, false })
	if err == nil {
		err = errors.New("exit status 0")
	}
	return err
}

// probe asks the child until it is ready (true) or ctx ends (false).
func (s *Supervisor) probe(ctx context.Context, child Child) bool {
	if child.Ready == nil {
		return true
	}
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		if err := child.Ready(ctx); err == nil {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}
