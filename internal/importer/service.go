package importer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/personal"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/journal"
)

// maxWaiting bounds the queue of jobs: a planner with more has a script, and a
// script can wait.
const maxWaiting = 100

// nativeFormat is our own: its events already carry ids, sites and UTC times.
const nativeFormat = "agner"

// maxKept bounds the jobs kept in the list after they are over.
const maxKept = 200

// Options are what a Service works with.
type Options struct {
	Journal  *journal.Journal // where events are published
	Journals string           // folder of all journals
	Dir      string           // folder of the ledger and of uploads
	Store    *db.Store
	Vault    *personal.Vault
	// Changes publishes set-up changes that are still pending.
	Changes func(ctx context.Context) error
	// Applied waits until the lake holds the events up to v.
	Applied func(ctx context.Context, v journal.Vector) error
	// Known says what the lake holds of the facts of an import; nil: nothing.
	Known   ingest.Known
	Zone    string // of sites and files that name none
	MaxLine int    // longest line of a file, bytes; 0: the default
	Log     *slog.Logger
}

// Service runs jobs. Make one with Open.
type Service struct {
	opt    Options
	ledger *ledger
	latest latest
	ctx    context.Context // ends with Close
	stop   context.CancelFunc
	queue  chan *running
	ended  sync.WaitGroup // the worker and the followers

	mu     sync.Mutex // protects jobs, and the Job in each of them
	jobs   []*running // newest last
	closed bool
}

// Open reads the ledger and starts the worker.
func Open(ctx context.Context, opt Options) (*Service, error) {
	if opt.Log == nil {
		opt.Log = slog.Default()
	}
	l, err := openLedger(ctx, filepath.Join(opt.Dir, "ledger.json"), opt.Journals, opt.Journal.Node(), opt.Journal.Durable())
	if err != nil {
		return nil, err
	}
	s := &Service{opt: opt, ledger: l, queue: make(chan *running, maxWaiting)}
	s.ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	s.ended.Go(s.work)
	return s, nil
}

// Close cancels what runs, waits for its end and saves the ledger. An import that
// was cut off goes on where it stopped when its file is imported again.
func (s *Service) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.queue)
	s.mu.Unlock()
	s.stop()
	s.ended.Wait()
	return s.ledger.save(s.opt.Journal.Node())
}

// Submit checks the request and queues it.
func (s *Service) Submit(req Request) (Job, error) {
	if err := req.check(); err != nil {
		return Job{}, err
	}
	r := &running{req: req, done: make(chan struct{})}
	r.Job = Job{
		ID: db.NewID("imp_"), File: req.name(), Format: req.Format, Profile: req.profile(), Zone: req.Zone,
		State: Waiting, By: req.By, Started: time.Now().UTC(), Problems: []ingest.Problem{},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return Job{}, ErrClosed
	}
	if !req.Follow {
		select {
		case s.queue <- r:
		default:
			return Job{}, fmt.Errorf("%w: %d", ErrBusy, maxWaiting)
		}
	}
	s.jobs = append(s.jobs, r)
	if n := len(s.jobs) - maxKept; n > 0 {
		s.jobs = slices.Delete(s.jobs, 0, n)
	}
	if req.Follow {
		s.ended.Go(func() { s.run(r) })
	}
	return r.Job, nil
}

// Jobs returns the jobs of this and earlier runs of the platform, newest first.
func (s *Service) Jobs() []Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Job, 0, len(s.jobs))
	for _, r := range slices.Backward(s.jobs) {
		out = append(out, r.Job)
	}
	return out
}

