//go:build cgo

// Package analytics is the role that owns lake, imports and reports: it opens them in
// order, keeps the lake at the journals' heels, and answers on its sockets. Commands use
// the same API in their own process while no platform runs ([Open]).
package analytics

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/agner-platform/agner/cmd/agner/speech"
	"github.com/agner-platform/agner/cmd/agner/voice"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/internal/importer"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/agner-platform/agner/forecasting"
	"github.com/agner-platform/agner/forecasting/intraday"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/personal"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	importapi "github.com/agner-platform/agner/internal/importer/api"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/supervise"
	"github.com/agner-platform/agner/reporting"
	sqlapi "github.com/agner-platform/agner/reporting/adhoc/api"
	reportapi "github.com/agner-platform/agner/reporting/api"
	planapi "github.com/agner-platform/agner/wfm/api"
	"github.com/agner-platform/agner/wfm/office"
)

// Node is the journal that analytics publishes to.
const Node = "analytics"

// outboxEvery is how often set-up changes are looked for: a new queue's name
// shows on the pages within a second.
const outboxEvery = 500 * time.Millisecond

// Role is the analytics role.
type Role struct{}

// Run serves until ctx ends.
func (Role) Run(ctx context.Context, c *node.Root) error {
	inst, err := c.Instance(nil)
	if err != nil {
		return err
	}
	a, err := open(ctx, inst, mirrorStale)
	if errors.Is(err, journal.ErrCorrupt) || errors.Is(err, journal.ErrVersion) || errors.Is(err, lake.ErrNewerFormat) || errors.Is(err, db.ErrNewer) {
		return exit.With(supervise.ExitGiveUp, err) // the same tomorrow: somebody has to act
	}
	if err != nil {
		return err
	}
	a.running.Go(func() { a.keep(a.background) })
	a.running.Go(func() { a.forecast.Keep(a.background) })
	return errors.Join(a.serve(ctx), a.close())
}

// analytics is the role with everything it owns.
type analytics struct {
	inst     *node.Instance
	store    *db.Store
	vault    *personal.Vault
	journal  *journal.Journal
	lake     *lake.Lake
	importer *importer.Service
	live     *reportapi.API // reports and the live overview
	sql      *sqlapi.API
	speech   *speechRoom
	office   *office.Service // schedules
	forecast *forecasting.Service
	day      *intraday.Service
	registry *prometheus.Registry

	background context.Context // ends with close
	stop       context.CancelFunc
	running    sync.WaitGroup // follower, outbox, samples, retention
	outbox     sync.Mutex     // one publisher of set-up changes at a time, or one would be published twice
}

// Open is for commands while the platform is not running: the role's API
// for the owner of the data directory, and how to end it.
func Open(ctx context.Context, inst *node.Instance) (http.Handler, func() error, error) {
	a, err := open(ctx, inst, 0)
	if err != nil {
		return nil, nil, err
	}
	h, err := a.adminHandler()
	if err != nil {
		return nil, nil, errors.Join(err, a.close())
	}
	if err := a.caughtUp(ctx); err != nil {
		return nil, nil, errors.Join(err, a.close())
	}
	return h, a.close, nil
}

