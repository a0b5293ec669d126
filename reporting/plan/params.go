package plan

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/dims"
	"github.com/agner-platform/agner/reporting/metric"
)

// By is what a row of a report stands for.
type By string

// Kinds of rows.
const (
	ByQueue By = "queue"
	ByGroup By = "group"
	BySite  By = "site"
	ByWhole By = "whole" // everything in one row, each contact once
)

// Credit is the interval that a call counts in.
type Credit string

// Credits. Callers still waiting are only in reports by arrival.
const (
	ByArrival Credit = "arrival"
	ByAnswer  Credit = "answer" // when it left the queue
	ByEnd     Credit = "end"    // when it was handled
)

// Scope bounds what the caller may see; an empty list leaves that dimension open.
type Scope struct{ Sites, Queues, Teams []string }

// Params choose what a report is about. Zero values leave the choice to set-up and settings.
type Params struct {
	From, To string // local dates or RFC 3339, to exclusive; empty: the range that has data
	Queues   []string
	Sites    []string
	Groups   []string
	By       By
	Size     interval.Size
	Within   *time.Duration // T
	Short    *time.Duration // S
	Credit   Credit
	Bins     []time.Duration // limits of the time-to-abandon shares
	Missed   bool            // only rows that missed their target
	Scope    Scope
}

// Plan is a report being made: the parameters with everything they leave out filled in, and one state of the lake.
type Plan struct {
	Params
	Ctx  context.Context
	Q    dims.Querier
	Dims *dims.Dims
	Set  db.Values
	Now  int64 // µs

	Zone      *time.Location
	WeekStart time.Weekday
	Span      interval.Range
	Empty     bool     // no range was asked for and there is no data
	QueueIDs  []string // the queues that count; nil: all
	serving   map[string]bool
}

func (p *Plan) resolve(fallback *time.Location) error {
	if err := p.defaults(); err != nil {
		return err
	}
	if err := p.setQueues(); err != nil {
		return err
	}
	p.setZone(fallback)
	if err := p.setRange(); err != nil {
		return err
	}
	return p.setServing()
}

func (p *Plan) defaults() error {
	if p.By == "" {
		p.By = ByQueue
	}
	if p.Size == 0 {
		p.Size = interval.Half
	}
	if p.Credit == "" {
		p.Credit = Credit(p.Set.Credit)
	}
	if p.Credit == "" {
		p.Credit = ByArrival
	}
	if len(p.Bins) == 0 {
		p.Bins = p.Set.AbandonBins
	}
	switch {
	case !slices.Contains([]By{ByQueue, ByGroup, BySite, ByWhole}, p.By):
		return &ParamError{"by", string(p.By), "want queue, group or site"}
	case !slices.Contains([]Credit{ByArrival, ByAnswer, ByEnd}, p.Credit):
		return &ParamError{"credit", string(p.Credit), "want arrival, answer or end"}
	case p.Within != nil && *p.Within < 0:
		return &ParamError{"within", p.Within.String(), "must not be negative"}
	case p.Short != nil && *p.Short < 0:
		return &ParamError{"short", p.Short.String(), "must not be negative"}
	case !slices.IsSorted(p.Bins):
		return &ParamError{"bins", fmt.Sprint(p.Bins), "must ascend"}
	}
	return nil
}

// setZone takes the zone that the sites of the queues that count share. Where they lie in several zones it is the
// instance's; targets are judged in each queue's own all the same.
func (p *Plan) setZone(fallback *time.Location) {
	p.Zone, p.WeekStart = fallback, time.Monday
	sites := p.sites()
	for i, s := range sites {
		if i > 0 && s.Zone.String() != sites[0].Zone.String() {
			return
		}
	}
	if len(sites) > 0 {
		p.Zone, p.WeekStart = sites[0].Zone, sites[0].WeekStart
	}
}

// sites are those asked for; without any, the sites of the queues that count; where no queue is known, all.
func (p *Plan) sites() []dims.Site {
	all := p.Dims.Sites()
	served := map[string]bool{}
	for _, q := range p.Dims.Queues() {
		if p.Counts(q.ID) {
			served[q.Site] = true
		}
	}
	if len(served) == 0 && p.QueueIDs != nil {
		for _, id := range p.Scope.Sites {
			served[id] = true
		}
	}
	var out []dims.Site
	for _, s := range all {
		asked := len(p.Params.Sites) > 0 && Matches(p.Params.Sites, s.ID, s.Name)
		if served[s.ID] || len(served) == 0 && (asked || len(p.Params.Sites) == 0 && p.Scope.open()) {
			out = append(out, s)
		}
	}
	return out
}

// ZoneOf is the zone of a queue's site; of a queue without one, the plan's.
func (p *Plan) ZoneOf(queue string) *time.Location {
	if s, ok := p.Dims.Site(p.Dims.Queue(queue).Site); ok {
		return s.Zone
	}
	return p.Zone
}

