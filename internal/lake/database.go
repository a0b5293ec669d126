package lake

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

const (
	dbFile     = "lake.duckdb"
	formatFile = "format.json" // beside the database: readable also when it is not
)

// handle is one opened instance of the database. Readers hold it by acquire;
// close waits for them after it has cancelled their queries.
type handle struct {
	db     *sql.DB
	writer *sql.Conn
	ctx    context.Context
	cancel context.CancelFunc
	users  sync.WaitGroup
}

// handleBox lets readers take the current handle while the writer may replace it.
type handleBox struct {
	mu sync.RWMutex // guards h; held only to copy or replace it
	h  *handle
}

// acquire returns the current handle and what to call when done with it.
func (b *handleBox) acquire() (*handle, func(), error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.h == nil {
		return nil, nil, ErrClosed
	}
	h := b.h
	h.users.Add(1)
	return h, h.users.Done, nil
}

// take removes the current handle; readers that come later find none.
func (b *handleBox) take() *handle {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.h
	b.h = nil
	return h
}

func (b *handleBox) put(h *handle) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.h = h
}

// close ends the instance: DuckDB keeps one instance a file and process, so all
// connections must be gone before the file can be opened anew.
func (h *handle) close() error {
	if h == nil {
		return nil
	}
	h.cancel()
	h.users.Wait()
	return errors.Join(h.writer.Close(), h.db.Close())
}

// openDatabase opens the file, making the tables when it is new.
func openDatabase(ctx context.Context, cfg Config) (*handle, error) {
	path := filepath.Join(cfg.Dir, dbFile)
	fresh := !exists(path)
	if fresh {
		// A log without its database belongs to a file that was moved aside.
		if err := os.RemoveAll(path + ".wal"); err != nil {
			return nil, fmt.Errorf("open lake: %w", err)
		}
	}
	tmp := filepath.Join(cfg.Dir, "tmp")
	if err := os.MkdirAll(tmp, 0o700); err != nil {
		return nil, fmt.Errorf("open lake: %w", err)
	}
	connector, err := duckdb.NewConnector(dsn(cfg, path, tmp), setUp)
	if err != nil {
		return nil, fmt.Errorf("open lake %s: %w", path, err)
	}
	h := &handle{db: sql.OpenDB(connector)}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	if h.writer, err = h.db.Conn(ctx); err != nil {
		h.cancel()
		return nil, errors.Join(fmt.Errorf("open lake %s: %w", path, err), h.db.Close())
	}
	if fresh {
		err = createSchema(ctx, h.writer, cfg)
	} else {
		err = checkSchema(ctx, h.writer)
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, writeFormat(cfg.Dir)
}

// setUp runs on every new connection.
func setUp(ex driver.ExecerContext) error {
	_, err := ex.ExecContext(context.Background(), `SET TimeZone = 'UTC'`, nil)
	return err
}

// dsn spells the settings: no network, temporary files inside the lake's folder.
func dsn(cfg Config, path, tmp string) string {
	q := url.Values{}
	q.Set("temp_directory", tmp)
	q.Set("autoinstall_known_extensions", "false")
	q.Set("autoload_known_extensions", "false")
	q.Set("checkpoint_threshold", "64MB") // fewer rewrites of half-filled row groups, still a second of replay
	if cfg.MemoryLimit != "" {
		q.Set("memory_limit", cfg.MemoryLimit)
	}
	if cfg.Threads > 0 {
		q.Set("threads", strconv.Itoa(cfg.Threads))
	}
	return path + "?" + q.Encode()
}

// checkSchema reads every small table once: a damaged catalogue shows here.
func checkSchema(ctx context.Context, c *sql.Conn) error {
	var format int
	if err := c.QueryRowContext(ctx, `SELECT format FROM lake_meta`).Scan(&format); err != nil {
		return fmt.Errorf("read lake format: %w", err)
	}
	return compareFormat(format)
}

// errOlderFormat asks for a rebuild: it never leaves the package.
var errOlderFormat = errors.New("lake has an older format")

func compareFormat(format int) error {
	switch {
	case format > formatVersion:
		return fmt.Errorf("lake format = %d, this build knows %d: %w", format, formatVersion, ErrNewerFormat)
	case format < formatVersion:
		return fmt.Errorf("lake format = %d, this build writes %d: %w", format, formatVersion, errOlderFormat)
	}
	return nil
}

// formatMark is the content of formatFile.
type formatMark struct {
	Format int `json:"format"`
}

// readFormat compares the mark beside the database, which can be read also when
// a newer DuckDB has written the file itself.
func readFormat(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, formatFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a new lake, or one whose making was cut short
	}
	if err != nil {
		return fmt.Errorf("read lake format: %w", err)
	}
	var m formatMark
	if err := json.Unmarshal(b, &m); err != nil {
		return nil // torn by a crash; the database itself says its format
	}
	return compareFormat(m.Format)
}

func writeFormat(dir string) error {
	b, err := json.Marshal(formatMark{formatVersion})
	if err != nil {
		return fmt.Errorf("write lake format: %w", err)
	}
	path := filepath.Join(dir, formatFile)
	if old, err := os.ReadFile(path); err == nil && string(old) == string(b) {
		return nil
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return fmt.Errorf("write lake format: %w", err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// moveAside takes a database that cannot be used out of the way, keeping it for
// a look later; an older one moved before makes room.
func moveAside(dir string) error {
	for _, name := range []string{dbFile, dbFile + ".wal"} {
		from := filepath.Join(dir, name)
		if !exists(from) {
			continue
		}
		if err := os.Rename(from, from+".bad"); err != nil {
			return fmt.Errorf("move damaged lake aside: %w", err)
		}
	}
	return nil
}

// drop removes the database: everything in it can be made again.
func drop(dir string) error {
	for _, name := range []string{dbFile, dbFile + ".wal"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("drop lake: %w", err)
		}
	}
	return nil
}

// openOrRecover opens the database, or takes an unusable one out of the way and
// makes a new one. It says why it did; an empty reason means it did not.
func openOrRecover(ctx context.Context, cfg Config) (h *handle, reason string, err error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, "", fmt.Errorf("open lake: %w", err)
	}
	err = readFormat(cfg.Dir)
	if err == nil {
		h, err = openDatabase(ctx, cfg)
		if err == nil {
			return h, "", nil
		}
	}
	switch kind := diagnose(err); {
	case errors.Is(err, ErrNewerFormat):
		return nil, "", err
	case errors.Is(err, errOlderFormat):
		if err := drop(cfg.Dir); err != nil {
			return nil, "", err
		}
	case kind == faultNewer:
		return nil, "", fmt.Errorf("%w: %w", ErrNewerFormat, err)
	case kind == faultLocked:
		return nil, "", fmt.Errorf("%w: %w", ErrLocked, err)
	case kind == faultCorrupt, kind == faultFatal, missingTable(err):
		if err := moveAside(cfg.Dir); err != nil {
			return nil, "", err
		}
	default:
		return nil, "", err
	}
	reason = err.Error()
	cfg.Log.Error("lake is rebuilt", "reason", reason)
	h, err = openDatabase(ctx, cfg)
	return h, reason, err
}

// missingTable reports a database that lacks our tables: a creation cut short.
func missingTable(err error) bool {
	var de *duckdb.Error
	return errors.As(err, &de) && de.Type == duckdb.ErrorTypeCatalog
}
