package lake

import (
	"io"
	"log/slog"
	"time"

	"github.com/agner-platform/agner/internal/lake/store"
)

// Config says where the lake lives and how much it may use. Dir is required;
// zero values of the rest mean the defaults.
type Config struct {
	Dir     string // DIR/lake: database, write-ahead log and temporary files
	Parquet string // DIR/parquet; empty means no mirror

	MemoryLimit string        // DuckDB's, e.g. "2GB"; default: DuckDB's own, 80 % of the machine
	Threads     int           // default: one per processor
	FlushEvery  time.Duration // age at which waiting records are committed; default 250 ms
	FlushRows   int           // number at which they are committed at once; default 2,000
	BatchRows   int           // most records in one commit while catching up; default 130,000
	MinFree     int64         // bytes of disk below which the writer pauses; default 64 MiB

	Log *slog.Logger     // default: discards
	Now func() time.Time // default time.Now

	// Free returns the bytes free on the disk of a folder; default asks the system.
	Free func(dir string) (int64, error)
	// SnapshotEvery is how many events pass between two snapshots of the
	// projectors' state: a restart reads at most that many again. Default 250,000.
	SnapshotEvery int
	// RetryEvery is how often a paused writer looks for room; default 1 s.
	RetryEvery time.Duration
}

func (c Config) withDefaults() Config {
	setDefault(&c.FlushEvery, 250*time.Millisecond) // pages show what is a quarter of a second old
	setDefault(&c.FlushRows, 2000)
	setDefault(&c.BatchRows, 130_000) // more than a row group of DuckDB (122,880): what fills one goes straight to the file, not through its log
	setDefault(&c.MinFree, 64<<20)    // a checkpoint of the write-ahead log fits
	setDefault(&c.SnapshotEvery, 250_000)
	setDefault(&c.RetryEvery, time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Free == nil {
		c.Free = diskFree
	}
	return c
}

// store is the part that package store needs.
func (c Config) store() store.Config {
	return store.Config{Dir: c.Dir, MemoryLimit: c.MemoryLimit, Threads: c.Threads, Log: c.Log, Now: c.Now}
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
