package office

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/agner-platform/agner/forecasting/staffing"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/wfm/rules"
)

// Ask says what to plan from history.
type Ask struct {
	Name  string   `json:"name"`
	From  string   `json:"from"`  // first date
	Weeks int      `json:"weeks"` // of history; 6 without it
	Most  int      `json:"most"`  // agents at most; 0 is all
	Queue []string `json:"queues"`
}

const (
	mostLines   = 6 // as rules allows
	quarter     = 15 * 60
	defaultAHT  = 300.0
	defaultSpan = 6
)

// volume is what history says of a queue.
type volume struct {
	queue string
	calls int
	aht   float64
	slots [7][96]float64 // calls per weekday and quarter, summed over the weeks
}

// FromHistory makes a problem for the week from a date on: agents required by the published
// forecast where one covers the week, else by Erlang C from the mean calls per weekday and
// quarter of the last weeks that have data, with each queue's target – each line says which; the agents who answered in that time with the queues they answered, and the
// contracts that were set up.
func (s *Service) FromHistory(ctx context.Context, ask Ask) (*rules.Problem, error) {
	if ask.Weeks == 0 {
		ask.Weeks = defaultSpan
	}
	if ask.Weeks < 1 || ask.Weeks > 52 {
		return nil, &db.FieldError{Field: "weeks", Value: fmt.Sprint(ask.Weeks), Reason: "want 1 to 52"}
	}
	if _, err := interval.ReadDate(ask.From); err != nil {
		return nil, &db.FieldError{Field: "from", Value: ask.From, Reason: "want a date"}
	}
	zone := s.zone(ctx)
	contracts, _, err := s.Contracts(ctx)
	if err != nil {
		return nil, err
	}
	p := &rules.Problem{
		Format: rules.Format, Name: cmp.Or(ask.Name, ask.From), Zone: zone.String(), From: ask.From, Days: 7, Slot: 15,
		Prices: rules.Prices{Under: 45, Over: 4, Steep: 2}, Contracts: contracts, Legal: []rules.LegalBreak{{Over: 360, Minutes: 30}},
	}
	err = s.cfg.Lake.View(ctx, func(ctx context.Context, r *lake.Reader) error {
		since, err := s.since(ctx, r, ask.Weeks)
		if err != nil {
			return err
		}
		list, err := s.volumes(ctx, r, since, ask)
		if err != nil {
			return err
		}
		for _, v := range list {
			line, err := s.line(ctx, v, ask)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(p.Lines, func(l rules.Line) bool { return l.ID == line.ID }) {
				line.ID += " (" + line.Skill + ")"
			}
			p.Lines = append(p.Lines, line)
		}
		return s.people(ctx, r, since, p, ask.Most)
	})
	if err != nil {
		return nil, err
	}
	if err := s.absences(ctx, p); err != nil {
		return nil, err
	}
	if err := s.wishes(ctx, p); err != nil {
		return nil, err
	}
	return p, p.Check()
}

// zone is that of the first site, or else the instance's.
func (s *Service) zone(ctx context.Context) *time.Location {
	sites, err := s.cfg.Store.Sites().List(ctx)
	if err == nil && len(sites) > 0 {
		if z, err := interval.LoadZone(sites[0].Zone); err == nil {
			return z
		}
	}
	return s.cfg.Zone
}

// since is the local midnight so many weeks before the end of the data.
func (s *Service) since(ctx context.Context, r *lake.Reader, weeks int) (int64, error) {
	zone := s.zone(ctx)
	var last *int64
	if err := r.QueryRow(ctx, `SELECT epoch_us(max(joined_at)) FROM visits`).Scan(&last); err != nil {
		return 0, err
	}
	if last == nil {
		return 0, ErrNoData
	}
	return interval.DateOf(zone, *last).AddDays(-7 * weeks).Start(zone), nil
}

// volumes reads the busiest queues.
func (s *Service) volumes(ctx context.Context, r *lake.Reader, since int64, ask Ask) ([]*volume, error) {
	zone := s.zone(ctx)
	rows, err := r.Query(ctx, `SELECT queue, epoch_us(time_bucket(INTERVAL '15 minutes', joined_at)) AS b, count(*),
			coalesce(avg(CASE WHEN answered_at IS NOT NULL THEN (coalesce(talk_us, 0) + coalesce(hold_us, 0) + coalesce(wrap_us, 0)) / 1e6 END), 0)
		FROM visits WHERE joined_at >= make_timestamp(CAST(? AS BIGINT)) AND channel = 'voice' GROUP BY queue, b`, since)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	by := map[string]*volume{}
	for rows.Next() {
		var queue string
		var at int64
		var n int
		var aht float64
		if err := rows.Scan(&queue, &at, &n, &aht); err != nil {
			return nil, err
		}
		if len(ask.Queue) > 0 && !slices.Contains(ask.Queue, queue) {
			continue
		}
		v := by[queue]
		if v == nil {
			v = &volume{queue: queue}
			by[queue] = v
		}
		w := interval.WallOf(zone, at)
		v.slots[w.Date.Weekday()][w.Hour*4+w.Minute/15] += float64(n)
		v.calls += n
		v.aht += aht * float64(n)
	}
	var list []*volume
	for _, v := range by {
		v.aht /= float64(v.calls)
		if v.aht < 1 {
			v.aht = defaultAHT
		}
		list = append(list, v)
	}
	if len(list) == 0 {
		return nil, ErrNoData
	}
	slices.SortFunc(list, func(a, b *volume) int { return cmp.Or(b.calls-a.calls, cmp.Compare(a.queue, b.queue)) })
	return list[:min(len(list), mostLines)], rows.Err()
}

