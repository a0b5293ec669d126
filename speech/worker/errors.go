package worker

import (
	"errors"
	"fmt"
)

var (
	// ErrBusy is a stream beyond what the pool may carry.
	ErrBusy = errors.New("speech workers are busy")
	// ErrClosed is the use of a closed pool or stream.
	ErrClosed = errors.New("speech worker is closed")
	// ErrDied is a child that ended or stopped answering.
	ErrDied = errors.New("speech worker died")
	// ErrRefused is an answer that says no, such as a missing model.
	ErrRefused = errors.New("speech worker refused")
	// errBefore is a child that had died before it was asked: not the asker's fault.
	errBefore = fmt.Errorf("%w before it was asked", ErrDied)
	// errFrame is a frame that cannot be one.
	errFrame = errors.New("frame is not readable")
)
