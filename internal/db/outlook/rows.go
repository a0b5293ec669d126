// Package outlook keeps forecasts in the set-up database: events, overrides and rules of
// staffing as planners arrange them, the choice of methods per queue, and runs – immutable
// snapshots of one forecast per queue with the inputs they were made from.
//
// # Guarantees
//
//   - A run is one transaction: all of its forecasts are there or none.
//   - A forecast never changes. Its inputs are kept under their own digest, so that it can
//     be made again and compared.
//   - Bodies are text to this package; it does not look into them.
package outlook

import (
	"strings"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/value"
)

var (
	events    = db.NewTable[Event]("forecast_events", "fev", "t.date, t.id")
	overrides = db.NewTable[Override]("forecast_overrides", "fov", "t.date, t.from_at, t.id")
	rules     = db.NewTable[Rule]("staffing_rules", "str", "t.queue_id, t.id")
)

// Events are special days beside those of the sites.
func Events(s *db.Store) db.Repo[Event] { return events.In(s) }

// Overrides are what planners know better.
func Overrides(s *db.Store) db.Repo[Override] { return overrides.In(s) }

// Rules are how queues are staffed.
func Rules(s *db.Store) db.Repo[Rule] { return rules.In(s) }

// Event is a day that differs: a campaign, a bill run, a holiday nobody else knows.
type Event struct {
	db.Head
	SiteID string `json:"site_id" db:"site_id,null"` // empty: every site
	Date   string `json:"date" db:"date"`
	Name   string `json:"name" db:"name"`
	Kind   string `json:"kind" db:"kind"`     // holiday, half, event
	Like   int    `json:"like" db:"like_day"` // ISO weekday whose pattern it follows; 0: the calendar's custom
	Note   string `json:"note" db:"note"`
}

// Check normalises and validates the event.
func (e *Event) Check() error {
	if err := value.Name("name", &e.Name); err != nil {
		return err
	}
	if err := date("date", e.Date); err != nil {
		return err
	}
	if err := value.OneOf("kind", e.Kind, []string{"holiday", "half", "event"}); err != nil {
		return err
	}
	if err := value.Between("like", e.Like, 0, 7); err != nil {
		return err
	}
	return value.Text("note", &e.Note)
}

// Override replaces a part of a queue's forecast: who, when and why are kept, and later it
// is scored beside what it replaced.
type Override struct {
	db.Head
	QueueID string  `json:"queue_id" db:"queue_id,fixed"`
	Date    string  `json:"date" db:"date"`
	From    string  `json:"from" db:"from_at"`    // HH:MM
	To      string  `json:"to" db:"to_at"`        // HH:MM, exclusive, up to 24:00
	Measure string  `json:"measure" db:"measure"` // calls, aht
	Mode    string  `json:"mode" db:"mode"`       // factor: times amount; total: the span's calls, or its mean handle time
	Amount  float64 `json:"amount" db:"amount"`
	Why     string  `json:"why" db:"why"`
	By      string  `json:"by" db:"by_user"`
}

// Bounds of an override: beyond them it is a slip of the pen.
const (
	maxFactor = 20
	maxTotal  = 1e6
)

// Check normalises and validates the override.
func (o *Override) Check() error {
	if err := date("date", o.Date); err != nil {
		return err
	}
	if o.From == "" && o.To == "" {
		o.From, o.To = "00:00", "24:00"
	}
	w := []value.Window{{Weekdays: []int{1}, From: o.From, To: o.To}}
	if err := value.Windows("from", w); err != nil {
		return err
	}
	if err := value.OneOf("measure", o.Measure, []string{"calls", "aht"}); err != nil {
		return err
	}
	if err := value.OneOf("mode", o.Mode, []string{"factor", "total"}); err != nil {
		return err
	}
	most := float64(maxTotal)
	if o.Mode == "factor" {
		most = maxFactor
	}
	if err := value.Between("amount", o.Amount, 0, most); err != nil {
		return err
	}
	if o.Measure == "aht" && o.Amount == 0 {
		return value.Wrong("amount", o.Amount, "a handle time must be above 0")
	}
	if strings.TrimSpace(o.Why) == "" {
		return value.Wrong("why", "", "must say why, for whoever judges it later")
	}
	return value.Text("why", &o.Why)
}

// Rule is how a queue is staffed. A queue without one has the defaults of the forecasting room.
type Rule struct {
	db.Head
	QueueID      string  `json:"queue_id" db:"queue_id,fixed"`
	Model        string  `json:"model" db:"model"`           // erlang-a, erlang-c
	Patience     float64 `json:"patience_s" db:"patience_s"` // 0: as measured
	Shrinkage    float64 `json:"shrinkage" db:"shrinkage"`
	MaxOccupancy float64 `json:"max_occupancy" db:"max_occupancy"` // 0: no cap
	Rounding     string  `json:"rounding" db:"rounding"`
	Country      string  `json:"country" db:"country"` // of its holidays; empty: inferred, none: no calendar
}

// Check normalises and validates the rule.
func (r *Rule) Check() error {
	if r.Model == "" {
		r.Model = "erlang-a"
	}
	if r.Rounding == "" {
		r.Rounding = "up"
	}
	if err := value.OneOf("model", r.Model, []string{"erlang-a", "erlang-c"}); err != nil {
		return err
	}
	if err := value.OneOf("rounding", r.Rounding, []string{"up", "nearest", "carry", "none"}); err != nil {
		return err
	}
	if err := value.Between("patience_s", r.Patience, 0, 86400); err != nil {
		return err
	}
	if err := value.Between("shrinkage", r.Shrinkage, 0, 0.95); err != nil {
		return err
	}
	if err := value.Between("max_occupancy", r.MaxOccupancy, 0, 1); err != nil {
		return err
	}
	r.Country = strings.ToUpper(strings.TrimSpace(r.Country))
	if r.Country != "" && r.Country != "NONE" && len(r.Country) != 2 {
		return value.Wrong("country", r.Country, "want a code of two letters, none, or nothing")
	}
	return nil
}
