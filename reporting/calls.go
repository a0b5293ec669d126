package reporting

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"github.com/agner-platform/agner/reporting/plan"
	"slices"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/dims"
	"github.com/agner-platform/agner/reporting/metric"
)

// CallFilter chooses visits. Empty fields do not filter.
type CallFilter struct {
	Number           string // an outside number; it is turned into its pseudonym and goes nowhere else
	Agent            string // id or name
	Exit             string
	MinWait, MaxWait *time.Duration
	After            *Position // continue behind this row
	Limit            int       // rows; 0: 50
}

// Position is where a page of calls ended.
type Position struct {
	JoinedAt int64
	Visit    string
}

// CallRow is one visit.
type CallRow struct {
	Interaction string  `json:"interaction"`
	Visit       string  `json:"visit"`
	Queue       string  `json:"queue"`
	QueueID     string  `json:"queue_id"`
	Agent       string  `json:"agent"`
	AgentID     string  `json:"agent_id"`
	JoinedAt    string  `json:"joined_at"`
	WaitS       float64 `json:"wait_s"`
	Exit        string  `json:"exit"` // waiting while it is
	TalkS       *Number `json:"talk_s"`
	HoldS       *Number `json:"hold_s"`
	WrapS       *Number `json:"wrap_s"`
	Priority    int64   `json:"priority"`
	Transferred bool    `json:"transferred"`
	at          int64
}

// Calls is one page of visits, newest first.
type Calls struct {
	Range Range
	Rows  []CallRow
	Next  *Position // nil on the last page
}

const (
	defaultCalls = 50
	maxCalls     = 1000 // rows a page; more is what exports are for
)

// Calls searches visits by what is known of them.
func (s *Service) Calls(ctx context.Context, params Params, f CallFilter) (*Calls, error) {
	where, err := s.callWhere(f)
	if err != nil {
		return nil, err
	}
	if f.Limit == 0 {
		f.Limit = defaultCalls
	}
	out := &Calls{Rows: []CallRow{}}
	err = s.run(ctx, params, func(p *plan.Plan) error {
		out.Range = p.RangeOut()
		if f.Agent != "" {
			where += fmt.Sprintf(" AND agent IN (%s)", plan.Literals(findAgents(p, f.Agent)))
		}
		where += fmt.Sprintf(" AND joined_at >= %s AND joined_at < %s%s", plan.Stamp(p.Span.From), plan.Stamp(p.Span.To), p.Where("queue")) + teamSQL(p)
		out.Rows, err = callRows(p, where, f.Limit+1)
		return err
	})
	if err == nil && len(out.Rows) > f.Limit {
		out.Rows = out.Rows[:f.Limit]
		last := out.Rows[f.Limit-1]
		out.Next = &Position{last.at, last.Visit}
	}
	return out, err
}

func (s *Service) callWhere(f CallFilter) (string, error) {
	var b strings.Builder
	if f.Number != "" {
		if s.cfg.Party == nil {
			return "", plan.Bad("number", "", "numbers cannot be searched on this instance")
		}
		fmt.Fprintf(&b, " AND party = %s", plan.Literal(s.cfg.Party(f.Number)))
	}
	switch {
	case f.Exit == "":
	case f.Exit == "waiting":
		b.WriteString(" AND x = ''")
	case event.Exit(f.Exit).Canonical() == event.Other:
		return "", plan.Bad("exit", f.Exit, "want waiting or one of "+joinExits())
	default:
		fmt.Fprintf(&b, " AND x = %s", plan.Literal(f.Exit))
	}
	for _, w := range []struct {
		name, op string
		v        *time.Duration
	}{{"min_wait", ">=", f.MinWait}, {"max_wait", "<=", f.MaxWait}} {
		if w.v == nil {
			continue
		}
		if *w.v < 0 {
			return "", plan.Bad(w.name, w.v.String(), "must not be negative")
		}
		fmt.Fprintf(&b, " AND w %s %d", w.op, w.v.Microseconds())
	}
	if f.Limit < 0 || f.Limit > maxCalls {
		return "", plan.Bad("limit", fmt.Sprint(f.Limit), fmt.Sprintf("want 1 to %d", maxCalls))
	}
	if f.After != nil {
		fmt.Fprintf(&b, " AND (epoch_us(joined_at), visit) < (%d, %s)", f.After.JoinedAt, plan.Literal(f.After.Visit))
	}
	return b.String(), nil
}

func joinExits() string {
	names := make([]string, len(event.Exits))
	for i, e := range event.Exits {
		names[i] = string(e)
	}
	return strings.Join(names, ", ")
}

