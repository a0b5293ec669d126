// Package api is the HTTP face of forecasting: forecasts with bands and reasons, overrides,
// events, accuracy, requirements with what-if, and the Erlang calculator, under /api/v1 in
// role analytics. openapi.yaml describes every route; a test holds the two equal.
package api

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/forecasting"
	"github.com/agner-platform/agner/forecasting/erlang"
	"github.com/agner-platform/agner/forecasting/intraday"
	"github.com/agner-platform/agner/forecasting/staffing"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
)

// Prefix is where the routes begin.
const Prefix = "/api/v1"

// API are the handlers.
type API struct {
	room  *forecasting.Service
	day   *intraday.Service
	table httpapi.TableWriter
}

// New makes the handlers.
func New(s *forecasting.Service, day *intraday.Service) *API { return &API{room: s, day: day} }

// Who may do what.
var (
	planners = []string{httpapi.RoleAdmin, httpapi.RolePlanner}
	lookers  = []string{httpapi.RoleAdmin, httpapi.RolePlanner, httpapi.RoleManager, httpapi.RoleSupervisor, httpapi.RoleViewer}
)

// The problems of forecasting.
var (
	Running = httpapi.Define("forecast.running", http.StatusConflict, "A forecast is being made already")
	NoData  = httpapi.Define("forecast.no_history", http.StatusUnprocessableEntity, "There is no history to forecast from")
	None    = httpapi.Define("forecast.none", http.StatusNotFound, "There is no forecast of this queue yet")
	Domain  = httpapi.Define("forecast.domain", http.StatusUnprocessableEntity, "These figures cannot be worked out")
)

// timeout is that of a requirement of a hundred days on a busy machine.
const timeout = time.Minute

// route is one operation of openapi.yaml.
type route struct {
	method, path, action string
	roles                []string
	change               bool // recorded in the audit
	handle               func(http.ResponseWriter, *http.Request) error
}

func (a *API) routes() []route {
	return []route{
		{"GET", "/forecast/runs", "forecast.read", lookers, false, a.runs},
		{"POST", "/forecast/runs", "forecast.run", planners, true, a.start},
		{"GET", "/forecast/runs/current", "forecast.read", lookers, false, a.progress},
		{"DELETE", "/forecast/runs/current", "forecast.run", planners, true, a.cancel},
		{"POST", "/forecast/runs/{run}/verify", "forecast.verify", planners, false, a.verify},
		{"GET", "/forecast/queues", "forecast.read", lookers, false, a.queues},
		{"GET", "/forecast/queues/{queue}", "forecast.read", lookers, false, a.view},
		{"GET", "/forecast/queues/{queue}/why", "forecast.read", lookers, false, a.why},
		{"GET", "/forecast/queues/{queue}/accuracy", "forecast.read", lookers, false, a.accuracy},
		{"GET", "/forecast/queues/{queue}/patience", "forecast.read", lookers, false, a.patience},
		{"GET", "/forecast/overrides", "forecast.read", lookers, false, a.overrides},
		{"POST", "/forecast/overrides", "forecast.override", planners, true, a.override},
		{"PUT", "/forecast/overrides/{id}", "forecast.override", planners, true, a.setOverride},
		{"DELETE", "/forecast/overrides/{id}", "forecast.override", planners, true, a.dropOverride},
		{"GET", "/forecast/events", "forecast.read", lookers, false, a.events},
		{"POST", "/forecast/events", "forecast.event", planners, true, a.event},
		{"PUT", "/forecast/events/{id}", "forecast.event", planners, true, a.setEvent},
		{"DELETE", "/forecast/events/{id}", "forecast.event", planners, true, a.dropEvent},
		{"GET", "/staffing/queues/{queue}", "staffing.read", lookers, false, a.requirement},
		{"GET", "/staffing/queues/{queue}/targets", "staffing.read", lookers, false, a.targets},
		{"GET", "/staffing/queues/{queue}/played", "staffing.read", lookers, false, a.played},
		{"PUT", "/staffing/queues/{queue}/rule", "staffing.rule", planners, true, a.setRule},
		{"GET", "/intraday/queues/{queue}", "intraday.read", lookers, false, a.intraday},
		{"GET", "/staffing/erlang", "staffing.read", lookers, false, a.erlang},
	}
}

