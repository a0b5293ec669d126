package reporting

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"github.com/agner-platform/agner/reporting/level"
	"github.com/agner-platform/agner/reporting/plan"
	"math"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/metric"
)

// Part is abandonment among one part of the calls.
type Part struct {
	Key       string `json:"key"`
	Offered   int64  `json:"offered"`
	Abandoned int64  `json:"abandoned"`
	Rate      Number `json:"rate"`
}

// WaitBin is one stretch of wait: who left in it, and how.
type WaitBin struct {
	FromS     int64 `json:"from_s"`
	ToS       int64 `json:"to_s"`
	Abandoned int64 `json:"abandoned"`
	Answered  int64 `json:"answered"`
}

// WithinShare is the share of abandoned and of answered calls that waited at most so long.
type WithinShare struct {
	TS        float64 `json:"t_s"`
	Abandoned Number  `json:"share_abandoned"`
	Answered  Number  `json:"share_answered"`
}

// MetPart is abandonment in the intervals that met their service level, or in those that missed it.
type MetPart struct {
	Met       bool   `json:"met"`
	Intervals int64  `json:"intervals"`
	Offered   int64  `json:"offered"`
	Abandoned int64  `json:"abandoned"`
	Rate      Number `json:"rate"`
}

// Redial says how many of those who hung up and could be recognised called again, and how soon.
type Redial struct {
	Identified int64  `json:"identified"`
	Within10m  Number `json:"within_10m"`
	Within1h   Number `json:"within_1h"`
	Within1d   Number `json:"within_1d"`
}

// Abandonment is the report on callers who gave up.
type Abandonment struct {
	Range           Range             `json:"range"`
	Params          ParamsOut         `json:"params"`
	Offered         int64             `json:"offered"`
	Abandoned       int64             `json:"abandoned"`
	Rate            Number            `json:"rate"`
	RateLong        Number            `json:"rate_long"`
	ShortAbandoned  int64             `json:"short_abandoned"`
	Queued          int64             `json:"queued"`      // were not served at once
	QueuedRate      Number            `json:"queued_rate"` // of these abandoned
	MeanAbandonS    Number            `json:"mean_wait_abandoned_s"`
	MeanAnswerS     Number            `json:"mean_wait_answered_s"` // of those who queued
	MedianPatienceS Number            `json:"median_patience_s"`
	ThetaS          Number            `json:"theta_s"`
	Survival        []metric.Point    `json:"survival"`
	Hazard          []metric.Bin      `json:"hazard"`
	Histogram       []WaitBin         `json:"histogram"`
	Within          []WithinShare     `json:"within"`
	ByMet           []MetPart         `json:"by_met"`
	ByQueue         []Part            `json:"by_queue"`
	ByPriority      []Part            `json:"by_priority"`
	ByPosition      []Part            `json:"by_position"`
	ByHour          []Part            `json:"by_hour"`
	ByAttempt       []Part            `json:"by_attempt"`
	Redial          Redial            `json:"redial"`
	Formulas        map[string]string `json:"formulas"`
}

// Abandonment makes the report on callers who gave up. It always counts visits: every queue a caller gives up in counts.
func (s *Service) Abandonment(ctx context.Context, params Params) (*Abandonment, error) {
	params.By = ByQueue
	if params.Size == 0 || params.Size > interval.Hour {
		params.Size = interval.Half // met against missed is a question of intervals
	}
	params.Missed = false
	var out *Abandonment
	err := s.run(ctx, params, func(p *plan.Plan) (err error) {
		out, err = abandonment(p)
		return err
	})
	return out, err
}

