package live

import (
	"context"
	"sync"
	"time"
)

const (
	gap  = 100 * time.Millisecond // between two readings: quick for an eye, cheap for the switch
	look = time.Second            // for what no fact tells of
)

// Feed gives the newest state to whoever watches.
type Feed struct {
	read  func(context.Context) (State, error)
	touch chan struct{} // something happened, or somebody came

	mu       sync.Mutex    // protects all below
	watchers int           //
	last     *State        //
	seq      uint64        // of last
	more     chan struct{} // closed when there is a newer one
	asked    bool          // somebody came: read even if nothing happened
}

// NewFeed makes a feed; nothing is read before [Feed.Run].
func NewFeed(read func(context.Context) (State, error)) *Feed {
	return &Feed{read: read, touch: make(chan struct{}, 1), more: make(chan struct{})}
}

// Touch says that something happened. It never waits.
func (f *Feed) Touch() {
	select {
	case f.touch <- struct{}{}:
	default:
	}
}

// Run reads until the context ends.
func (f *Feed) Run(ctx context.Context) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	pause := time.NewTimer(gap)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.touch:
		case <-tick.C:
		}
		if !f.watched() {
			continue
		}
		if s, err := f.read(ctx); err == nil {
			f.publish(&s)
		}
		pause.Reset(gap)
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}

func (f *Feed) watched() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.watchers > 0
}

// publish wakes the watchers if there is anything new to see.
func (f *Feed) publish(s *State) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last != nil && !f.asked {
		if _, changed := Diff(f.last, s); !changed {
			return
		}
	}
	f.last, f.asked = s, false
	f.seq++
	close(f.more)
	f.more = make(chan struct{})
}

// Watch begins to watch; Close it.
func (f *Feed) Watch() *Watch {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watchers++
	f.asked = true
	f.Touch()
	return &Watch{feed: f, seen: f.seq}
}

// Watch is one watcher. It is for one goroutine.
type Watch struct {
	feed *Feed
	seen uint64
}

// Next waits for a state that is newer than the one before and returns the newest.
// It must not be changed: others look at it too.
func (w *Watch) Next(ctx context.Context) (*State, error) {
	for {
		w.feed.mu.Lock()
		s, seq, more := w.feed.last, w.feed.seq, w.feed.more
		w.feed.mu.Unlock()
		if seq > w.seen {
			w.seen = seq
			return s, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-more:
		}
	}
}

// Close ends the watch.
func (w *Watch) Close() {
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	w.feed.watchers--
}