// open opens, in this order: set-up, journal, lake, imports; and
// starts what keeps the lake at the journals' heels.
func open(ctx context.Context, inst *node.Instance, stale time.Duration) (a *analytics, err error) {
	if os.Getenv("GOGC") == "" { // decoded events are short-lived: collecting four times as rarely saves an eighth of the time
		debug.SetGCPercent(400)
	}
	a = &analytics{inst: inst, registry: prometheus.NewRegistry()}
	a.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	if a.store, err = db.Open(ctx, inst.Paths.Dir); err != nil {
		return a, err
	}
	if a.vault, err = personal.Open(ctx, a.store); err != nil {
		return a, err
	}
	var found journal.Recovery
	if a.journal, found, err = journal.Open(inst.Paths.Journals(), Node, journal.Options{}); err != nil {
		return a, err
	}
	if found.Torn != nil {
		inst.Log.Warn("journal ended in a torn tail, which was cut; nothing acknowledged was in it", "node", Node, "bytes", found.Torn.Bytes)
	}
	if a.lake, err = lake.Open(ctx, LakeConfig(inst)); err != nil {
		return a, err
	}
	a.background, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	a.running.Go(func() { a.follow(a.background) })
	a.running.Go(func() { a.publishChanges(a.background) })
	uploads := filepath.Join(inst.Paths.Imports(), "uploads")
	if err := importapi.Sweep(uploads); err != nil {
		inst.Log.Warn("old uploads not removed", "error", err)
	}
	if a.importer, err = importer.Open(ctx, importer.Options{
		Journal: a.journal, Journals: inst.Paths.Journals(), Dir: inst.Paths.Imports(), Store: a.store, Vault: a.vault,
		Changes: a.drain, Applied: a.lake.Wait, Known: a.known, Zone: inst.Cfg.Zone, MaxLine: inst.Cfg.Limits.LineKB << 10, Log: inst.Log,
	}); err != nil {
		return a, err
	}
	zone, err := interval.LoadZone(inst.Cfg.Zone)
	if err != nil {
		return a, err
	}
	key, err := inst.SigningKey()
	if err != nil {
		return a, err
	}
	config := reporting.Config{Lake: a.lake, Settings: a.store.Values, Zone: zone, Party: a.vault.Pseudonym, Now: time.Now}
	a.live = reportapi.New(reporting.New(config), key.Seed(), inst.Log)
	if a.sql, err = a.openSQL(config, stale); err != nil {
		return a, err
	}
	a.running.Go(func() { a.live.Run(a.background) })
	a.openForecast(zone)
	a.office = office.New(office.Config{Store: a.store, Lake: a.lake, Zone: zone, Publish: a.publish, Demand: a.demand})
	a.day = intraday.New(a.forecast, a.onPhone)
	a.running.Go(func() {
		a.office.Watch(a.background, watchEvery, func(err error) { inst.Log.Warn("adherence is not watched", "error", err) })
	})
	a.registry.MustRegister(newAnalyticsMetrics(a))
	a.speech, err = openSpeech(a)
	return a, err
}

// LakeConfig is the lake as the instance's configuration bounds it.
func LakeConfig(i *node.Instance) lake.Config {
	cfg := lake.Config{Dir: i.Paths.Lake(), Parquet: i.Paths.Parquet(), Threads: i.Cfg.Limits.LakeThreads, Log: i.Log}
	if mb := i.Cfg.Limits.LakeMemoryMB; mb > 0 {
		cfg.MemoryLimit = fmt.Sprintf("%dMB", mb)
	}
	return cfg
}

// watchEvery is how often plans are compared with what agents do.
const watchEvery = 15 * time.Second

// publish appends facts of planning to the role's journal.
func (a *analytics) publish(ctx context.Context, events ...event.Event) error {
	_, err := a.journal.Append(ctx, events...)
	return err
}

// follow keeps the lake at the journals' heels.
func (a *analytics) follow(ctx context.Context) {
	if err := a.lake.Follow(ctx, a.inst.Paths.Journals()); err != nil && ctx.Err() == nil {
		a.inst.Log.Error("the lake no longer follows the journals", "error", err)
	}
}

// caughtUp waits until the lake holds what the journals hold now.
func (a *analytics) caughtUp(ctx context.Context) error {
	if err := a.drain(ctx); err != nil {
		return err
	}
	t, err := journal.TailAll(a.inst.Paths.Journals(), a.lake.Applied(), journal.TailOptions{})
	if err != nil {
		return err
	}
	defer t.Close()
	return a.lake.Wait(ctx, t.Durable())
}

// publishChanges publishes set-up changes as they are made.
func (a *analytics) publishChanges(ctx context.Context) {
	tick := time.NewTicker(outboxEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := a.drain(ctx); err != nil && ctx.Err() == nil {
			a.inst.Log.Error("set-up changes are not published", "error", err)
		}
	}
}

