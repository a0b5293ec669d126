package reporting

import (
	"context"
	"database/sql"
	"github.com/agner-platform/agner/reporting/plan"
	"slices"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/dims"
	"github.com/agner-platform/agner/reporting/metric"
)

// MetaItem is one thing that a picker offers.
type MetaItem struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Site  string `json:"site,omitempty"`
	Group string `json:"group,omitempty"`
	Team  string `json:"team,omitempty"`
	Zone  string `json:"zone,omitempty"`
}

// DataRange is the local dates of the first and last visit, the last inclusive.
type DataRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Meta is what pages need before they can ask for anything.
type Meta struct {
	Zone      string     `json:"zone"`
	WeekStart int        `json:"week_start"` // ISO weekday
	Now       string     `json:"now"`
	DataRange *DataRange `json:"data_range"`
	Sites     []MetaItem `json:"sites"`
	Queues    []MetaItem `json:"queues"`
	Groups    []MetaItem `json:"groups"`
	Agents    []MetaItem `json:"agents"`
	Teams     []MetaItem `json:"teams"`
	HasData   bool       `json:"has_data"`
	Sample    bool       `json:"sample"` // the history is synthetic
	Currency  string     `json:"currency"`
}

// SampleSource marks visits of the synthetic sample centre.
const SampleSource = "sample"

// Meta gives the pickers' contents, within the scope.
func (s *Service) Meta(ctx context.Context, scope Scope) (*Meta, error) {
	var out *Meta
	err := s.run(ctx, Params{Scope: scope}, func(p *plan.Plan) (err error) {
		out, err = meta(p)
		return err
	})
	return out, err
}

func meta(p *plan.Plan) (*Meta, error) {
	m := &Meta{
		Zone: p.Zone.String(), WeekStart: interval.ISO(p.WeekStart), Now: interval.Format(p.Zone, p.Now), HasData: !p.Empty,
		Sites: []MetaItem{}, Queues: []MetaItem{}, Groups: []MetaItem{}, Agents: []MetaItem{}, Teams: []MetaItem{}, Currency: p.Set.Currency,
	}
	if !p.Empty {
		last := interval.DateOf(p.Zone, p.Span.To-1)
		m.DataRange = &DataRange{interval.FormatDate(p.Zone, p.Span.From), last.String()}
	}
	groups, sites := map[string]bool{}, map[string]bool{}
	for _, q := range p.Dims.Queues() {
		if p.Counts(q.ID) && !q.Retired {
			m.Queues = append(m.Queues, MetaItem{ID: q.ID, Name: q.Name, Site: q.Site, Group: q.Group})
			groups[q.Group], sites[q.Site] = true, true
		}
	}
	open := len(p.Scope.Sites)+len(p.Scope.Queues) == 0
	for _, s := range p.Dims.Sites() {
		if (open || sites[s.ID]) && !s.Retired {
			m.Sites = append(m.Sites, MetaItem{ID: s.ID, Name: s.Name, Zone: s.Zone.String()})
		}
	}
	for _, g := range p.Dims.Groups() {
		if (open || groups[g.ID]) && !g.Retired {
			m.Groups = append(m.Groups, MetaItem{ID: g.ID, Name: g.Name, Site: g.Site})
		}
	}
	metaPeople(p, m)
	err := plan.Each(p.Ctx, p.Q, `SELECT 1 FROM visits WHERE source = `+plan.Literal(SampleSource)+` LIMIT 1`, func(*sql.Rows) error {
		m.Sample = true
		return nil
	})
	return m, err
}

func metaPeople(p *plan.Plan, m *Meta) {
	mayShow := func(team dims.Named) bool { return len(p.Scope.Teams) == 0 || slices.Contains(p.Scope.Teams, team.ID) }
	for _, t := range p.Dims.Teams() {
		if mayShow(t) && !t.Retired {
			m.Teams = append(m.Teams, MetaItem{ID: t.ID, Name: t.Name, Site: t.Site})
		}
	}
	for _, a := range p.Dims.Agents() {
		if !a.Retired && p.MayShowAgent(a.ID) {
			m.Agents = append(m.Agents, MetaItem{ID: a.ID, Name: a.Name, Team: p.Dims.Team(a.ID, p.Now)})
		}
	}
}

// Definition is one figure as it is told to the reader.
type Definition struct {
	Name        string           `json:"name"`
	Title       string           `json:"title"`
	Unit        metric.Unit      `json:"unit"`
	Better      metric.Direction `json:"better"`
	Formula     string           `json:"formula"`
	Text        string           `json:"text"`
	SQL         string           `json:"sql"`
	Numerator   []FormulaTerm    `json:"numerator"`
	Denominator []FormulaTerm    `json:"denominator"`
}

// FormulaTerm is one signed sum of a formula.
type FormulaTerm struct {
	Name  string `json:"name"`
	Words string `json:"words"`
	Minus bool   `json:"minus"`
}

// Definitions lists every figure.
func Definitions() []Definition {
	out := make([]Definition, 0, len(metric.Figures()))
	for _, f := range metric.Figures() {
		out = append(out, Definition{f.Name, f.Title, f.Unit, f.Better, f.Formula(), f.Text, f.SQL(), terms(f.Num), terms(f.Den)})
	}
	return out
}

func terms(list []metric.Term) []FormulaTerm {
	out := make([]FormulaTerm, len(list))
	for i, t := range list {
		out[i] = FormulaTerm{t.Sum.String(), t.Sum.Words(), t.Minus}
	}
	return out
}
