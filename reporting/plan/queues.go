package plan

import (
	"database/sql"
	"fmt"
	"slices"

	"github.com/agner-platform/agner/reporting/dims"
)

// setQueues finds the queues that the parameters and the scope leave. A queue that set-up does not know belongs to no
// site and no group, so that it is seen only where neither is asked for or imposed.
func (p *Plan) setQueues() error {
	if err := p.checkNames(); err != nil {
		return err
	}
	sc := p.Scope
	if len(p.Queues)+len(p.Sites)+len(p.Groups)+len(sc.Sites)+len(sc.Queues) == 0 {
		return nil
	}
	p.QueueIDs = []string{}
	known := p.Dims.Queues()
	for _, q := range append(p.Queues, sc.Queues...) {
		if len(p.Dims.FindQueues(q)) == 0 {
			known = append(known, p.Dims.Queue(q))
		}
	}
	for _, q := range known {
		asked := (len(p.Queues) == 0 || Matches(p.Queues, q.ID, q.Name)) &&
			(len(p.Sites) == 0 || Matches(p.Sites, q.Site, p.Dims.SiteName(q.Site))) &&
			(len(p.Groups) == 0 || Matches(p.Groups, q.Group, p.Dims.Group(q.Group)))
		if asked && p.Scope.Allows(q) {
			p.QueueIDs = append(p.QueueIDs, q.ID)
		}
	}
	return nil
}

// checkNames refuses queues, sites and groups that there are not, or not within the scope: answers do not tell which.
func (p *Plan) checkNames() error {
	for _, q := range p.Queues {
		if !p.mayAsk(q) {
			return &ParamError{"queue", q, "no such queue"}
		}
	}
	for _, name := range p.Params.Sites {
		if !slices.ContainsFunc(p.Dims.Sites(), func(s dims.Site) bool {
			return Matches([]string{name}, s.ID, s.Name) && p.Scope.AllowsSite(p.Dims, s.ID)
		}) {
			return &ParamError{"site", name, "no such site"}
		}
	}
	for _, name := range p.Groups {
		if !slices.ContainsFunc(p.Dims.Groups(), func(g dims.Named) bool {
			return Matches([]string{name}, g.ID, g.Name) && p.Scope.AllowsGroup(p.Dims, g.ID)
		}) {
			return &ParamError{"group", name, "no such group"}
		}
	}
	return nil
}

// mayAsk reports whether there is such a queue within the scope: beyond it a queue is as good as none, so that answers
// do not tell which queues exist.
func (p *Plan) mayAsk(idOrName string) bool {
	ids := p.Dims.FindQueues(idOrName)
	if len(ids) == 0 {
		return p.Scope.Allows(p.Dims.Queue(idOrName)) && p.seen(idOrName)
	}
	return slices.ContainsFunc(ids, func(id string) bool { return p.Scope.Allows(p.Dims.Queue(id)) })
}

// seen reports whether the lake holds visits of a queue that set-up does not know.
func (p *Plan) seen(queue string) bool {
	found := false
	err := Each(p.Ctx, p.Q, `SELECT 1 FROM visits_all WHERE queue = `+Literal(queue)+` LIMIT 1`, func(*sql.Rows) error {
		found = true
		return nil
	})
	return err == nil && found
}

// Allows reports whether a queue lies inside the scope.
func (s Scope) Allows(q dims.Queue) bool {
	return (len(s.Queues) == 0 || slices.Contains(s.Queues, q.ID)) && (len(s.Sites) == 0 || slices.Contains(s.Sites, q.Site))
}

// open reports whether the scope leaves all queues.
func (s Scope) open() bool { return len(s.Sites)+len(s.Queues) == 0 }

// AllowsSite reports whether the scope leaves anything of a site.
func (s Scope) AllowsSite(d *dims.Dims, site string) bool {
	if len(s.Sites) > 0 && !slices.Contains(s.Sites, site) {
		return false
	}
	return len(s.Queues) == 0 || slices.ContainsFunc(d.Queues(), func(q dims.Queue) bool { return q.Site == site && s.Allows(q) })
}

// AllowsGroup reports whether the scope leaves a queue of a group.
func (s Scope) AllowsGroup(d *dims.Dims, group string) bool {
	return s.open() || slices.ContainsFunc(d.Queues(), func(q dims.Queue) bool { return q.Group == group && s.Allows(q) })
}

// Where restricts a column to the queues that count.
func (p *Plan) Where(column string) string {
	if p.QueueIDs == nil {
		return ""
	}
	return fmt.Sprintf(" AND %s IN (%s)", column, Literals(p.QueueIDs))
}

// Counts reports whether a queue is among those that count.
func (p *Plan) Counts(queue string) bool {
	return p.QueueIDs == nil || slices.Contains(p.QueueIDs, queue)
}
