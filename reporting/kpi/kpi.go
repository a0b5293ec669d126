// Package kpi makes the page of the few figures that a manager looks at: volume, service level, handling, resolution,
// cost and reasons, each beside its value in a period of comparison.
package kpi

import (
	"database/sql"
	"fmt"
	"github.com/agner-platform/agner/reporting/level"
	"github.com/agner-platform/agner/reporting/plan"
	"math"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/metric"
)

// Item is one figure of the page, beside its value in the period of comparison.
type Item struct {
	Name     string           `json:"name"`
	Title    string           `json:"title"`
	Value    metric.Number    `json:"value"`
	Previous metric.Number    `json:"previous"`
	Unit     metric.Unit      `json:"unit"`
	Better   metric.Direction `json:"better"`
	Formula  string           `json:"formula"`
	Explain  string           `json:"explain"` // the formula with the numbers in it
	N        int64            `json:"n"`       // what the figure divides by
}

// Reason is one wrap-up code.
type Reason struct {
	Code      string        `json:"code"`
	Label     string        `json:"label"`
	Volume    int64         `json:"volume"` // contacts
	AHTS      metric.Number `json:"aht_s"`
	Repeats   int64         `json:"repeats"` // followed by another contact of the caller within N days
	Transfers int64         `json:"transfers"`
}

// Resolution says how far the first-contact proxy can be trusted.
type Resolution struct {
	Days           int           `json:"days"`
	Known          int64         `json:"known"`
	Pending        int64         `json:"pending"` // answered in the last N days: too early to say
	PendingFrom    string        `json:"pending_from"`
	AnonymousShare metric.Number `json:"anonymous_share"`
	SurveyResponse metric.Number `json:"survey_response"` // contacts with a survey answer / answered
}

// Handling is the spread of handling times.
type Handling struct {
	N       int64         `json:"n"`
	MeanS   metric.Number `json:"mean_s"`
	MedianS metric.Number `json:"median_s"`
	SDS     metric.Number `json:"sd_s"`
}

// Page is the page of the few figures that a manager looks at.
type Page struct {
	Range      plan.Range       `json:"range"`
	Compared   plan.Range       `json:"compared"`
	Compare    string           `json:"compare"`
	Counts     string           `json:"counts"` // contacts, or visits where queues are chosen
	Currency   string           `json:"currency"`
	Items      []Item           `json:"items"`
	Resolution Resolution       `json:"resolution"`
	Handling   Handling         `json:"handling"`
	Reasons    []Reason         `json:"reasons"`
	Trend      []map[string]any `json:"trend"`
}

var figures = []string{
	"offered", "answered", "sl", "abandon_rate", "asa_s", "aht_s", "transfer_rate", "occupancy", "fcr_proxy", "cost_per_call",
	"cost_share", "fcr_survey", "csat", "nps",
}

var trendFigures = []string{"offered", "answered", "abandoned", "sl", "abandon_rate", "asa_s", "aht_s", "transfer_rate"}

// Make makes the page over the plan's range.
func Make(p *plan.Plan, compare string) (*Page, error) {
	if compare == "" {
		compare = "previous"
	}
	if compare != "previous" && compare != "weekday" {
		return nil, plan.Bad("compare", compare, "want previous or weekday")
	}
	p.By = plan.ByWhole
	if len(p.Queues) > 0 {
		p.By = plan.ByQueue
	}
	out := &Page{Compare: compare, Counts: p.Counted(), Reasons: []Reason{}}
	return out, fill(p, out)
}

func fill(p *plan.Plan, out *Page) error {
	out.Range, out.Currency = p.RangeOut(), p.Set.Currency
	now, err := sums(p, &out.Resolution)
	if err != nil {
		return err
	}
	if err := handling(p, &out.Handling); err != nil {
		return err
	}
	if err := reasons(p, out); err != nil {
		return err
	}
	if err := trend(p, out); err != nil {
		return err
	}
	p.Span = shifted(p, out.Compare)
	out.Compared = p.RangeOut()
	before, err := sums(p, &Resolution{})
	if err != nil {
		return err
	}
	for _, name := range figures {
		f, ok := metric.Lookup(name)
		if !ok {
			panic("reporting: no figure " + name) // the list is a constant, a test reads it
		}
		n := now[metric.Offered]
		if len(f.Den) > 0 {
			n = now[f.Den[0].Sum]
		}
		out.Items = append(out.Items, Item{name, f.Title, metric.Number(f.Of(now)), metric.Number(f.Of(before)), f.Unit, f.Better, f.Formula(), f.Explain(now), n})
	}
	return nil
}

