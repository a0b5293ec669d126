//go:build !cgo

package query

import (
	"errors"

	"github.com/agner-platform/agner/cmd/agner/exit"
)

// Child is the process in which one query runs, absent from this build.
type Child struct{}

// Run says so.
func (Child) Run() error {
	return exit.Unavailable(errors.New("this binary was built without cgo and runs no queries"))
}
