package erlang

import (
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
)

// Group is a kind of agent: the skills it has and how many there are.
type Group struct {
	Skills    []string
	Available float64 // agents, ≥ 0
	Cost      float64 // per agent, > 0
}

// MultiSkillFloor returns the fewest (cheapest) agents of each group whose time
// can be split so that every skill gets its own requirement. It is a lower bound:
// a person is counted once, however many skills she has, and perfect sharing is
// assumed; simulation with the real router gives the true need.
//
//	minimise Σ_g cost_g·Σ_k f_gk   subject to   Σ_k f_gk ≤ available_g,
//	Σ_g f_gk = need_k,  f ≥ 0, f_gk = 0 where g lacks k
//
// Domain: needs ≥ 0, available ≥ 0, cost > 0. A need nobody can meet gives an
// error matching ErrUnreachable that names the skill or the shortage.
func MultiSkillFloor(needs map[string]float64, groups []Group) ([]float64, error) {
	skills := make([]string, 0, len(needs))
	for k, v := range needs {
		if err := finite("need of "+k, v, 0); err != nil {
			return nil, err
		}
		skills = append(skills, k)
	}
	slices.Sort(skills)
	cols, err := flows(skills, groups)
	if err != nil {
		return nil, err
	}
	for _, k := range skills {
		if needs[k] > 0 && !slices.ContainsFunc(cols, func(c flow) bool { return skills[c.skill] == k }) {
			return nil, fmt.Errorf("skill %q needs %g agents and no group has it: %w", k, needs[k], ErrUnreachable)
		}
	}
	return solveFloor(needs, skills, groups, cols)
}

// flow is one column of the linear programme: agents of a group given to a skill.
type flow struct{ group, skill int }

func flows(skills []string, groups []Group) ([]flow, error) {
	var cols []flow
	for g, group := range groups {
		if err := first(finite("available", group.Available, 0), positive("cost", group.Cost)); err != nil {
			return nil, fmt.Errorf("group %d: %w", g, err)
		}
		for _, k := range group.Skills {
			if i, ok := slices.BinarySearch(skills, k); ok {
				cols = append(cols, flow{g, i})
			}
		}
	}
	return cols, nil
}

func solveFloor(needs map[string]float64, skills []string, groups []Group, cols []flow) ([]float64, error) {
	out := make([]float64, len(groups))
	if len(cols) == 0 {
		return out, nil
	}
	// Rows: one equality a skill that some group has, one a group with its slack.
	n, rows := len(cols)+len(groups), len(skills)+len(groups)
	a, b, c := mat.NewDense(rows, n, nil), make([]float64, rows), make([]float64, n)
	for j, f := range cols {
		a.Set(f.skill, j, 1)
		a.Set(len(skills)+f.group, j, 1)
		c[j] = groups[f.group].Cost
	}
	for g := range groups {
		a.Set(len(skills)+g, len(cols)+g, 1)
		b[len(skills)+g] = groups[g].Available
	}
	for k, name := range skills {
		b[k] = needs[name]
	}
	a, b = withoutEmptyRows(a, b)
	_, x, err := lp.Simplex(c, a, b, 1e-10, nil)
	switch {
	case errors.Is(err, lp.ErrInfeasible):
		return nil, fmt.Errorf("the groups have too few agents for all skills together: %w", ErrUnreachable)
	case err != nil:
		return nil, fmt.Errorf("multi-skill floor: %w", err)
	}
	for j, f := range cols {
		out[f.group] += x[j]
	}
	return out, nil
}

// withoutEmptyRows drops rows of zeros (a skill nobody needs and nobody has),
// which the simplex method refuses.
func withoutEmptyRows(a *mat.Dense, b []float64) (*mat.Dense, []float64) {
	rows, n := a.Dims()
	var data, rhs []float64
	for i := range rows {
		if row := a.RawRowView(i); slices.ContainsFunc(row, func(v float64) bool { return v != 0 }) {
			data = append(data, row...)
			rhs = append(rhs, b[i])
		}
	}
	return mat.NewDense(len(rhs), n, data), rhs
}
