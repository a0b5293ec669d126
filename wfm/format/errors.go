package format

import "errors"

var (
	// ErrInstance marks a problem file that cannot be planned as it stands.
	ErrInstance = errors.New("instance is not usable")
	// ErrSolution marks a solution file that cannot be read.
	ErrSolution = errors.New("solution is not readable")
	// ErrFormat marks a name that is none of the known formats.
	ErrFormat = errors.New("unknown format")
)
