package office

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/wfm/adherence"
)

// Row is one agent's adherence on a date.
type Row struct {
	Agent     string            `json:"agent"`
	Name      string            `json:"name"`
	Plan      []adherence.Span  `json:"plan"`
	Done      adherence.Result  `json:"result"`
	Excepted  *adherence.Result `json:"with_exceptions,omitempty"`
	Planned   string            `json:"planned_now"`
	Actual    string            `json:"actual_now"`
	Deviating int64             `json:"deviating_since"` // µs, 0 where plan and state agree
}

// Exception lays another activity over an agent's plan.
type Exception struct {
	Agent    string    `json:"agent"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Activity string    `json:"activity"`
	Note     string    `json:"note"`
}

// Adherence compares the schedule in force on a date with the agents' states in the lake.
func (s *Service) Adherence(ctx context.Context, date string) ([]Row, error) {
	day, err := interval.ReadDate(date)
	if err != nil {
		return nil, err
	}
	zone := s.zone(ctx)
	rows, err := s.planned(ctx, date)
	if err != nil || len(rows) == 0 {
		return []Row{}, err
	}
	from, to := day.Start(zone), day.AddDays(2).Start(zone)
	done, err := s.done(ctx, from, to)
	if err != nil {
		return nil, err
	}
	exceptions, _, err := s.Exceptions(ctx, date)
	if err != nil {
		return nil, err
	}
	now := s.cfg.Now().UnixMicro()
	for i := range rows {
		r := &rows[i]
		end := r.Plan[len(r.Plan)-1].To + 4*int64(time.Hour/time.Microsecond)
		mine := slices.DeleteFunc(done[r.Agent], func(a adherence.Actual) bool { return a.From >= end })
		r.Done = adherence.Judge(r.Plan, mine, adherence.Default, now)
		var over []adherence.Span
		for _, e := range exceptions {
			if e.Agent == r.Agent {
				over = append(over, adherence.Span{From: e.From.UnixMicro(), To: e.To.UnixMicro(), Activity: e.Activity})
			}
		}
		plan := r.Plan
		if len(over) > 0 {
			plan = adherence.Except(r.Plan, over)
			res := adherence.Judge(plan, mine, adherence.Default, now)
			r.Excepted = &res
		}
		r.Planned, r.Actual, r.Deviating = adherence.Now(plan, mine, adherence.Default, now)
	}
	return rows, nil
}

// planned reads everybody's spans on a date.
func (s *Service) planned(ctx context.Context, date string) ([]Row, error) {
	list, err := s.plan.InForce(ctx, date, date)
	if err != nil {
		return nil, err
	}
	var rows []Row
	seen := map[string]bool{}
	for _, stored := range list {
		p, err := Problem(stored.Problem)
		if err != nil {
			return nil, err
		}
		plan, err := Plan(stored.Draft)
		if err != nil {
			return nil, err
		}
		for i := range plan.Shifts {
			sh := &plan.Shifts[i]
			if sh.Date != date || seen[sh.Agent] {
				continue
			}
			seen[sh.Agent] = true
			name := sh.Agent
			if a := p.Agent(sh.Agent); a != nil {
				name = a.Name
			}
			rows = append(rows, Row{Agent: sh.Agent, Name: name, Plan: adherence.Planned(sh)})
		}
	}
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Name, b.Name) })
	return rows, nil
}

// done reads the agents' states.
func (s *Service) done(ctx context.Context, from, to int64) (map[string][]adherence.Actual, error) {
	out := map[string][]adherence.Actual{}
	err := s.cfg.Lake.View(ctx, func(ctx context.Context, r *lake.Reader) error {
		rows, err := r.Query(ctx, `SELECT agent, state, coalesce(interaction, ''), epoch_us(from_at), epoch_us(coalesce(to_at, known_until, from_at)), open
			FROM agent_spans_all WHERE from_at < make_timestamp(CAST(? AS BIGINT)) AND coalesce(to_at, known_until, from_at) > make_timestamp(CAST(? AS BIGINT)) ORDER BY agent, from_at`, to, from)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var agent string
			var a adherence.Actual
			var open bool
			if err := rows.Scan(&agent, &a.State, &a.Contact, &a.From, &a.To, &open); err != nil {
				return err
			}
			if open {
				a.To = max(a.To, s.cfg.Now().UnixMicro())
			}
			out[agent] = append(out[agent], a)
		}
		return rows.Err()
	})
	return out, err
}

// Exceptions lists those of a date, with the version of the list.
func (s *Service) Exceptions(ctx context.Context, date string) ([]Exception, int64, error) {
	body, version, err := s.plan.Document(ctx, "exceptions/"+date)
	if err != nil || version == 0 {
		return []Exception{}, version, err
	}
	var list []Exception
	return list, version, json.Unmarshal(body, &list)
}

// SetExceptions replaces the exceptions of a date; the plan itself stays.
func (s *Service) SetExceptions(ctx context.Context, date string, version int64, list []Exception) error {
	body, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return s.plan.SetDocument(ctx, "exceptions/"+date, version, body)
}

// grace is how long somebody may deviate before the journal hears of it.
const grace = 2 * time.Minute

// Watch tells the journal who begins to deviate from the plan and closes offers whose time is over, until ctx ends.
func (s *Service) Watch(ctx context.Context, every time.Duration, fail func(error)) {
	told := map[string]int64{}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := errors.Join(s.tell(ctx, told), s.CloseDue(ctx)); err != nil && ctx.Err() == nil {
			fail(err)
		}
	}
}

// tell publishes each deviation once.
func (s *Service) tell(ctx context.Context, told map[string]int64) error {
	now, zone := s.cfg.Now(), s.zone(ctx)
	rows, err := s.Adherence(ctx, interval.DateOf(zone, now.UnixMicro()).String())
	if err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		if r.Deviating == 0 || now.UnixMicro()-r.Deviating < grace.Microseconds() || told[r.Agent] == r.Deviating {
			continue
		}
		e := event.New(now.UnixMicro(), &event.AdherenceDeviated{Planned: r.Planned, Actual: r.Actual, SinceAt: r.Deviating})
		e.Agent = r.Agent
		if err := s.cfg.Publish(ctx, e); err != nil {
			return err
		}
		told[r.Agent] = r.Deviating
	}
	return nil
}
