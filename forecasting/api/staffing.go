package api

import (
	"net/http"
	"strconv"

	"github.com/agner-platform/agner/forecasting"
	"github.com/agner-platform/agner/forecasting/erlang"
	"github.com/agner-platform/agner/forecasting/worth"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/outlook"
	"github.com/agner-platform/agner/internal/httpapi"
)

// tried reads what a planner tries.
func tried(q *httpapi.Query) (what forecasting.What, err error) {
	for _, p := range []struct {
		name   string
		lo, hi float64
		into   **float64
	}{
		{"share", 0.01, 0.999, &what.Share}, {"within", 0, 86400, &what.Within}, {"shrinkage", 0, 0.95, &what.Shrinkage},
		{"max_occupancy", 0, 1, &what.MaxOccupancy}, {"patience", 1, 86400, &what.Patience}, {"volume", 0, 20, &what.Volume},
		{"aht", 0.05, 20, &what.AHT}, {"uncertainty", 0, 5, &what.Uncertainty},
	} {
		if *p.into, err = number(q, p.name, p.lo, p.hi); err != nil {
			return what, err
		}
	}
	what.Model = q.Enum("model", "", "erlang-a", "erlang-c")
	what.Rounding = q.Enum("rounding", "", "up", "nearest", "carry", "none")
	return what, nil
}

func (a *API) requirement(w http.ResponseWriter, r *http.Request) error {
	id, err := a.queue(r)
	if err != nil {
		return err
	}
	q := httpapi.NewQuery(r)
	dates, run, format := when(q), q.Text("run", ""), q.Enum("format", "json", "csv")
	what, err := tried(q)
	if err != nil {
		return err
	}
	if err := q.Err(); err != nil {
		return err
	}
	req, err := a.room.Require(r.Context(), id, run, dates, what)
	if err != nil {
		return err
	}
	if format == "csv" {
		return a.table.Write(w, r, tableOfNeed(req))
	}
	return httpapi.WriteJSON(w, http.StatusOK, req)
}

func (a *API) targets(w http.ResponseWriter, r *http.Request) error {
	id, err := a.queue(r)
	if err != nil {
		return err
	}
	q := httpapi.NewQuery(r)
	dates, run := when(q), q.Text("run", "")
	value, err := number(q, "value", 0, 1e6)
	if err != nil {
		return err
	}
	var shares []float64
	for _, text := range q.List("target") {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v > 0 && v < 1) {
			return httpapi.BadParameter.Field("target", text, "want shares above 0 and below 1")
		}
		shares = append(shares, v)
	}
	what, err := tried(q)
	if err != nil {
		return err
	}
	if err := q.Err(); err != nil {
		return err
	}
	list, err := worth.Targets(r.Context(), a.room, id, run, dates, what, shares, value)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[worth.TargetCost]{list})
}

// played plays a day's requirement on the real distributor.
func (a *API) played(w http.ResponseWriter, r *http.Request) error {
	id, err := a.queue(r)
	if err != nil {
		return err
	}
	q := httpapi.NewQuery(r)
	date, run := q.Text("date", ""), q.Text("run", "")
	what, err := tried(q)
	if err != nil {
		return err
	}
	if err := q.Err(); err != nil {
		return err
	}
	if date == "" {
		return httpapi.BadParameter.Field("date", "", "want a date")
	}
	p, err := a.day.Play(r.Context(), id, run, date, what)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, p)
}

// ruling is a queue's rule as a planner sends it.
type ruling struct {
	Model        string  `json:"model"`
	Patience     float64 `json:"patience_s"`
	Shrinkage    float64 `json:"shrinkage"`
	MaxOccupancy float64 `json:"max_occupancy"`
	Rounding     string  `json:"rounding"`
	Country      string  `json:"country"`
}

// setRule replaces a queue's rule of staffing; If-Match "0" makes the first.
func (a *API) setRule(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	id, err := a.queue(r)
	if err != nil {
		return err
	}
	var c ruling
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	rules := outlook.Rules(a.room.Database())
	had, err := rules.List(r.Context(), db.Where("queue_id", id))
	if err != nil {
		return err
	}
	row := outlook.Rule{QueueID: id, Model: c.Model, Patience: c.Patience, Shrinkage: c.Shrinkage, MaxOccupancy: c.MaxOccupancy, Rounding: c.Rounding, Country: c.Country}
	switch {
	case len(had) > 0:
		row.Head = had[0].Head
		row.Version = version
		row, err = rules.Update(r.Context(), row)
	case version == 0:
		row, err = rules.Create(r.Context(), row)
	default:
		err = db.ErrConflict
	}
	if err != nil {
		return err
	}
	w.Header().Set("ETag", httpapi.ETag(row.Version))
	return httpapi.WriteJSON(w, http.StatusOK, row)
}

// worked is an answer of the calculator.
type worked struct {
	Model    string  `json:"model"`
	Quantity string  `json:"quantity"`
	Value    float64 `json:"value"`
}

// erlang works out one quantity in the words of the oracle file: model, inputs, quantity.
func (a *API) erlang(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	model, inputs, quantity := q.Text("model", "erlang_c"), q.Text("inputs", ""), q.Text("quantity", "sl")
	if err := q.Err(); err != nil {
		return err
	}
	v, err := erlang.Evaluate(model, inputs, quantity)
	if err != nil {
		return Domain.New(err.Error()).Because(err)
	}
	return httpapi.WriteJSON(w, http.StatusOK, worked{model, quantity, v})
}