func (p *Plan) setRange() error {
	if p.From == "" || p.To == "" {
		first, last, err := p.dataRange()
		if err != nil {
			return err
		}
		p.Empty = first.IsZero()
		if p.Empty { // an empty day, so that the report is whole and empty
			first = interval.DateOf(p.Zone, p.Now)
			last = first
		}
		if p.From == "" {
			p.From = first.String()
		}
		if p.To == "" {
			p.To = last.AddDays(1).String()
		}
	}
	from, err := interval.ParseTime(p.Zone, p.From)
	if err != nil {
		return &ParamError{"from", p.From, err.Error()}
	}
	to, err := interval.ParseTime(p.Zone, p.To)
	if err != nil {
		return &ParamError{"to", p.To, err.Error()}
	}
	if to <= from {
		return &ParamError{"to", p.To, "must be after from " + p.From}
	}
	p.Span = interval.Range{From: from, To: to}
	return nil
}

// earliest is before any call that a switch can have logged. A clock that was never set writes the year 1970: such stamps
// count where somebody asks for their day and do not stretch the range of those who ask for none.
var earliest = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// dataRange gives the local dates of the first and last visit to the queues that count, leaving out stamps that no clock
// that goes right can have written; zero dates when there is none.
func (p *Plan) dataRange() (first, last interval.Date, err error) {
	var lo, hi sql.NullInt64
	query := fmt.Sprintf(`SELECT epoch_us(min(joined_at)), epoch_us(max(joined_at)) FROM visits_all WHERE joined_at >= %s AND joined_at < %s%s`,
		Stamp(earliest), Stamp(p.Now+24*interval.HourUs), p.Where("queue"))
	err = Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		return r.Scan(&lo, &hi)
	})
	if err != nil || !lo.Valid {
		return interval.Date{}, interval.Date{}, err
	}
	return interval.DateOf(p.Zone, lo.Int64), interval.DateOf(p.Zone, hi.Int64), nil
}

// Matches reports whether a list names the thing by id or name.
func Matches(list []string, id, name string) bool {
	return slices.Contains(list, id) || name != "" && slices.Contains(list, name)
}

// Key is what a queue's calls are counted under.
func (p *Plan) Key(queue string) string {
	switch p.By {
	case ByGroup:
		return p.Dims.Queue(queue).Group
	case BySite:
		return p.Dims.Queue(queue).Site
	case ByWhole:
		return ""
	}
	return queue
}

// KeyName is how people call a key.
func (p *Plan) KeyName(key string) string {
	switch {
	case p.By == ByWhole:
		return "total"
	case key == "" && p.By != ByQueue:
		return "–" // queues outside every group
	case p.By == ByGroup:
		return p.Dims.Group(key)
	case p.By == BySite:
		return p.Dims.SiteName(key)
	}
	return p.Dims.QueueName(key)
}

// defaultLimits are T and S where a queue has no target of its own.
func (p *Plan) defaultLimits() metric.Limits {
	l := metric.Limits{T: p.Set.Within.Microseconds(), S: p.Set.Short.Microseconds()}
	return p.override(l)
}

// override puts what the caller asked for in place of what set-up says.
func (p *Plan) override(l metric.Limits) metric.Limits {
	if p.Within != nil {
		l.T = p.Within.Microseconds()
	}
	if p.Short != nil {
		l.S = p.Short.Microseconds()
	}
	return l
}

// Range is the range of a report as it is told to the reader.
type Range struct {
	From string `json:"from"`
	To   string `json:"to"`
	Zone string `json:"zone"`
}

// RangeOut is the plan's range as it is told to the reader.
func (p *Plan) RangeOut() Range {
	return Range{interval.Format(p.Zone, p.Span.From), interval.Format(p.Zone, p.Span.To), p.Zone.String()}
}

// ParamsOut are the parameters of a report as it is told to the reader, with everything filled in.
type ParamsOut struct {
	Queues   []string `json:"queues"`
	Sites    []string `json:"sites"`
	Groups   []string `json:"groups"`
	By       By       `json:"by"`
	Interval string   `json:"interval"`
	WithinS  *float64 `json:"within_s"` // null: each queue's own
	ShortS   *float64 `json:"short_s"`
	Credit   Credit   `json:"credit"`
	Counts   string   `json:"counts"` // visits or contacts
}

// Counted says what the report counts. Queues count visits, one for each passage through a queue; everything wider counts
// contacts, so that overflow and transfer never count one caller twice.
func (p *Plan) Counted() string {
	if p.By == ByQueue {
		return "visits"
	}
	return "contacts"
}

// Echo are the plan's parameters as they are told to the reader.
func (p *Plan) Echo() ParamsOut {
	out := ParamsOut{Queues: p.Queues, Sites: p.Sites, Groups: p.Groups, By: p.By, Interval: p.Size.String(), Credit: p.Credit, Counts: p.Counted()}
	for _, list := range []*[]string{&out.Queues, &out.Sites, &out.Groups} {
		if *list == nil {
			*list = []string{}
		}
	}
	if p.Within != nil {
		v := p.Within.Seconds()
		out.WithinS = &v
	}
	if p.Short != nil {
		v := p.Short.Seconds()
		out.ShortS = &v
	}
	return out
}

// AtMoment is the range of one moment, for reports that need no range or set their own.
func AtMoment(now time.Time) (from, to string) {
	const layout = "2006-01-02T15:04:05.999999Z07:00"
	return now.Format(layout), now.Add(time.Second).Format(layout)
}
