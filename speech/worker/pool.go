package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/agner-platform/agner/speech/engine"
)

// Config says what to run.
type Config struct {
	Command []string      // of the child, such as agner speech worker
	Env     []string      // added to the child's environment
	Engine  engine.Config // loaded by every child
	Workers int           // children at most; 0 is 1
	Streams int           // per child at most; 0 is 8, what a core carries with finals only
	Limit   time.Duration // a request that takes longer is a hang; 0 is two minutes
}

// Pool is a set of children.
type Pool struct {
	cfg    Config
	ctx    context.Context //nolint:containedctx // children live as long as the pool
	cancel context.CancelFunc

	mu       sync.Mutex // guards what follows, and the stream counts of children
	children []*process
	next     uint64
	deaths   int
	closed   bool
}

// NewPool starts the first child and thereby finds out whether the engine loads.
func NewPool(ctx context.Context, cfg Config) (*Pool, error) {
	cfg.Workers = max(1, cfg.Workers)
	if cfg.Streams == 0 {
		cfg.Streams = 8
	}
	if cfg.Limit == 0 {
		cfg.Limit = 2 * time.Minute
	}
	if len(cfg.Command) == 0 {
		return nil, fmt.Errorf("%w: no command for the child", ErrRefused)
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &Pool{cfg: cfg, ctx: ctx, cancel: cancel}
	first, err := start(ctx, cfg)
	if err != nil {
		cancel()
		return nil, err
	}
	p.children = append(p.children, first)
	return p, nil
}

// Deaths returns how many children have died.
func (p *Pool) Deaths() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.deaths
}

// Close ends all children and waits for them.
func (p *Pool) Close() {
	p.mu.Lock()
	children := p.children
	p.children, p.closed = nil, true
	p.mu.Unlock()
	for _, c := range children {
		c.stop()
	}
	p.cancel()
}

// Open opens a stream in the child with the fewest.
func (p *Pool) Open(opt engine.Options) (engine.Stream, error) {
	s := &Stream{pool: p, opt: opt}
	if err := s.attach(); err != nil {
		return nil, err
	}
	return s, nil
}

// acquire returns a child with room, starting one if needed, and a stream number.
func (p *Pool) acquire() (*process, uint64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, 0, ErrClosed
	}
	p.bury()
	best := p.idlest()
	if (best == nil || best.streams > 0) && len(p.children) < p.cfg.Workers {
		fresh, err := start(p.ctx, p.cfg)
		if err != nil {
			return nil, 0, err
		}
		p.children = append(p.children, fresh)
		best = fresh
	}
	if best.streams >= p.cfg.Streams {
		return nil, 0, fmt.Errorf("%w: %d streams in each of %d workers", ErrBusy, p.cfg.Streams, len(p.children))
	}
	best.streams++
	p.next++
	return best, p.next, nil
}

// bury removes children that died.
func (p *Pool) bury() {
	var living []*process
	for _, c := range p.children {
		if c.alive() {
			living = append(living, c)
			continue
		}
		p.deaths++
		c.stop()
	}
	p.children = living
}

func (p *Pool) idlest() *process {
	var best *process
	for _, c := range p.children {
		if best == nil || c.streams < best.streams {
			best = c
		}
	}
	return best
}

// release takes back a stream's place.
func (p *Pool) release(c *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.streams--
}
