//go:build cgo

package query

import (
	"context"
	"os"

	"github.com/agner-platform/agner/internal/lake/sandbox"
)

// Child is the process in which one query runs; the platform starts it.
type Child struct{}

// Run answers the job on standard input. It ends the process itself: standard error is part of the protocol.
func (Child) Run(ctx context.Context) error {
	os.Exit(sandbox.Child(ctx, os.Stdin, os.Stdout, os.Stderr))
	return nil
}
