package plan

import "slices"

// AsOf is the moment whose names and teams are shown: the end of the range, or now where that is still to come.
func (p *Plan) AsOf() int64 { return min(p.Span.To-1, p.Now) }

// MayShowAgent reports whether the scope's teams include the agent's team of that moment.
func (p *Plan) MayShowAgent(agent string) bool {
	return len(p.Scope.Teams) == 0 || slices.Contains(p.Scope.Teams, p.Dims.Team(agent, p.AsOf()))
}
