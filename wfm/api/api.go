// Package api is the HTTP face of planning: schedules, requests, adherence and what an
// agent sees of their own week, under /api/v1 in role analytics. openapi.yaml describes
// every route; a test holds the two equal.
package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/wfm/extra"
	"github.com/agner-platform/agner/wfm/office"
	"github.com/agner-platform/agner/wfm/roster/named"
	"github.com/agner-platform/agner/wfm/rules"
	book "github.com/agner-platform/agner/wfm/sheet"
)

// Prefix is where the routes begin.
const Prefix = "/api/v1"

// API are the handlers.
type API struct{ office *office.Service }

// New makes the handlers.
func New(s *office.Service) *API { return &API{s} }

// Who may do what.
var (
	planners = []string{httpapi.RoleAdmin, httpapi.RolePlanner}
	leaders  = []string{httpapi.RoleAdmin, httpapi.RolePlanner, httpapi.RoleManager, httpapi.RoleSupervisor}
)

// The problems of planning.
var (
	Broken  = httpapi.Define("planning.broken_rules", http.StatusUnprocessableEntity, "The schedule breaks rules that may not be broken")
	Running = httpapi.Define("planning.running", http.StatusConflict, "A search for this schedule runs already")
	NoData  = httpapi.Define("planning.no_history", http.StatusUnprocessableEntity, "There is no history to plan from")
	NoShift = httpapi.Define("planning.no_shift", http.StatusNotFound, "There is no such shift in a published schedule")
	Refused = httpapi.Define("planning.offer_refused", http.StatusConflict, "The hours cannot be taken")
	NoAgent = httpapi.Define("planning.no_agent", http.StatusForbidden, "This user is not an agent")
)

// limits of a request.
const (
	maxBody = 32 << 20         // a schedule of a thousand people over weeks
	timeout = 60 * time.Second // a problem from a year of history on a busy machine
)

// route is one operation of openapi.yaml.
type route struct {
	method, path, action string
	roles                []string // nil: any signed-in caller
	change               bool     // recorded in the audit
	public               bool
	handle               func(http.ResponseWriter, *http.Request) error
}

