// Package inbox has things done one after the other by one goroutine, which is how a
// session owns its state.
package inbox

import (
	"context"
	"sync"
)

// Inbox takes functions. Post never waits. The zero value is not ready: use [New].
type Inbox struct {
	wake chan struct{}

	mu     sync.Mutex
	list   []func() // protected by mu
	closed bool     // protected by mu
}

// New makes an inbox.
func New() *Inbox { return &Inbox{wake: make(chan struct{}, 1)} }

// Post has f done in its turn. It reports false where nothing is done any more: then
// whoever posts has to look for somebody else.
func (b *Inbox) Post(f func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.list = append(b.list, f)
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return true
}

// CloseIfIdle closes the inbox unless something waits in it, and reports whether it
// did. What was posted before is done, so nothing gets lost.
func (b *Inbox) CloseIfIdle() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = b.closed || len(b.list) == 0
	return b.closed
}

// Run does what is posted until the inbox is closed or the context ends; after each
// stretch of work it calls rest.
func (b *Inbox) Run(ctx context.Context, rest func()) {
	defer b.close()
	for {
		select {
		case <-b.wake:
		case <-ctx.Done():
			return
		}
		for _, f := range b.take() {
			f()
		}
		rest()
	}
}

func (b *Inbox) take() []func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.list
	b.list = nil
	return list
}

func (b *Inbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
}
