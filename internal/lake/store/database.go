package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// Names of the files in the lake's folder.
const (
	FileName   = "lake.duckdb"
	FormatName = "format.json" // beside the database: readable also when it is not
)

// Config says where the database is and how much it may use; see lake.Config.
type Config struct {
	Dir         string
	MemoryLimit string
	Threads     int
	Log         *slog.Logger
	Now         func() time.Time
}

// Handle is one opened instance of the database. Readers hold it by Acquire;
// Close waits for them after it has cancelled their queries.
type Handle struct {
	DB     *sql.DB
	Writer *sql.Conn       // for the one goroutine that writes
	Ctx    context.Context // ends when the instance is being closed
	cancel context.CancelFunc
	users  sync.WaitGroup
}

// Box lets readers take the current handle while the writer may replace it.
type Box struct {
	mu sync.RWMutex // guards h; held only to copy or replace it
	h  *Handle
}

// Acquire returns the current handle and what to call when done with it.
func (b *Box) Acquire() (*Handle, func(), error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.h == nil {
		return nil, nil, ErrClosed
	}
	h := b.h
	h.users.Add(1)
	return h, h.users.Done, nil
}

// Take removes the current handle; readers that come later find none.
func (b *Box) Take() *Handle {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.h
	b.h = nil
	return h
}

// Put makes h the current handle.
func (b *Box) Put(h *Handle) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.h = h
}

// Close ends the instance: DuckDB keeps one instance a file and process, so all
// connections must be gone before the file can be opened anew.
func (h *Handle) Close() error {
	if h == nil {
		return nil
	}
	h.cancel()
	h.users.Wait()
	return errors.Join(h.Writer.Close(), h.DB.Close())
}

// Discard is Close for a file that is dropped next: it skips the checkpoint.
func (h *Handle) Discard() error {
	// Without it closing takes longer and leaves the same nothing.
	_, _ = h.DB.ExecContext(h.Ctx, `PRAGMA disable_checkpoint_on_shutdown`)
	return h.Close()
}

// Open opens the file, making the tables when it is new.
func Open(ctx context.Context, cfg Config) (*Handle, error) {
	path := filepath.Join(cfg.Dir, FileName)
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
	h := &Handle{DB: sql.OpenDB(connector)}
	h.Ctx, h.cancel = context.WithCancel(context.Background())
	if h.Writer, err = h.DB.Conn(ctx); err != nil {
		h.cancel()
		return nil, errors.Join(fmt.Errorf("open lake %s: %w", path, err), h.DB.Close())
	}
	if fresh {
		err = createSchema(ctx, h.Writer, cfg)
	} else {
		err = checkSchema(ctx, h.Writer)
	}
	if err != nil {
		return nil, errors.Join(err, h.Close())
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
	q.Set("checkpoint_threshold", "256MB") // half the CPU of a rebuild; the replay of so much log after a crash takes seconds
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

func compareFormat(format int) error {
	switch {
	case format > FormatVersion:
		return fmt.Errorf("lake format = %d, this build knows %d: %w", format, FormatVersion, ErrNewerFormat)
	case format < FormatVersion:
		return fmt.Errorf("lake format = %d, this build writes %d: %w", format, FormatVersion, errOlderFormat)
	}
	return nil
}

// formatMark is the content of FormatName.
type formatMark struct {
	Format int `json:"format"`
}

// readFormat compares the mark beside the database, which can be read also when
// a newer DuckDB has written the file itself.
func readFormat(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, FormatName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a new lake, or one whose making was cut short
	}
	if err != nil {
		return fmt.Errorf("read lake format: %w", err)
	}
	var m formatMark
	if err := json.Unmarshal(b, &m); err != nil {
		return nil //nolint:nilerr // torn by a crash; the database itself says its format
	}
	return compareFormat(m.Format)
}

func writeFormat(dir string) error {
	b, err := json.Marshal(formatMark{FormatVersion})
	if err != nil {
		return fmt.Errorf("write lake format: %w", err)
	}
	path := filepath.Join(dir, FormatName)
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
	for _, name := range []string{FileName, FileName + ".wal"} {
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

// Drop removes the database: everything in it can be made again.
func Drop(dir string) error {
	for _, name := range []string{FileName, FileName + ".wal"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("drop lake: %w", err)
		}
	}
	return nil
}

// OpenOrRecover opens the database, or takes an unusable one out of the way and
// makes a new one. It says why it did; an empty reason means it did not.
func OpenOrRecover(ctx context.Context, cfg Config) (h *Handle, reason string, err error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, "", fmt.Errorf("open lake: %w", err)
	}
	err = readFormat(cfg.Dir)
	if err == nil {
		h, err = Open(ctx, cfg)
		if err == nil {
			return h, "", nil
		}
	}
	switch kind := Diagnose(err); {
	case errors.Is(err, ErrNewerFormat):
		return nil, "", err
	case errors.Is(err, errOlderFormat):
		if err := Drop(cfg.Dir); err != nil {
			return nil, "", err
		}
	case kind == Newer:
		return nil, "", fmt.Errorf("%w: %w", ErrNewerFormat, err)
	case kind == Locked:
		return nil, "", fmt.Errorf("%w: %w", ErrLocked, err)
	case kind == Corrupt, kind == Fatal, missingTable(err):
		if err := moveAside(cfg.Dir); err != nil {
			return nil, "", err
		}
	default:
		return nil, "", err
	}
	reason = err.Error()
	cfg.Log.Error("lake is rebuilt", "reason", reason)
	h, err = Open(ctx, cfg)
	return h, reason, err
}

// missingTable reports a database that lacks our tables: a creation cut short.
func missingTable(err error) bool {
	var de *duckdb.Error
	return errors.As(err, &de) && de.Type == duckdb.ErrorTypeCatalog
}
