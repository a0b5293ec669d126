// Package dims reads the set-up rows that reports need out of the lake: names, and what was in force on a day.
//
// Targets and teams are dated: a report of May uses the target and the team of May ([Dims.Target], [Dims.Team]). Sites
// and groups of queues, and all names, are those of today, because people look for the queue they know. A queue or
// agent that set-up does not know goes by its id, so that no call disappears from a report for want of a name.
package dims

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/interval"
)

// Querier runs a query against one state of the lake; a *lake.Reader is one.
type Querier interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	Arrow(ctx context.Context, query string, args ...any) (array.RecordReader, error)
}

// Queue is a queue as reports name and group it.
type Queue struct {
	ID      string
	Name    string
	Site    string
	Group   string
	Retired bool
}

// Named is anything that reports need only the name of.
type Named struct {
	ID      string
	Name    string
	Site    string // teams and groups: their site, if any
	Retired bool
}

// Site is a place with its zone.
type Site struct {
	Named
	Zone      *time.Location
	WeekStart time.Weekday
}

// Code is a wrap-up code.
type Code struct{ ID, Code, Label string }

// Dims are the set-up rows of the lake at one moment. It is immutable.
type Dims struct {
	queues  map[string]Queue
	sites   map[string]Site
	groups  map[string]Named
	teams   map[string]Named
	agents  map[string]Named
	codes   map[string]Code
	targets map[string][]db.QueueTarget // by queue, in order of valid_from
	terms   map[string][]db.AgentTerms  // by agent, in order of valid_from
	labels  map[string]string           // of queues
	acts    []db.Activity               // by name
}

const query = `SELECT tbl, retired, "row" FROM dims_current
WHERE tbl IN ('sites', 'queues', 'queue_groups', 'teams', 'agents', 'codes', 'queue_targets', 'agent_terms', 'activities')`