// Job returns one job.
func (s *Service) Job(id string) (Job, error) {
	r, err := s.find(id)
	if err != nil {
		return Job{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.Job, nil
}

// Wait returns the job when it is over, or as it stands when ctx ends.
func (s *Service) Wait(ctx context.Context, id string) (Job, error) {
	r, err := s.find(id)
	if err != nil {
		return Job{}, err
	}
	select {
	case <-r.done:
	case <-ctx.Done():
	}
	return s.Job(id)
}

// Cancel ends a running job; what it published stays and is not imported again.
func (s *Service) Cancel(id string) error {
	r, err := s.find(id)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.cancel != nil {
		r.cancel()
	}
	return nil
}

func (s *Service) find(id string) (*running, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.jobs {
		if r.ID == id {
			return r, nil
		}
	}
	return nil, fmt.Errorf("import %q: %w", id, ErrNoJob)
}

// work runs queued jobs one after the other.
func (s *Service) work() {
	for r := range s.queue {
		s.run(r)
	}
}

// run does one job from beginning to end.
func (s *Service) run(r *running) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	s.mu.Lock()
	r.State, r.cancel = Running, cancel
	s.mu.Unlock()
	rep, err := s.ingest(ctx, r)
	if err == nil || r.req.Follow && errors.Is(err, context.Canceled) {
		err = s.settle(ctx)
	}
	if saveErr := s.ledger.save(s.opt.Journal.Node()); saveErr != nil {
		s.opt.Log.Warn("import ledger not saved; it will be read from the journal", "error", saveErr)
	}
	s.mu.Lock()
	r.finish(rep, err)
	job := r.Job
	s.mu.Unlock()
	if err := s.keep(job); err != nil {
		s.opt.Log.Warn("import not entered in the list", "import", job.ID, "error", err)
	}
	if r.req.Discard {
		for _, f := range r.req.Files {
			if err := os.Remove(f); err != nil {
				s.opt.Log.Warn("uploaded file not removed", "error", err)
			}
		}
	}
	close(r.done)
	s.opt.Log.Info("import over", "import", job.ID, "state", job.State, "rows", job.Rows, "events", job.Events, "error", job.Error)
}

// settle makes what was published visible: names first, then rows in the lake.
func (s *Service) settle(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if err := s.opt.Changes(ctx); err != nil {
		return err
	}
	return s.opt.Applied(ctx, journal.Vector{s.opt.Journal.Node(): s.opt.Journal.Durable()})
}

// ingest maps and publishes the job's files.
func (s *Service) ingest(ctx context.Context, r *running) (ingest.Report, error) {
	if err := s.ctx.Err(); err != nil {
		return ingest.Report{}, ErrClosed
	}
	ctx = db.As(ctx, db.Actor{Name: cmp.Or(r.req.By, "import")})
	site, zone, err := s.place(ctx, &r.req)
	if err != nil {
		return ingest.Report{}, err
	}
	s.locate(r, site.ID, zone.String())
	// What a crash or a failed job has left in the journal must be in the lake
	// before anything is compared with it.
	if err := s.opt.Applied(ctx, journal.Vector{s.opt.Journal.Node(): s.opt.Journal.Durable()}); err != nil {
		return ingest.Report{}, err
	}
	dir := &directory{ctx: ctx, store: s.opt.Store, vault: s.opt.Vault, site: site.ID}
	return ingest.Run(ctx, ingest.Options{
		Format: r.req.Format, Profile: r.req.Profile, ProfileText: r.req.ProfileText, Template: r.req.Template,
		Files: r.req.Files, Stdin: r.req.Stdin, System: r.req.System, Site: site.ID, Zone: zone, WrapUpCap: r.req.WrapUpCap,
		Directory: dir, Sink: s.sink(r, dir), Index: s.ledger.copyIndex(), Known: s.known, Follow: r.req.Follow, MaxLine: s.opt.MaxLine,
		Progress: func(p ingest.Progress) {
			s.mu.Lock()
			defer s.mu.Unlock()
			r.ReadBytes, r.TotalBytes, r.Rows, r.Events = p.ReadBytes, p.TotalBytes, p.Rows, p.Events
		},
	})
}

// locate says where a job's records were filed.
func (s *Service) locate(r *running, site, zone string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Site, r.Zone = site, zone
}

// sink publishes batches: numbers to the erasable tables, names and set-up rows
// to the set-up, then the events and their marker in one append.
func (s *Service) sink(r *running, dir *directory) ingest.Sink {
	return ingest.SinkFunc(func(ctx context.Context, b ingest.Batch) error {
		if err := s.adopt(ctx, r, b.Events); err != nil {
			return err
		}
		seen := time.Now()
		if b.Checkpoint != nil && b.Checkpoint.At != 0 {
			seen = time.UnixMicro(b.Checkpoint.At)
		}
		if err := dir.remember(seen); err != nil {
			return err
		}
		if err := s.opt.Changes(ctx); err != nil {
			return err
		}
		first, err := s.append(ctx, b.Events)
		if err != nil {
			return err
		}
		s.ledger.put(b.Checkpoint, first+uint64(len(b.Events))-1)
		return s.note(ctx, b.Events)
	})
}

// adopt stores the set-up rows that events of our own form bring along, so that
// their queues and agents can be seen and changed like those made here. A row
// that does not fit is reported and left out; its events still count, unnamed.
func (s *Service) adopt(ctx context.Context, r *running, events []event.Event) error {
	for i := range events {
		c, ok := events[i].Payload.(*event.ConfigChanged)
		if !ok || c.Retired {
			continue
		}
		err := s.opt.Store.Adopt(ctx, c.Table, c.Row, c.Values)
		switch {
		case errors.Is(err, db.ErrInvalid), errors.Is(err, db.ErrExists), errors.Is(err, db.ErrReference):
			s.opt.Log.Warn("set-up row of an import left out", "import", r.ID, "error", err)
		case err != nil:
			return err
		case c.Table == "sites":
			var site struct {
				Zone string `json:"zone"`
			}
			if json.Unmarshal(c.Values, &site) == nil {
				s.locate(r, c.Row, site.Zone)
			}
		}
	}
	return nil
}

// append waits out a full disk: the journal takes events again when there is
// room, and an import that stops for it would have to be started again by hand.
func (s *Service) append(ctx context.Context, events []event.Event) (uint64, error) {
	for {
		first, err := s.opt.Journal.Append(ctx, events...)
		if !errors.Is(err, journal.ErrDiskFull) {
			return first, err
		}
		s.opt.Log.Error("the disk is full; the import waits for room", "error", err)
		select {
		case <-ctx.Done():
			return 0, err
		case <-time.After(time.Second):
		}
	}
}

// place finds the site that the records belong to and the zone of their stamps.
// What a profile says of its own records wins over what the caller believes.
func (s *Service) place(ctx context.Context, req *Request) (db.Site, *time.Location, error) {
	name := cmp.Or(ingest.ProfileZone(req.Format, req.Profile, req.ProfileText), req.Zone)
	sites, err := s.opt.Store.Sites().List(ctx)
	if err != nil {
		return db.Site{}, nil, err
	}
	site := choose(sites, req.Site, name)
	if site.ID == "" && req.Format == nativeFormat && req.Site == "" {
		return db.Site{}, time.UTC, nil // its events bring their site along
	}
	if site.ID == "" {
		name = cmp.Or(name, s.opt.Zone)
		title := cmp.Or(req.Site, strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " "))
		if site, err = s.opt.Store.EnsureSite(ctx, title, name); err != nil {
			return db.Site{}, nil, err
		}
	}
	zone, err := interval.LoadZone(cmp.Or(name, site.Zone))
	return site, zone, err
}

