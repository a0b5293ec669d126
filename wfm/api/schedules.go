package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/wfm/explain"
	"github.com/agner-platform/agner/wfm/office"
	"github.com/agner-platform/agner/wfm/rules"
)

// rowsOf is a list that fits on one page.
type rowsOf[T any] struct {
	Rows []T `json:"rows"`
}

func (a *API) list(w http.ResponseWriter, r *http.Request) error {
	list, err := a.office.Store().List(r.Context())
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[any]{anys(list)})
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i := range list {
		out[i] = list[i]
	}
	return out
}

// send writes a sheet with its version as the ETag.
func send(w http.ResponseWriter, status int, s *office.Sheet) error {
	w.Header().Set("ETag", httpapi.ETag(s.Version))
	return httpapi.WriteJSON(w, status, s)
}

// creation is a problem as it stands, or what to make one from.
type creation struct {
	Problem json.RawMessage `json:"problem"`
	History *office.Ask     `json:"history"`
}

func (a *API) create(w http.ResponseWriter, r *http.Request) error {
	var c creation
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	var p *rules.Problem
	var err error
	switch {
	case c.History != nil:
		p, err = a.office.FromHistory(r.Context(), *c.History)
	case len(c.Problem) > 0:
		p, err = office.Problem(c.Problem)
	default:
		return httpapi.InvalidField.Field("problem", "", "send a problem or history")
	}
	if err != nil {
		return err
	}
	s, err := a.office.Create(r.Context(), p)
	if err != nil {
		return err
	}
	return send(w, http.StatusCreated, s)
}

func (a *API) read(w http.ResponseWriter, r *http.Request) error {
	s, err := a.office.Sheet(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, s)
}

// saving is a new draft, a new problem, or both.
type saving struct {
	Problem json.RawMessage `json:"problem"`
	Draft   json.RawMessage `json:"draft"`
	Why     string          `json:"why"`
}

func (a *API) save(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	var c saving
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	var p *rules.Problem
	var plan *rules.Schedule
	if len(c.Problem) > 0 {
		if p, err = office.Problem(c.Problem); err != nil {
			return err
		}
	}
	if len(c.Draft) > 0 {
		if plan, err = office.Plan(c.Draft); err != nil {
			return err
		}
	}
	s, err := a.office.Save(r.Context(), chi.URLParam(r, "id"), version, p, plan, c.Why)
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, s)
}

func (a *API) solve(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	c := struct {
		Limit float64 `json:"limit_s"`
		Seed  uint64  `json:"seed"`
	}{60, 1}
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	if c.Limit < 1 || c.Limit > 1200 {
		return httpapi.InvalidField.Field("limit_s", c.Limit, "want 1 to 1200 seconds")
	}
	id := chi.URLParam(r, "id")
	if err := a.office.Solve(r.Context(), id, version, time.Duration(c.Limit*float64(time.Second)), c.Seed); err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusAccepted, a.office.Progress(id))
}

func (a *API) progress(w http.ResponseWriter, r *http.Request) error {
	return httpapi.WriteJSON(w, http.StatusOK, a.office.Progress(chi.URLParam(r, "id")))
}

func (a *API) cancel(w http.ResponseWriter, r *http.Request) error {
	a.office.Cancel(chi.URLParam(r, "id"))
	return a.progress(w, r)
}

func (a *API) check(w http.ResponseWriter, r *http.Request) error {
	var c struct {
		Agent  string        `json:"agent"`
		Shifts []rules.Shift `json:"shifts"`
	}
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	list, err := a.office.CheckAgent(r.Context(), chi.URLParam(r, "id"), c.Agent, c.Shifts)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[any]{anys(list)})
}

func (a *API) publish(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	var c struct {
		Note string `json:"note"`
	}
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	s, err := a.office.Publish(r.Context(), chi.URLParam(r, "id"), version, c.Note)
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, s)
}

func (a *API) explain(w http.ResponseWriter, r *http.Request) error {
	s, err := a.office.Sheet(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, explain.Problem(s.Doc))
}

func (a *API) versions(w http.ResponseWriter, r *http.Request) error {
	list, err := a.office.Store().Versions(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[any]{anys(list)})
}

// number reads the number of a version.
func number(name, text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, httpapi.BadParameter.Field(name, text, "want the number of a version, 0 for the draft")
	}
	return n, nil
}

func (a *API) version(w http.ResponseWriter, r *http.Request) error {
	n, err := number("number", chi.URLParam(r, "number"))
	if err != nil {
		return err
	}
	v, err := a.office.Store().Version(r.Context(), chi.URLParam(r, "id"), n)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, v)
}

func (a *API) compare(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	old, now := q.Text("old", "0"), q.Text("new", "0")
	if err := q.Err(); err != nil {
		return err
	}
	x, err := number("old", old)
	if err != nil {
		return err
	}
	y, err := number("new", now)
	if err != nil {
		return err
	}
	d, err := a.office.Compare(r.Context(), chi.URLParam(r, "id"), x, y)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, d)
}

func (a *API) log(w http.ResponseWriter, r *http.Request) error {
	list, err := a.office.Store().Log(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[any]{anys(list)})
}