func abandonment(p *plan.Plan) (*Abandonment, error) {
	tally := newTally(p)
	sums, err := level.Walk(p, tally.add)
	if err != nil {
		return nil, err
	}
	a := &Abandonment{
		Range: p.RangeOut(), Params: p.Echo(), Offered: sums[metric.Offered], Abandoned: sums[metric.Abandoned],
		ShortAbandoned: sums[metric.ShortAbandoned], Rate: metric.Value("abandon_rate", sums), RateLong: metric.Value("abandon_rate_long", sums),
		Formulas: patienceFormulas(sums), Within: []WithinShare{},
		ByPriority: []Part{}, ByPosition: []Part{}, ByAttempt: []Part{},
	}
	tally.into(a)
	waits, err := waitCells(p)
	if err != nil {
		return nil, err
	}
	a.fromWaits(waits, sums, p.Bins)
	if err := parts(p, a); err != nil {
		return nil, err
	}
	return a, redial(p, &a.Redial)
}

func patienceFormulas(s *metric.Sums) map[string]string {
	out := map[string]string{
		"queued_rate":       "abandoned with a wait / visits with a wait (not served at once)",
		"survival":          "S(t) = Π (1 − abandoned at t / still waiting at t); every exit but a hang-up is censoring (Kaplan–Meier)",
		"hazard":            "abandoned in the stretch / time waited in the stretch; a bump stands out from two neighbours on each side (one false bump in 100 curves)",
		"median_patience_s": "first t with S(t) ≤ ½",
		"theta_s":           "time in queue of all / abandoned: mean patience if the hazard were constant",
		"within":            "share of abandoned (answered) with a wait of at most t",
		"redial":            "abandoned, caller known, whose next contact began within the time after this one began / abandoned with caller known",
	}
	for _, name := range []string{"abandon_rate", "abandon_rate_long"} {
		if f, ok := metric.Lookup(name); ok {
			out[name[len("abandon_"):]] = f.Explain(s)
		}
	}
	return out
}

// tally folds the interval report: by queue, by hour, met against missed.
type tally struct {
	p             *plan.Plan
	queues, hours map[string]*metric.Sums
	met           map[bool]*MetPart
}

func newTally(p *plan.Plan) *tally {
	return &tally{p, map[string]*metric.Sums{}, map[string]*metric.Sums{}, map[bool]*MetPart{true: {Met: true}, false: {}}}
}

func (t *tally) add(r *level.Row) {
	hour := interval.SlotOf(t.p.Zone, r.Bucket.Start, interval.Hour).Key()
	for _, at := range []struct {
		sums map[string]*metric.Sums
		key  string
	}{{t.queues, r.Name}, {t.hours, hour}} {
		if at.sums[at.key] == nil {
			at.sums[at.key] = &metric.Sums{}
		}
		at.sums[at.key].Add(&r.Sums)
	}
	if ok, judged := r.Met(); judged {
		m := t.met[ok]
		m.Intervals++
		m.Offered += r.Sums[metric.Offered]
		m.Abandoned += r.Sums[metric.Abandoned]
	}
}

func (t *tally) into(a *Abandonment) {
	a.ByQueue, a.ByHour = partsOf(t.queues), partsOf(t.hours)
	for _, ok := range []bool{true, false} {
		t.met[ok].Rate = metric.Ratio(t.met[ok].Abandoned, t.met[ok].Offered)
		a.ByMet = append(a.ByMet, *t.met[ok])
	}
}

