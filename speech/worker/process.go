package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agner-platform/agner/speech/engine"
)

// process is one child. Its lock makes requests take turns.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	answer *os.File
	log    *tail
	limit  time.Duration
	done   chan struct{} // closed when the child has ended

	mu      sync.Mutex  // guards the pipes: one request at a time
	dead    atomic.Bool // a request went unanswered
	streams int         // guarded by the pool's lock
}

// start runs the command and loads the engine in it.
func start(ctx context.Context, cfg Config) (*process, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, cfg.Command[0], cfg.Command[1:]...)
	log := &tail{}
	cmd.ExtraFiles, cmd.Stdout, cmd.Stderr = []*os.File{w}, log, log
	cmd.Env = append(os.Environ(), cfg.Env...)
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	_ = w.Close() // the child has its own
	if err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("%w: start %s: %w", ErrDied, cfg.Command[0], err)
	}
	p := &process{cmd: cmd, stdin: stdin, answer: r, log: log, limit: cfg.Limit, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_ = cmd.Wait() //nolint:errcheck // how it ended is seen by the request under way
	}()
	if _, err := p.call(request{Op: opLoad, Config: &cfg.Engine}); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// call sends one request and waits for its answer.
func (p *process) call(req request) ([]engine.Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead.Load() {
		return nil, errBefore
	}
	watch := time.AfterFunc(p.limit, func() { _ = p.cmd.Process.Kill() })
	defer watch.Stop()
	err := writeFrame(p.stdin, req)
	var a answer
	if err == nil {
		err = readFrame(p.answer, &a)
	}
	if err != nil {
		p.dead.Store(true)
		return nil, fmt.Errorf("%w: %w: %s", ErrDied, err, p.log)
	}
	if a.Error != "" {
		return nil, fmt.Errorf("%w: %s", ErrRefused, a.Error)
	}
	return a.Results, nil
}

// stop ends the child: by the end of its input, else by force.
func (p *process) stop() {
	_ = p.stdin.Close()
	watch := time.AfterFunc(stopGrace, func() { _ = p.cmd.Process.Kill() })
	defer watch.Stop()
	<-p.done
	_ = p.answer.Close()
}

// stopGrace is how long a child may take to free its models.
const stopGrace = 5 * time.Second

// alive reports whether the child answered its last request.
func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	default:
	}
	return !p.dead.Load()
}

// tail keeps the last of what a child printed.
type tail struct {
	mu  sync.Mutex // guards buf
	buf []byte
}

// keepLog is how much of a child's output an error shows.
const keepLog = 500

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if n := len(t.buf) - keepLog; n > 0 {
		t.buf = bytes.Clone(t.buf[n:])
	}
	return len(b), nil
}

// String returns the last line or two.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.buf) == 0 {
		return "it printed nothing"
	}
	return "it printed " + strings.TrimSpace(string(t.buf))
}

// died reports whether an error is the child's death and not its answer.
func died(err error) bool { return errors.Is(err, ErrDied) }
