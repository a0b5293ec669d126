package phrase

// Turn is what one party said at a stretch; times are seconds from the call's start.
type Turn struct {
	Party      string
	Start, End float64
	Text       string
}

// Rule is what is asked of a call.
type Rule interface {
	// holds reports whether it does, and adds the turns that say so.
	holds(c *call) bool
}

type call struct {
	turns    []Turn
	duration float64
	evidence map[int]bool
}

// Said holds if a party ("" is anybody) said the text, in the first or last seconds
// if From or Last is not 0.
type Said struct {
	Party       string
	Text        Text
	First, Last float64
}

// Every, Either and Never combine rules.
type (
	Every  []Rule
	Either []Rule
	Never  struct{ Of Rule }
)

func (s Said) holds(c *call) bool {
	found := false
	for i, t := range c.turns {
		if s.Party != "" && s.Party != t.Party || s.First > 0 && t.Start >= s.First || s.Last > 0 && t.End <= c.duration-s.Last {
			continue
		}
		if _, ok := Match(s.Text, t.Text); ok {
			found, c.evidence[i] = true, true
		}
	}
	return found
}

func (l Every) holds(c *call) bool {
	for _, r := range l {
		if !r.holds(c) {
			return false
		}
	}
	return true
}

func (l Either) holds(c *call) bool {
	found := false
	for _, r := range l {
		found = r.holds(c) || found
	}
	return found
}

func (n Never) holds(c *call) bool {
	return !n.Of.holds(&call{turns: c.turns, duration: c.duration, evidence: map[int]bool{}})
}

// Holds reports whether a rule holds for a call of a duration in seconds, and which
// turns say so. A live matcher asks with what has been said and the time so far.
func Holds(r Rule, turns []Turn, duration float64) (evidence []int, ok bool) {
	c := &call{turns: turns, duration: duration, evidence: map[int]bool{}}
	if !r.holds(c) {
		return nil, false
	}
	for i := range turns {
		if c.evidence[i] {
			evidence = append(evidence, i)
		}
	}
	return evidence, true
}