func findAgents(p *plan.Plan, idOrName string) []string {
	ids := []string{idOrName}
	for _, a := range p.Dims.Agents() {
		if a.Name == idOrName {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// teamSQL bounds calls by the scope's teams: of answered ones only those that an agent of the teams answered.
func teamSQL(p *plan.Plan) string {
	if len(p.Scope.Teams) == 0 {
		return ""
	}
	return fmt.Sprintf(" AND (agent IS NULL OR agent IN (%s))", plan.Literals(p.ShownAgents()))
}

func callRows(p *plan.Plan, where string, limit int) ([]CallRow, error) {
	query := fmt.Sprintf(`SELECT coalesce(interaction, ''), visit, coalesce(queue, ''), coalesce(agent, ''), epoch_us(joined_at), w, x,
 talk_us, hold_us, wrap_us, coalesce(priority, 0), coalesce(transferred_to, '') <> ''
FROM (SELECT *, %s AS x, %s AS w FROM visits_all) WHERE true%s ORDER BY joined_at DESC, visit DESC LIMIT %d`,
		metric.ExitSQL, metric.WaitSQL(p.Now), where, limit)
	rows := []CallRow{}
	err := plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var c CallRow
		var wait int64
		var talk, hold, wrap sql.NullInt64
		err := r.Scan(&c.Interaction, &c.Visit, &c.QueueID, &c.AgentID, &c.at, &wait, &c.Exit, &talk, &hold, &wrap, &c.Priority, &c.Transferred)
		if err != nil {
			return err
		}
		if c.Exit == "" {
			c.Exit = "waiting"
		}
		c.Queue, c.Agent = p.Dims.QueueName(c.QueueID), p.Dims.AgentName(c.AgentID)
		c.JoinedAt, c.WaitS = interval.Format(p.Zone, c.at), float64(wait)*1e-6
		c.TalkS, c.HoldS, c.WrapS = seconds(talk), seconds(hold), seconds(wrap)
		rows = append(rows, c)
		return nil
	})
	return rows, err
}

func seconds(us sql.NullInt64) *Number {
	if !us.Valid {
		return nil
	}
	n := Number(float64(us.Int64) * 1e-6)
	return &n
}

// TimelineEvent is one event of a call's life.
type TimelineEvent struct {
	At      string          `json:"at"`
	Kind    event.Kind      `json:"kind"`
	Node    string          `json:"node"`
	Seq     uint64          `json:"seq"`
	Queue   string          `json:"queue"`
	QueueID string          `json:"queue_id"`
	Agent   string          `json:"agent"`
	AgentID string          `json:"agent_id"`
	Visit   string          `json:"visit"`
	Leg     string          `json:"leg"`
	Source  string          `json:"source_ref"`
	Payload json.RawMessage `json:"payload"`
}

// Call is one contact's life.
type Call struct {
	Interaction string          `json:"interaction"`
	Visits      []CallRow       `json:"visits"`
	Events      []TimelineEvent `json:"events"`
}

// Call gives one contact with the visits within the scope and the events of these, or ErrNotFound. A contact that
// reached no queue is seen by those without bounds.
func (s *Service) Call(ctx context.Context, scope Scope, interaction string) (*Call, error) {
	out := &Call{Interaction: interaction}
	params := Params{Scope: scope}
	params.From, params.To = plan.AtMoment(s.cfg.Now())
	err := s.run(ctx, params, func(p *plan.Plan) (err error) {
		if out.Visits, err = callRows(p, " AND interaction = "+plan.Literal(interaction), maxCalls); err != nil {
			return err
		}
		if out.Events, err = timeline(p, out); err != nil {
			return err
		}
		slices.Reverse(out.Visits) // oldest first
		within(p, out)
		if len(out.Events) == 0 && len(out.Visits) == 0 {
			return fmt.Errorf("%w: %q", ErrNotFound, interaction)
		}
		return nil
	})
	return out, err
}

// within leaves the visits within the scope and their events. What belongs to the call and to no visit, queue or agent –
// that it came and ended, the menu – is shown with any of its visits.
func within(p *plan.Plan, c *Call) {
	if len(p.Scope.Sites)+len(p.Scope.Queues)+len(p.Scope.Teams) == 0 {
		return
	}
	visits, agents := map[string]bool{"": true}, map[string]bool{"": true}
	hidden := func(v CallRow) bool {
		return !p.Scope.Allows(p.Dims.Queue(v.QueueID)) || v.AgentID != "" && !p.MayShowAgent(v.AgentID)
	}
	c.Visits = slices.DeleteFunc(c.Visits, hidden)
	for _, v := range c.Visits {
		visits[v.Visit], agents[v.AgentID] = true, true
	}
	c.Events = slices.DeleteFunc(c.Events, func(e TimelineEvent) bool {
		if e.Visit != "" {
			return !visits[e.Visit]
		}
		return len(c.Visits) == 0 || !agents[e.AgentID] || e.QueueID != "" && !p.Scope.Allows(p.Dims.Queue(e.QueueID))
	})
}

// timeline reads a call's events. Those of a call with visits lie near them, which spares reading the whole history.
func timeline(p *plan.Plan, c *Call) ([]TimelineEvent, error) {
	const before, after = 24 * interval.HourUs, 31 * 24 * interval.HourUs // menus and calls before; callbacks, reviews, surveys after
	events := []TimelineEvent{}
	near := ""
	if n := len(c.Visits); n > 0 { // newest first
		near = fmt.Sprintf(` AND "at" BETWEEN %s AND %s`, plan.Stamp(c.Visits[n-1].at-before), plan.Stamp(c.Visits[0].at+after))
	}
	query := `SELECT node, seq, raw FROM events WHERE interaction = ` + plan.Literal(c.Interaction) + near + ` ORDER BY "at", node, seq`
	err := plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var node string
		var seq uint64
		var raw []byte
		if err := r.Scan(&node, &seq, &raw); err != nil {
			return err
		}
		e, err := event.DecodeBinary(raw)
		if err != nil {
			return err
		}
		e.Node, e.Seq = node, seq // the journal keeps them beside the record
		t, err := timelineEvent(p.Dims, p.Zone, &e)
		events = append(events, t)
		return err
	})
	return events, err
}

func timelineEvent(d *dims.Dims, zone *time.Location, e *event.Event) (TimelineEvent, error) {
	payload, err := json.Marshal(e.Payload)
	if err != nil {
		return TimelineEvent{}, err
	}
	queue := ""
	if e.Queue != "" {
		queue = d.QueueName(e.Queue)
	}
	return TimelineEvent{
		At: interval.Format(zone, e.At), Kind: e.Kind, Node: e.Node, Seq: e.Seq, Queue: queue, QueueID: e.Queue,
		Agent: d.AgentName(e.Agent), AgentID: e.Agent, Visit: e.Visit, Leg: e.Leg, Source: e.SourceRef, Payload: payload,
	}, nil
}