// drain publishes every pending set-up change as config.changed. A crash between
// the journal and the mark publishes a row twice, which changes nothing: the
// event carries the row's version.
func (a *analytics) drain(ctx context.Context) error {
	a.outbox.Lock()
	defer a.outbox.Unlock()
	for {
		changes, err := a.store.PendingChanges(ctx, 1000)
		if err != nil || len(changes) == 0 {
			return err
		}
		events := make([]event.Event, len(changes))
		for i, c := range changes {
			if events[i], err = configChanged(c); err != nil {
				return err
			}
		}
		if _, err := a.journal.Append(ctx, events...); err != nil {
			return err
		}
		if err := a.store.MarkPublished(ctx, changes[len(changes)-1].Seq); err != nil {
			return err
		}
	}
}

// serve answers on the role's socket and on the administration socket.
func (a *analytics) serve(ctx context.Context) error {
	key, err := a.inst.SigningKey()
	if err != nil {
		return err
	}
	verifier, err := httpapi.NewVerifier(key.Public().(ed25519.PublicKey), "analytics")
	if err != nil {
		return err
	}
	metrics, err := httpapi.NewMetrics(a.registry, "analytics")
	if err != nil {
		return err
	}
	proxied, err := a.handler(httpapi.Options{
		Authenticate: verifier.Authenticate, Auditor: auditor{a.store}, Logger: a.inst.Log, Metrics: metrics, TrustID: true,
	}, false)
	if err != nil {
		return err
	}
	admin, err := a.adminHandler()
	if err != nil {
		return err
	}
	socket, err := a.inst.Paths.RoleSocket("analytics")
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	errs := make(chan error, 2)
	for path, h := range map[string]http.Handler{socket: proxied, a.inst.Paths.AdminSocket(): admin} {
		ln, err := node.ListenUnix(ctx, path)
		if err != nil {
			return err
		}
		go func() {
			defer stop() // one door alone is not a role
			errs <- httpapi.Serve(ctx, ln, h, a.inst.Log)
		}()
	}
	return errors.Join(<-errs, <-errs)
}

// adminHandler is the API for whoever may open the administration socket, that
// is, who owns the data directory.
func (a *analytics) adminHandler() (http.Handler, error) {
	owner := &httpapi.Identity{User: "local", Name: "command line", Roles: httpapi.AllRoles(), Grants: []string{httpapi.GrantRecordings}}
	return a.handler(httpapi.Options{
		Authenticate: func(*http.Request) (*httpapi.Identity, error) { return owner, nil },
		Auditor:      auditor{a.store}, Logger: slog.New(slog.DiscardHandler),
	}, true)
}

// handler assembles the role's routes.
func (a *analytics) handler(opt httpapi.Options, local bool) (http.Handler, error) {
	rt := httpapi.NewRouter(opt)
	a.live.Mount(rt)
	a.sql.Mount(rt)
	a.speech.api.Mount(rt)
	planapi.New(a.office).Mount(rt)
	a.mountForecast(rt, local)
	(&importapi.API{
		Service: a.importer, Uploads: filepath.Join(a.inst.Paths.Imports(), "uploads"),
		MaxFile: int64(a.inst.Cfg.Limits.UploadMB) << 20, Sample: a.sample, Local: local,
	}).Register(rt)
	a.mountOperations(rt)
	if local {
		voice.Mount(rt, a.store, a.vault)
		speech.Mount(rt, a.vault)
	}
	return rt, nil
}

// close ends everything in reverse order; parts that were never opened are nil.
func (a *analytics) close() error {
	var errs []error
	if a.office != nil {
		a.office.Close()
	}
	if a.forecast != nil {
		a.forecast.Close()
	}
	if a.importer != nil {
		errs = append(errs, a.importer.Close())
	}
	if a.stop != nil {
		a.stop()
	}
	a.running.Wait()
	if a.speech != nil {
		errs = append(errs, a.speech.index.Close())
	}
	if a.lake != nil {
		errs = append(errs, a.lake.Close())
	}
	if a.journal != nil {
		errs = append(errs, a.journal.Close())
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	return errors.Join(errs...)
}
