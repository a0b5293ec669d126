//go:build !cgo

package main

import (
	"context"
	"errors"
	"net/http"
)

// errNoLake is what a binary without cgo says where DuckDB is needed.
var errNoLake = unavailable(errors.New("this binary was built without cgo and has no lake; use the full build, or run this command on the server"))

// roleAnalyticsCmd is the analytics role, absent from this build.
type roleAnalyticsCmd struct{}

// Run says so.
func (roleAnalyticsCmd) Run() error { return errNoLake }

// openAnalytics says so.
func openAnalytics(context.Context, *instance) (http.Handler, func() error, error) {
	return nil, nil, errNoLake
}
