package interval

import "fmt"

// Microseconds of the usual spans.
const (
	Microsecond int64 = 1
	Millisecond int64 = 1000
	Second      int64 = 1000 * Millisecond
	Minute      int64 = 60 * Second
	HourUs      int64 = 60 * Minute
)

// Size is the length of an interval of a report.
type Size int

// Sizes. Their text forms are those of the API and the command line.
const (
	Quarter Size = iota + 1 // 15m
	Half                    // 30m
	Hour                    // 60m
	Day                     // 1d: a local day
	Week                    // 1w: from the site's first day of the week
	Total                   // total: the whole range
)

// Sizes lists every size, shortest first.
var Sizes = []Size{Quarter, Half, Hour, Day, Week, Total}

var sizeNames = map[Size]string{Quarter: "15m", Half: "30m", Hour: "60m", Day: "1d", Week: "1w", Total: "total"}

// String returns the text form, such as "30m".
func (s Size) String() string {
	if name, ok := sizeNames[s]; ok {
		return name
	}
	return fmt.Sprintf("Size(%d)", int(s))
}

// ParseSize reads a text form: 15m, 30m, 60m (or 1h), 1d, 1w, total.
func ParseSize(s string) (Size, error) {
	for _, size := range Sizes {
		if sizeNames[size] == s {
			return size, nil
		}
	}
	if s == "1h" {
		return Hour, nil
	}
	return 0, fmt.Errorf("interval %q: %w: use 15m, 30m, 60m, 1d, 1w or total", s, ErrSize)
}

// Us returns the length in microseconds of a size below a day, and 0 for the
// others, whose length depends on the zone and the date.
func (s Size) Us() int64 {
	switch s {
	case Quarter:
		return 15 * Minute
	case Half:
		return 30 * Minute
	case Hour:
		return 60 * Minute
	case Day, Week, Total:
	}
	return 0
}

// PerDay returns how many wall-clock slots of this size a day has, and 1 for a
// day or longer.
func (s Size) PerDay() int {
	if us := s.Us(); us > 0 {
		return int(24 * HourUs / us)
	}
	return 1
}
