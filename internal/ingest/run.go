package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/agner-platform/agner/internal/ingest/feed"
)

// Run imports the files and returns what became of every record. The report is
// valid even with an error: it covers what was published before.
func Run(ctx context.Context, o Options) (Report, error) {
	rep := Report{Format: o.Format, Profile: o.Profile, Files: []FileReport{}}
	if err := o.fill(); err != nil {
		return rep, err
	}
	shipped := o.Profile
	if len(o.ProfileText) > 0 { // a profile of one's own may have any name
		shipped = ""
	}
	format, err := lookup(o.Format, shipped)
	if err != nil {
		return rep, err
	}
	if format.ZoneNeeded && len(format.Profiles) == 0 && o.Zone == nil { // a profile may bring its own
		return rep, fmt.Errorf("format %s: %w", o.Format, ErrZone)
	}
	names, err := feed.Expand(o.Files)
	if err != nil {
		return rep, err
	}
	r := &runner{opts: o, format: format, names: feed.NewNames(o.Directory), report: &rep, stream: o.stream()}
	for _, n := range names {
		r.total += sizeOf(n)
	}
	return rep, r.files(ctx, names)
}

// sizeOf returns a file's size for the progress bar, 0 when it has none.
func sizeOf(name string) int64 {
	if st, err := os.Stat(name); err == nil && st.Mode().IsRegular() {
		return st.Size()
	}
	return 0
}

// runner carries one run over its files.
type runner struct {
	opts   Options
	format feed.Format
	names  *feed.Names
	report *Report
	stream string
	total  int64 // bytes of all files
	before int64 // bytes of the files that are done
}

func (r *runner) files(ctx context.Context, names []string) error {
	for i, n := range names {
		if r.opts.Follow && i == len(names)-1 {
			return r.follow(ctx, n)
		}
		if err := r.file(ctx, n); err != nil {
			return err
		}
		r.before += sizeOf(n)
	}
	return nil
}

// file imports one file that does not grow meanwhile.
func (r *runner) file(ctx context.Context, name string) error {
	src, err := feed.OpenSource(name, r.opts.Stdin)
	if err != nil {
		r.report.add(FileReport{File: name, Status: StatusFailed, Error: err.Error()})
		return nil //nolint:nilerr // the report tells of it; the other files are read
	}
	if err := src.Verify(ctx); err != nil {
		if cerr := src.Close(); cerr != nil {
			err = errors.Join(err, cerr)
		}
		r.report.add(FileReport{File: name, Status: StatusFailed, Error: err.Error()})
		return ctx.Err()
	}
	f := r.newFile(name, src, src.Consumed)
	head, err := f.in.Peek(feed.PrefixLen)
	if len(head) > 0 {
		err = nil // what is wrong further on shows when it is read
	}
	err = f.run(ctx, head, err)
	if cerr := src.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("close %s: %w", name, cerr)
	}
	r.report.add(f.report())
	return err
}

// fileRun imports one file.
type fileRun struct {
	*runner
	in       *feed.Reader
	consumed func() int64
	mapper   feed.Mapper
	clock    *feed.Clock
	out      feed.Out
	tally    *tally
	rep      FileReport

	identity string
	base     int64           // records of earlier runs
	state    feed.Checkpoint // where this run begins
	opened   bool            // the file's first marker is in the journal
	after    int64           // events of a torn batch that are in the journal already
	sieve    *sieve
	made     []madeRow // since the last batch
	line     int64     // of the record being mapped
	taken    int64     // bytes of records since the last batch
	followed bool      // the file is read on as it grows
	ready    bool      // mapping has begun: positions may be published
}

func (r *runner) newFile(name string, src io.Reader, consumed func() int64) *fileRun {
	return &fileRun{
		runner: r, in: feed.NewReader(src, r.opts.MaxLine), consumed: consumed, tally: newTally(),
		rep: FileReport{File: name, Status: StatusNew},
	}
}

// run imports the file that begins with head, unless err says that it cannot be
// read. What is wrong with the file alone goes into its report; an error ends
// the whole run.
func (f *fileRun) run(ctx context.Context, head []byte, err error) error {
	if err == nil {
		err = f.begin(head)
	}
	if err == nil && f.ready {
		err = f.records(ctx)
	}
	return f.settle(err)
}

