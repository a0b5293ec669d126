// Package api is the HTTP face of ad-hoc queries: POST /api/v1/sql and the catalogue of tables. openapi.yaml is the contract.
package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/lake/sandbox"
	"github.com/agner-platform/agner/reporting/adhoc"
	"github.com/agner-platform/agner/reporting/plan"
	"github.com/agner-platform/agner/reporting/table"
)

// Prefix is where the routes begin.
const Prefix = "/api/v1"

// timeout is longer than the sandbox's own and what comes before: waiting for a place, and after an import the first pass
// over the mirror. So it is the sandbox that tells what took so long.
const timeout = 2 * time.Minute

// leaders may ask: rows are single contacts and single agents, as in the call search.
var leaders = []string{httpapi.RoleAdmin, httpapi.RolePlanner, httpapi.RoleManager, httpapi.RoleSupervisor, httpapi.RoleQuality}

// Problems, by what the sandbox says.
var problems = map[string]*httpapi.Kind{
	sandbox.Forbidden: httpapi.Define("sql.forbidden", http.StatusBadRequest, "This query is not allowed"),
	sandbox.Failed:    httpapi.Define("sql.failed", http.StatusBadRequest, "The query cannot be run"),
	sandbox.TooLarge:  httpapi.Define("sql.too_large", http.StatusUnprocessableEntity, "The answer is too large"),
	sandbox.OutOfRoom: httpapi.Define("sql.out_of_memory", http.StatusUnprocessableEntity, "The query needs too much memory"),
	sandbox.OutOfTime: httpapi.Define("sql.out_of_time", http.StatusUnprocessableEntity, "The query took too long"),
	sandbox.Busy:      httpapi.Define("sql.busy", http.StatusServiceUnavailable, "Other queries are running"),
}

// API are the handlers.
type API struct {
	service *adhoc.Service
	writer  httpapi.TableWriter
}

// New makes the handlers.
func New(service *adhoc.Service) *API { return &API{service: service} }

// Mount adds the routes to a role's router.
func (a *API) Mount(rt *httpapi.Router) {
	rt.HandleFunc(http.MethodPost, Prefix+"/sql", httpapi.Policy{Action: "sql.ask", Roles: leaders, Timeout: timeout}, a.ask)
	rt.HandleFunc(http.MethodGet, Prefix+"/sql/catalogue", httpapi.Policy{Action: "sql.catalogue", Roles: leaders}, a.catalogue)
}

// question is what is posted.
type question struct {
	SQL     string `json:"sql"`
	MaxRows int    `json:"max_rows"`
}

func (a *API) ask(w http.ResponseWriter, r *http.Request) error {
	var in question
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	if in.MaxRows < 0 || in.MaxRows > sandbox.MaxRows {
		return httpapi.InvalidField.Field("max_rows", in.MaxRows, "want 1 to 1000000")
	}
	id := httpapi.IdentityFrom(r.Context())
	scope := plan.Scope{Queues: []string{""}} // without an identity there is nothing
	if id != nil {
		scope = plan.Scope{Sites: id.Scopes.Sites, Queues: id.Scopes.Queues, Teams: id.Scopes.Teams}
	}
	answer, err := a.service.Ask(r.Context(), in.SQL, scope, in.MaxRows)
	if why, ok := errors.AsType[*sandbox.Refusal](err); ok {
		return problems[why.Why].New(why.Text)
	}
	if err != nil {
		return err
	}
	asOf := answer.AsOf.UTC().Format(time.RFC3339)
	w.Header().Set("Agner-As-Of", asOf)
	t := outer(answer.Rows)
	t.Head = []httpapi.Field{{Name: "report", Value: "sql"}, {Name: "as_of", Value: asOf}}
	return a.writer.Write(w, r, t)
}

func (a *API) catalogue(w http.ResponseWriter, r *http.Request) error {
	if err := httpapi.NewQuery(r).Err(); err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, map[string]any{"tables": sandbox.Tables()})
}

var types = map[table.Kind]httpapi.Type{
	table.Text: httpapi.String, table.Whole: httpapi.Int, table.Real: httpapi.Float, table.Truth: httpapi.Bool, table.Time: httpapi.Time,
}

// outer carries a table over the border; the values are shared.
func outer(t *table.Table) *httpapi.Table {
	out := &httpapi.Table{Name: t.Name, Zone: t.Zone}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, httpapi.Column{
			Name: c.Name, Type: types[c.Kind], Strings: c.Texts, Ints: c.Ints, Floats: c.Reals, Bools: c.Truths, Null: c.Null,
		})
	}
	return out
}
