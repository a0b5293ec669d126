// Package leave says whether a request for time off has a place: quotas by date and by hours of the day.
//
// Within them a request is granted at once, beyond somebody decides. Pure functions; who keeps quotas and requests is
// the caller's.
package leave

import (
	"fmt"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/planning"
	"github.com/agner-platform/agner/internal/interval"
)

// Quotas say how many people may have leave at a time without a decision.
type Quotas struct {
	Share   float64       `json:"share"` // of all agents, on any date
	Windows []QuotaWindow `json:"windows"`
}

// QuotaWindow is a stretch of days and hours with a quota of its own; 0 grants nothing without a decision.
type QuotaWindow struct {
	From     string   `json:"from,omitempty"` // dates, both included; every date without them
	To       string   `json:"to,omitempty"`
	Weekdays []string `json:"weekdays,omitempty"` // mon … sun
	FromTime string   `json:"from_time"`          // HH:MM
	ToTime   string   `json:"to_time"`            // HH:MM, up to 24:00
	Most     int      `json:"most"`
}

// Check names what cannot be used.
func (q *Quotas) Check() error {
	bad := func(field string, value any, reason string) error {
		return &db.FieldError{Field: field, Value: fmt.Sprint(value), Reason: reason}
	}
	if !(q.Share >= 0 && q.Share <= 1) {
		return bad("share", q.Share, "want a share from 0 to 1")
	}
	for i, w := range q.Windows {
		at := fmt.Sprintf("windows[%d].", i)
		for name, date := range map[string]string{"from": w.From, "to": w.To} {
			if _, err := interval.ReadDate(date); date != "" && err != nil {
				return bad(at+name, date, "want a date")
			}
		}
		switch {
		case w.To != "" && w.To < w.From:
			return bad(at+"to", w.To, "lies before from")
		case w.Most < 0:
			return bad(at+"most", w.Most, "may not be negative")
		case !clockText(w.FromTime) || !clockText(w.ToTime) || w.FromTime >= w.ToTime:
			return bad(at+"to_time", w.FromTime+" to "+w.ToTime, "want two times HH:MM in order")
		}
		for _, d := range w.Weekdays {
			if !slices.Contains(weekdays[:], d) {
				return bad(at+"weekdays", d, "want mon to sun")
			}
		}
	}
	return nil
}

var weekdays = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func clockText(t string) bool {
	_, err := time.Parse("15:04", t)
	return len(t) == 5 && (err == nil || t == "24:00")
}

// holds tells whether the window has anything of the hours of a date.
func (w *QuotaWindow) holds(date, from, to string) bool {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil || w.From != "" && date < w.From || w.To != "" && date > w.To {
		return false
	}
	if len(w.Weekdays) > 0 && !slices.Contains(w.Weekdays, weekdays[day.Weekday()]) {
		return false
	}
	return from < w.ToTime && w.FromTime < to
}

// hoursOf are the hours of a date that a request takes.
func hoursOf(r *planning.Request) (from, to string) {
	if r.FromTime == "" {
		return "00:00", "24:00"
	}
	return r.FromTime, r.ToTime
}

// place says why a window of a day has no place for a request, if it has none.
func place(w *QuotaWindow, r *planning.Request, day string, list []planning.Request) (string, error) {
	from, to := hoursOf(r)
	if !w.holds(day, from, to) {
		return "", nil
	}
	n := 0
	for i := range list {
		o := &list[i]
		f, t := hoursOf(o)
		if o.From > day || o.To < day || !w.holds(day, f, t) {
			continue
		}
		if o.Agent == r.Agent && f < to && from < t {
			return "", &db.FieldError{Field: "from", Value: r.From, Reason: "overlaps an absence from " + o.From + " to " + o.To}
		}
		if o.Agent != r.Agent {
			n++
		}
	}
	if n < w.Most {
		return "", nil
	}
	return fmt.Sprintf("%s %s–%s: %d of %d places are taken", day, w.FromTime, w.ToTime, n, w.Most), nil
}

// Of says whether a request has a place beside those that were granted, among so many agents; else why not. A request
// that overlaps one of the same person is an error.
func (q *Quotas) Of(r *planning.Request, granted []planning.Request, agents int) (why string, err error) {
	all := QuotaWindow{FromTime: "00:00", ToTime: "24:00", Most: max(1, int(q.Share*float64(agents)))}
	for day := r.From; day <= r.To; day = Next(day) {
		for _, w := range append([]QuotaWindow{all}, q.Windows...) {
			reason, err := place(&w, r, day, granted)
			if err != nil {
				return "", err
			}
			if reason != "" {
				why = reason
			}
		}
	}
	return why, nil
}

// Next is the date after a date, or "~", after all dates, where it is none.
func Next(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return "~"
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}
