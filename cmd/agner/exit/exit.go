// Package exit gives errors the exit codes of the command contract: 0 ok, 1 failed,
// 2 usage, 3 bad input, 4 unavailable. A command returns an error; [Finish] prints it
// and says the code.
package exit

import (
	"errors"
	"fmt"
	"os"
)

// Exit codes of the command contract.
const (
	CodeFailed      = 1 // it was tried and did not work
	CodeUsage       = 2 // the command line is not understood
	CodeBadInput    = 3 // a file or value given is not usable
	CodeUnavailable = 4 // something needed is not running, locked or not built in
)

// coded is an error that knows its exit code.
type coded struct {
	code int
	err  error
}

func (e *coded) Error() string { return e.err.Error() }
func (e *coded) Unwrap() error { return e.err }

// BadInput marks err as the fault of what was given; nil stays nil.
func BadInput(err error) error { return With(CodeBadInput, err) }

// Unavailable marks err as something missing that may be there later; nil stays nil.
func Unavailable(err error) error { return With(CodeUnavailable, err) }

// With gives err an exit code; nil stays nil.
func With(code int, err error) error {
	if err == nil {
		return nil
	}
	return &coded{code, err}
}

// Finish prints err, if any, and returns the process's exit code.
func Finish(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, "agner:", err)
	}
	return Code(err)
}

// Code returns the exit code of err: 0 for nil, [CodeFailed] for an unmarked error.
func Code(err error) int {
	if err == nil {
		return 0
	}
	if e, ok := errors.AsType[*coded](err); ok {
		return e.code
	}
	return CodeFailed
}
