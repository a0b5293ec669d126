package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting"
	"github.com/agner-platform/agner/reporting/table"
)

// Prefix is where the routes begin.
const Prefix = "/api/v1"

// API are the handlers.
type API struct {
	reports *reporting.Service
	cursors httpapi.Cursors
	writer  httpapi.TableWriter
	streams streams
	log     *slog.Logger
}

// New makes the handlers; key signs paging cursors and can be any secret of the instance.
func New(reports *reporting.Service, key []byte, log *slog.Logger) *API {
	if log == nil {
		log = slog.Default()
	}
	a := &API{reports: reports, cursors: httpapi.NewCursors(key), log: log}
	a.writer.XLSX = func(w io.Writer, t *httpapi.Table) error { return inner(t).WriteXLSX(w) }
	return a
}

// Who may use what. An agent sees the figures' definitions and the pickers, not other people's work.
var (
	readers  = []string{httpapi.RoleAdmin, httpapi.RolePlanner, httpapi.RoleManager, httpapi.RoleSupervisor, httpapi.RoleQuality, httpapi.RoleViewer}
	leaders  = []string{httpapi.RoleAdmin, httpapi.RolePlanner, httpapi.RoleManager, httpapi.RoleSupervisor, httpapi.RoleQuality}
	callRead = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RoleSupervisor, httpapi.RoleQuality}
)

// reportTimeout is how long a report may take: a year of 50 M calls with everything in it.
const reportTimeout = 2 * time.Minute

// route is one operation of openapi.yaml.
type route struct {
	path, action string
	roles        []string
	handle       func(http.ResponseWriter, *http.Request) error
}

func (a *API) routes() []route {
	return []route{
		{"/meta", "reports.meta", httpapi.AllRoles(), a.meta},
		{"/definitions", "reports.definitions", httpapi.AllRoles(), a.definitions},
		{"/reports/service-level", "reports.service_level", readers, a.serviceLevel},
		{"/reports/heatmap", "reports.heatmap", readers, a.heatmap},
		{"/reports/abandonment", "reports.abandonment", readers, a.abandonment},
		{"/reports/before-after", "reports.before_after", readers, a.beforeAfter},
		{"/reports/ivr", "reports.ivr", readers, a.ivr},
		{"/reports/agents", "reports.agents", leaders, a.agents},
		{"/reports/distribution", "reports.distribution", leaders, a.distribution},
		{"/reports/kpi", "reports.kpi", readers, a.kpi},
		{"/calls", "calls.search", callRead, a.calls},
		{"/calls/{interaction}", "calls.read", callRead, a.call},
		{"/my/calls", "calls.own", httpapi.AllRoles(), a.myCalls},
		{"/live", "live.read", readers, a.live},
		{"/query", "reports.query", readers, a.query},
		{"/marks", "reports.marks", readers, a.marks},
		{"/query/catalogue", "reports.catalogue", httpapi.AllRoles(), a.catalogue},
	}
}

// Mount adds the routes to a role's router.
func (a *API) Mount(rt *httpapi.Router) {
	for _, r := range a.routes() {
		rt.HandleFunc(http.MethodGet, Prefix+r.path, httpapi.Policy{Action: r.action, Roles: r.roles, Timeout: reportTimeout}, func(w http.ResponseWriter, q *http.Request) error {
			return problem(r.handle(w, q))
		})
	}
	rt.HandleFunc(http.MethodGet, Prefix+"/live/stream", httpapi.Policy{Action: "live.read", Roles: readers, Timeout: httpapi.Unlimited}, a.stream)
}

// problem turns the room's errors into problem documents.
func problem(err error) error {
	var bad *reporting.ParamError
	switch {
	case errors.As(err, &bad):
		return httpapi.BadParameter.Field(bad.Field, bad.Value, bad.Reason)
	case errors.Is(err, reporting.ErrNotFound):
		return httpapi.NotFound.New("no such call")
	}
	return err
}

// scope is what the caller may see. Without an identity there is nothing: no route here is public.
func scope(ctx context.Context) reporting.Scope {
	id := httpapi.IdentityFrom(ctx)
	if id == nil {
		return reporting.Scope{Queues: []string{""}}
	}
	return reporting.Scope{Sites: id.Scopes.Sites, Queues: id.Scopes.Queues, Teams: id.Scopes.Teams}
}

// params reads what every report understands.
func params(r *http.Request, q *httpapi.Query) reporting.Params {
	p := reporting.Params{
		From: q.Text("from", ""), To: q.Text("to", ""), Queues: q.List("queue"), Sites: q.List("site"), Groups: q.List("group"),
		Scope: scope(r.Context()),
	}
	if r.URL.Query().Get("credit") != "" {
		p.Credit = reporting.Credit(q.Enum("credit", "arrival", "answer", "end"))
	} else {
		q.Text("credit", "")
	}
	p.Within, p.Short = optional(q, "within"), optional(q, "short")
	q.Text("format", "")
	return p
}

// intervals reads what reports by interval understand besides.
func intervals(q *httpapi.Query, p *reporting.Params) error {
	p.By = reporting.By(q.Enum("by", "queue", "group", "site"))
	return size(q, p)
}

func size(q *httpapi.Query, p *reporting.Params) error {
	text := q.Text("interval", "")
	if text == "" {
		return nil
	}
	var err error
	if p.Size, err = interval.ParseSize(text); err != nil {
		return httpapi.BadParameter.Field("interval", text, err.Error())
	}
	return nil
}

// optional reads a duration that may be absent, which is not the same as zero.
func optional(q *httpapi.Query, name string) *time.Duration {
	const absent = -1
	d := q.Duration(name, absent)
	if d == absent {
		return nil
	}
	return &d
}

// outer and inner carry a table over the border between the rooms; the values are shared.
func outer(t *table.Table) *httpapi.Table {
	out := &httpapi.Table{Name: t.Name, Zone: t.Zone}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, httpapi.Column{
			Name: c.Name, Unit: string(c.Unit), Formula: c.Formula, Type: types[c.Kind],
			Strings: c.Texts, Ints: c.Ints, Floats: c.Reals, Bools: c.Truths, Null: c.Null,
		})
	}
	return out
}

var types = map[table.Kind]httpapi.Type{
	table.Text: httpapi.String, table.Whole: httpapi.Int, table.Real: httpapi.Float, table.Truth: httpapi.Bool, table.Time: httpapi.Time,
}
