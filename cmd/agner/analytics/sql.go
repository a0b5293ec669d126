//go:build cgo

package analytics

import (
	"context"
	"os"
	"time"

	"github.com/agner-platform/agner/internal/lake/sandbox"
	"github.com/agner-platform/agner/reporting"
	"github.com/agner-platform/agner/reporting/adhoc"
	sqlapi "github.com/agner-platform/agner/reporting/adhoc/api"
)

const (
	// mirrorStale is how old the Parquet mirror may be at least before a query has it brought up to date; where a pass takes
	// long it is older, see package sandbox. Who needs this second has the live overview.
	mirrorStale = 2 * time.Second
	// sqlChildren is how many queries run at a time, each in a process with one thread and its own memory.
	sqlChildren = 2
)

// openSQL makes the room of ad-hoc queries; their child processes are this program again.
func (a *analytics) openSQL(config reporting.Config, stale time.Duration) (*sqlapi.API, error) {
	bin, err := os.Executable()
	if err != nil {
		return nil, err
	}
	box := sandbox.New(sandbox.Config{
		Root: a.inst.Paths.Parquet(), Command: []string{bin, "sql-child"}, Parallel: sqlChildren, Stale: stale,
		Applied: func() string { return a.lake.Applied().String() },
		Refresh: func(ctx context.Context) error {
			_, err := a.lake.Mirror(ctx)
			return err
		},
	})
	return sqlapi.New(adhoc.New(config, box)), nil
}
