package api

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/forecasting"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/outlook"
	"github.com/agner-platform/agner/internal/httpapi"
)

func (a *API) runs(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	limit := q.Int("limit", 50, 1, 1000)
	if err := q.Err(); err != nil {
		return err
	}
	list, err := a.room.Outlook().Runs(r.Context(), limit)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[outlook.Run]{list})
}

// asking is what to forecast.
type asking struct {
	Queues []string `json:"queues"`
	Choose bool     `json:"choose"`
	Origin string   `json:"origin"`
}

func (a *API) start(w http.ResponseWriter, r *http.Request) error {
	var c asking
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	for i, name := range c.Queues {
		id, err := a.visible(r, name)
		if err != nil {
			return err
		}
		c.Queues[i] = id
	}
	if err := a.room.Start(r.Context(), forecasting.Ask{Queues: c.Queues, Choose: c.Choose, Origin: c.Origin}); err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusAccepted, a.room.Progress())
}

func (a *API) progress(w http.ResponseWriter, _ *http.Request) error {
	return httpapi.WriteJSON(w, http.StatusOK, a.room.Progress())
}

func (a *API) cancel(w http.ResponseWriter, _ *http.Request) error {
	a.room.Cancel()
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// verdict is a run made again.
type verdict struct {
	Run  outlook.Run            `json:"run"`
	Rows []forecasting.Verified `json:"rows"`
}

func (a *API) verify(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "run")
	if id == "latest" {
		id = ""
	}
	run, list, err := a.room.Verify(r.Context(), id)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, verdict{run, list})
}

func (a *API) queues(w http.ResponseWriter, r *http.Request) error {
	if err := httpapi.NewQuery(r).Err(); err != nil {
		return err
	}
	list, err := a.room.Briefs(r.Context())
	if err != nil {
		return err
	}
	out := rowsOf[forecasting.Brief]{Rows: []forecasting.Brief{}}
	for _, b := range list {
		if allowed(r, b.Queue, b.Site) {
			out.Rows = append(out.Rows, b)
		}
	}
	return httpapi.WriteJSON(w, http.StatusOK, out)
}

// when reads a range of dates.
func when(q *httpapi.Query) forecasting.Range {
	return forecasting.Range{From: q.Text("from", ""), To: q.Text("to", "")}
}

func (a *API) view(w http.ResponseWriter, r *http.Request) error {
	id, err := a.queue(r)
	if err != nil {
		return err
	}
	q := httpapi.NewQuery(r)
	dates, run, format := when(q), q.Text("run", ""), q.Enum("format", "json", "csv")
	if err := q.Err(); err != nil {
		return err
	}
	v, err := a.room.View(r.Context(), id, run, dates)
	if err != nil {
		return err
	}
	if format == "csv" {
		return a.table.Write(w, r, tableOfView(v))
	}
	return httpapi.WriteJSON(w, http.StatusOK, v)
}

func (a *API) why(w http.ResponseWriter, r *http.Request) error {
	id, err := a.queue(r)
	if err != nil {
		return err
	}
	q := httpapi.NewQuery(r)
	date, at, run := q.Text("date", ""), q.Text("at", ""), q.Text("run", "")
	if err := q.Err(); err != nil {
		return err
	}
	if date == "" {
		return httpapi.BadParameter.Field("date", "", "want a date")
	}
	why, err := a.room.Why(r.Context(), id, run, date, at)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, why)
}

func (a *API) accuracy(w http.ResponseWriter, r *http.Request) error {
	id, err := a.queue(r)
	if err != nil {
		return err
	}
	q := httpapi.NewQuery(r)
	weeks := q.Int("weeks", 8, 1, 52)
	if err := q.Err(); err != nil {
		return err
	}
	acc, err := a.room.Accuracy(r.Context(), id, weeks)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, acc)
}

// intraday shows the running day.
func (a *API) intraday(w http.ResponseWriter, r *http.Request) error {
	id, err := a.queue(r)
	if err != nil {
		return err
	}
	if err := httpapi.NewQuery(r).Err(); err != nil {
		return err
	}
	d, err := a.day.Day(r.Context(), id)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, d)
}

func (a *API) patience(w http.ResponseWriter, r *http.Request) error {
	id, err := a.queue(r)
	if err != nil {
		return err
	}
	q := httpapi.NewQuery(r)
	weeks := q.Int("weeks", 13, 1, 104)
	if err := q.Err(); err != nil {
		return err
	}
	p, err := a.room.Patience(r.Context(), id, weeks)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, p)
}