// choose picks the named site, else the first in the zone, else – where no zone
// is known – the first.
func choose(sites []db.Site, name, zone string) db.Site {
	for _, s := range sites {
		if name != "" && (s.ID == name || s.Name == name || s.NaturalName == name) {
			return s
		}
	}
	if name != "" {
		return db.Site{}
	}
	for _, s := range sites {
		if zone == "" || s.Zone == zone {
			return s
		}
	}
	return db.Site{}
}

// check refuses what cannot be imported before it is queued.
func (r *Request) check() error {
	known := ingest.Formats()
	i := slices.IndexFunc(known, func(f ingest.FormatInfo) bool { return f.Format == r.Format })
	if i < 0 {
		names := make([]string, len(known))
		for k, f := range known {
			names[k] = f.Format
		}
		return fmt.Errorf("%w: format = %q: must be one of %s", ErrRequest, r.Format, strings.Join(names, ", "))
	}
	if r.Profile != "" && len(r.ProfileText) == 0 && !slices.Contains(known[i].Profiles, r.Profile) {
		return fmt.Errorf("%w: profile = %q: %s has %s; a profile of your own is given as a file", ErrRequest, r.Profile, r.Format,
			strings.Join(known[i].Profiles, ", "))
	}
	if r.Zone != "" {
		if _, err := interval.LoadZone(r.Zone); err != nil {
			return fmt.Errorf("%w: zone = %q: %w", ErrRequest, r.Zone, err)
		}
	}
	if len(r.Files) == 0 {
		return fmt.Errorf("%w: no file given", ErrRequest)
	}
	return nil
}

// maxName is how many characters of its files' names an import shows: what the list of imports holds.
const maxName = 200

// name is what people know the import by: the names of its files, the last of them counted instead of told
// when there are many.
func (r *Request) name() string {
	if r.Name != "" {
		return clip(r.Name, maxName)
	}
	names := make([]string, len(r.Files))
	for i, f := range r.Files {
		names[i] = filepath.Base(f)
	}
	all := strings.Join(names, ", ")
	if len(names) < 2 || utf8.RuneCountInString(all) <= maxName {
		return clip(all, maxName)
	}
	told := len(names) - 1
	for ; told > 1 && utf8.RuneCountInString(strings.Join(names[:told], ", ")) > maxName-len(", … +999999"); told-- {
	}
	more := fmt.Sprintf(", … +%d", len(names)-told)
	return clip(strings.Join(names[:told], ", "), maxName-utf8.RuneCountInString(more)) + more
}

// clip makes a name that can be listed: printable UTF-8 of n characters at most.
func clip(name string, n int) string {
	name = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return '_'
		}
		return c
	}, strings.ToValidUTF8(name, "_"))
	if runes := []rune(name); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return name
}

func (r *Request) profile() string {
	if len(r.ProfileText) > 0 {
		return cmp.Or(r.Profile, "own")
	}
	return r.Profile
}