func (a *API) routes() []route {
	return []route{
		{"GET", "/schedules", "schedules.read", leaders, false, false, a.list},
		{"POST", "/schedules", "schedules.create", planners, true, false, a.create},
		{"GET", "/schedules/{id}", "schedules.read", leaders, false, false, a.read},
		{"PUT", "/schedules/{id}", "schedules.write", planners, true, false, a.save},
		{"POST", "/schedules/{id}/solve", "schedules.solve", planners, true, false, a.solve},
		{"GET", "/schedules/{id}/solve", "schedules.read", leaders, false, false, a.progress},
		{"DELETE", "/schedules/{id}/solve", "schedules.solve", planners, true, false, a.cancel},
		{"POST", "/schedules/{id}/check", "schedules.check", leaders, false, false, a.check},
		{"POST", "/schedules/{id}/publish", "schedules.publish", planners, true, false, a.publish},
		{"GET", "/schedules/{id}/explain", "schedules.read", leaders, false, false, a.explain},
		{"GET", "/schedules/{id}/versions", "schedules.read", leaders, false, false, a.versions},
		{"GET", "/schedules/{id}/versions/{number}", "schedules.read", leaders, false, false, a.version},
		{"GET", "/schedules/{id}/compare", "schedules.read", leaders, false, false, a.compare},
		{"GET", "/schedules/{id}/log", "schedules.read", leaders, false, false, a.log},
		{"GET", "/planning/contracts", "contracts.read", leaders, false, false, a.contracts},
		{"PUT", "/planning/contracts", "contracts.write", planners, true, false, a.setContracts},
		{"GET", "/planning/rules", "contracts.read", leaders, false, false, a.rules},
		{"GET", "/planning/requests", "requests.read", leaders, false, false, a.requests},
		{"POST", "/planning/requests/{id}/decide", "requests.decide", planners, true, false, a.decide},
		{"POST", "/planning/absences", "absences.write", leaders, true, false, a.absent},
		{"GET", "/planning/adherence", "adherence.read", leaders, false, false, a.adherence},
		{"GET", "/planning/exceptions/{date}", "adherence.read", leaders, false, false, a.exceptions},
		{"PUT", "/planning/exceptions/{date}", "adherence.except", leaders, true, false, a.setExceptions},
		{"GET", "/planning/offers", "offers.read", leaders, false, false, a.offers},
		{"POST", "/planning/offers", "offers.create", planners, true, false, a.offer},
		{"POST", "/planning/offers/{id}/close", "offers.close", planners, true, false, a.closeOffer},
		{"GET", "/planning/quotas", "quotas.read", leaders, false, false, a.quotas},
		{"PUT", "/planning/quotas", "quotas.write", planners, true, false, a.setQuotas},
		{"POST", "/schedules/{id}/copy", "schedules.create", planners, true, false, a.copy},
		{"GET", "/schedules/{id}/workbook", "schedules.read", leaders, false, false, a.workbook},
		{"PUT", "/schedules/{id}/workbook", "schedules.write", planners, true, false, a.readWorkbook},
		{"GET", "/my/offers", "my.read", nil, false, false, a.myOffers},
		{"POST", "/my/offers/{id}/claim", "my.claim", nil, true, false, a.claim},
		{"DELETE", "/my/offers/{id}/claim", "my.claim", nil, true, false, a.unclaim},
		{"GET", "/my/wishes", "my.read", nil, false, false, a.wishes},
		{"PUT", "/my/wishes", "my.wish", nil, true, false, a.setWishes},
		{"GET", "/my/week", "my.read", nil, false, false, a.mine},
		{"GET", "/my/requests", "my.read", nil, false, false, a.myRequests},
		{"POST", "/my/requests", "my.ask", nil, true, false, a.ask},
		{"POST", "/my/requests/{id}/answer", "my.answer", nil, true, false, a.answer},
		{"POST", "/my/swap-check", "my.check", nil, false, false, a.swapCheck},
		{"POST", "/my/calendar", "my.calendar", nil, true, false, a.feed},
		{"GET", "/calendar/{secret}", "calendar.read", nil, false, true, a.calendar},
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
		out = append(out, Route{r.method, r.path, httpapi.Policy{
			Action: r.action, Roles: r.roles, Public: r.public, Sensitive: r.change, MaxBody: maxBody, Timeout: timeout,
		}})
	}
	return out
}

// Mount adds the routes to a role's router. The public door has entered the change into
// the audit before it comes here.
func (a *API) Mount(rt *httpapi.Router) {
	for _, r := range a.routes() {
		p := httpapi.Policy{Action: r.action, Roles: r.roles, Public: r.public, MaxBody: maxBody, Timeout: timeout}
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

// problem turns the rooms' errors into problem documents.
func problem(err error) error {
	var field *db.FieldError
	var bad *rules.FieldError
	var broken *office.BrokenError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &broken):
		return Broken.New(broken.Error(), "count", len(broken.Findings), "findings", broken.Findings[:min(20, len(broken.Findings))]).Because(err)
	case errors.As(err, &field):
		return httpapi.InvalidField.Field(field.Field, field.Value, field.Reason).Because(err)
	case errors.As(err, &bad):
		return httpapi.InvalidField.Field(bad.Field, bad.Value, bad.Reason).Because(err)
	case errors.Is(err, book.ErrSheet), errors.Is(err, rules.ErrProblem), errors.Is(err, named.ErrForeign):
		return httpapi.BadRequest.New(err.Error()).Because(err)
	case errors.Is(err, db.ErrNotFound):
		return httpapi.NotFound.New("").Because(err)
	case errors.Is(err, db.ErrConflict):
		return httpapi.Stale.New("").Because(err)
	case errors.Is(err, office.ErrRunning):
		return Running.New("").Because(err)
	case errors.Is(err, office.ErrNoData):
		return NoData.New("").Because(err)
	case errors.Is(err, office.ErrClosed), errors.Is(err, office.ErrFull), errors.Is(err, office.ErrSkill),
		errors.Is(err, extra.ErrTaken), errors.Is(err, extra.ErrNoWork), errors.Is(err, extra.ErrNoTerms):
		return Refused.New(err.Error()).Because(err)
	case errors.Is(err, office.ErrNoShift):
		return NoShift.New("").Because(err)
	}
	return err
}
