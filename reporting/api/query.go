package api

import (
	"net/http"

	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/reporting"
)

// query answers a metric query: what Grafana, notebooks and scripts ask.
func (a *API) query(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	ask := reporting.Query{Params: params(r, q), Figures: q.List("figure")}
	ask.By = reporting.By(q.Enum("by", "queue", "group", "site", "whole"))
	ask.LastWeek = q.Enum("compare", "none", "week") == "week"
	if err := size(q, &ask.Params); err != nil {
		return err
	}
	if err := q.Err(); err != nil {
		return err
	}
	answer, err := a.reports.Query(r.Context(), ask)
	if err != nil {
		return err
	}
	if wantsText(r) {
		return sendText(w, answer.Rows.WriteText)
	}
	t := outer(answer.Rows)
	t.Head = []httpapi.Field{{Name: "report", Value: "query"}, {Name: "range", Value: answer.Range}, {Name: "params", Value: answer.Params}}
	return a.writer.Write(w, r, t)
}

// catalogue lists what a metric query can ask for.
func (a *API) catalogue(w http.ResponseWriter, r *http.Request) error {
	if err := httpapi.NewQuery(r).Err(); err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, reporting.QueryCatalogue())
}
