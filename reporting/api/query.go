package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/reporting"
	"github.com/agner-platform/agner/reporting/marks"
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

// marks answers with what happened beside the calls: annotations of graphs.
func (a *API) marks(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	p := marks.Params(q.Text("from", ""), q.Text("to", ""), scope(r.Context()))
	q.Text("format", "")
	kinds := q.List("kind")
	if err := q.Err(); err != nil {
		return err
	}
	for _, k := range kinds {
		if !slices.Contains(marks.Kinds(), k) {
			return httpapi.BadParameter.Field("kind", k, "want "+strings.Join(marks.Kinds(), ", "))
		}
	}
	found, err := a.reports.Marks(r.Context(), p, kinds)
	if err != nil {
		return err
	}
	return a.writer.Write(w, r, outer(marks.Table(found)))
}
