package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/agner-platform/agner/wfm/rules"
)

// Names of the formats.
const (
	CallcentreWeek = "callcentre_week"
	CurtoisQu      = "curtois_qu"
	Chomp          = "chomp"
	Rotating       = "rotating"
)

// Header opens every solution file: what was solved and how well.
type Header struct {
	Format        string   `json:"format"`
	Instance      string   `json:"instance"`
	Cost          int      `json:"cost"`
	Bound         float64  `json:"bound"`         // no solution can cost less
	Gap           float64  `json:"gap"`           // (cost - bound) / cost; 0 is proven best
	Method        string   `json:"method"`        // what found it
	Seed          uint64   `json:"seed"`          //
	Seconds       float64  `json:"seconds"`       // wall time used
	Stopped       string   `json:"stopped"`       // proven, work, time, cancelled
	Deterministic bool     `json:"deterministic"` // the same seed and work give the same file
	Notes         []string `json:"notes,omitempty"`
}

// Score is the verdict on a solution.
type Score struct {
	Cost       int               `json:"cost"`
	Violations []rules.Violation `json:"hard_violations"`
}

// broken appends a violation.
func (s *Score) broken(rule, who string, day int, text string, args ...any) {
	s.Violations = append(s.Violations, rules.Violation{Rule: rule, Who: who, Day: day, Text: fmt.Sprintf(text, args...)})
}

// Instance is a problem of any format.
type Instance interface {
	// Format is the name of its format.
	Format() string
	// Score judges a solution file of this problem.
	Score(r io.Reader) (Score, error)
}

// Read reads a problem of the named format; name is what a file without a name of
// its own is called.
func Read(format, name string, r io.Reader) (Instance, error) {
	switch format {
	case CallcentreWeek:
		return asInstance(ReadWeek(r))
	case CurtoisQu:
		return asInstance(ReadStaffing(name, r))
	case Chomp:
		return asInstance(ReadCurves(name, r))
	case Rotating:
		return asInstance(ReadRota(name, r))
	default:
		return nil, fmt.Errorf("%w %q: known are callcentre_week, curtois_qu, chomp, rotating", ErrFormat, format)
	}
}

// asInstance keeps a nil pointer from becoming an interface that is not nil.
func asInstance[T Instance](v T, err error) (Instance, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// bad is an error about an instance.
func bad(text string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInstance, fmt.Sprintf(text, args...))
}

// decode reads one JSON value and refuses anything after it.
func decode(r io.Reader, into any, kind error) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("%w: %w", kind, err)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return fmt.Errorf("%w: the file is empty", kind)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: %w", kind, err)
	}
	return nil
}

// decodeSolution reads a solution file and checks that it is of this format.
func decodeSolution(r io.Reader, into any, head *Header, format string) error {
	if err := decode(r, into, ErrSolution); err != nil {
		return err
	}
	if head.Format != "" && head.Format != format {
		return fmt.Errorf("%w: it is of format %q, not %q", ErrSolution, head.Format, format)
	}
	return nil
}
