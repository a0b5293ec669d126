package reporting

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"github.com/agner-platform/agner/reporting/level"
	"github.com/agner-platform/agner/reporting/plan"
	"slices"

	"github.com/agner-platform/agner/reporting/metric"
	"github.com/agner-platform/agner/reporting/table"
)

// StateTime is an agent's time in one state for one reason.
type StateTime struct {
	State   string  `json:"state"`
	Reason  string  `json:"reason"`
	Seconds float64 `json:"seconds"`
}

// AgentRow is one agent's activity.
type AgentRow struct {
	Agent       string      `json:"agent"`
	Name        string      `json:"name"`
	Team        string      `json:"team"`
	Handled     int64       `json:"handled"`
	Transferred int64       `json:"transferred"`
	Offers      int64       `json:"offers"`
	Missed      int64       `json:"missed"`
	Declined    int64       `json:"declined"`
	AHTS        Number      `json:"aht_s"`
	TalkS       Number      `json:"talk_s"`
	HoldS       Number      `json:"hold_s"`
	WrapS       Number      `json:"wrap_s"`
	Occupancy   Number      `json:"occupancy"`
	States      []StateTime `json:"states"`

	sums metric.Sums
}

// Agents is the report on agents' activity.
type Agents struct {
	Range Range      `json:"range"`
	Rows  []AgentRow `json:"rows"` // by name
	plan  *plan.Plan
}

// Agents makes the report on agents' activity. There is no abandonment in it: callers do not give up on an agent.
func (s *Service) Agents(ctx context.Context, params Params) (*Agents, error) {
	var out *Agents
	err := s.run(ctx, params, func(p *plan.Plan) (err error) {
		out, err = agents(p)
		return err
	})
	return out, err
}

func agents(p *plan.Plan) (*Agents, error) {
	rows := map[string]*AgentRow{}
	of := func(agent string) *AgentRow {
		if !p.MayShowAgent(agent) {
			return &AgentRow{} // counted for nobody
		}
		if rows[agent] == nil {
			rows[agent] = &AgentRow{Agent: agent, Name: p.Dims.AgentName(agent), Team: p.Dims.TeamName(p.Dims.Team(agent, p.AsOf())), States: []StateTime{}}
		}
		return rows[agent]
	}
	if err := agentVisits(p, of); err != nil {
		return nil, err
	}
	if err := agentOffers(p, of); err != nil {
		return nil, err
	}
	if err := agentStates(p, of, rows); err != nil {
		return nil, err
	}
	out := &Agents{Range: p.RangeOut(), Rows: []AgentRow{}, plan: p}
	for _, r := range rows {
		r.fill()
		out.Rows = append(out.Rows, *r)
	}
	slices.SortFunc(out.Rows, func(a, b AgentRow) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Agent, b.Agent)) })
	return out, nil
}

func (r *AgentRow) fill() {
	s := &r.sums
	r.Handled, r.Transferred = s[metric.Answered], s[metric.Transferred]
	r.AHTS, r.TalkS, r.HoldS, r.WrapS = metric.Value("aht_s", s), metric.Value("talk_s", s), metric.Value("hold_s", s), metric.Value("wrap_s", s)
	r.Occupancy = metric.Value("occupancy", s)
}

func agentVisits(p *plan.Plan, of func(string) *AgentRow) error {
	query := fmt.Sprintf(`SELECT agent, count(*), count(*) FILTER (coalesce(talk_us, 0) + coalesce(hold_us, 0) + coalesce(wrap_us, 0) > 0),
 CAST(coalesce(sum(talk_us), 0) AS BIGINT), CAST(coalesce(sum(hold_us), 0) AS BIGINT), CAST(coalesce(sum(wrap_us), 0) AS BIGINT),
 count(nullif(transferred_to, '')) FROM visits_all
 WHERE agent IS NOT NULL AND %s = 'answered' AND %[2]s >= %[3]s AND %[2]s < %[4]s%[5]s GROUP BY agent`,
		metric.ExitSQL, level.CreditSQL(p), plan.Stamp(p.Span.From), plan.Stamp(p.Span.To), p.Where("queue"))
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var agent string
		c := metric.Cell{Exit: "answered"}
		if err := r.Scan(&agent, &c.N, &c.Timed, &c.TalkUs, &c.HoldUs, &c.WrapUs, &c.Transferred); err != nil {
			return err
		}
		of(agent).sums.AddCell(c)
		return nil
	})
}

func agentOffers(p *plan.Plan, of func(string) *AgentRow) error {
	query := fmt.Sprintf(`SELECT agent, count(*), count(*) FILTER (result = 'missed'), count(*) FILTER (result = 'declined') FROM offers
 WHERE agent IS NOT NULL AND made_at >= %s AND made_at < %s%s GROUP BY agent`, plan.Stamp(p.Span.From), plan.Stamp(p.Span.To), p.Where("queue"))
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var agent string
		var made, missed, declined int64
		if err := r.Scan(&agent, &made, &missed, &declined); err != nil {
			return err
		}
		row := of(agent)
		row.Offers, row.Missed, row.Declined = made, missed, declined
		return nil
	})
}