// shifted is the period of comparison: the days before, or as many whole weeks earlier as put it before.
func shifted(p *plan.Plan, compare string) interval.Range {
	from, to := interval.DateOf(p.Zone, p.Span.From), interval.DateOf(p.Zone, p.Span.To-1).AddDays(1)
	days := from.DaysUntil(to)
	if compare == "weekday" {
		days = (days + 6) / 7 * 7
	}
	shift := func(us int64) int64 { // by the wall clock, so that a change of clocks between the two does not move noon
		w := interval.WallOf(p.Zone, us)
		w.Date = w.Date.AddDays(-days)
		at, _ := interval.LocalTime(p.Zone, w)
		return at
	}
	return interval.Range{From: shift(p.Span.From), To: shift(p.Span.To)}
}

// sums gathers every sum of the page over the plan's range.
func sums(p *plan.Plan, res *Resolution) (*metric.Sums, error) {
	size := p.Size
	p.Size = interval.Total
	levels, err := level.Make(p, true)
	p.Size = size
	if err != nil {
		return nil, err
	}
	s := &levels.Totals.Sums
	for _, add := range []func(*plan.Plan, *metric.Sums) error{costs, surveys, callbacks} {
		if err := add(p, s); err != nil {
			return nil, err
		}
	}
	return s, resolution(p, s, res)
}

// contactsSQL folds everything that a contact did, from a day before the range to N days after it, into one row: i and p
// (contact and caller as hashes: texts take twice the time, and among 50 M two share a hash in one report of 15,000),
// first (its beginning, however it began), t (its first answered join in the range, if any), us (handling), transferred, surveyed and
// gap, the time until the caller's next contact (µs).
func contactsSQL(p *plan.Plan) string {
	reach := int64(p.Set.FCRDays+1) * 24 * interval.HourUs
	lo, hi := plan.Stamp(p.Span.From-24*interval.HourUs), plan.Stamp(p.Span.To+reach)
	answered := fmt.Sprintf("%s = 'answered' AND joined_at >= %s AND joined_at < %s%s", metric.ExitSQL, plan.Stamp(p.Span.From), plan.Stamp(p.Span.To), p.Where("queue"))
	return fmt.Sprintf(`SELECT *, CASE WHEN p IS NOT NULL THEN lead(first) OVER (PARTITION BY coalesce(p, i) ORDER BY first, i) - first END AS gap FROM (
 SELECT i, max(p) AS p, min(t) AS first, min(t) FILTER (a) AS t, sum(us) FILTER (a) AS us, bool_or(a AND moved) AS transferred, bool_or(a AND asked) AS surveyed FROM (
  SELECT hash(coalesce(interaction, visit)) AS i, CASE WHEN party IS NOT NULL THEN hash(party) END AS p, epoch_us(joined_at) AS t, %[3]s AS a,
   coalesce(transferred_to, '') <> '' AS moved, interaction IN (SELECT interaction FROM surveys) AS asked,
   coalesce(talk_us, 0) + coalesce(hold_us, 0) + coalesce(wrap_us, 0) AS us
  FROM visits_all WHERE joined_at >= %[1]s AND joined_at < %[2]s
  UNION ALL SELECT hash(interaction), hash(party), epoch_us(entered_at), false, false, false, 0
  FROM ivr_visits WHERE party IS NOT NULL AND entered_at >= %[1]s AND entered_at < %[2]s
  UNION ALL SELECT hash(interaction), hash(party), epoch_us(offered_at), false, false, false, 0
  FROM calls WHERE party IS NOT NULL AND offered_at >= %[1]s AND offered_at < %[2]s AND coalesce(direction, 'inbound') = 'inbound')
 GROUP BY i)`, lo, hi, answered)
}

func fcrUs(p *plan.Plan) int64 { return int64(p.Set.FCRDays) * 24 * interval.HourUs }

