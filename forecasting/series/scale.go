package series

import "math"

// Whole reports whether the series counts things: all but one value in twenty are
// whole numbers.
func (s *Series) Whole() bool {
	broken, n := 0, 0
	for i, v := range s.value {
		if s.state[i] != Observed {
			continue
		}
		n++
		if v != math.Trunc(v) {
			broken++
		}
	}
	return 20*broken <= n
}

// Mean returns the mean of the observed values, 0 without any.
func (s *Series) Mean() float64 {
	sum, n := 0.0, 0.0
	for i, v := range s.value {
		if s.state[i] == Observed {
			sum += v
			n++
		}
	}
	return sum / math.Max(1, n)
}

// Scale returns a copy with every value multiplied by f > 0.
func (s *Series) Scale(f float64) *Series {
	c := s.Clone()
	for i := range c.value {
		c.value[i] *= f
	}
	return c
}
