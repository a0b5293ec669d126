package lake

import (
	"errors"
	"strings"
	"syscall"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

var (
	// ErrNewerFormat is returned by Open for a lake that a newer build has written.
	ErrNewerFormat = errors.New("lake was written by a newer build")
	// ErrLocked is returned by Open while another process has the lake open.
	ErrLocked = errors.New("lake is open in another process")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("lake is closed")
	// ErrReset is matched by errors of Apply after which the lake went back to its
	// last commit: feed it again from behind Applied.
	ErrReset = errors.New("lake went back to its last commit")
	// ErrGap is returned for records that skip seqs without saying so.
	ErrGap = errors.New("records are missing before this one")
	// errInvalidated marks a database instance that DuckDB refuses to go on with.
	errInvalidated = errors.New("database instance is invalidated")
)

// fault is what an error of DuckDB means for the lake.
type fault int

const (
	faultOther   fault = iota // a mistake of the query, a cancelled context …
	faultFull                 // no room on the disk: wait and try again
	faultFatal                // this instance is finished: reopen
	faultCorrupt              // the file is damaged: rebuild
	faultLocked               // another process has it
	faultNewer                // a newer DuckDB has written it
)

// diagnose reads an error of DuckDB. The library tells some of these apart only
// by their text.
func diagnose(err error) fault {
	if err == nil {
		return faultOther
	}
	if errors.Is(err, errInvalidated) {
		return faultFatal
	}
	if errors.Is(err, syscall.ENOSPC) {
		return faultFull
	}
	text := err.Error()
	for _, m := range marks {
		if strings.Contains(text, m.text) {
			return m.fault
		}
	}
	var de *duckdb.Error
	if !errors.As(err, &de) {
		return faultOther
	}
	switch de.Type {
	case duckdb.ErrorTypeFatal, duckdb.ErrorTypeInternal:
		return faultFatal
	case duckdb.ErrorTypeSerialization:
		return faultCorrupt
	}
	return faultOther
}

// marks are texts of DuckDB 1.5 and what they mean, most telling first.
var marks = []struct {
	text  string
	fault fault
}{
	{"database has been invalidated", faultFatal}, // before its cause, which the text repeats
	{"No space left on device", faultFull},
	{"disk quota exceeded", faultFull},
	{"Could not set lock on file", faultLocked},
	{"Conflicting lock is held", faultLocked},
	{"but we can only read versions between", faultNewer},
	{"created with a newer version", faultNewer},
	{"not a valid DuckDB database file", faultCorrupt},
	{"orrupt database file", faultCorrupt},
	{"Could not read enough bytes", faultCorrupt},
	{"checksum", faultCorrupt},
	{"Failure while replaying WAL", faultCorrupt},
	{"Failed to deserialize", faultCorrupt},
	{"INTERNAL Error", faultFatal},
	{"FATAL Error", faultFatal},
}