// Route is what the public door must know to pass a route on.
type Route struct {
	Method, Path string
	Policy       httpapi.Policy
}

// Routes lists the routes with their policies, for the public door.
func Routes() []Route {
	var out []Route
	for _, r := range (&API{}).routes() {
		out = append(out, Route{r.method, r.path, httpapi.Policy{Action: r.action, Roles: r.roles, Sensitive: r.change, Timeout: timeout}})
	}
	return out
}

// Mount adds the routes to a role's router. The public door has entered the change into the
// audit before it comes here.
func (a *API) Mount(rt *httpapi.Router) {
	for _, r := range a.routes() {
		p := httpapi.Policy{Action: r.action, Roles: r.roles, Timeout: timeout}
		rt.HandleFunc(r.method, Prefix+r.path, p, func(w http.ResponseWriter, q *http.Request) error {
			return problem(r.handle(w, q.WithContext(actor(q))))
		})
	}
}

// actor names the caller in the database's log and audit.
func actor(r *http.Request) context.Context {
	a := db.Actor{Address: httpapi.RemoteHost(r), RequestID: httpapi.RequestID(r.Context())}
	if id := httpapi.IdentityFrom(r.Context()); id != nil {
		a.Name = id.User
	}
	return db.As(r.Context(), a)
}

// caller is the name that is kept with an override.
func caller(r *http.Request) string {
	if id := httpapi.IdentityFrom(r.Context()); id != nil {
		if id.Name != "" {
			return id.Name
		}
		return id.User
	}
	return ""
}

// problem turns the room's errors into problem documents.
func problem(err error) error {
	var field *db.FieldError
	var domain *erlang.DomainError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &field):
		return httpapi.InvalidField.Field(field.Field, field.Value, field.Reason).Because(err)
	case errors.As(err, &domain), errors.Is(err, staffing.ErrOptions), errors.Is(err, erlang.ErrUnreachable):
		return Domain.New(err.Error()).Because(err)
	case errors.Is(err, forecasting.ErrNone):
		return None.New("").Because(err)
	case errors.Is(err, forecasting.ErrRunning):
		return Running.New("").Because(err)
	case errors.Is(err, forecasting.ErrNoData):
		return NoData.New("").Because(err)
	case errors.Is(err, db.ErrNotFound):
		return httpapi.NotFound.New("").Because(err)
	case errors.Is(err, db.ErrConflict):
		return httpapi.Stale.New("").Because(err)
	}
	return err
}

// rowsOf is a list that fits on one page.
type rowsOf[T any] struct {
	Rows []T `json:"rows"`
}

// allowed reports whether the caller may see a queue of a site.
func allowed(r *http.Request, queue, site string) bool {
	id := httpapi.IdentityFrom(r.Context())
	return id != nil && id.Scopes.Queue(queue) && id.Scopes.Site(site)
}

// queue reads the queue of the path, by id or name, which the caller must be allowed to see.
func (a *API) queue(r *http.Request) (string, error) {
	return a.visible(r, chi.URLParam(r, "queue"))
}

func (a *API) visible(r *http.Request, name string) (string, error) {
	list, err := a.room.Database().Queues().List(r.Context())
	if err != nil {
		return "", err
	}
	id, site := name, ""
	for _, q := range list {
		if q.ID == name || q.Name == name {
			id, site = q.ID, q.SiteID
		}
	}
	if !allowed(r, id, site) {
		return "", httpapi.OutOfScope.New("")
	}
	return id, nil
}

// number reads a parameter between bounds that may be absent.
func number(q *httpapi.Query, name string, lo, hi float64) (*float64, error) {
	text := q.Text(name, "")
	if text == "" {
		return nil, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || v < lo || v > hi {
		return nil, httpapi.BadParameter.Field(name, text, "want a number from "+strconv.FormatFloat(lo, 'g', -1, 64)+" to "+strconv.FormatFloat(hi, 'g', -1, 64))
	}
	return &v, nil
}