// resolution counts the first-contact proxy. What was answered within N days of the last known call is pending.
func resolution(p *plan.Plan, s *metric.Sums, res *Resolution) error {
	var last sql.NullInt64
	err := plan.Each(p.Ctx, p.Q, `SELECT epoch_us(max(joined_at)) FROM visits_all`, func(r *sql.Rows) error { return r.Scan(&last) })
	if err != nil {
		return err
	}
	pending := min(last.Int64, p.Now) - fcrUs(p)
	query := fmt.Sprintf(`SELECT count(*), count(*) FILTER (p IS NULL), count(*) FILTER (surveyed), count(*) FILTER (p IS NOT NULL AND t >= %[2]d),
 count(*) FILTER (p IS NOT NULL AND t < %[2]d), count(*) FILTER (p IS NOT NULL AND t < %[2]d AND NOT transferred AND (gap IS NULL OR gap > %[3]d))
FROM (%[1]s) WHERE t IS NOT NULL`, contactsSQL(p), pending, fcrUs(p))
	res.Days, res.PendingFrom = p.Set.FCRDays, interval.Format(p.Zone, pending)
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var answered, anonymous, surveyed int64
		if err := r.Scan(&answered, &anonymous, &surveyed, &res.Pending, &s[metric.KnownCaller], &s[metric.Resolved]); err != nil {
			return err
		}
		res.Known, res.AnonymousShare = s[metric.KnownCaller], metric.Ratio(anonymous, answered)
		res.SurveyResponse = metric.Ratio(surveyed, answered)
		return nil
	})
}

// costs adds paid agent time at the wage of its day and line time at its price. Without any wage or price the cost stays
// missing; so it does where some agent's wage is not known, and for queues whose agents also serve others: paid time
// belongs to agents, not to some of their queues.
func costs(p *plan.Plan, s *metric.Sums) error {
	agents, err := level.AgentsSQL(p)
	if err != nil {
		return err
	}
	query := fmt.Sprintf(`WITH a AS (%s), w AS (%s)
SELECT a.agent, a.state, coalesce(a.reason, ''), coalesce(w.cents, 0), CAST(sum(least(u, coalesce(w.till, u)) - greatest(f, coalesce(w.since, f))) AS BIGINT)
FROM a LEFT JOIN w ON w.agent = a.agent AND w.since < a.u AND w.till > a.f WHERE a.whole AND a.u > a.f GROUP BY ALL`, agents, wagesSQL(p))
	cost, known := 0.0, true
	err = plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var agent, state, reason string
		var cents, us int64
		if err := r.Scan(&agent, &state, &reason, &cents, &us); err != nil {
			return err
		}
		share := p.Dims.CostShare(state, reason)
		if share == 0 {
			return nil
		}
		hour := p.Set.AgentHour
		if cents > 0 {
			hour = float64(cents) / 100
		}
		known = known && hour > 0
		cost += float64(us) / float64(interval.HourUs) * hour * share * max(1, p.Set.WageFactor)
		return nil
	})
	if err != nil || !known || cost == 0 {
		return err
	}
	line := float64(s[metric.WaitUs]+s[metric.TalkUs]+s[metric.HoldUs]) / float64(interval.Minute) * p.Set.LineMinute
	s[metric.CostCents] = int64(math.Round((cost + line) * 100))
	s[metric.RevenueCents] = int64(math.Round(revenue(p) * 100))
	return nil
}

// wagesSQL is the relation of wages by agent and time: since and till in µs.
func wagesSQL(p *plan.Plan) string {
	values := []string{"(NULL, 0, 0, 0)"}
	for _, w := range p.Dims.Wages() {
		values = append(values, fmt.Sprintf("(%s, %d, %d, %d)", plan.Literal(w.Agent), max(w.From, p.Span.From), min(w.Until, p.Span.To), w.Cents))
	}
	return "SELECT * FROM (VALUES " + strings.Join(values, ", ") + ") AS w(agent, since, till, cents)"
}

// revenue is the month's, by the days of each month that the range touches.
func revenue(p *plan.Plan) float64 {
	total := 0.0
	end := interval.DateOf(p.Zone, p.Span.To-1)
	for d := interval.DateOf(p.Zone, p.Span.From); !end.Before(d); d = d.AddDays(1) {
		first := interval.Date{Year: d.Year, Month: d.Month, Day: 1}
		total += p.Set.RevenueMonth / float64(first.DaysUntil(first.AddMonths(1)))
	}
	return total
}