// settle sorts an error: the file's own, or the run's.
func (f *fileRun) settle(err error) error {
	var sink *sinkError
	var lookup *feed.LookupError
	switch {
	case err == nil:
		return nil
	case f.followed && errors.Is(err, context.Canceled):
		return err // the usual end of following
	case errors.As(err, &sink), errors.As(err, &lookup), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		f.fail(err)
		return fmt.Errorf("import %s: %w", f.rep.File, err)
	}
	f.fail(err)
	return nil
}

func (f *fileRun) fail(err error) {
	f.rep.Status, f.rep.Error = StatusFailed, err.Error()
}

// begin recognises the file and makes its mapper.
func (f *fileRun) begin(head []byte) error {
	if err := feed.CheckBeginning(head); err != nil {
		return err
	}
	if len(head) == 0 {
		return nil // an empty file has no records
	}
	setup := feed.Setup{
		Stream: f.stream, System: f.opts.System, Names: f.names, Site: f.opts.Site, WrapUpCap: f.opts.WrapUpCap, Template: f.opts.Template,
		Profile: feed.Profile{Name: f.opts.Profile, Text: f.opts.ProfileText},
		Warn:    func(reason string) { f.tally.count(Warned, reason, f.line) },
	}
	f.clock = feed.NewClock(f.opts.Zone, setup.Warn)
	f.clock.Now = f.opts.Now
	setup.Clock = f.clock
	entry, known := f.opts.Index.Match(f.stream, head)
	if !known {
		f.identity = feed.NewIdentity(f.stream, head)
		f.state.Position = feed.Position{PrefixLen: int64(len(head)), PrefixHash: feed.PrefixHash(head)}
		if last, ok := f.opts.Index.Newest(f.stream); ok {
			f.state.State, f.state.LeftOut = last.Checkpoint.State, last.Checkpoint.LeftOut
		}
	} else if more, err := f.resume(entry); err != nil || !more {
		return err
	}
	f.sieve = newSieve(f.opts.Known, f.state, entry.Fresh)
	// The first marker holds the state at the end of the file before.
	setup.State, setup.SameFile = f.state.State, f.state.Position.Bytes > 0
	f.rep.Identity, f.rep.FirstLine, f.rep.LastLine = f.identity, f.in.Line()+1, f.in.Line()
	m, err := f.format.Open(setup)
	f.mapper, f.ready = m, err == nil
	return err
}

// resume goes to where an earlier run ended. It returns false when there is
// nothing to read behind it.
func (f *fileRun) resume(e feed.Entry) (bool, error) {
	c := e.Checkpoint
	f.identity, f.opened, f.after = c.Identity, true, e.After
	f.base, f.clock.Last = c.Rows, c.At
	f.state = c
	f.rep.Identity, f.rep.LastLine = c.Identity, c.Position.Lines
	same, err := f.in.SkipTo(c.Position)
	if err != nil {
		return false, err
	}
	if pos, _ := f.in.Position(); pos.Bytes < c.Position.Bytes {
		f.rep.Status = StatusShorter
		return false, nil
	}
	if !same {
		return false, feed.ErrChanged
	}
	if f.followed {
		f.rep.Status = StatusGrown
		return true, nil // looking ahead would wait for the next line
	}
	rest, err := f.in.Peek(1)
	if err != nil {
		return false, err
	}
	if len(rest) == 0 && c.Done && f.after == 0 {
		f.rep.Status = StatusSame
		return false, nil
	}
	f.rep.Status = StatusGrown
	if c.Position.Bytes == 0 {
		f.rep.Status = StatusNew // a crash came before the first batch
	}
	return true, nil
}

// maxBatchBytes of records make a batch however few events they are: the journal
// bounds what it appends at once.
const maxBatchBytes = 8 << 20

// progressEvery is how many records pass between two progress calls.
const progressEvery = 5000

// records maps record after record until the end of the file.
func (f *fileRun) records(ctx context.Context) error {
	for {
		b, err := f.format.Split(f.in)
		if feed.IsEOF(err) {
			return f.end(ctx)
		}
		if done, err := f.record(b, err); done || err != nil {
			return f.stop(ctx, err)
		}
		if len(f.out.Events()) >= f.opts.BatchSize || f.taken >= maxBatchBytes {
			if err := f.flush(ctx, false); err != nil {
				return err
			}
		}
		if f.rep.Rows%progressEvery == 0 {
			if err := ctx.Err(); err != nil {
				return f.stop(ctx, err)
			}
			f.progress()
		}
	}
}

