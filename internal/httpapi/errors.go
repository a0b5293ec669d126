package httpapi

import "errors"

var (
	// ErrKey says that a signing key cannot be used.
	ErrKey = errors.New("httpapi: unusable key")
	// ErrAssertion says that an identity assertion was refused.
	ErrAssertion = errors.New("httpapi: invalid assertion")
	// ErrTable says that the columns of a table do not fit together.
	ErrTable = errors.New("httpapi: inconsistent table")
)
