package journal

import (
	"sync"
	"sync/atomic"

	"github.com/agner-platform/agner/internal/journal/segment"
)

// live shows readers in this process how far the journal is durable. It
// implements segment.Live.
type live struct {
	durable atomic.Pointer[segment.Watermark]
	end     atomic.Pointer[error]
	groups  atomic.Uint64 // synced
	bytes   atomic.Uint64 // of them

	mu   sync.Mutex // guards subs
	subs map[chan struct{}]struct{}
}

// Watermark returns how far the journal is durable.
func (l *live) Watermark() segment.Watermark { return *l.durable.Load() }

// End returns why nothing more becomes durable: ErrClosed, or a failure.
func (l *live) End() error {
	if err := l.end.Load(); err != nil {
		return *err
	}
	return nil
}

// Subscribe makes the writer poke c.
func (l *live) Subscribe(c chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.subs[c] = struct{}{}
}

// Unsubscribe ends that.
func (l *live) Unsubscribe(c chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.subs, c)
}

func (l *live) publish(wm segment.Watermark) {
	l.durable.Store(&wm)
	l.wake()
}

func (l *live) finish(err error) {
	l.end.Store(&err)
	l.wake()
}

func (l *live) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.subs {
		poke(c)
	}
}
