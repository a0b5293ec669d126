package metric

import (
	"fmt"
	"math"
)

// Number is a figure in JSON: NaN, which means missing, is null.
type Number float64

// MarshalJSON writes null for NaN.
func (n Number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%v", float64(n)), nil
}

// Missing is the number of what is not known.
func Missing() Number { return Number(math.NaN()) }

// Ratio divides counts; of nothing it is missing.
func Ratio(part, whole int64) Number {
	if whole == 0 {
		return Missing()
	}
	return Number(float64(part) / float64(whole))
}

// Value is a figure of some sums by its name, which is a constant of the calling package: tests read it.
func Value(name string, s *Sums) Number {
	f, ok := Lookup(name)
	if !ok {
		panic("reporting: no figure " + name)
	}
	return Number(f.Of(s))
}
