package ivr

import (
	"errors"
	"fmt"
	"strings"
)

// ErrInvalid is matched by every error that Parse returns.
var ErrInvalid = errors.New("invalid flow")

// Problem is one thing wrong with a flow.
type Problem struct {
	Line  int    `json:"line,omitempty"` // in the text, from 1; 0 when it has no place
	Node  string `json:"node,omitempty"` // empty: the flow itself
	Field string `json:"field"`
	Value string `json:"value"`
	Why   string `json:"why"` // what would be right
}

// String names the place, the field, the value and what would be right.
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", p.Line)
	}
	if p.Node != "" {
		fmt.Fprintf(&b, "node %q: ", p.Node)
	}
	fmt.Fprintf(&b, "%s = %q: %s", p.Field, p.Value, p.Why)
	return b.String()
}

// InvalidError lists everything wrong with a flow.
type InvalidError struct{ Problems []Problem }

// Error joins the problems, one a line.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return "invalid flow: " + strings.Join(lines, "\n")
}

// Unwrap makes errors.Is(err, ErrInvalid) true.
func (e *InvalidError) Unwrap() error { return ErrInvalid }
