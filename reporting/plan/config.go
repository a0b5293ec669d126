package plan

import (
	"github.com/apache/arrow-go/v18/arrow"

	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/reporting/dims"
)

// Config is what reports are made from. All but Party are required.
type Config struct {
	Lake     *lake.Lake
	Settings func(context.Context) (db.Values, error)
	// Zone is used where neither the chosen site nor all sites together name one.
	Zone *time.Location
	// Party turns an outside number into the pseudonym that the lake holds; nil: search by number is refused.
	Party func(number string) string
	// Now is the clock.
	Now func() time.Time
}

// Run reads the set-up, resolves the parameters and hands both to fn, all in one committed state of the lake.
func (c *Config) Run(ctx context.Context, p Params, fn func(*Plan) error) error {
	set, err := c.Settings(ctx)
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return c.Lake.View(ctx, func(ctx context.Context, r *lake.Reader) error {
		pl := &Plan{Params: p, Ctx: ctx, Q: r, Set: set, Now: c.Now().UnixMicro()}
		if pl.Dims, err = dims.Load(ctx, r); err != nil {
			return err
		}
		if err := pl.resolve(c.Zone); err != nil {
			return err
		}
		return fn(pl)
	})
}

// Each runs a query and calls fn for every row; fn scans the row.
func Each(ctx context.Context, q dims.Querier, query string, fn func(*sql.Rows) error) error {
	rows, err := q.Query(ctx, query)
	if err != nil {
		return fmt.Errorf("query lake: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return fmt.Errorf("read rows: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	return nil
}

// Batches runs a query and calls fn with its columns a batch at a time, which for many rows costs a tenth of Each. Cast
// whole numbers to BIGINT.
func Batches(ctx context.Context, q dims.Querier, query string, fn func(arrow.RecordBatch) error) error {
	r, err := q.Arrow(ctx, query)
	if err != nil {
		return fmt.Errorf("query lake: %w", err)
	}
	defer r.Release()
	for r.Next() {
		if err := fn(r.RecordBatch()); err != nil {
			return fmt.Errorf("read rows: %w", err)
		}
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	return nil
}

// Literal writes a text into SQL.
func Literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Literals writes a list of texts for IN (…); an empty list matches nothing.
func Literals(list []string) string {
	if len(list) == 0 {
		return "NULL"
	}
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = Literal(s)
	}
	return strings.Join(quoted, ", ")
}

// Stamp writes an instant into SQL.
func Stamp(us int64) string { return fmt.Sprintf("make_timestamp(%d)", us) }