// agentStates adds time by state. Where queues are chosen, only agents who handled something of them are shown: state
// time belongs to the agent, not to a queue.
func agentStates(p *plan.Plan, of func(string) *AgentRow, have map[string]*AgentRow) error {
	query := fmt.Sprintf(`SELECT agent, state, coalesce(reason, ''), CAST(sum(u - f) AS BIGINT), agent IN (%s) FROM (%s)
 WHERE u > f AND state <> 'offline' GROUP BY ALL ORDER BY 4 DESC, 2, 3`, level.PresentSQL(p), level.SpansSQL(p))
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var agent, state, reason string
		var us int64
		var present bool
		if err := r.Scan(&agent, &state, &reason, &us, &present); err != nil {
			return err
		}
		if p.QueueIDs != nil && have[agent] == nil {
			return nil
		}
		row := of(agent)
		row.States = append(row.States, StateTime{state, reason, float64(us) * 1e-6})
		if !present {
			return nil
		}
		switch state {
		case "available":
			row.sums[metric.AvailableUs] += us
		case "reserved", "talking", "hold", "wrap_up":
			row.sums[metric.HandlingUs] += us
		}
		return nil
	})
}

// Table gives the rows as columns, without the states.
func (a *Agents) Table() *table.Table {
	t := &table.Table{Name: "agents", Zone: a.plan.Zone}
	n := len(a.Rows)
	id, name, team := make([]string, n), make([]string, n), make([]string, n)
	offers, missed, declined := make([]int64, n), make([]int64, n), make([]int64, n)
	sums := make([]metric.Sums, n)
	for i, r := range a.Rows {
		id[i], name[i], team[i], sums[i] = r.Agent, r.Name, r.Team, r.sums
		offers[i], missed[i], declined[i] = r.Offers, r.Missed, r.Declined
	}
	t.AddText("agent", id)
	t.AddText("name", name)
	t.AddText("team", team)
	level.AddFigures(t, []string{"handled", "transferred"}, sums)
	t.AddCounts("offers", "offers made to the agent", offers)
	t.AddCounts("missed", "offers not answered in time", missed)
	t.AddCounts("declined", "offers refused", declined)
	level.AddFigures(t, []string{"aht_s", "talk_s", "hold_s", "wrap_s", "occupancy"}, sums)
	return t
}

// ShareRow is one agent's part of a group's calls.
type ShareRow struct {
	Agent   string `json:"agent"`
	Name    string `json:"name"`
	Group   string `json:"group"`
	Handled int64  `json:"handled"`
	Share   Number `json:"share"` // of the group's handled calls
}

// Distribution says how evenly calls were spread over agents.
type Distribution struct {
	Range    Range             `json:"range"`
	Rows     []ShareRow        `json:"rows"` // by group, most calls first
	Gini     Number            `json:"gini"` // over agents' totals
	CV       Number            `json:"cv"`
	Formulas map[string]string `json:"formulas"`
}

// Distribution makes the report on evenness, over agents and the groups of the queues they answered for.
func (s *Service) Distribution(ctx context.Context, params Params) (*Distribution, error) {
	params.By = ByGroup
	out := &Distribution{Rows: []ShareRow{}, Formulas: map[string]string{
		"gini":  "Σ (2i − n − 1)·xᵢ / (n·Σx), x ascending: 0 all handled the same, near 1 one agent handled all",
		"cv":    "standard deviation / mean of handled calls per agent",
		"share": "handled by the agent / handled in the group",
	}}
	err := s.run(ctx, params, func(p *plan.Plan) error { return distribution(p, out) })
	return out, err
}

func distribution(p *plan.Plan, out *Distribution) error {
	out.Range = p.RangeOut()
	counts := map[[2]string]int64{}
	perAgent, perGroup := map[string]float64{}, map[string]int64{}
	query := fmt.Sprintf(`SELECT agent, coalesce(queue, ''), count(*) FROM visits_all WHERE agent IS NOT NULL AND %s = 'answered'
 AND %[2]s >= %[3]s AND %[2]s < %[4]s%[5]s GROUP BY ALL`, metric.ExitSQL, level.CreditSQL(p), plan.Stamp(p.Span.From), plan.Stamp(p.Span.To), p.Where("queue"))
	err := plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var agent, queue string
		var n int64
		if err := r.Scan(&agent, &queue, &n); err != nil {
			return err
		}
		if p.MayShowAgent(agent) {
			group := p.Key(queue)
			counts[[2]string{agent, group}] += n
			perAgent[agent] += float64(n)
			perGroup[group] += n
		}
		return nil
	})
	for k, n := range counts {
		out.Rows = append(out.Rows, ShareRow{k[0], p.Dims.AgentName(k[0]), p.Dims.Group(k[1]), n, metric.Ratio(n, perGroup[k[1]])})
	}
	slices.SortFunc(out.Rows, func(a, b ShareRow) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(b.Handled, a.Handled), cmp.Compare(a.Agent, b.Agent))
	})
	totals := make([]float64, 0, len(perAgent))
	for _, n := range perAgent {
		totals = append(totals, n)
	}
	slices.Sort(totals) // sums in one order, whatever the map's
	out.Gini, out.CV = Number(metric.Gini(totals)), Number(metric.Variation(totals))
	return err
}