// Load reads the set-up rows. They are few: one a queue, agent, team, code and change of target or team.
func Load(ctx context.Context, q Querier) (*Dims, error) {
	rows, err := q.Query(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("read set-up: %w", err)
	}
	defer rows.Close()
	d := &Dims{
		queues: map[string]Queue{}, sites: map[string]Site{}, groups: map[string]Named{}, teams: map[string]Named{}, agents: map[string]Named{},
		codes: map[string]Code{}, labels: map[string]string{}, targets: map[string][]db.QueueTarget{}, terms: map[string][]db.AgentTerms{},
	}
	for rows.Next() {
		var table, row string
		var retired bool
		if err := rows.Scan(&table, &retired, &row); err != nil {
			return nil, fmt.Errorf("read set-up: %w", err)
		}
		if err := d.add(table, retired, []byte(row)); err != nil {
			return nil, fmt.Errorf("read set-up of %s: %w", table, err)
		}
	}
	d.labelQueues()
	slices.SortFunc(d.acts, func(a, b db.Activity) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	for _, list := range d.targets {
		slices.SortFunc(list, func(a, b db.QueueTarget) int { return cmp.Compare(a.ValidFrom, b.ValidFrom) })
	}
	for _, list := range d.terms {
		slices.SortFunc(list, func(a, b db.AgentTerms) int { return cmp.Compare(a.ValidFrom, b.ValidFrom) })
	}
	return d, rows.Err()
}

// removed is what a deleted dated row leaves behind.
type removed struct {
	Removed bool `json:"removed"`
}

func decode[T any](row []byte, use func(*T)) error {
	var v T
	if err := json.Unmarshal(row, &v); err != nil {
		return err
	}
	use(&v)
	return nil
}

func (d *Dims) add(table string, retired bool, row []byte) error {
	named := func(m map[string]Named, id, name, site string) { m[id] = Named{id, name, site, retired} }
	switch table {
	case "sites":
		return d.addSite(retired, row)
	case "queues":
		return decode(row, func(q *db.Queue) {
			d.queues[q.ID] = Queue{ID: q.ID, Name: q.Name, Site: q.SiteID, Group: q.GroupID, Retired: retired}
		})
	case "queue_groups":
		return decode(row, func(g *db.Group) { named(d.groups, g.ID, g.Name, g.SiteID) })
	case "teams":
		return decode(row, func(t *db.Team) { named(d.teams, t.ID, t.Name, t.SiteID) })
	case "agents":
		return decode(row, func(a *db.Agent) { named(d.agents, a.ID, a.Name, "") })
	case "activities":
		return decode(row, func(a *db.Activity) {
			if !retired {
				d.acts = append(d.acts, *a)
			}
		})
	case "codes":
		return decode(row, func(c *db.Code) { d.codes[c.ID] = Code{c.ID, c.Code, c.Label} })
	}
	return d.addDated(table, row)
}

func (d *Dims) addSite(retired bool, row []byte) error {
	var s db.Site
	if err := json.Unmarshal(row, &s); err != nil {
		return err
	}
	zone, err := interval.LoadZone(s.Zone)
	if err != nil {
		return fmt.Errorf("site %s: %w", s.ID, err)
	}
	d.sites[s.ID] = Site{Named{s.ID, s.Name, "", retired}, zone, interval.FromISO(max(1, s.WeekStart))}
	return nil
}

func (d *Dims) addDated(table string, row []byte) error {
	var gone removed
	if err := json.Unmarshal(row, &gone); err != nil || gone.Removed {
		return err
	}
	if table == "queue_targets" {
		return decode(row, func(t *db.QueueTarget) { d.targets[t.QueueID] = append(d.targets[t.QueueID], *t) })
	}
	return decode(row, func(t *db.AgentTerms) { d.terms[t.AgentID] = append(d.terms[t.AgentID], *t) })
}

// Queue returns a queue; one that set-up does not know is named by its id.
func (d *Dims) Queue(id string) Queue {
	if q, ok := d.queues[id]; ok {
		return q
	}
	return Queue{ID: id, Name: id}
}

// QueueName is how reports call a queue: by its name, and its site in brackets where several queues go by it.
func (d *Dims) QueueName(id string) string { return nameOr(d.labels[id], id) }

// labelQueues tells queues of one name apart: by their sites, and by their ids where that does not do.
func (d *Dims) labelQueues() {
	names, places := map[string]int{}, map[[2]string]int{}
	for _, q := range d.queues {
		names[q.Name]++
		places[[2]string{q.Name, q.Site}]++
	}
	for id, q := range d.queues {
		switch {
		case names[q.Name] == 1:
			d.labels[id] = q.Name
		case q.Site != "" && places[[2]string{q.Name, q.Site}] == 1:
			d.labels[id] = fmt.Sprintf("%s (%s)", q.Name, d.SiteName(q.Site))
		default:
			d.labels[id] = fmt.Sprintf("%s (%s)", q.Name, id)
		}
	}
}

// FindQueues returns the ids of the queues that go by this id or name.
func (d *Dims) FindQueues(idOrName string) []string {
	var ids []string
	for id, q := range d.queues {
		if id == idOrName || q.Name == idOrName {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Queues, Sites, Groups, Teams, Agents and Codes list what set-up knows, by name.
func (d *Dims) Queues() []Queue {
	return sorted(d.queues, func(q Queue) string { return q.Name + "\x00" + q.ID })
}

// Sites lists the sites by name.
func (d *Dims) Sites() []Site {
	return sorted(d.sites, func(s Site) string { return s.Name + "\x00" + s.ID })
}

// Groups lists the groups of queues by name.
func (d *Dims) Groups() []Named { return sorted(d.groups, byName) }

// Teams lists the teams by name.
func (d *Dims) Teams() []Named { return sorted(d.teams, byName) }

// Agents lists the agents by name.
func (d *Dims) Agents() []Named { return sorted(d.agents, byName) }

func byName(n Named) string { return n.Name + "\x00" + n.ID }

func sorted[T any](m map[string]T, key func(T) string) []T {
	out := make([]T, 0, len(m))
	for _, v := range m {
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return out
}

// Site returns a site; false if set-up does not know it.
func (d *Dims) Site(id string) (Site, bool) {
	s, ok := d.sites[id]
	return s, ok
}

// Group returns the group's name, or its id.
func (d *Dims) Group(id string) string { return nameOr(d.groups[id].Name, id) }

// SiteName returns the site's name, or its id.
func (d *Dims) SiteName(id string) string { return nameOr(d.sites[id].Name, id) }

// TeamName returns the team's name, or its id.
func (d *Dims) TeamName(id string) string { return nameOr(d.teams[id].Name, id) }

// TeamSite returns the id of the team's site; empty where it has none.
func (d *Dims) TeamSite(id string) string { return d.teams[id].Site }

// AgentName returns the agent's name, or its id.
func (d *Dims) AgentName(id string) string { return nameOr(d.agents[id].Name, id) }

// Code returns a wrap-up code; one that set-up does not know is its own label.
func (d *Dims) Code(id string) Code {
	if c, ok := d.codes[id]; ok {
		return c
	}
	return Code{id, id, id}
}

func nameOr(name, id string) string {
	if name == "" {
		return id
	}
	return name
}

// Targets returns every target the queue had, in order of time. Treat it as read-only.
func (d *Dims) Targets(queue string) []db.QueueTarget { return d.targets[queue] }

// Target returns the queue's target in force at the start of the local day (µs); false where it has none.
func (d *Dims) Target(queue string, day int64) (db.QueueTarget, bool) {
	list := d.targets[queue]
	for i := len(list) - 1; i >= 0; i-- {
		if int64(list[i].ValidFrom) <= day {
			return list[i], true
		}
	}
	return db.QueueTarget{}, false
}

// Terms returns the agent's terms in force at the instant; false where none are known.
func (d *Dims) Terms(agent string, at int64) (db.AgentTerms, bool) {
	list := d.terms[agent]
	for i := len(list) - 1; i >= 0; i-- {
		if int64(list[i].ValidFrom) <= at {
			return list[i], true
		}
	}
	return db.AgentTerms{}, false
}

// Team returns the id of the agent's team at the instant; empty where it is in none.
func (d *Dims) Team(agent string, at int64) string {
	t, _ := d.Terms(agent, at)
	return t.TeamID
}
