package level

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agner-platform/agner/reporting/metric"
	"github.com/agner-platform/agner/reporting/plan"
)

// handlingStates and availableState are the two parts of occupancy.
const (
	handlingStates = `'reserved', 'talking', 'hold', 'wrap_up'`
	availableState = `'available'`
)

// SpansSQL gives agents' spans in the range, each cut to it: columns agent, site, state, reason, f and u (µs).
func SpansSQL(p *plan.Plan) string {
	return fmt.Sprintf(`SELECT agent, site, state, reason, greatest(epoch_us(from_at), %d) AS f,
 least(coalesce(epoch_us(to_at), %d), %d) AS u FROM agent_spans_all
 WHERE from_at < %s AND (to_at > %s OR to_at IS NULL)`, p.Span.From, p.Now, p.Span.To, plan.Stamp(p.Span.To), plan.Stamp(p.Span.From))
}

// presenceLook is how far before the range an agent's presence is looked for: a working day and its night.
const presenceLook = 24 * 60 * 60 * 1_000_000

// PresentSQL gives the agents whose presence is logged: those who were also in a state other than handling. Of agents
// whom a foreign log only shows in calls nobody knows when they were available, so they have no occupancy.
func PresentSQL(p *plan.Plan) string {
	return fmt.Sprintf(`SELECT agent FROM agent_spans_all WHERE state NOT IN (%s) AND from_at < %s AND (to_at > %s OR to_at IS NULL)`,
		handlingStates, plan.Stamp(p.Span.To), plan.Stamp(p.Span.From-presenceLook))
}

// countAgents adds agents' time to the rows and to the total, clipped at the intervals' edges; whose time counts where
// is AgentsSQL's. The total has every agent once.
func countAgents(p *plan.Plan, g *plan.Grid, rows *rowSet, total *Row) error {
	agents, err := AgentsSQL(p)
	if err != nil {
		return err
	}
	query := fmt.Sprintf(`WITH a AS (%s), c AS (
 SELECT k, whole, state IN (%s) AS busy, f, u, %[3]s AS first, %[4]s AS last
 FROM a WHERE u > f AND state IN (%[2]s, %[5]s) AND agent IN (%[8]s)), s AS (
 SELECT k, whole, busy, slot, sum(least(u, %[9]s) - greatest(f, %[10]s)) AS us
 FROM (SELECT k, whole, busy, f, u, unnest(range(first, last + 1)) AS slot FROM c) GROUP BY ALL), g AS (%[6]s)
SELECT k, whole, seg, busy, CAST(sum(us) AS BIGINT) FROM s ASOF JOIN g ON %[7]s >= g.seg GROUP BY ALL`,
		agents, handlingStates, g.SlotOf("f"), g.SlotOf("(u - 1)"), availableState, g.Table(), g.StartSQL("s.slot"), PresentSQL(p),
		g.EdgeSQL("(slot + 1)"), g.EdgeSQL("slot"))
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var k sql.NullString
		var segment, us int64
		var whole, busy bool
		if err := r.Scan(&k, &whole, &segment, &busy, &us); err != nil {
			return err
		}
		sum := metric.AvailableUs
		if busy {
			sum = metric.HandlingUs
		}
		if k.Valid {
			rows.row(p, g, cellKey{k.String, g.BucketOf[g.Index[segment]]}).Sums[sum] += us
		}
		if whole {
			total.Sums[sum] += us
		}
		return nil
	})
}