func (a *API) overrides(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	queue, dates := q.Text("queue", ""), when(q)
	if err := q.Err(); err != nil {
		return err
	}
	id, err := a.visible(r, queue)
	if err != nil {
		return err
	}
	list, err := outlook.Overrides(a.room.Database()).List(r.Context(), db.Where("queue_id", id))
	if err != nil {
		return err
	}
	out := rowsOf[outlook.Override]{Rows: []outlook.Override{}}
	for _, o := range list {
		if (dates.From == "" || dates.From <= o.Date) && (dates.To == "" || o.Date <= dates.To) {
			out.Rows = append(out.Rows, o)
		}
	}
	return httpapi.WriteJSON(w, http.StatusOK, out)
}

// overriding is an override as a planner sends it.
type overriding struct {
	Queue   string  `json:"queue_id"`
	Date    string  `json:"date"`
	From    string  `json:"from"`
	To      string  `json:"to"`
	Measure string  `json:"measure"`
	Mode    string  `json:"mode"`
	Amount  float64 `json:"amount"`
	Why     string  `json:"why"`
}

func (o overriding) into(row outlook.Override, by string) outlook.Override {
	row.Date, row.From, row.To, row.Measure, row.Mode, row.Amount, row.Why, row.By = o.Date, o.From, o.To, o.Measure, o.Mode, o.Amount, o.Why, by
	if row.Measure == "" {
		row.Measure = "calls"
	}
	return row
}

func (a *API) override(w http.ResponseWriter, r *http.Request) error {
	var c overriding
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	id, err := a.visible(r, c.Queue)
	if err != nil {
		return err
	}
	row, err := outlook.Overrides(a.room.Database()).Create(r.Context(), c.into(outlook.Override{QueueID: id}, caller(r)))
	if err != nil {
		return err
	}
	w.Header().Set("ETag", httpapi.ETag(row.Version))
	return httpapi.WriteJSON(w, http.StatusCreated, row)
}

// stored reads the override of the path that the caller may change.
func (a *API) stored(r *http.Request) (outlook.Override, error) {
	row, err := outlook.Overrides(a.room.Database()).Get(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return row, err
	}
	_, err = a.visible(r, row.QueueID)
	return row, err
}

func (a *API) setOverride(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	row, err := a.stored(r)
	if err != nil {
		return err
	}
	var c overriding
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	row.Version = version
	if row, err = outlook.Overrides(a.room.Database()).Update(r.Context(), c.into(row, caller(r))); err != nil {
		return err
	}
	w.Header().Set("ETag", httpapi.ETag(row.Version))
	return httpapi.WriteJSON(w, http.StatusOK, row)
}

func (a *API) dropOverride(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	row, err := a.stored(r)
	if err != nil {
		return err
	}
	if _, err := outlook.Overrides(a.room.Database()).Retire(r.Context(), row.ID, version); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) events(w http.ResponseWriter, r *http.Request) error {
	if err := httpapi.NewQuery(r).Err(); err != nil {
		return err
	}
	list, err := a.room.Holidays(r.Context())
	if err != nil {
		return err
	}
	out := rowsOf[forecasting.SpecialDay]{Rows: []forecasting.SpecialDay{}}
	for _, e := range list {
		if id := httpapi.IdentityFrom(r.Context()); e.Site == "" || id != nil && id.Scopes.Site(e.Site) {
			out.Rows = append(out.Rows, e)
		}
	}
	return httpapi.WriteJSON(w, http.StatusOK, out)
}

// eventing is an event as a planner sends it.
type eventing struct {
	Site string `json:"site_id"`
	Date string `json:"date"`
	Name string `json:"name"`
	Kind string `json:"kind"`
	Like int    `json:"like"`
	Note string `json:"note"`
}

func (e eventing) into(row outlook.Event) outlook.Event {
	row.SiteID, row.Date, row.Name, row.Kind, row.Like, row.Note = e.Site, e.Date, e.Name, e.Kind, e.Like, e.Note
	return row
}

func (a *API) event(w http.ResponseWriter, r *http.Request) error {
	var c eventing
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	row, err := outlook.Events(a.room.Database()).Create(r.Context(), c.into(outlook.Event{}))
	if err != nil {
		return err
	}
	w.Header().Set("ETag", httpapi.ETag(row.Version))
	return httpapi.WriteJSON(w, http.StatusCreated, row)
}

func (a *API) setEvent(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	events := outlook.Events(a.room.Database())
	row, err := events.Get(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	var c eventing
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	row.Version = version
	if row, err = events.Update(r.Context(), c.into(row)); err != nil {
		return err
	}
	w.Header().Set("ETag", httpapi.ETag(row.Version))
	return httpapi.WriteJSON(w, http.StatusOK, row)
}

func (a *API) dropEvent(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	if _, err := outlook.Events(a.room.Database()).Retire(r.Context(), chi.URLParam(r, "id"), version); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