func partsOf(m map[string]*metric.Sums) []Part {
	out := make([]Part, 0, len(m))
	for key, s := range m {
		out = append(out, Part{key, s[metric.Offered], s[metric.Abandoned], metric.Value("abandon_rate", s)})
	}
	slices.SortFunc(out, func(a, b Part) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// exitWait is the visits that left in one second of wait: by hanging up, answered, or whichever way.
type exitWait struct {
	metric.WaitCell
	answered                   int64
	abandonedWait, answeredSum int64
}

// waitCells counts the visits that queued by whole second of wait. Callers still waiting are censored at their wait
// until now.
func waitCells(p *plan.Plan) ([]exitWait, error) {
	query := fmt.Sprintf(`WITH v AS (%s), s AS (SELECT (w + 999999) // 1000000 AS second, x, count(*) AS n, CAST(sum(w) AS BIGINT) AS w FROM v WHERE w > 0 GROUP BY ALL)
SELECT second, CAST(sum(n) AS BIGINT), CAST(coalesce(sum(n) FILTER (x = 'abandoned'), 0) AS BIGINT), CAST(sum(w) AS BIGINT),
 CAST(coalesce(sum(n) FILTER (x = 'answered'), 0) AS BIGINT), CAST(coalesce(sum(w) FILTER (x = 'abandoned'), 0) AS BIGINT),
 CAST(coalesce(sum(w) FILTER (x = 'answered'), 0) AS BIGINT) FROM s GROUP BY second ORDER BY second`, level.VisitsSQL(p))
	var out []exitWait
	err := plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var e exitWait
		if err := r.Scan(&e.Second, &e.N, &e.Abandoned, &e.WaitUs, &e.answered, &e.abandonedWait, &e.answeredSum); err != nil {
			return err
		}
		out = append(out, e)
		return nil
	})
	return out, err
}

const (
	survivalDense  = 600  // seconds up to which the curve has a point at every second
	hazardStep     = 5    // seconds: announcements are a few seconds long
	hazardEnd      = 300  // seconds up to which the hazard is in steps of hazardStep
	coarseStep     = 60   // beyond
	histogramLimit = 3600 // the last bin ends with the longest wait
)

// edges are the limits of hazard and histogram stretches up to the last wait.
func edges(last int64) []int64 {
	var out []int64
	for t := int64(0); ; {
		out = append(out, t)
		if t >= last || t >= histogramLimit {
			return out
		}
		if t < hazardEnd {
			t += hazardStep
		} else {
			t += coarseStep
		}
	}
}

func (a *Abandonment) fromWaits(waits []exitWait, sums *metric.Sums, bins []time.Duration) {
	cells := make([]metric.WaitCell, len(waits))
	var abandoned, answered, abandonedUs, answeredUs int64
	for i, w := range waits {
		cells[i] = w.WaitCell
		a.Queued += w.N
		abandoned, answered = abandoned+w.Abandoned, answered+w.answered
		abandonedUs, answeredUs = abandonedUs+w.abandonedWait, answeredUs+w.answeredSum
	}
	a.QueuedRate = metric.Ratio(abandoned, a.Queued)
	a.MeanAbandonS, a.MeanAnswerS = metric.Ratio(abandonedUs, abandoned)/1e6, metric.Ratio(answeredUs, answered)/1e6
	points := metric.KaplanMeier(cells)
	a.MedianPatienceS, a.ThetaS = Number(metric.MedianPatience(points)), Number(metric.Theta(cells))
	a.Survival = metric.Fill(points, survivalDense)
	var last int64
	if len(cells) > 0 {
		last = cells[len(cells)-1].Second
	}
	limits := edges(last)
	a.Hazard = append([]metric.Bin{}, metric.Hazard(cells, limits)...)
	a.Histogram = histogram(waits, limits)
	atOnce, served := sums[metric.Abandoned]-abandoned, sums[metric.Answered]-answered // without any wait
	for _, b := range bins {
		var in, inAnswered int64
		for _, w := range waits {
			if w.Second <= int64(math.Ceil(b.Seconds())) {
				in, inAnswered = in+w.Abandoned, inAnswered+w.answered
			}
		}
		a.Within = append(a.Within, WithinShare{b.Seconds(), metric.Ratio(in+atOnce, sums[metric.Abandoned]), metric.Ratio(inAnswered+served, sums[metric.Answered])})
	}
}

func histogram(waits []exitWait, limits []int64) []WaitBin {
	out := []WaitBin{}
	i := 0
	for e := 1; e < len(limits); e++ {
		b := WaitBin{FromS: limits[e-1], ToS: limits[e]}
		if e+1 == len(limits) && len(waits) > 0 {
			b.ToS = max(b.ToS, waits[len(waits)-1].Second)
		}
		for ; i < len(waits) && waits[i].Second <= b.ToS; i++ {
			b.Abandoned += waits[i].Abandoned
			b.Answered += waits[i].answered
		}
		out = append(out, b)
	}
	return out
}

