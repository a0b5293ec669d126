package backtest

import (
	"context"
	"fmt"
	"math"

	"github.com/agner-platform/agner/forecasting/calendar"
	"github.com/agner-platform/agner/forecasting/model"
	"github.com/agner-platform/agner/forecasting/series"
	"github.com/agner-platform/agner/forecasting/spread"
)

// ChoiceLeads are the leads at which evidence is gathered for a forecast of weeks:
// tomorrow, next week, the week after, a month.
var ChoiceLeads = []int{1, 7, 14, 28}

// Choice is what the evidence says about one series. It is made weekly, stored as
// JSON and used by every refresh until the next: the same history and choice give
// the same forecast.
type Choice struct {
	Origin string       `json:"origin"` // the first day not known when it was made
	Leads  []LeadChoice `json:"leads"`
}

// LeadChoice is the blend and the spread at one lead.
type LeadChoice struct {
	Lead    int                `json:"lead"`
	Weights map[string]float64 `json:"weights"` // by method name
	Spread  spread.Spread      `json:"spread"`
	Score   Evidence           `json:"evidence"`
}

// Evidence is how well the blend would have done on the days it was chosen from, with the
// weights it got; the yardstick is the median of the last four same weekdays on the same days.
type Evidence struct {
	Days      int      `json:"days"`
	WAPE      *float64 `json:"wape"`
	Bias      *float64 `json:"bias"`
	Yardstick *float64 `json:"yardstick_wape"`
}

// evidenceOf scores rolling errors; nil figures where nothing came.
func evidenceOf(list, yardstick []spread.Error) Evidence {
	wape, bias := score(list)
	other, _ := score(yardstick)
	return Evidence{Days: len(list), WAPE: wape, Bias: bias, Yardstick: other}
}

func score(list []spread.Error) (wape, bias *float64) {
	miss, drift, total := 0.0, 0.0, 0.0
	for _, e := range list {
		for i, f := range e.Forecast {
			miss += math.Abs(f - e.Actual[i])
			drift += f - e.Actual[i]
			total += e.Actual[i]
		}
	}
	if total <= 0 {
		return nil, nil
	}
	miss, drift = miss/total, drift/total
	return &miss, &drift
}

// Choose gathers eight weeks of rolling evidence up to the end of a series.
func Choose(ctx context.Context, s *series.Series, c *calendar.Calendar) (*Choice, error) {
	o := Options{Calendar: c, Leads: ChoiceLeads, From: s.Date(max(1, s.Days-7*EvidenceWeeks)), To: s.Date(s.Days - 1)}
	r, err := newRun(s, o)
	if err != nil {
		return nil, err
	}
	r.first = r.from // the evidence itself: nothing is scored
	for origin := max(1, r.from-ChoiceLeads[len(ChoiceLeads)-1]+1); origin < r.to; origin++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r.origin(origin)
	}
	r.broken[s.Days] = brokenDays(model.NewHistory(s, c, s.Days).Marks, r.from)
	out := &Choice{Origin: s.Date(s.Days).String()}
	for l, lead := range o.Leads {
		out.Leads = append(out.Leads, r.choice(l, lead))
	}
	return out, nil
}

// choice closes the evidence of one lead.
func (r *run) choice(l, lead int) LeadChoice {
	w := r.weights(l, r.s.Days+lead-1)
	c := LeadChoice{Lead: lead, Weights: map[string]float64{}}
	for m, x := range w {
		if x > 0 {
			c.Weights[r.methods[m].Name()] = x
		}
	}
	known := r.evidence(r.s.Days)
	errs := r.errors(func(d int) []float64 {
		list := make([][]float64, r.members)
		for m := range list {
			list[m] = r.forecasts[l][m][d]
		}
		return model.Combine(list, w)
	}, known)
	c.Spread = spread.Learn(errs)
	c.Score = evidenceOf(errs, r.errors(func(d int) []float64 { return r.forecasts[l][len(r.methods)-1][d] }, known))
	return c
}

// Day is the forecast of one day.
type Day struct {
	Date    string               `json:"date"`
	Lead    int                  `json:"lead"`
	Mean    []float64            `json:"mean"`
	Low80   []float64            `json:"low80"`
	High80  []float64            `json:"high80"`
	C       float64              `json:"c"` // for staffing: Var = μ + c·μ²
	Weights map[string]float64   `json:"weights"`
	Members map[string][]float64 `json:"members"` // what each method says, for the explanation
	Why     Why                  `json:"why"`
}

// Why takes a day's total apart: each figure is the total up to and including that
// part, so that they tell a story from left to right.
type Why struct {
	Level    float64 `json:"level"`    // a mean open day of the last eight weeks
	Weekday  float64 `json:"weekday"`  // the mean of the weekday it follows
	Calendar float64 `json:"calendar"` // times the effect of what the calendar says
	Blend    float64 `json:"blend"`    // the forecast: recent days, season of the month, shape
	Name     string  `json:"name,omitempty"`
}

// Forecast applies a choice to the days after a history.
func (c *Choice) Forecast(h *model.History, days int) ([]Day, error) {
	if days < 1 || days > model.Horizon-1 {
		return nil, fmt.Errorf("forecast of %d days: must be 1 to %d", days, model.Horizon-1)
	}
	fits := map[string]model.Model{}
	for _, m := range append(model.Members(), model.Median{N: 4}) {
		if c.uses(m.Name()) || m.Name() == (model.Median{N: 4}).Name() {
			if f, err := m.Fit(h); err == nil {
				fits[m.Name()] = f
			}
		}
	}
	if len(fits) == 0 {
		return nil, fmt.Errorf("forecast from %s: %w", h.Date(h.Days), model.ErrShort)
	}
	level := h.MeanDay(EvidenceWeeks)
	var out []Day
	for k := range days {
		d := c.day(h, fits, h.Days+k, k+1)
		d.Why.Level = level
		out = append(out, d)
	}
	return out, nil
}

func (c *Choice) uses(name string) bool {
	for _, l := range c.Leads {
		if l.Weights[name] > 0 {
			return true
		}
	}
	return false
}

// day forecasts one day with the choice of the next longer lead.
func (c *Choice) day(h *model.History, fits map[string]model.Model, target, lead int) Day {
	pick := c.Leads[len(c.Leads)-1]
	for _, l := range c.Leads {
		if lead <= l.Lead {
			pick = l
			break
		}
	}
	d := Day{Date: h.Date(target).String(), Lead: lead, C: pick.Spread.C, Weights: pick.Weights, Members: map[string][]float64{}}
	var list [][]float64
	var w []float64
	for _, m := range model.Members() { // in this order, so that sums are the same every time
		if f := fits[m.Name()]; f != nil && pick.Weights[m.Name()] > 0 {
			d.Members[m.Name()] = f.Day(target)
			list, w = append(list, d.Members[m.Name()]), append(w, pick.Weights[m.Name()])
		}
	}
	if d.Mean = model.Combine(list, w); d.Mean == nil {
		d.Mean = fits[(model.Median{N: 4}).Name()].Day(target)
	}
	for _, mu := range d.Mean {
		d.Low80 = append(d.Low80, pick.Spread.Quantile(mu, 0.1))
		d.High80 = append(d.High80, pick.Spread.Quantile(mu, 0.9))
		d.Why.Blend += mu
	}
	d.Why.Weekday = h.UsualTotal(target)
	d.Why.Calendar = d.Why.Weekday * h.Effect(target)
	d.Why.Name = h.Mark(target).Name
	return d
}
