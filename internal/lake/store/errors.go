package store

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
	// errOlderFormat asks for a rebuild: it never leaves the package.
	errOlderFormat = errors.New("lake has an older format")
)

// Fault is what an error of DuckDB means for the lake.
type Fault int

// Faults.
const (
	Other   Fault = iota // a mistake of the query, a cancelled context …
	Full                 // no room on the disk: wait and try again
	Fatal                // this instance is finished: reopen
	Corrupt              // the file is damaged: rebuild
	Locked               // another process has it
	Newer                // a newer DuckDB has written it
)

// Diagnose reads an error of DuckDB. The library tells some of these apart only
// by their text.
func Diagnose(err error) Fault {
	if err == nil {
		return Other
	}
	if errors.Is(err, syscall.ENOSPC) {
		return Full
	}
	text := err.Error()
	for _, m := range marks {
		if strings.Contains(text, m.text) {
			return m.fault
		}
	}
	var de *duckdb.Error
	if !errors.As(err, &de) {
		return Other
	}
	switch de.Type {
	case duckdb.ErrorTypeFatal, duckdb.ErrorTypeInternal:
		return Fatal
	case duckdb.ErrorTypeSerialization:
		return Corrupt
	}
	return Other
}

// marks are texts of DuckDB 1.5 and what they mean, most telling first.
var marks = []struct {
	text  string
	fault Fault
}{
	{"database has been invalidated", Fatal}, // before its cause, which the text repeats
	{"No space left on device", Full},
	{"disk quota exceeded", Full},
	{"Could not set lock on file", Locked},
	{"Conflicting lock is held", Locked},
	{"but we can only read versions between", Newer},
	{"created with a newer version", Newer},
	{"not a valid DuckDB database file", Corrupt},
	{"orrupt database file", Corrupt},
	{"Could not read enough bytes", Corrupt},
	{"checksum", Corrupt},
	{"Failure while replaying WAL", Corrupt},
	{"Failed to deserialize", Corrupt},
	{"INTERNAL Error", Fatal},
	{"FATAL Error", Fatal},
}
