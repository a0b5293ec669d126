//go:build cgo

package analytics

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/importer"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/personal"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	importapi "github.com/agner-platform/agner/internal/importer/api"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/sample"
)

// errHold is the problem of erasing a customer under legal hold.
var errHold = httpapi.Define("erase.legal_hold", http.StatusConflict, "The customer is under legal hold")

// errNobody is the problem of erasing a customer of whom nothing is stored.
var errNobody = httpapi.Define("erase.unknown", http.StatusNotFound, "Nothing was erased")

// mountOperations adds what the supervisor, monitoring and the command line ask.
func (a *analytics) mountOperations(rt *httpapi.Router) {
	rt.HandleFunc("GET", "/healthz", httpapi.Policy{Action: "health", Public: true}, a.health)
	for _, path := range []string{"/metrics", "/metrics/analytics"} { // the second is how the public door passes it on
		rt.Handle("GET", path, httpapi.Policy{Action: "metrics", Public: true}, promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{}))
	}
	admin := httpapi.Policy{Action: "admin.status", Roles: []string{httpapi.RoleAdmin}}
	rt.HandleFunc("GET", "/api/v1/admin/status", admin, a.status)
	erase := admin
	erase.Action, erase.Sensitive, erase.Timeout = "admin.erase", true, httpapi.Unlimited
	rt.HandleFunc("POST", "/api/v1/admin/erase", erase, a.erase)
}

// health is 200 while the role answers, whatever state the lake is in: a paused
// lake needs room on the disk, not a restart.
func (a *analytics) health(w http.ResponseWriter, _ *http.Request) error {
	return httpapi.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok", "lake": string(a.lake.Health().State)})
}

// statusView is what `agner doctor` asks of the running role.
type statusView struct {
	Lake    lake.Health `json:"lake"`
	Applied string      `json:"applied"` // the lake's vector
	Durable uint64      `json:"durable"` // of the role's own journal
}

func (a *analytics) status(w http.ResponseWriter, _ *http.Request) error {
	return httpapi.WriteJSON(w, http.StatusOK, statusView{a.lake.Health(), a.lake.Applied().String(), a.journal.Durable()})
}

// erase removes everything personal of one customer.
func (a *analytics) erase(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Customer string `json:"customer"`
	}
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	if in.Customer == "" {
		return httpapi.InvalidField.Field("customer", "", "must be a number or a party")
	}
	ctx := db.As(r.Context(), db.Actor{Name: httpapi.IdentityFrom(r.Context()).User, RequestID: httpapi.RequestID(r.Context())})
	gone, err := a.vault.Erase(ctx, in.Customer)
	if held, ok := errors.AsType[*personal.HoldError](err); ok {
		return errHold.New(held.Error(), "party", held.Party)
	}
	if err != nil {
		return err
	}
	heard, err := a.speech.erase(gone.Party)
	if err != nil {
		return err
	}
	if heard+gone.Numbers+gone.Notes+gone.Transcripts == 0 {
		return a.nobody(ctx, in.Customer)
	}
	return httpapi.WriteJSON(w, http.StatusOK, gone)
}

// nobody says that nothing was erased, and who may have been meant: national and
// international spellings of one number are two customers.
func (a *analytics) nobody(ctx context.Context, customer string) error {
	const tail = 7 // digits that two spellings share
	detail := "nobody is known by this number or party; nothing was erased"
	digits := personal.Normalise(customer)
	alike, err := a.vault.Find(ctx, digits[max(0, len(digits)-tail):], 5)
	if err != nil {
		return err
	}
	parties := make([]string, len(alike))
	for i, p := range alike {
		parties[i] = p.Party
	}
	if len(parties) > 0 {
		detail += "; customers with the same last digits: " + strings.Join(parties, ", ")
	}
	return errNobody.New(detail, "parties", parties)
}

// sampleZone is where the sample centre stands unless the instance has a zone.
const sampleZone = "Europe/Tallinn"

// sample generates the sample centre into a stream and imports it like any file.
func (a *analytics) sample(_ context.Context, // a job outlives the request
	s importapi.Sample, by string,
) (importer.Job, error) {
	name := a.inst.Cfg.Zone
	if name == "UTC" { // nobody chose one: show a centre whose clock changes
		name = sampleZone
	}
	zone, err := interval.LoadZone(name)
	if err != nil {
		return importer.Job{}, err
	}
	opt := sample.Defaults(zone, interval.DateOf(zone, interval.FromTime(time.Now())))
	opt.SetUp = true
	opt.Seed, opt.Months, opt.Scale = cmp.Or(s.Seed, opt.Seed), cmp.Or(s.Months, opt.Months), cmp.Or(s.Scale, opt.Scale)
	if err := opt.Validate(); err != nil {
		return importer.Job{}, fmt.Errorf("%w: %w", importer.ErrRequest, err)
	}
	r, w := io.Pipe()
	job, err := a.importer.Submit(importer.Request{
		Format: "agner", Files: []string{"-"}, Stdin: r, Name: "sample centre (synthetic)", By: by,
	})
	if err != nil {
		return job, err
	}
	a.running.Go(func() {
		enc := json.NewEncoder(w)
		w.CloseWithError(sample.Generate(opt, func(e event.Event) error { return enc.Encode(&e) }))
	})
	a.running.Go(func() { // the job may end before it has read everything
		_, _ = a.importer.Wait(a.background, job.ID)
		r.Close()
	})
	return job, nil
}

// configChanged is the event of one set-up change.
func configChanged(c db.Change) (event.Event, error) {
	var head struct {
		Version int64    `json:"version"`
		Retired db.Stamp `json:"retired_at"`
	}
	if err := json.Unmarshal(c.Row, &head); err != nil {
		return event.Event{}, err
	}
	return event.New(int64(c.At), &event.ConfigChanged{
		Table: c.Table, Row: c.ID, Version: head.Version, Retired: head.Retired != 0, Values: c.Row,
	}), nil
}

// auditor writes accesses to the audit of the database.
type auditor struct{ store *db.Store }

// Audit implements httpapi.Auditor.
func (a auditor) Audit(ctx context.Context, e httpapi.AuditEntry) error {
	ctx = db.As(ctx, db.Actor{Name: e.User, Address: e.Remote, RequestID: e.RequestID})
	return a.store.Audit(ctx, db.Entry{
		Action: e.Action, Object: "route", ObjectID: e.Path, Detail: map[string]string{"method": e.Method, "query": e.Query},
	})
}
