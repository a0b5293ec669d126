package door

import "errors"

var (
	// ErrNoSession is what Sessions answers for a session that does not exist, ended or expired.
	ErrNoSession = errors.New("no such session")
	// ErrNoToken is what Tokens answers for an API token that does not exist, was revoked or expired.
	ErrNoToken = errors.New("no such token")
)