// stop publishes what was mapped before an error, so that the file is complete up
// to a stated line. A torn last record leaves err nil: the file ends before it.
func (f *fileRun) stop(ctx context.Context, err error) error {
	if err == nil {
		return f.end(ctx)
	}
	var lookup *feed.LookupError
	if errors.Is(err, feed.ErrNotRead) || errors.As(err, &lookup) {
		return err // the mapper did not take the record: nothing of it may be published
	}
	if ferr := f.flush(context.WithoutCancel(ctx), false); ferr != nil {
		return ferr
	}
	return err
}

// record maps what the splitter returned. done means that the file ends here.
func (f *fileRun) record(b []byte, err error) (done bool, fatal error) {
	f.line = f.in.Line()
	f.out.Begin()
	var reject *feed.Reject
	switch {
	case errors.Is(err, feed.ErrLineTooLong):
		f.outcome(feed.Rejectf("line is longer than the limit of %d bytes", f.maxLine()))
	case errors.Is(err, feed.ErrTorn) && f.format.Growing && !f.whole(b):
		f.in.Rollback()
		f.tally.count(Warned, "last line is not finished: left for the next import", f.line)
		return true, nil
	case errors.As(err, &reject):
		f.outcome(reject)
	case err != nil && !errors.Is(err, feed.ErrTorn):
		return true, err
	default:
		if err := f.mapRecord(b); err != nil {
			return true, err
		}
	}
	f.in.Commit()
	return false, nil
}

// whole reports whether a last line without an end is whole. One that is followed
// may have been cut by rotation.
func (f *fileRun) whole(b []byte) bool {
	w, ok := f.mapper.(feed.Wholer)
	if !ok || f.followed {
		return false
	}
	text, _, err := feed.Text(b)
	return err == nil && w.Whole(text)
}

func (f *fileRun) maxLine() int {
	if f.opts.MaxLine > 0 {
		return f.opts.MaxLine
	}
	return feed.DefaultMaxLine
}

// mapRecord maps one whole record; it returns only errors that are not the record's.
func (f *fileRun) mapRecord(b []byte) error {
	if f.line == 1 {
		b = feed.TrimMark(b)
	}
	f.taken += int64(len(b))
	text, latin1, err := feed.Text(b)
	if latin1 {
		f.tally.count(Warned, "not UTF-8: read as ISO 8859-1", f.line)
	}
	if err == nil {
		err = f.mapper.Map(feed.Record{Text: text, Line: f.line}, &f.out)
	}
	if errors.Is(err, feed.ErrHeader) {
		f.out.Discard()
		return nil
	}
	var reject *feed.Reject
	var skip *feed.Skip
	if err != nil && !errors.As(err, &reject) && !errors.As(err, &skip) {
		return err
	}
	if err != nil {
		f.out.Discard()
	}
	if serr := f.seal(); serr != nil {
		err = serr
	}
	f.outcome(err)
	return nil
}

// outcome counts a record by what became of it.
func (f *fileRun) outcome(err error) {
	f.rep.Rows++
	events, raw := f.out.Record()
	var skip *feed.Skip
	switch {
	case errors.As(err, &skip):
		f.rep.Skipped++
		f.tally.count(Skipped, skip.Reason, f.line)
	case err != nil:
		f.rep.Rejected++
		f.tally.count(Rejected, err.Error(), f.line)
	case raw:
		f.rep.Raw++
		f.made = append(f.made, madeRow{f.line, true})
	default:
		f.rep.Mapped++
		f.made = append(f.made, madeRow{f.line, false})
	}
	if err != nil {
		f.out.Discard()
		events, _ = f.out.Record()
	}
	f.rep.Events += int64(len(events))
	f.extend()
}

// extend widens the range by the newest leading stamp.
func (f *fileRun) extend() {
	if f.clock.Last > 0 && (f.rep.Range == nil || f.rep.Range.To.UnixMicro() != f.clock.Last) {
		f.rep.Range = f.rep.Range.extend(f.clock.Last)
	}
}

