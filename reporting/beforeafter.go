package reporting

import (
	"context"
	"database/sql"
	"fmt"
	"github.com/agner-platform/agner/reporting/level"
	"github.com/agner-platform/agner/reporting/plan"
	"strings"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/metric"
)

// Period is one side of a comparison.
type Period struct {
	From            string `json:"from"`
	To              string `json:"to"`
	Offered         int64  `json:"offered"`
	Abandoned       int64  `json:"abandoned"`
	Rate            Number `json:"rate"`
	SL              Number `json:"sl"`
	MeanWaitS       Number `json:"mean_wait_s"`
	Queued          int64  `json:"queued"`
	MedianPatienceS Number `json:"median_patience_s"`
	ThetaS          Number `json:"theta_s"`
}

// BeforeAfter says whether callers gave up more or less readily after a date, at equal wait and in equal intervals.
type BeforeAfter struct {
	HazardRatio Number            `json:"hazard_ratio"`
	Lo          Number            `json:"lo"`
	Hi          Number            `json:"hi"`
	P           Number            `json:"p"`
	Strata      int               `json:"strata"`
	Before      Period            `json:"before"`
	After       Period            `json:"after"`
	Formulas    map[string]string `json:"formulas"`
}

const maxCompareDays = 366

// BeforeAfter compares the days before a local date with the days from it on. The range of params is not used.
func (s *Service) BeforeAfter(ctx context.Context, params Params, at string, days int) (*BeforeAfter, error) {
	if days < 1 || days > maxCompareDays {
		return nil, plan.Bad("days", fmt.Sprint(days), fmt.Sprintf("want 1 to %d", maxCompareDays))
	}
	day, err := interval.ReadDate(at)
	if err != nil {
		return nil, plan.Bad("at", at, err.Error())
	}
	params.By, params.Credit, params.Missed = ByQueue, ByArrival, false
	if params.Size == 0 || params.Size > interval.Hour {
		params.Size = interval.Half
	}
	params.From, params.To = day.AddDays(-days).String(), day.AddDays(days).String()
	out := &BeforeAfter{Formulas: map[string]string{
		"hazard_ratio": "Mantel–Haenszel: Σ d₁n₀/n ÷ Σ d₀n₁/n over each second of wait in each weekday × interval",
		"p":            "log-rank test, stratified by weekday × interval, two-sided",
	}}
	err = s.run(ctx, params, func(p *plan.Plan) error { return beforeAfter(p, out, day) })
	return out, err
}

func beforeAfter(p *plan.Plan, out *BeforeAfter, day interval.Date) error {
	at := day.Start(p.Zone)
	cells, err := compareCells(p, at)
	if err != nil {
		return err
	}
	c := metric.Compare(cells)
	out.HazardRatio, out.Lo, out.Hi, out.P = Number(c.HazardRatio), Number(c.Lo), Number(c.Hi), Number(c.P)
	out.Strata = c.Strata
	whole := p.Span
	for _, side := range []struct {
		rng  interval.Range
		into *Period
	}{{interval.Range{From: whole.From, To: at}, &out.Before}, {interval.Range{From: at, To: whole.To}, &out.After}} {
		p.Span = side.rng
		if err := period(p, side.into); err != nil {
			return err
		}
	}
	return nil
}

func period(p *plan.Plan, out *Period) error {
	p.Size = interval.Total
	levels, err := level.Make(p, false)
	if err != nil {
		return err
	}
	waits, err := waitCells(p)
	if err != nil {
		return err
	}
	s := &levels.Totals.Sums
	a := Abandonment{}
	a.fromWaits(waits, s, nil)
	r := p.RangeOut()
	*out = Period{
		From: r.From, To: r.To, Offered: s[metric.Offered], Abandoned: s[metric.Abandoned], Rate: metric.Value("abandon_rate", s),
		SL: metric.Value("sl", s), MeanWaitS: metric.Value("mean_wait_s", s), Queued: a.Queued, MedianPatienceS: a.MedianPatienceS, ThetaS: a.ThetaS,
	}
	return nil
}

// compareCells counts visits that queued by stratum (weekday × interval of arrival), side and second of wait.
func compareCells(p *plan.Plan, at int64) ([]metric.CompareCell, error) {
	g, err := p.Grid(p.Size, p.Size)
	if err != nil {
		return nil, err
	}
	starts, strata := make([]string, len(g.Buckets)), make([]string, len(g.Buckets))
	for i, b := range g.Buckets {
		starts[i] = fmt.Sprint(b.Start)
		strata[i] = fmt.Sprint(interval.SlotOf(p.Zone, b.Start, p.Size).Index(p.Size))
	}
	query := fmt.Sprintf(`WITH v AS (%s), s AS (
 SELECT %s AS slot, epoch_us(t) >= %d AS after, (w + 999999) // 1000000 AS second, count(*) AS n, count(*) FILTER (x = 'abandoned') AS d
 FROM v WHERE w > 0 GROUP BY ALL), g AS (SELECT unnest([%s]::BIGINT[]) AS seg, unnest([%s]::BIGINT[]) AS stratum)
SELECT stratum, after, second, CAST(sum(n) AS BIGINT), CAST(sum(d) AS BIGINT) FROM s ASOF JOIN g ON %s >= g.seg GROUP BY ALL`,
		level.VisitsSQL(p), g.SlotSQL("t"), at, strings.Join(starts, ","), strings.Join(strata, ","), g.StartSQL("s.slot"))
	var cells []metric.CompareCell
	err = plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var c metric.CompareCell
		if err := r.Scan(&c.Stratum, &c.After, &c.Second, &c.N, &c.Abandoned); err != nil {
			return err
		}
		cells = append(cells, c)
		return nil
	})
	return cells, err
}