// surveys counts answers by their scale: 1 is "was it resolved?" (1 yes), 5 satisfaction, 10 recommendation.
func surveys(p *plan.Plan, s *metric.Sums) error {
	query := fmt.Sprintf(`SELECT count(*) FILTER (scale = 1 AND value = 1), count(*) FILTER (scale = 1), count(*) FILTER (scale = 5 AND value >= 4),
 count(*) FILTER (scale = 5), count(*) FILTER (scale = 10 AND value >= 9), count(*) FILTER (scale = 10 AND value <= 6), count(*) FILTER (scale = 10)
FROM surveys WHERE "at" >= %s AND "at" < %s%s`, plan.Stamp(p.Span.From), plan.Stamp(p.Span.To), p.Where("queue"))
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		return r.Scan(&s[metric.SurveyYes], &s[metric.SurveyN], &s[metric.SatisfiedN], &s[metric.SatisfactionN],
			&s[metric.Promoters], &s[metric.Detractors], &s[metric.PromoterN])
	})
}

// callbacks counts those in which the customer was reached.
func callbacks(p *plan.Plan, s *metric.Sums) error {
	query := fmt.Sprintf(`SELECT count(*) FROM callbacks WHERE step = 'resulted' AND result = 'reached' AND "at" >= %s AND "at" < %s%s`,
		plan.Stamp(p.Span.From), plan.Stamp(p.Span.To), p.Where("queue"))
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error { return r.Scan(&s[metric.CallbacksReached]) })
}

func handling(p *plan.Plan, out *Handling) error {
	query := fmt.Sprintf(`SELECT count(*), avg(h), median(h), stddev_samp(h) FROM (
 SELECT (coalesce(talk_us, 0) + coalesce(hold_us, 0) + coalesce(wrap_us, 0)) / 1e6 AS h FROM (%s) WHERE x = 'answered') WHERE h > 0`, level.VisitsSQL(p))
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var mean, median, sd sql.NullFloat64
		if err := r.Scan(&out.N, &mean, &median, &sd); err != nil {
			return err
		}
		out.MeanS, out.MedianS, out.SDS = real(mean), real(median), real(sd)
		return nil
	})
}

func real(v sql.NullFloat64) metric.Number {
	if !v.Valid {
		return metric.Number(math.NaN())
	}
	return metric.Number(v.Float64)
}

func reasons(p *plan.Plan, out *Page) error {
	codes := fmt.Sprintf(`SELECT DISTINCT hash(interaction) AS i, code FROM codes WHERE "at" >= %s AND "at" < %s`,
		plan.Stamp(p.Span.From), plan.Stamp(p.Span.To+7*level.ContactReach))
	coded := false // without codes, which many centres do not keep, there is nothing to fold contacts for
	err := plan.Each(p.Ctx, p.Q, "SELECT EXISTS ("+codes+")", func(r *sql.Rows) error { return r.Scan(&coded) })
	if err != nil || !coded {
		return err
	}
	query := fmt.Sprintf(`SELECT code, count(*), CAST(coalesce(sum(us) FILTER (us > 0), 0) AS BIGINT), count(*) FILTER (us > 0), count(*) FILTER (gap <= %d),
 count(*) FILTER (transferred) FROM (%s) c JOIN (%s) k USING (i) WHERE t IS NOT NULL GROUP BY code ORDER BY 2 DESC, 1`, fcrUs(p), codes, contactsSQL(p))
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var x Reason
		var us, timed int64
		if err := r.Scan(&x.Code, &x.Volume, &us, &timed, &x.Repeats, &x.Transfers); err != nil {
			return err
		}
		code := p.Dims.Code(x.Code)
		x.Code, x.Label, x.AHTS = code.Code, code.Label, metric.Ratio(us, timed)/1e6
		out.Reasons = append(out.Reasons, x)
		return nil
	})
}

const trendDays = 62 // beyond two months days become weeks

// trend gives the run of the figures by day, or by week over longer ranges.
func trend(p *plan.Plan, out *Page) error {
	size := p.Size
	p.Size = interval.Day
	if time.Duration(p.Span.Us())*time.Microsecond > trendDays*24*time.Hour {
		p.Size = interval.Week
	}
	levels, err := level.Make(p, false)
	p.Size = size
	if err != nil {
		return err
	}
	t := levels.Trend(trendFigures)
	out.Trend = make([]map[string]any, t.Len())
	for i := range out.Trend {
		out.Trend[i] = t.Row(i)
	}
	return nil
}