// AgentsSQL gives agents' spans in the range with the key that each counts under, if any (k), and whether it counts in
// the whole. One rule holds everywhere:
//
//   - A site has the time of all its agents, whichever of its queues they answered for, as long as all its queues count.
//   - A queue, a group, or the chosen queues of a site have time only if every agent who answered for them in the range
//     answered for nothing else: nobody knows for which of several queues an agent was ready.
//
// The whole follows the first where it is made of sites, else the second.
func AgentsSQL(p *plan.Plan) (string, error) {
	served, err := servedQueues(p)
	if err != nil {
		return "", err
	}
	sites, all := wholeSites(p)
	rows := served.dedicated(p, p.Key)
	if p.By == plan.BySite {
		rows = served.dedicated(p, func(queue string) string { return p.Dims.Queue(queue).Site })
	}
	together := served.dedicated(p, func(string) string { return "" })
	values := []string{"(NULL, NULL, NULL, false)"}
	for agent, queues := range served {
		k := "NULL"
		if key, ok := rows[agent]; ok {
			k = plan.Literal(key)
		}
		_, alone := together[agent]
		values = append(values, fmt.Sprintf("(%s, %s, %s, %t)", plan.Literal(agent), plan.Literal(onlySite(p, queues)), k, alone))
	}
	ofSite, whole := fmt.Sprintf("site IN (%s)", plan.Literals(sites)), "alone"
	if all {
		ofSite, whole = "true", "true"
	} else if len(sites) > 0 && made(p, sites) {
		whole = ofSite
	}
	k := map[plan.By]string{
		plan.BySite:  fmt.Sprintf("CASE WHEN %s THEN site ELSE k END", ofSite),
		plan.ByWhole: fmt.Sprintf("CASE WHEN %s THEN '' END", whole),
	}[p.By]
	if k == "" {
		k = "k"
	}
	return fmt.Sprintf(`SELECT agent, state, reason, f, u, %s AS k, %s AS whole FROM (
 SELECT a.agent, a.state, a.reason, a.f, a.u, coalesce(a.site, m.site, '') AS site, m.k, coalesce(m.alone, false) AS alone
 FROM (%s) a LEFT JOIN (VALUES %s) AS m(agent, site, k, alone) ON m.agent = a.agent)`, k, whole, SpansSQL(p), strings.Join(values, ", ")), nil
}

// served are the queues that each agent answered for in the range, whether they count or not.
type served map[string][]string

func servedQueues(p *plan.Plan) (served, error) {
	out := served{}
	query := fmt.Sprintf(`SELECT DISTINCT agent, coalesce(queue, '') FROM visits_all
 WHERE joined_at >= %s AND joined_at < %s AND agent IS NOT NULL`, plan.Stamp(p.Span.From), plan.Stamp(p.Span.To))
	return out, plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var agent, queue string
		if err := r.Scan(&agent, &queue); err != nil {
			return err
		}
		out[agent] = append(out[agent], queue)
		return nil
	})
}

// dedicated gives the key of each agent who answered for one key only, leaving out the keys that somebody else answered
// for who answered for more.
func (s served) dedicated(p *plan.Plan, key func(queue string) string) map[string]string {
	keys, shared := map[string]string{}, map[string]bool{}
	for agent, queues := range s {
		mine, others := map[string]bool{}, false
		for _, q := range queues {
			if p.Counts(q) {
				mine[key(q)] = true
			} else {
				others = true
			}
		}
		for k := range mine {
			keys[agent] = k
			if others || len(mine) > 1 {
				shared[k] = true
			}
		}
	}
	maps.DeleteFunc(keys, func(_, k string) bool { return shared[k] })
	return keys
}

// wholeSites are the sites all of whose queues count, or all there are. Who is bound to some of a site's queues has none:
// the time of all its agents is no business of theirs.
func wholeSites(p *plan.Plan) (sites []string, all bool) {
	if p.QueueIDs == nil {
		return nil, true
	}
	parts := map[string]bool{}
	for _, q := range p.Dims.Queues() {
		if q.Site != "" {
			parts[q.Site] = parts[q.Site] || !p.Counts(q.ID)
		}
	}
	for site, partly := range parts {
		if !partly {
			sites = append(sites, site)
		}
	}
	slices.Sort(sites)
	return sites, false
}

// made reports whether the queues that count lie in these sites, so that these are all of it.
func made(p *plan.Plan, sites []string) bool {
	return !slices.ContainsFunc(p.QueueIDs, func(q string) bool { return !slices.Contains(sites, p.Dims.Queue(q).Site) })
}

// onlySite is the site of the agent's queues if it is one: what is left to go by where the agent's log names none.
func onlySite(p *plan.Plan, queues []string) string {
	site := p.Dims.Queue(queues[0]).Site
	for _, q := range queues[1:] {
		if p.Dims.Queue(q).Site != site {
			return ""
		}
	}
	return site
}
