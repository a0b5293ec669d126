package main

import (
	"errors"
	"fmt"
	"os"
)

// Exit codes of the command contract.
const (
	exitFailed      = 1 // it was tried and did not work
	exitUsage       = 2 // the command line is not understood
	exitBadInput    = 3 // a file or value given is not usable
	exitUnavailable = 4 // something needed is not running, locked or not built in
)

// exitError is an error that knows its exit code.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// badInput marks err as the fault of what was given.
func badInput(err error) error { return withCode(exitBadInput, err) }

// unavailable marks err as something missing that may be there later.
func unavailable(err error) error { return withCode(exitUnavailable, err) }

func withCode(code int, err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code, err}
}

// finish prints err, if any, and returns the process's exit code.
func finish(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "agner:", err)
	if e, ok := asError[*exitError](err); ok {
		return e.code
	}
	return exitFailed
}

// asError returns the first error of type E in err's tree.
func asError[E error](err error) (E, bool) { return errors.AsType[E](err) }
