//go:build cgo

package analytics

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/agner-platform/agner/forecasting"
	forecastapi "github.com/agner-platform/agner/forecasting/api"
	"github.com/agner-platform/agner/forecasting/intraday"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/routing"
	"github.com/agner-platform/agner/wfm/demand"
)

// openForecast opens the room of forecasting.
func (a *analytics) openForecast(zone *time.Location) {
	a.forecast = forecasting.New(forecasting.Config{Store: a.store, Lake: a.lake, Publish: a.publish, Zone: zone, Log: a.inst.Log})
}

// mountForecast adds its routes; the switch of this machine fetches its advice from the administration socket.
func (a *analytics) mountForecast(rt *httpapi.Router, local bool) {
	forecastapi.New(a.forecast, a.day).Mount(rt)
	if local {
		rt.HandleFunc("GET", "/routing/advice", httpapi.Policy{Action: "routing.advice", Roles: []string{httpapi.RoleAdmin}}, a.advise)
	}
}

// noAdvice is the problem of a moment that no forecast covers.
var noAdvice = httpapi.Define("routing.no_advice", http.StatusNotFound, "There is no forecast for the next hour")

// advise answers with a routing.Table as JSON.
func (a *analytics) advise(w http.ResponseWriter, r *http.Request) error {
	now, err := a.forecast.Advice(r.Context())
	if errors.Is(err, forecasting.ErrNone) {
		return noAdvice.New("").Because(err)
	}
	if err != nil {
		return err
	}
	t := routing.Table{Name: now.Snapshot, Made: now.MadeAt, Queues: map[string]routing.QueueAdvice{}}
	for id, q := range now.Queues {
		t.Queues[id] = routing.QueueAdvice{Reserve: q.Reserve, Value: q.Value, WithinUs: q.WithinUs, HoldUs: q.HoldUs}
	}
	return httpapi.WriteJSON(w, http.StatusOK, &t)
}

const quarterUs = 15 * 60 * 1_000_000

// demand is the requirement of a published forecast for schedules: agents on the phone, without shrinkage, which the
// schedule places itself.
func (a *analytics) demand(ctx context.Context, queue string, from, to int64) (need []int, load []float64, name string, err error) {
	zone, err := interval.LoadZone(a.inst.Cfg.Zone)
	if err != nil {
		return nil, nil, "", err
	}
	first, last := interval.DateOf(zone, from).AddDays(-1).String(), interval.DateOf(zone, to).AddDays(1).String()
	req, err := a.forecast.Require(ctx, queue, "", forecasting.Range{From: first, To: last}, forecasting.What{})
	if errors.Is(err, forecasting.ErrNone) {
		return nil, nil, "", nil
	}
	if err != nil {
		return nil, nil, "", err
	}
	n := (to - from) / quarterUs
	need, load = make([]int, n), make([]float64, n)
	for _, d := range req.View.Days {
		start, err := interval.ReadDate(d.Date)
		if at := start.Start(zone); err == nil && d.Lead == 0 && at >= from && at < to {
			return nil, nil, "", nil // a day the forecast does not reach
		}
	}
	for _, r := range req.Rows {
		at, err := time.Parse(time.RFC3339, r.Start)
		if err != nil {
			return nil, nil, "", err
		}
		if i := (at.UnixMicro() - from) / quarterUs; at.UnixMicro() >= from && i < n {
			need[i], load[i] = r.Agents, r.Erlangs
		}
	}
	return need, load, req.Run, nil
}

// onPhone is the published staff of a queue, for the running day.
func (a *analytics) onPhone(ctx context.Context, queue string, from, step int64, n int) (*intraday.Planned, error) {
	zone, err := interval.LoadZone(a.inst.Cfg.Zone)
	if err != nil {
		return nil, err
	}
	p, err := demand.Published(ctx, a.office.Store(), zone, queue, from, step, n)
	if err != nil || p == nil {
		return nil, err
	}
	return &intraday.Planned{Agents: p.Agents, Pauses: p.Pauses}, nil
}