// line is a queue's requirement.
func (s *Service) line(ctx context.Context, v *volume, ask Ask) (rules.Line, error) {
	zone := s.zone(ctx)
	l := rules.Line{ID: v.queue, Skill: v.queue}
	if q, err := s.cfg.Store.Queues().Get(ctx, v.queue); err == nil {
		l.ID = q.Name
	}
	first, _ := interval.ReadDate(ask.From)
	if done, err := s.cfg.Demand.Fill(ctx, &l, v.queue, first.Start(zone), first.AddDays(7).Start(zone)); done || err != nil {
		return l, err
	}
	l.Basis = fmt.Sprintf("mean of %d weeks, Erlang C", ask.Weeks)
	o := staffing.Options{Period: quarter, Model: staffing.ErlangC, NoLag: true}
	o.Target.ServiceLevel, o.Target.Within, o.Target.MaxOccupancy = 0.8, 20, 0.9
	targets, err := s.cfg.Store.Targets().AsOf(ctx, db.StampOf(s.cfg.Now()), db.Where("queue_id", v.queue))
	if err != nil {
		return l, err
	}
	for _, t := range targets {
		if t.Share > 0 && t.Share < 1 && t.Within > 0 {
			o.Target.ServiceLevel, o.Target.Within = t.Share, float64(t.Within)/1e6
		}
	}
	var list []staffing.Interval
	for d := range 7 {
		date := first.AddDays(d)
		for at, end := date.Start(zone), date.AddDays(1).Start(zone); at < end; at += quarter * 1e6 {
			w := interval.WallOf(zone, at)
			list = append(list, staffing.Interval{Start: w.String(), Calls: v.slots[date.Weekday()][w.Hour*4+w.Minute/15] / float64(ask.Weeks), AHT: v.aht})
		}
	}
	rows, err := staffing.Require(list, o)
	if err != nil {
		return l, err
	}
	for _, row := range rows {
		l.Need = append(l.Need, row.Agents)
		l.Load = append(l.Load, row.Erlangs)
	}
	return l, nil
}

// people are those who answered the lines, with what they answered.
func (s *Service) people(ctx context.Context, r *lake.Reader, since int64, p *rules.Problem, most int) error {
	rows, err := r.Query(ctx, `SELECT agent, queue, count(*) AS n FROM visits
		WHERE answered_at IS NOT NULL AND agent IS NOT NULL AND joined_at >= make_timestamp(CAST(? AS BIGINT)) GROUP BY agent, queue ORDER BY agent, queue`, since)
	if err != nil {
		return err
	}
	defer rows.Close()
	total := map[string]int{}
	skills := map[string][]string{}
	for rows.Next() {
		var agent, queue string
		var n int
		if err := rows.Scan(&agent, &queue, &n); err != nil {
			return err
		}
		if slices.ContainsFunc(p.Lines, func(l rules.Line) bool { return l.Skill == queue }) {
			skills[agent] = append(skills[agent], queue)
			total[agent] += n
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	names, terms, err := s.names(ctx)
	if err != nil {
		return err
	}
	years, err := s.seniority(ctx)
	if err != nil {
		return err
	}
	for agent, list := range skills {
		a := rules.Agent{ID: agent, Name: cmp.Or(names[agent], agent), Skills: list, Seniority: years[agent]}
		s.terms(&a, terms[agent], p)
		p.Agents = append(p.Agents, a)
	}
	slices.SortFunc(p.Agents, func(a, b rules.Agent) int { return cmp.Or(total[b.ID]-total[a.ID], cmp.Compare(a.ID, b.ID)) })
	if most > 0 && len(p.Agents) > most {
		p.Agents = p.Agents[:most]
	}
	slices.SortFunc(p.Agents, func(a, b rules.Agent) int { return cmp.Or(cmp.Compare(a.Team, b.Team), cmp.Compare(a.Name, b.Name)) })
	return nil
}

// names reads names and terms of the set-up.
func (s *Service) names(ctx context.Context) (map[string]string, map[string]db.AgentTerms, error) {
	names, terms := map[string]string{}, map[string]db.AgentTerms{}
	agents, err := s.cfg.Store.Agents().List(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range agents {
		names[a.ID] = a.Name
	}
	list, err := s.cfg.Store.Terms().AsOf(ctx, db.StampOf(s.cfg.Now()))
	for _, t := range list {
		terms[t.AgentID] = t
	}
	return names, terms, err
}

// fewHours is below what contracts of part time are meant.
const fewHours = 30 * 60

// terms gives an agent the contracts that fit the terms: those named there, else the
// whole catalogue for full time or the part-time ones below thirty hours.
func (s *Service) terms(a *rules.Agent, t db.AgentTerms, p *rules.Problem) {
	a.Team = t.TeamID
	if p.Contract(t.Contract) != nil {
		a.Contracts = []string{t.Contract}
	}
	short := t.WeeklyMinutes > 0 && t.WeeklyMinutes < fewHours
	least := t.WeeklyMinutes > 0 && t.WeeklyMinutes < fewHours*2/3
	for i := range p.Contracts {
		c := &p.Contracts[i]
		part := c.Kind == rules.PartTime || c.Kind == rules.Micro
		if c.Kind == rules.Micro && !least {
			continue // short blocks for those who have few hours, or the contract by name
		}
		if len(a.Contracts) == 0 || a.Contracts[0] != t.Contract {
			if part == short && c.Kind != rules.Split {
				a.Contracts = append(a.Contracts, c.Name)
			}
		}
	}
	if len(a.Contracts) == 0 {
		a.Contracts = []string{p.Contracts[0].Name}
	}
}
