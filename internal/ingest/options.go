package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// Directory turns foreign names into ids; see feed.Directory.
type Directory = feed.Directory

// Index is the import ledger read from the journal; see feed.Index.
type Index = feed.Index

// NewIndex returns an empty ledger.
func NewIndex() *Index { return feed.NewIndex() }

// Sentinels of this package.
var (
	// ErrFormat is returned for a format or profile that does not exist.
	ErrFormat = errors.New("unknown import format")
	// ErrZone is returned when a format with local stamps is read without a zone.
	ErrZone = feed.ErrZone
	// ErrOptions is returned for options that contradict one another.
	ErrOptions = errors.New("import options")
)

// Batch is published by one append. Its last event is the marker that carries
// Checkpoint, so that the journal itself says how far the import has come.
type Batch struct {
	Events     []event.Event
	Checkpoint *feed.Checkpoint
}

// Sink publishes batches in the order given. It must not keep the slice after it
// returned, and must return nil only when the events are durable.
type Sink interface {
	Publish(ctx context.Context, b Batch) error
}

// SinkFunc is a Sink made of a function.
type SinkFunc func(ctx context.Context, b Batch) error

// Publish calls f.
func (f SinkFunc) Publish(ctx context.Context, b Batch) error { return f(ctx, b) }

// Defaults of Options.
const (
	defaultBatch = 5000            // events: large enough that an fsync a batch is nothing, small enough for a live progress bar
	defaultPoll  = 1 * time.Second // how old a followed line may be before it is published
)

// Options say what to import and how.
type Options struct {
	Format  string
	Profile string // name of an embedded profile
	// ProfileText is the YAML of a profile of one's own; it wins over Profile.
	ProfileText []byte
	// Template is the column list of FreeSWITCH CSV records (cdr_csv.conf).
	Template string
	Files    []string // names, patterns, or "-"
	Stdin    io.Reader
	// System names the foreign system that wrote the files, where there are
	// several: ids of its calls and the calls still open belong to it.
	System string
	Site   string
	Zone   *time.Location
	// WrapUpCap is the wrap-up time configured in the foreign system. Wrap-up that
	// is not logged is derived up to this length; 0 derives none.
	WrapUpCap time.Duration

	Directory Directory
	Sink      Sink
	Index     *Index // nil means that nothing was imported before
	Known     Known  // what other files said already; nil means nothing
	Progress  func(Progress)

	// Now is the clock by which stamps of the future are refused; nil is the system's.
	Now func() time.Time

	Follow    bool
	Poll      time.Duration
	MaxLine   int
	BatchSize int // events
}

// Progress says how far a run is.
type Progress struct {
	File       string
	ReadBytes  int64 // of all files, as stored on disk
	TotalBytes int64 // 0 when not known
	Rows       int64
	Events     int64
}

func (o *Options) fill() error {
	switch {
	case o.Sink == nil:
		return fmt.Errorf("%w: sink is missing", ErrOptions)
	case o.Directory == nil:
		return fmt.Errorf("%w: directory is missing", ErrOptions)
	case len(o.Files) == 0:
		return fmt.Errorf("%w: no file given", ErrOptions)
	case o.Follow && o.Files[len(o.Files)-1] == feed.Stdin:
		return fmt.Errorf("%w: standard input cannot be followed", ErrOptions)
	case o.WrapUpCap < 0:
		return fmt.Errorf("%w: wrap-up cap = %v: must not be negative", ErrOptions, o.WrapUpCap)
	}
	if o.Index == nil {
		o.Index = NewIndex()
	}
	if o.Stdin == nil {
		o.Stdin = os.Stdin
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.BatchSize <= 0 {
		o.BatchSize = defaultBatch
	}
	if o.Poll <= 0 {
		o.Poll = defaultPoll
	}
	return nil
}

// stream names the sequence of records that files of this import belong to.
func (o *Options) stream() string {
	profile := o.Profile
	if len(o.ProfileText) > 0 {
		profile = "text:" + feed.ID(string(o.ProfileText))
	}
	return strings.Join([]string{o.System, o.Format, profile}, "/")
}
