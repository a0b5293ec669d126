package interval

import "time"

// Format returns the instant in local time with its offset, as RFC 3339:
// "2026-05-04T09:30:00+03:00", with micros if there are any.
func Format(loc *time.Location, us int64) string {
	t := time.UnixMicro(us).In(loc)
	if us%Second != 0 {
		return t.Format("2006-01-02T15:04:05.000000Z07:00")
	}
	return t.Format(time.RFC3339)
}

// FormatDate returns the local date of the instant, "2026-05-04".
func FormatDate(loc *time.Location, us int64) string { return DateOf(loc, us).String() }

// FormatMinute returns the local time to the minute, "2026-05-04 09:30", with the
// offset where the wall clock shows that reading more than once.
func FormatMinute(loc *time.Location, us int64) string {
	return label(loc, us, segmentAt(loc, us))
}

// FormatSecond returns the local time to the second, "2026-05-04 09:30:07".
func FormatSecond(loc *time.Location, us int64) string {
	return time.UnixMicro(us).In(loc).Format(time.DateTime)
}

// appendMinute appends local µs as "2026-05-04 09:30".
func appendMinute(b []byte, local int64) []byte {
	w := wallOfLocal(local)
	b = append(w.Date.append(b), ' ')
	return append2(append(append2(b, w.Hour), ':'), w.Minute)
}

// appendOffset appends an offset as "+03:00"; seconds, which only zones of long
// ago have, follow as ":17".
func appendOffset(b []byte, offset int64) []byte {
	sign, s := byte('+'), int(offset/Second)
	if s < 0 {
		sign, s = '-', -s
	}
	b = append2(append(b, sign), s/3600)
	b = append2(append(b, ':'), s/60%60)
	if s%60 != 0 {
		b = append2(append(b, ':'), s%60)
	}
	return b
}
