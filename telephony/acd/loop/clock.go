package loop

import "time"

// stepLimit is how far wall and monotonic time may drift apart before the base is
// moved: more than NTP slews, less than anybody overlooks in a report.
const stepLimit = time.Second

// clock gives UTC µs that never go back: a base plus monotonic time.
type clock struct {
	base  int64 // UTC µs at start
	start time.Time
	last  int64
	wall  func() time.Time // without a monotonic reading
}

// newClock begins at the wall's time, or at the instant already reached if that is
// later.
func newClock(reached int64) clock {
	c := clock{start: time.Now(), last: reached, wall: func() time.Time { return time.Now().Round(0) }}
	c.base = c.start.UnixMicro()
	return c
}

func (c *clock) now() int64 {
	c.last = max(c.last, c.base+time.Since(c.start).Microseconds())
	return c.last
}

// check compares with the wall and moves the base if they drifted apart; it returns
// the step in µs. Set backwards, now stands still until the wall has caught up.
func (c *clock) check() int64 {
	drift := c.wall().UnixMicro() - (c.base + time.Since(c.start).Microseconds())
	if drift < stepLimit.Microseconds() && drift > -stepLimit.Microseconds() {
		return 0
	}
	c.base += drift
	return drift
}
