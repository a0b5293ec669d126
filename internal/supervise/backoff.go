package supervise

import "time"

// Backoff decides how long to wait before a child is started again. The zero
// value waits 200 ms after the first early end, doubles up to 30 s, and starts
// afresh after a run of a minute.
type Backoff struct {
	First time.Duration // wait after the first end; 0 means 200 ms
	Max   time.Duration // longest wait; 0 means 30 s
	Good  time.Duration // a run this long clears the history; 0 means 1 min

	last time.Duration
}

// Next takes how long the child ran and returns how long to wait before it is
// started again. The wait never exceeds Max and never shrinks between two early
// ends.
func (b *Backoff) Next(ran time.Duration) time.Duration {
	first, ceiling, good := b.First, b.Max, b.Good
	if first <= 0 {
		first = 200 * time.Millisecond
	}
	if ceiling <= 0 {
		ceiling = 30 * time.Second
	}
	if good <= 0 {
		good = time.Minute
	}
	switch {
	case ran >= good || b.last == 0:
		b.last = first
	default:
		b.last *= 2
	}
	b.last = min(b.last, ceiling)
	return b.last
}
