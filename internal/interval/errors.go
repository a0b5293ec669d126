package interval

import "errors"

// ErrZone is returned for a zone name that is not in the IANA database.
var ErrZone = errors.New("unknown time zone")

// ErrRange is returned for a range whose end is not after its start.
var ErrRange = errors.New("range is empty or reversed")

// ErrTooMany is returned for a range and size that would need more than MaxBuckets.
var ErrTooMany = errors.New("too many intervals")

// ErrSize is returned for an unknown interval size.
var ErrSize = errors.New("unknown interval size")

// ErrTime is returned for a text that is neither a date nor an RFC 3339 time.
var ErrTime = errors.New("not a date or time")

// ErrHours is returned for opening hours that make no sense.
var ErrHours = errors.New("bad opening hours")
