package plan

import (
	"database/sql"
	"fmt"
	"slices"

	"github.com/agner-platform/agner/internal/interval"
)

// AsOf is the moment whose names and teams are shown: the end of the range, or now where that is still to come.
func (p *Plan) AsOf() int64 { return min(p.Span.To-1, p.Now) }

// MayShowAgent reports whether the scope includes an agent: by the team of that moment, or, of an agent in no team,
// by the queues that it answered for. After an import agents have no teams yet.
func (p *Plan) MayShowAgent(agent string) bool {
	sc := p.Scope
	if sc.open() && len(sc.Teams) == 0 {
		return true
	}
	team := p.Dims.Team(agent, p.AsOf())
	switch {
	case team == "":
		return p.serving[agent]
	case len(sc.Teams) > 0:
		return slices.Contains(sc.Teams, team)
	}
	return p.serving[agent] || len(sc.Sites) > 0 && slices.Contains(sc.Sites, p.Dims.TeamSite(team))
}

// servingLook is how far before a short range an agent's calls still say where it answers.
const servingLook = 31 * 24 * interval.HourUs

// setServing finds the agents who answered for queues within the scope. Who is bound to teams alone is told of no others.
func (p *Plan) setServing() error {
	if p.Scope.open() {
		return nil
	}
	p.serving = map[string]bool{}
	queues := p.Scope.Queues
	for _, q := range p.Dims.Queues() {
		queues = append(queues[:len(queues):len(queues)], q.ID)
	}
	queues = slices.DeleteFunc(slices.Clone(queues), func(id string) bool { return !p.Scope.Allows(p.Dims.Queue(id)) })
	query := fmt.Sprintf(`SELECT DISTINCT agent FROM visits_all WHERE agent IS NOT NULL AND joined_at >= %s AND joined_at < %s AND queue IN (%s)`,
		Stamp(min(p.Span.From, p.Span.To-servingLook)), Stamp(p.Span.To), Literals(queues))
	return Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var agent string
		if err := r.Scan(&agent); err != nil {
			return err
		}
		p.serving[agent] = true
		return nil
	})
}

// ShownAgents are the agents within the scope, those that set-up does not know included.
func (p *Plan) ShownAgents() []string {
	var ids []string
	for agent := range p.serving {
		if p.MayShowAgent(agent) {
			ids = append(ids, agent)
		}
	}
	for _, a := range p.Dims.Agents() {
		if p.MayShowAgent(a.ID) && !p.serving[a.ID] {
			ids = append(ids, a.ID)
		}
	}
	slices.Sort(ids)
	return ids
}
