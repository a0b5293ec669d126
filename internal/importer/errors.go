package importer

import "errors"

// Errors of the service.
var (
	// ErrClosed is returned to callers of a service that is shutting down.
	ErrClosed = errors.New("imports are shutting down")
	// ErrNoJob is returned for an id that no job has.
	ErrNoJob = errors.New("no such import")
	// ErrBusy is returned when too many jobs are waiting.
	ErrBusy = errors.New("too many imports are waiting")
	// ErrRequest is matched by errors about what was asked for.
	ErrRequest = errors.New("import request")
)