// parts counts abandonment by what is known of each visit; visits of which it is not known are left out.
func parts(p *plan.Plan, a *Abandonment) error {
	query := fmt.Sprintf(`SELECT grouping(priority, position_exit, attempt), coalesce(priority, position_exit, attempt), count(*), count(*) FILTER (exit = 'abandoned')
 FROM (%[1]s) WHERE %[2]s >= %[3]s AND %[2]s < %[4]s GROUP BY GROUPING SETS ((priority), (position_exit), (attempt))
 HAVING coalesce(priority, position_exit, attempt) IS NOT NULL ORDER BY 1, 2`,
		attemptsSQL(p), level.CreditSQL(p), plan.Stamp(p.Span.From), plan.Stamp(p.Span.To))
	// grouping() has a bit for each column that a row is not grouped by, the first column's the highest.
	into := map[int64]*[]Part{0b011: &a.ByPriority, 0b101: &a.ByPosition, 0b110: &a.ByAttempt}
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var set, key int64
		var part Part
		if err := r.Scan(&set, &key, &part.Offered, &part.Abandoned); err != nil {
			return err
		}
		part.Key, part.Rate = fmt.Sprint(key), metric.Ratio(part.Abandoned, part.Offered)
		*into[set] = append(*into[set], part)
		return nil
	})
}

// attemptsSQL adds to each visit how many earlier ones its caller made to the queue in the 24 hours before: 0 is the
// first, of an unknown caller it is missing. It looks at the visits themselves, so that the order in which they were
// imported does not matter.
func attemptsSQL(p *plan.Plan) string {
	return fmt.Sprintf(`SELECT priority, position_exit, exit, joined_at, answered_at, left_at, handled_at,
 CASE WHEN party IS NOT NULL THEN count(*) OVER (PARTITION BY coalesce(party, visit), queue ORDER BY joined_at
  RANGE BETWEEN INTERVAL 24 HOURS PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING) END AS attempt
 FROM visits_all WHERE joined_at >= %s AND joined_at < %s%s`,
		plan.Stamp(p.Span.From-2*level.ContactReach), plan.Stamp(p.Span.To), p.Where("queue"))
}

// redial looks for the next contact of each known caller who hung up, from the start of one to the start of the next.
func redial(p *plan.Plan, out *Redial) error {
	day := 24 * interval.HourUs
	query := fmt.Sprintf(`WITH a AS (
 SELECT interaction, party FROM visits_all WHERE exit = 'abandoned' AND party IS NOT NULL AND %[1]s >= %[2]s AND %[1]s < %[3]s%[4]s),
 c AS (%[5]s), n AS (
 SELECT interaction, party, epoch_us(lead(t) OVER (PARTITION BY party ORDER BY t, interaction)) - epoch_us(t) AS gap FROM c
 WHERE party IN (SELECT party FROM a))
SELECT count(*), count(*) FILTER (gap <= 600000000), count(*) FILTER (gap <= 3600000000), count(*) FILTER (gap <= 86400000000)
FROM a JOIN n ON n.interaction = a.interaction AND n.party = a.party`,
		level.CreditSQL(p), plan.Stamp(p.Span.From), plan.Stamp(p.Span.To), p.Where("queue"), level.CallersSQL(p.Span.From-day, p.Span.To+2*day))
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var short, hour, long int64
		if err := r.Scan(&out.Identified, &short, &hour, &long); err != nil {
			return err
		}
		out.Within10m, out.Within1h = metric.Ratio(short, out.Identified), metric.Ratio(hour, out.Identified)
		out.Within1d = metric.Ratio(long, out.Identified)
		return nil
	})
}
