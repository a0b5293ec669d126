//go:build !cgo

package analytics

import (
	"context"
	"errors"
	"net/http"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"
)

// errNoLake is what a binary without cgo says where DuckDB is needed.
var errNoLake = exit.Unavailable(errors.New("this binary was built without cgo and has no lake; use the full build, or run this command on the server"))

// Role is the analytics role, absent from this build.
type Role struct{}

// Run says so.
func (Role) Run() error { return errNoLake }

// Open says so.
func Open(context.Context, *node.Instance) (http.Handler, func() error, error) {
	return nil, nil, errNoLake
}
