package lake

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake/store"
)

// Reader runs queries on one connection inside one read-only transaction: all of
// them see the same committed state. It belongs to one goroutine and ends with
// the View that made it.
type Reader struct {
	conn *sql.Conn
}

// View runs f with a Reader. f's queries see one state of the lake, however much
// is written meanwhile, and cannot change it.
func (l *Lake) View(ctx context.Context, f func(context.Context, *Reader) error) error {
	ctx, r, end, err := l.reader(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(ctx, r), end())
}

// reader begins a read-only transaction; the context ends also when the database
// has to be opened anew.
func (l *Lake) reader(parent context.Context) (context.Context, *Reader, func() error, error) {
	h, release, err := l.box.Acquire()
	if err != nil {
		return nil, nil, nil, err
	}
	ctx, cancel := context.WithCancel(parent)
	stop := context.AfterFunc(h.Ctx, cancel)
	fail := func(err error) (context.Context, *Reader, func() error, error) {
		stop()
		cancel()
		release()
		return nil, nil, nil, fmt.Errorf("read lake: %w", err)
	}
	conn, err := h.DB.Conn(ctx)
	if err != nil {
		return fail(err)
	}
	r := &Reader{conn: conn}
	if _, err := conn.ExecContext(ctx, `BEGIN TRANSACTION READ ONLY`); err != nil {
		return fail(errors.Join(err, r.discard()))
	}
	return ctx, r, func() error {
		stop()
		err := r.end(ctx)
		cancel()
		release()
		return err
	}, nil
}

// end leaves the connection as it was, or leaves it for good when ctx has ended:
// the interrupt that this sends may arrive after the query it was meant for, and
// would then hit whoever gets the connection next.
func (r *Reader) end(ctx context.Context) error {
	if ctx.Err() != nil {
		return r.discard()
	}
	_, err := r.conn.ExecContext(context.Background(), `ROLLBACK`) // takes the temporary tables with it
	if err != nil {
		return errors.Join(fmt.Errorf("end of query: %w", err), r.discard())
	}
	return r.conn.Close()
}

// discard closes the connection instead of giving it back to the pool; DuckDB
// rolls back what was open on it.
func (r *Reader) discard() error {
	_ = r.conn.Raw(func(any) error { return driver.ErrBadConn }) // the error is the message to the pool
	if err := r.conn.Close(); err != nil && !errors.Is(err, sql.ErrConnDone) {
		return err
	}
	return nil
}

// Query runs a query; the caller closes the rows before the next one.
func (r *Reader) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return r.conn.QueryContext(ctx, query, args...)
}

// QueryRow runs a query for its first row.
func (r *Reader) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return r.conn.QueryRowContext(ctx, query, args...)
}

// Arrow runs a query and gives its result in Arrow batches, one at a time. The
// caller releases the reader before the next query.
func (r *Reader) Arrow(ctx context.Context, query string, args ...any) (array.RecordReader, error) {
	var out array.RecordReader
	err := r.conn.Raw(func(dc any) error {
		conn, ok := dc.(driver.Conn)
		if !ok {
			return fmt.Errorf("connection is a %T", dc)
		}
		a, err := duckdb.NewArrowFromConn(conn)
		if err != nil {
			return err
		}
		out, err = a.QueryContext(ctx, query, args...)
		return err
	})
	return out, err
}

// tempName is what a temporary table may be called: it is put into SQL as it stands.
var tempName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// Buckets makes a table of intervals for the queries of this View, in the order
// given: name(i INTEGER, start_at TIMESTAMP, end_at TIMESTAMP, label VARCHAR).
// Join it with `x >= start_at AND x < end_at`; where buckets follow each other
// without holes an ASOF JOIN is quicker.
func (r *Reader) Buckets(ctx context.Context, name string, buckets []interval.Bucket) error {
	return r.Table(ctx, name, "i INTEGER, start_at TIMESTAMP, end_at TIMESTAMP, label VARCHAR", func(add func(...any) error) error {
		for i, b := range buckets {
			if err := add(int32(i), Time(b.Start), Time(b.End), b.Label); err != nil {
				return err
			}
		}
		return nil
	})
}

// Table makes a temporary table for the queries of this View. columns is DDL;
// fill calls add once a row with the Go values of the columns (int32 for
// INTEGER, int64 for BIGINT, time.Time for TIMESTAMP, nil for NULL).
func (r *Reader) Table(ctx context.Context, name, columns string, fill func(add func(...any) error) error) error {
	if !tempName.MatchString(name) {
		return fmt.Errorf("temporary table %q: want lower-case letters, digits and _", name)
	}
	if _, err := r.conn.ExecContext(ctx, `CREATE TEMP TABLE `+name+` (`+columns+`)`); err != nil {
		return fmt.Errorf("temporary table %s: %w", name, err)
	}
	err := r.conn.Raw(func(dc any) (err error) {
		conn, ok := dc.(driver.Conn)
		if !ok {
			return fmt.Errorf("connection is a %T", dc)
		}
		a, err := duckdb.NewAppender(conn, "temp", "main", name)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.Close()) }()
		var row []driver.Value
		return fill(func(values ...any) error {
			row = row[:0]
			for _, v := range values {
				row = append(row, v)
			}
			return a.AppendRow(row...)
		})
	})
	if err != nil {
		return fmt.Errorf("temporary table %s: %w", name, err)
	}
	return nil
}

// Time converts UTC µs to what TIMESTAMP parameters and columns take.
func Time(us int64) time.Time { return store.Time(us) }

// ResultRows are the rows of one Query; closing them ends its transaction.
type ResultRows struct {
	*sql.Rows
	end func() error
}

// Close ends the query. It may be called more than once.
func (r *ResultRows) Close() error {
	err := r.Rows.Close()
	if r.end != nil {
		err = errors.Join(err, r.end())
		r.end = nil
	}
	return err
}

// Query runs one query in a read-only transaction of its own; see View for several.
func (l *Lake) Query(ctx context.Context, query string, args ...any) (*ResultRows, error) {
	ctx, r, end, err := l.reader(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := r.Query(ctx, query, args...)
	if err != nil {
		return nil, errors.Join(err, end())
	}
	return &ResultRows{Rows: rows, end: end}, nil
}

// arrowResult ends the transaction with the last reference.
type arrowResult struct {
	array.RecordReader
	refs int
	end  func() error
}

// Retain adds a reference.
func (a *arrowResult) Retain() { a.refs++; a.RecordReader.Retain() }

// Release gives one up; the last one ends the query.
func (a *arrowResult) Release() {
	a.refs--
	a.RecordReader.Release()
	if a.refs == 0 {
		// The result has been read; a connection that will not end is not used again.
		_ = a.end()
	}
}

// Arrow runs one query in a read-only transaction of its own and gives its
// result in Arrow batches. The caller releases it; it belongs to one goroutine.
func (l *Lake) Arrow(ctx context.Context, query string, args ...any) (array.RecordReader, error) {
	ctx, r, end, err := l.reader(ctx)
	if err != nil {
		return nil, err
	}
	res, err := r.Arrow(ctx, query, args...)
	if err != nil {
		return nil, errors.Join(err, end())
	}
	return &arrowResult{RecordReader: res, refs: 1, end: end}, nil
}
