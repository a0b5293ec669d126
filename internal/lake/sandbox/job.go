package sandbox

import (
	"fmt"
	"time"
)

// Limits bound one query. The zero value of a field means the default.
type Limits struct {
	Memory  int64         `json:"memory"`  // bytes that DuckDB may use
	Rows    int           `json:"rows"`    // more are refused, not cut
	Bytes   int64         `json:"bytes"`   // of the answer on its way between the processes
	Timeout time.Duration `json:"timeout"` // after which the child is killed
}

// Defaults of Limits, and the most that may be asked for.
const (
	defaultMemory  = 512 << 20
	defaultRows    = 100_000
	defaultBytes   = 256 << 20
	defaultTimeout = 30 * time.Second
	MaxRows        = 1_000_000
	maxText        = 64 << 10 // of a query: more was not written by hand
)

func (l Limits) withDefaults() Limits {
	if l.Memory <= 0 {
		l.Memory = defaultMemory
	}
	if l.Rows <= 0 {
		l.Rows = defaultRows
	}
	l.Rows = min(l.Rows, MaxRows)
	if l.Bytes <= 0 {
		l.Bytes = defaultBytes
	}
	if l.Timeout <= 0 {
		l.Timeout = defaultTimeout
	}
	return l
}

// Scope says which rows there are for the caller. Nil lists leave everything; empty ones nothing.
type Scope struct {
	Queues []string `json:"queues"`
	Agents []string `json:"agents"` // whose names and states may be seen
	Sites  []string `json:"sites"`
}

// Job is what the child is told.
type Job struct {
	SQL    string              `json:"sql"`
	Root   string              `json:"root"`  // of the mirror
	Files  map[string][]string `json:"files"` // by table, below the root, verified ones
	Scope  Scope               `json:"scope"`
	Limits Limits              `json:"limits"`
}

// Why a query was not answered.
const (
	Forbidden = "forbidden" // the gate: it is not one SELECT, or asks for what is not there for it
	Failed    = "failed"    // the engine: a name, a type, a division
	TooLarge  = "too_large" // more rows than allowed
	OutOfRoom = "memory"
	OutOfTime = "time"
	Busy      = "busy" // others are running
)

// Refusal is a query that was not answered, told to whoever wrote it.
type Refusal struct {
	Why  string `json:"why"`
	Text string `json:"text"`
}

// Error is the text for people.
func (r *Refusal) Error() string { return r.Text }

func refuse(why, format string, args ...any) *Refusal {
	return &Refusal{why, fmt.Sprintf(format, args...)}
}
