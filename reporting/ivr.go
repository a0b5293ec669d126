package reporting

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/agner-platform/agner/reporting/level"
	"github.com/agner-platform/agner/reporting/metric"
	"github.com/agner-platform/agner/reporting/plan"
)

// Menu is the report on callers in menus.
type Menu struct {
	Range       Range             `json:"range"`
	Entered     int64             `json:"entered"`
	Queued      int64             `json:"queued"`
	Contained   int64             `json:"contained"` // served without an agent
	HungUp      int64             `json:"hung_up"`
	Failed      int64             `json:"failed"`
	Containment Number            `json:"containment"`
	MeanTimeS   Number            `json:"mean_time_s"`
	Nodes       []MenuNode        `json:"nodes"`
	Formulas    map[string]string `json:"formulas"`
}

// MenuNode is one node of a menu.
type MenuNode struct {
	Flow      string `json:"flow"`
	Node      string `json:"node"`
	Entered   int64  `json:"entered"` // callers who passed it
	Left      int64  `json:"left"`    // whose last node it was, whichever way they left
	HungUp    int64  `json:"hung_up"`
	DropOff   Number `json:"drop_off"`
	MeanTimeS Number `json:"mean_time_s"`
}

// IVR makes the report on menus. A queue among the parameters keeps the callers who went on to it.
func (s *Service) IVR(ctx context.Context, params Params) (*Menu, error) {
	out := &Menu{Nodes: []MenuNode{}, Formulas: map[string]string{
		"containment": "left the menu served, without an agent / entered",
		"drop_off":    "hung up in this node / entered this node",
	}}
	err := s.run(ctx, params, func(p *plan.Plan) error {
		out.Range = p.RangeOut()
		if err := menus(p, out); err != nil {
			return err
		}
		return menuNodes(p, out)
	})
	return out, err
}

// menuSQL gives the menu visits that count. A caller who reached no queue belongs to none: where only some queues may
// be seen, the site decides.
func menuSQL(p *plan.Plan) string {
	scope := ""
	if len(p.Scope.Sites) > 0 {
		scope += fmt.Sprintf(" AND site IN (%s)", plan.Literals(p.Scope.Sites))
	}
	if len(p.Queues) > 0 || len(p.Groups) > 0 || len(p.Scope.Queues) > 0 {
		scope += p.Where("queue")
	}
	if len(p.Sites) > 0 {
		var ids []string
		for _, s := range p.Dims.Sites() {
			if plan.Matches(p.Sites, s.ID, s.Name) {
				ids = append(ids, s.ID)
			}
		}
		scope += fmt.Sprintf(" AND site IN (%s)", plan.Literals(ids))
	}
	return fmt.Sprintf(`SELECT * FROM ivr_visits WHERE entered_at >= %s AND entered_at < %s%s`, plan.Stamp(p.Span.From), plan.Stamp(p.Span.To), scope)
}

func menus(p *plan.Plan, out *Menu) error {
	query := fmt.Sprintf(`SELECT count(*), count(*) FILTER (outcome = 'queued'), count(*) FILTER (outcome = 'served'),
 count(*) FILTER (outcome = 'hung_up'), count(*) FILTER (outcome = 'failed'), CAST(coalesce(sum(spent_us), 0) AS BIGINT) FROM (%s)`, menuSQL(p))
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var spent int64
		if err := r.Scan(&out.Entered, &out.Queued, &out.Contained, &out.HungUp, &out.Failed, &spent); err != nil {
			return err
		}
		out.Containment, out.MeanTimeS = metric.Ratio(out.Contained, out.Entered), metric.Ratio(spent, out.Entered)/1e6
		return nil
	})
}

func menuNodes(p *plan.Plan, out *Menu) error {
	// Whoever left in a node without taking its step had entered it all the same.
	query := fmt.Sprintf(`WITH m AS (%s), passed AS (
 SELECT coalesce(flow, '') AS flow, node, interaction, spent_us, 1 AS step, NULL AS hung_up FROM ivr_steps
 WHERE "at" >= %s AND "at" < %s AND interaction IN (SELECT interaction FROM m)
 UNION ALL SELECT coalesce(flow, ''), last_node, interaction, 0, 0, outcome = 'hung_up' FROM m WHERE last_node IS NOT NULL)
SELECT flow, node, count(DISTINCT interaction), count(DISTINCT interaction) FILTER (hung_up IS NOT NULL), count(DISTINCT interaction) FILTER (hung_up),
 CAST(coalesce(sum(spent_us), 0) AS BIGINT), CAST(sum(step) AS BIGINT)
FROM passed GROUP BY flow, node ORDER BY 3 DESC, 1, 2`, menuSQL(p), plan.Stamp(p.Span.From), plan.Stamp(p.Span.To+level.ContactReach))
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var n MenuNode
		var spent, steps int64
		if err := r.Scan(&n.Flow, &n.Node, &n.Entered, &n.Left, &n.HungUp, &spent, &steps); err != nil {
			return err
		}
		n.DropOff, n.MeanTimeS = metric.Ratio(n.HungUp, n.Entered), metric.Ratio(spent, steps)/1e6
		out.Nodes = append(out.Nodes, n)
		return nil
	})
}
