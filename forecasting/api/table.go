package api

import (
	"time"

	"github.com/agner-platform/agner/forecasting"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/interval"
)

// zone is a view's zone, which the room has loaded by the same name.
func zone(name string) *time.Location {
	z, err := interval.LoadZone(name)
	if err != nil {
		return time.UTC
	}
	return z
}

// columns collects a table row by row.
type columns struct{ t httpapi.Table }

func (c *columns) text(name string, v []string) {
	c.t.Columns = append(c.t.Columns, httpapi.Column{Name: name, Type: httpapi.String, Strings: v, Null: make([]bool, len(v))})
}

func (c *columns) real(name, unit string, v []*float64) {
	col := httpapi.Column{Name: name, Unit: unit, Type: httpapi.Float, Floats: make([]float64, len(v)), Null: make([]bool, len(v))}
	for i, x := range v {
		if x == nil {
			col.Null[i] = true
		} else {
			col.Floats[i] = *x
		}
	}
	c.t.Columns = append(c.t.Columns, col)
}

// tableOfView is a forecast as agner staff reads it: start, calls, aht_s, and the rest.
func tableOfView(v *forecasting.View) *httpapi.Table {
	c := columns{httpapi.Table{Name: "forecast", Zone: zone(v.Zone)}}
	var start []string
	real := map[string][]*float64{}
	for i := range v.Slots {
		s := &v.Slots[i]
		start = append(start, s.Start)
		for name, x := range map[string]*float64{"calls": s.Calls, "aht_s": s.AHT, "published": s.Published, "low80": s.Low80, "high80": s.High80, "low95": s.Low95, "high95": s.High95, "actual": s.Actual} {
			real[name] = append(real[name], x)
		}
	}
	c.text("start", start)
	for _, name := range []string{"calls", "aht_s", "published", "low80", "high80", "low95", "high95", "actual"} {
		c.real(name, "", real[name])
	}
	return &c.t
}

// tableOfNeed is a requirement with its waterfall.
func tableOfNeed(r *forecasting.Requirement) *httpapi.Table {
	c := columns{httpapi.Table{Name: "requirement", Zone: zone(r.Zone)}}
	var start, problem []string
	names := []string{"calls", "aht_s", "erlang_c", "lag", "patience", "uncertainty", "occupancy", "agents", "agents_low", "agents_high", "scheduled", "sl", "asa_s", "occupancy_share", "abandon_rate"}
	real := map[string][]*float64{}
	for i := range r.Rows {
		x := &r.Rows[i]
		start, problem = append(start, x.Start), append(problem, x.Problem)
		of := func(n int) *float64 { f := float64(n); return &f }
		row := map[string]*float64{"calls": &x.Calls, "aht_s": &x.AHT, "agents": of(x.Agents), "agents_low": of(x.Low), "agents_high": of(x.High), "scheduled": &x.Scheduled,
			"sl": x.SL, "asa_s": x.ASA, "occupancy_share": x.Occupancy, "abandon_rate": x.Abandon}
		if f := x.Waterfall; f != nil {
			row["erlang_c"], row["lag"], row["patience"], row["uncertainty"], row["occupancy"] = of(f.ErlangC), of(f.Lag), of(f.Patience), of(f.Uncertainty), of(f.Occupancy)
		}
		for _, name := range names {
			real[name] = append(real[name], row[name])
		}
	}
	c.text("start", start)
	for _, name := range names {
		c.real(name, "", real[name])
	}
	c.text("problem", problem)
	return &c.t
}
