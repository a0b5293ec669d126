package routing

import (
	"errors"
	"fmt"
)

// ErrExpr is matched by every error of ParseExpr.
var ErrExpr = errors.New("bad skills expression")

// ErrStrategy is returned for an unknown strategy.
var ErrStrategy = errors.New("unknown strategy")

// ExprError says where in an expression something is wrong.
type ExprError struct {
	Text string
	At   int // byte offset
	Why  string
}

// Error names the expression, the offset and what would be right.
func (e *ExprError) Error() string {
	return fmt.Sprintf("bad skills expression %q at %d: %s", e.Text, e.At, e.Why)
}

// Unwrap makes errors.Is(err, ErrExpr) true.
func (e *ExprError) Unwrap() error { return ErrExpr }
