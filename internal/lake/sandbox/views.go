package sandbox

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agner-platform/agner/internal/lake/store"
)

// Table is what a query can read.
type Table struct {
	Name    string   `json:"name"`
	Text    string   `json:"text"`
	Columns []Column `json:"columns"`

	rows  rule
	drop  []string // columns that nobody is shown
	masks []string // columns that name an agent: null where the caller may not see it
}

// Column is one column of a table.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// rule says which rows a bounded caller sees.
type rule uint8

const (
	byQueue       rule = iota // of the queues of its scope
	byAgent                   // of the agents of its scope
	byInteraction             // of contacts that came to a queue of its scope
	everyRow
	idIsQueue
	idIsAgent
	idIsSite
	siteIsSite
)

// catalogue is every table, facts first.
var catalogue = []Table{
	{Name: "visits", Text: "one row for each passage of a contact through a queue that has ended", rows: byQueue, masks: []string{"agent"}},
	{Name: "offers", Text: "one row for each offer of a contact to an agent", rows: byQueue, masks: []string{"agent"}},
	{Name: "calls", Text: "one row for each leg of a call, with its quality", rows: byInteraction},
	{Name: "agent_spans", Text: "one row for each stretch of an agent's state", rows: byAgent},
	{Name: "ivr_steps", Text: "one row for each step in a menu", rows: byInteraction},
	{Name: "ivr_visits", Text: "one row for each passage through menus", rows: byInteraction},
	{Name: "codes", Text: "result codes", rows: byQueue, masks: []string{"agent", "by"}},
	{Name: "transfers", Text: "transfers", rows: byInteraction, masks: []string{"agent", "to_agent"}},
	{Name: "announcements", Text: "what callers were told in the queue", rows: byQueue},
	{Name: "callbacks", Text: "steps of callbacks", rows: byQueue, masks: []string{"agent"}},
	{Name: "surveys", Text: "answers of callers", rows: byQueue, masks: []string{"agent"}},
	{Name: "turns_meta", Text: "one row for each turn of a conversation, without its text", rows: byInteraction, masks: []string{"agent"}},
	{Name: "dim_sites", Text: "sites", rows: idIsSite},
	{Name: "dim_groups", Text: "groups of queues", rows: siteIsSite},
	{Name: "dim_queues", Text: "queues with the target of each time", rows: idIsQueue},
	{Name: "dim_agents", Text: "agents with the team of each time", rows: idIsAgent, drop: []string{"wage_cents"}},
	{Name: "dim_teams", Text: "teams", rows: siteIsSite},
	{Name: "dim_skills", Text: "skills", rows: everyRow},
	{Name: "dim_codes", Text: "meanings of result codes", rows: everyRow},
}

// dimColumns are those of the views on set-up, which have no DDL.
var dimColumns = map[string]string{
	"dim_sites": `id VARCHAR, name VARCHAR, zone VARCHAR, week_start INTEGER`, "dim_groups": `id VARCHAR, name VARCHAR, site VARCHAR`,
	"dim_queues": `id VARCHAR, name VARCHAR, site VARCHAR, grp VARCHAR, stream VARCHAR, threshold_us BIGINT, short_us BIGINT, target_sl DOUBLE, target_within_us BIGINT, targets JSON`,
	"dim_agents": `id VARCHAR, name VARCHAR, extension VARCHAR, team VARCHAR, wage_cents BIGINT`, "dim_teams": `id VARCHAR, name VARCHAR, site VARCHAR`,
	"dim_skills": `id VARCHAR, name VARCHAR`, "dim_codes": `id VARCHAR, code VARCHAR, label VARCHAR, queue VARCHAR`,
}

// Tables lists what a query can read.
func Tables() []Table {
	out := slices.Clone(catalogue)
	for i := range out {
		ddl := store.Columns(out[i].Name)
		if d, ok := dimColumns[out[i].Name]; ok {
			ddl = d + `, valid_from TIMESTAMP, valid_to TIMESTAMP`
		}
		for part := range strings.SplitSeq(ddl, ",") {
			name, kind, _ := strings.Cut(strings.TrimSpace(part), " ")
			if name = strings.Trim(name, `"`); !slices.Contains(out[i].drop, name) {
				out[i].Columns = append(out[i].Columns, Column{name, kind})
			}
		}
	}
	return out
}

// sources are the projections that views are made of.
func sources() []string {
	names := []string{"dims_log"}
	for _, t := range catalogue {
		if store.Columns(t.Name) != "" {
			names = append(names, t.Name)
		}
	}
	return names
}

// views are the statements that make the caller's tables: schema src holds everything, main what may be seen of it.
func (j *Job) views() []string {
	list := []string{`CREATE SCHEMA src`, `SET search_path = 'src'`}
	for _, name := range sources() {
		files := j.Files[name]
		if len(files) == 0 {
			list = append(list, `CREATE TABLE src.`+name+` (`+store.Columns(name)+`)`)
			continue
		}
		paths := make([]string, len(files))
		for i, f := range files {
			paths[i] = literal(j.path(f))
		}
		list = append(list, `CREATE VIEW src.`+name+` AS SELECT * FROM read_parquet([`+strings.Join(paths, ", ")+`], hive_partitioning = false)`)
	}
	list = append(list, store.DimViews()...)
	for _, t := range catalogue {
		list = append(list, `CREATE VIEW main.`+t.Name+` AS SELECT * `+j.star(&t)+` FROM src.`+t.Name+` t WHERE `+j.where(t.rows))
	}
	return append(list, `SET search_path = 'main,src'`)
}

func (j *Job) path(file string) string { return filepath.Join(j.Root, filepath.FromSlash(file)) }

// star leaves out and masks columns.
func (j *Job) star(t *Table) string {
	out := ""
	if len(t.drop) > 0 {
		out = `EXCLUDE (` + strings.Join(t.drop, ", ") + `)`
	}
	if j.Scope.Agents == nil || len(t.masks) == 0 {
		return out
	}
	var masked []string
	for _, c := range t.masks {
		masked = append(masked, fmt.Sprintf(`CASE WHEN %[1]s IN (%[2]s) THEN %[1]s END AS %[1]s`, `"`+c+`"`, literals(j.Scope.Agents)))
	}
	return out + ` REPLACE (` + strings.Join(masked, ", ") + `)`
}

// where keeps the rows of the scope.
func (j *Job) where(r rule) string {
	one := func(column string, ids []string) string {
		if ids == nil {
			return `true`
		}
		return column + ` IN (` + literals(ids) + `)`
	}
	switch r {
	case byQueue:
		return one(`queue`, j.Scope.Queues)
	case byAgent:
		return one(`agent`, j.Scope.Agents)
	case byInteraction:
		if j.Scope.Queues == nil {
			return `true`
		}
		return `interaction IN (SELECT v.interaction FROM src.visits v WHERE ` + one(`v.queue`, j.Scope.Queues) + `)`
	case idIsQueue:
		return one(`id`, j.Scope.Queues)
	case idIsAgent:
		return one(`id`, j.Scope.Agents)
	case idIsSite:
		return one(`id`, j.Scope.Sites)
	case siteIsSite:
		return one(`site`, j.Scope.Sites)
	}
	return `true`
}

// literal makes a string literal.
func literal(s string) string { return `'` + strings.ReplaceAll(s, `'`, `''`) + `'` }

// literals are the members of an IN list; an empty one matches nothing.
func literals(ids []string) string {
	if len(ids) == 0 {
		return `NULL`
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = literal(id)
	}
	return strings.Join(out, ", ")
}
