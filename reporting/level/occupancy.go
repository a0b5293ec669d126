package level

import (
	"database/sql"
	"fmt"
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

// countAgents adds agents' time to the rows, clipped at the intervals' edges. A queue or group gets the time of the
// agents who answered for no other in the range; a site the time of all its agents. The total has every agent once.
func countAgents(p *plan.Plan, g *plan.Grid, rows *rowSet, total *Row) error {
	key, join, err := agentKeys(p)
	if err != nil {
		return err
	}
	query := fmt.Sprintf(`WITH a AS (%s), c AS (
 SELECT %s AS k, state IN (%s) AS busy, f, u, (f - %[4]d) // %[5]d AS first, (u - 1 - %[4]d) // %[5]d AS last
 FROM a%[6]s WHERE u > f AND state IN (%[3]s, %[7]s) AND a.agent IN (%[10]s)), s AS (
 SELECT k, busy, slot, sum(least(u, (slot + 1) * %[5]d + %[4]d) - greatest(f, slot * %[5]d + %[4]d)) AS us
 FROM (SELECT k, busy, f, u, unnest(range(first, last + 1)) AS slot FROM c) GROUP BY ALL), g AS (%[8]s)
SELECT k, seg, busy, CAST(sum(us) AS BIGINT) FROM s ASOF JOIN g ON %[9]s >= g.seg GROUP BY ALL`,
		SpansSQL(p), key, handlingStates, g.Segments[0].Start, g.Unit(), join, availableState, g.Table(), g.StartSQL("s.slot"), PresentSQL(p))
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var k sql.NullString
		var segment, us int64
		var busy bool
		if err := r.Scan(&k, &segment, &busy, &us); err != nil {
			return err
		}
		sum := metric.AvailableUs
		if busy {
			sum = metric.HandlingUs
		}
		if k.Valid {
			rows.row(p, g, cellKey{k.String, g.BucketOf[g.Index[segment]]}).Sums[sum] += us
		}
		if k.Valid || p.QueueIDs == nil {
			total.Sums[sum] += us
		}
		return nil
	})
}

// agentKeys says which key an agent's time counts under: an expression, and the join that it needs.
func agentKeys(p *plan.Plan) (expr, join string, err error) {
	if p.By == plan.BySite {
		if p.QueueIDs == nil {
			return "coalesce(site, '')", "", nil
		}
		return fmt.Sprintf("CASE WHEN site IN (%s) THEN site END", plan.Literals(queueSites(p))), "", nil
	}
	dedicated, err := dedicated(p)
	if err != nil {
		return "", "", err
	}
	values := []string{"(NULL, NULL)"}
	for agent, key := range dedicated {
		values = append(values, fmt.Sprintf("(%s, %s)", plan.Literal(agent), plan.Literal(key)))
	}
	return "m.k", " LEFT JOIN (VALUES " + strings.Join(values, ", ") + ") AS m(agent, k) ON m.agent = a.agent", nil
}

// queueSites are the sites of the queues that count.
func queueSites(p *plan.Plan) []string {
	var sites []string
	for _, q := range p.QueueIDs {
		sites = append(sites, p.Dims.Queue(q).Site)
	}
	return sites
}

// dedicated finds the agents who answered for one key only, and the key.
func dedicated(p *plan.Plan) (map[string]string, error) {
	keys := map[string]string{}
	shared := map[string]bool{}
	query := fmt.Sprintf(`SELECT DISTINCT agent, coalesce(queue, '') FROM visits_all
 WHERE joined_at >= %s AND joined_at < %s AND agent IS NOT NULL`, plan.Stamp(p.Span.From), plan.Stamp(p.Span.To))
	err := plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var agent, queue string
		if err := r.Scan(&agent, &queue); err != nil {
			return err
		}
		k := p.Key(queue)
		if have, ok := keys[agent]; ok && have != k || !p.Counts(queue) {
			shared[agent] = true
		}
		keys[agent] = k
		return nil
	})
	for agent := range shared {
		delete(keys, agent)
	}
	return keys, err
}
