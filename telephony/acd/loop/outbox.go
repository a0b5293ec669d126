package loop

import (
	"context"
	"sync"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
)

// batch is what one decision led to.
type batch struct {
	facts    []event.Event
	commands []acd.Command
	then     func() // after both
}

// outbox passes batches on in order, outside the owner's goroutine. It has no
// limit: what bounds it is the number of inputs, and dropping commands would leave
// phones ringing. The journal's ring, which may drop with a log.gap, is the Sink's.
type outbox struct {
	config *Config
	mu     sync.Mutex // protects queue and closed
	more   *sync.Cond
	queue  []batch
	closed bool
}

func (o *outbox) init(c *Config) {
	o.config = c
	o.more = sync.NewCond(&o.mu)
}

func (o *outbox) put(b batch) {
	o.mu.Lock()
	o.queue = append(o.queue, b)
	o.mu.Unlock()
	o.more.Signal()
}

func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.more.Signal()
}

// take waits for batches; nil means that there will be no more.
func (o *outbox) take() []batch {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) == 0 && !o.closed {
		o.more.Wait()
	}
	list := o.queue
	o.queue = nil
	return list
}

func (o *outbox) run() {
	for list := o.take(); list != nil; list = o.take() {
		for i := range list {
			o.pass(&list[i])
		}
	}
}

// pass publishes, then executes.
func (o *outbox) pass(b *batch) {
	if b.then != nil {
		defer b.then()
	}
	if len(b.facts) > 0 {
		if durable(b.facts) {
			// Not cancelled by Close: a promise already made in the state must reach the disk.
			if err := o.config.Sink.Commit(context.Background(), b.facts); err != nil {
				if o.config.Failed != nil {
					o.config.Failed(b.facts, err)
				}
				return
			}
		} else {
			o.config.Sink.Publish(b.facts)
		}
	}
	if len(b.commands) > 0 {
		o.config.Executor.Execute(b.commands)
	}
}

// durable reports whether facts must be on the disk before anybody hears of them.
func durable(facts []event.Event) bool {
	for i := range facts {
		switch facts[i].Kind {
		case event.KindCallbackRequested, event.KindCallbackScheduled:
			return true
		}
	}
	return false
}
