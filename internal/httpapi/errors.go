package httpapi

import "errors"

var (
	// ErrKey says that a signing key cannot be used.
	ErrKey = errors.New("httpapi: unusable key")
	// ErrAssertion says that an identity assertion was refused.
	ErrAssertion = errors.New("httpapi: invalid assertion")
	// ErrNoSession is what Sessions answers for a session that does not exist, ended or expired.
	ErrNoSession = errors.New("httpapi: no such session")
	// ErrNoToken is what Tokens answers for an API token that does not exist, was revoked or expired.
	ErrNoToken = errors.New("httpapi: no such token")
	// ErrClosed is the answer of a hub that no longer takes or gives events.
	ErrClosed = errors.New("httpapi: closed")
	// ErrTable says that the columns of a table do not fit together.
	ErrTable = errors.New("httpapi: inconsistent table")
)