// seal stamps and checks the events of a record. An invalid one rejects it.
func (f *fileRun) seal() error {
	events, _ := f.out.Record()
	if len(events) == 0 {
		return nil
	}
	ref := feed.Ref(f.identity, f.line)
	for i := range events {
		e := &events[i]
		e.SourceRef = ref
		if e.Source == "" {
			e.Source = f.format.Name
		}
		if e.Site == "" {
			e.Site = f.opts.Site
		}
		if err := e.Validate(); err != nil {
			return feed.Rejectf("%v", err)
		}
	}
	return nil
}

// end closes the file.
func (f *fileRun) end(ctx context.Context) error {
	f.out.Begin()
	if err := f.mapper.End(&f.out); err != nil {
		return err
	}
	if err := f.seal(); err != nil {
		return fmt.Errorf("end of file: %w", err)
	}
	events, _ := f.out.Record()
	f.rep.Events += int64(len(events))
	err := f.flush(ctx, true)
	f.progress()
	return err
}

func (f *fileRun) progress() {
	if f.opts.Progress == nil {
		return
	}
	f.opts.Progress(Progress{
		File: f.rep.File, ReadBytes: f.before + f.consumed(), TotalBytes: f.total,
		Rows: f.runner.report.Rows + f.rep.Rows, Events: f.runner.report.Events + f.rep.Events,
	})
}

// sinkError marks an error of the Sink.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return fmt.Sprintf("publish events: %v", e.err) }
func (e *sinkError) Unwrap() error { return e.err }

// flush publishes what is mapped, behind it the marker with the position.
func (f *fileRun) flush(ctx context.Context, done bool) error {
	pos, ok := f.in.Position()
	events := f.out.Events()
	if !ok || (!done && int64(len(events)) <= f.after) {
		return nil // inside a skipped line, or nothing that the journal does not have
	}
	events, old, err := f.sieve.sift(ctx, events)
	if err != nil {
		return &sinkError{err}
	}
	if !done && len(old) > 0 && int64(len(events)) < f.after {
		return nil // of what is new, the journal has more
	}
	state, err := f.mapper.State()
	if err != nil {
		return fmt.Errorf("state of the import: %w", err)
	}
	now := time.Now().UnixMicro()
	if !f.opened {
		if err := f.openMarker(ctx, now); err != nil {
			return err
		}
	}
	f.discount(events, old)
	f.rep.Events -= min(f.after, int64(len(events)))
	events = events[min(f.after, int64(len(events))):]
	f.after = 0
	for i := range events {
		if events[i].RecordedAt == events[i].At {
			events[i].RecordedAt = now
		}
	}
	c := f.checkpoint(pos)
	c.State, c.Done, c.LeftOut = state, done, f.sieve.leftOut()
	if err := f.publish(ctx, Batch{Events: events, Checkpoint: &c}, now); err != nil {
		return err
	}
	f.rep.LastLine, f.taken, f.sieve.fresh = pos.Lines, 0, nil
	f.out.Reset()
	return nil
}

func (f *fileRun) checkpoint(pos feed.Position) feed.Checkpoint {
	return feed.Checkpoint{
		Identity: f.identity, Stream: f.stream, Format: f.format.Name, File: filepath.Base(f.rep.File),
		Position: pos, At: f.clock.Last, Rows: f.base + f.rep.Rows,
	}
}

// openMarker publishes the file's first marker: from then on events of a torn
// batch can be told to be this file's.
func (f *fileRun) openMarker(ctx context.Context, now int64) error {
	c := f.checkpoint(f.state.Position)
	c.Rows, c.At, c.State, c.LeftOut = 0, 0, f.state.State, f.state.LeftOut
	f.opened = true
	return f.publish(ctx, Batch{Checkpoint: &c}, now)
}

func (f *fileRun) publish(ctx context.Context, b Batch, now int64) error {
	m, err := b.Checkpoint.Event(now)
	if err != nil {
		return err
	}
	b.Events = append(b.Events, m)
	if err := f.opts.Sink.Publish(ctx, b); err != nil {
		return &sinkError{err}
	}
	f.opts.Index.Put(*b.Checkpoint)
	return nil
}

func (f *fileRun) report() FileReport {
	f.rep.Problems, f.rep.Warnings = f.tally.list(false), f.tally.list(true)
	return f.rep
}
