package feed

import (
	"errors"
	"fmt"
)

// Sentinels of this package.
var (
	// ErrLineTooLong is returned for a line beyond the limit; it has been skipped.
	ErrLineTooLong = errors.New("line is too long")
	// ErrHeader is returned by Map for a row of column names: it is no record.
	ErrHeader = errors.New("header row")
	// ErrTorn is returned for a last record that is not finished.
	ErrTorn = errors.New("last record is not finished")
	// ErrTruncated is returned when compressed input ends early or is damaged.
	ErrTruncated = errors.New("compressed file is truncated or damaged")
	// ErrEncoding is returned for a file in an encoding that cannot be read, such as UTF-16.
	ErrEncoding = errors.New("file is not in an 8-bit encoding")
	// ErrChanged is returned for a file whose imported part was changed afterwards.
	ErrChanged = errors.New("the part of the file that was imported has changed since")
	// ErrZone is returned when local stamps are to be read without a time zone.
	ErrZone = errors.New("the format has local times: a time zone is needed")
	// ErrProfile is returned for a mapping profile that cannot be used.
	ErrProfile = errors.New("mapping profile")
	// ErrNotRead is returned when a file is not of the format it is given as.
	ErrNotRead = errors.New("file is not of this format")
)

// Reject is the error of a record that cannot be mapped. Reason is one of few
// texts, by which the report groups; it holds nothing of the record itself.
type Reject struct{ Reason string }

// Error returns the reason.
func (e *Reject) Error() string { return e.Reason }

// Rejectf returns a Reject.
func Rejectf(format string, a ...any) error { return &Reject{fmt.Sprintf(format, a...)} }

// Skip is the error of a record that is left out on purpose.
type Skip struct{ Reason string }

// Error returns the reason.
func (e *Skip) Error() string { return e.Reason }

// Skipf returns a Skip.
func Skipf(format string, a ...any) error { return &Skip{fmt.Sprintf(format, a...)} }
