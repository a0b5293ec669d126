package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync/atomic"
	"time"

	"github.com/agner-platform/agner/internal/lake/mirror"
)

// Config says how children are started.
type Config struct {
	Root     string   // of the mirror
	Command  []string // starts [Child]
	Limits   Limits   // of every query
	Parallel int      // children at a time; the others wait
	// Refresh brings the mirror up to date when it is behind Applied and older than Stale, or than twenty times what the
	// last pass took: in a small centre facts are seconds old, in a large one passes cost a twentieth of the time. Nil: the
	// mirror is read as it is.
	Refresh func(context.Context) error
	Applied func() string // the lake's vector
	Stale   time.Duration
	Now     func() time.Time
}

// Sandbox runs queries. It is safe for concurrent use.
type Sandbox struct {
	cfg   Config
	slots chan struct{}
	took  atomic.Int64 // nanoseconds of the last pass over the mirror
}

// passShare is the part of the time that passes over the mirror may take.
const passShare = 20

// New makes a sandbox.
func New(cfg Config) *Sandbox {
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Sandbox{cfg: cfg, slots: make(chan struct{}, max(1, cfg.Parallel))}
}

// Result is an answer.
type Result struct {
	Columns []Values
	AsOf    time.Time // when the mirror was last brought up to date
}

// Run answers one query for a scope. rows lowers or raises the row limit up to [MaxRows]; 0 leaves it. A query that is not
// answered is a [*Refusal].
func (s *Sandbox) Run(ctx context.Context, text string, scope Scope, rows int) (*Result, error) {
	switch {
	case len(bytes.TrimSpace([]byte(text))) == 0:
		return nil, refuse(Failed, "the query is empty")
	case len(text) > maxText:
		return nil, refuse(Forbidden, "the query has %d bytes; at most %d are read", len(text), maxText)
	}
	job := Job{SQL: text, Root: s.cfg.Root, Scope: scope, Limits: s.cfg.Limits, Files: map[string][]string{}}
	if rows > 0 {
		job.Limits.Rows = min(rows, MaxRows)
	}
	asOf, err := s.files(ctx, &job) // after an import this takes as long as a pass over the mirror, which is not the query's fault
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Limits.Timeout)
	defer cancel()
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, refuse(Busy, "other queries are running; try again")
	}
	stream, err := s.child(ctx, &job)
	if err != nil {
		return nil, err
	}
	columns, err := decode(stream)
	return &Result{Columns: columns, AsOf: asOf}, err
}

// files names the verified files of every table.
func (s *Sandbox) files(ctx context.Context, j *Job) (time.Time, error) {
	m, err := mirror.Load(s.cfg.Root)
	if err != nil {
		return time.Time{}, err
	}
	stale := max(s.cfg.Stale, passShare*time.Duration(s.took.Load()))
	if s.cfg.Refresh != nil && s.cfg.Now().Sub(m.WrittenAt) > stale && m.Vector != s.cfg.Applied() {
		start := time.Now()
		defer func() { s.took.Store(int64(time.Since(start))) }()
		if err := s.cfg.Refresh(ctx); err != nil {
			return time.Time{}, fmt.Errorf("refresh the mirror: %w", err)
		}
		if m, err = mirror.Load(s.cfg.Root); err != nil {
			return time.Time{}, err
		}
	}
	for table, days := range m.Tables {
		for _, f := range days {
			j.Files[table] = append(j.Files[table], f.Path)
		}
		slices.Sort(j.Files[table])
	}
	return m.WrittenAt, nil
}

// child starts the process, hands it the job and takes its answer.
func (s *Sandbox) child(ctx context.Context, j *Job) ([]byte, error) {
	line, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, s.cfg.Command[0], s.cfg.Command[1:]...)
	cmd.Env, cmd.Dir = []string{}, os.TempDir()
	cmd.WaitDelay = time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out := &bounded{left: s.cfg.Limits.Bytes}
	said := &bounded{left: 64 << 10}
	cmd.Stdout, cmd.Stderr = out, said
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start sql child: %w", err)
	}
	_, werr := in.Write(append(line, '\n'))
	err = cmd.Wait()
	switch {
	case out.over:
		return nil, refuse(TooLarge, "the answer has more than %d MB; ask for less, or aggregate", s.cfg.Limits.Bytes>>20)
	case err == nil && werr == nil:
		return out.buf.Bytes(), nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, refuse(OutOfTime, "the query took longer than %s and was stopped", s.cfg.Limits.Timeout)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	var why Refusal
	if json.Unmarshal(said.buf.Bytes(), &why) == nil && why.Why != "" {
		return nil, &why
	}
	return nil, s.died(err, said.buf.Bytes())
}

// died judges a child that ended without a word: almost always the memory limit, met where DuckDB cannot tell of it.
func (s *Sandbox) died(err error, said []byte) error {
	var code *exec.ExitError
	if !errors.As(err, &code) {
		return fmt.Errorf("sql child: %w", err)
	}
	switch status := code.String(); {
	case bytes.Contains(said, []byte("out of memory")), bytes.Contains(said, []byte("bad_alloc")), bytes.Contains(said, []byte("cannot allocate")):
		return refuse(OutOfRoom, "the query needs more than the %d MB that it may use", s.cfg.Limits.Memory>>20)
	case status == "signal: killed", status == "signal: CPU time limit exceeded":
		return refuse(OutOfTime, "the query took longer than %s and was stopped", s.cfg.Limits.Timeout)
	default:
		return refuse(OutOfRoom, "the query ended the process that ran it (%s): it is too deep or needs too much memory", status)
	}
}

// bounded keeps what is written up to a limit; beyond it the writer is told to stop.
type bounded struct {
	buf  bytes.Buffer
	left int64
	over bool
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		b.over = true
		return 0, io.ErrShortBuffer
	}
	return b.buf.Write(p)
}
