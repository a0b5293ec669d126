//go:build cgo

package analytics

import (
	"errors"
	"net/http"
	"time"

	"github.com/agner-platform/agner/forecasting"
	forecastapi "github.com/agner-platform/agner/forecasting/api"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/telephony/routing"
)

// openForecast opens the room of forecasting.
func (a *analytics) openForecast(zone *time.Location) {
	a.forecast = forecasting.New(forecasting.Config{Store: a.store, Lake: a.lake, Publish: a.publish, Zone: zone, Log: a.inst.Log})
}

// mountForecast adds its routes; the switch of this machine fetches its advice from the administration socket.
func (a *analytics) mountForecast(rt *httpapi.Router, local bool) {
	forecastapi.New(a.forecast).Mount(rt)
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
