package db

import (
	"context"
	"fmt"
	"time"

	"github.com/agner-platform/agner/internal/db/value"
)

// AgentTerms says in which team and on what terms an agent works from ValidFrom
// on. An empty TeamID: in no team.
type AgentTerms struct {
	AgentID string `json:"agent_id" db:"agent_id,key"`
	DatedHead
	TeamID        string `json:"team_id" db:"team_id,null"`
	Contract      string `json:"contract" db:"contract"`
	WeeklyMinutes int64  `json:"weekly_minutes" db:"weekly_minutes"`
	WageCents     int64  `json:"wage_cents" db:"wage_cents"` // per paid hour, hundredths of cost.currency
}

// Check normalises and validates the terms.
func (t *AgentTerms) Check() error {
	if err := value.Text("contract", &t.Contract); err != nil {
		return err
	}
	if err := value.Between("weekly_minutes", t.WeeklyMinutes, 0, 7*24*60); err != nil {
		return err
	}
	return value.Between("wage_cents", t.WageCents, 0, 100_000_000)
}

// AgentSkill says how well an agent has a skill from ValidFrom on. Level 0: no longer.
type AgentSkill struct {
	AgentID string `json:"agent_id" db:"agent_id,key"`
	SkillID string `json:"skill_id" db:"skill_id,key"`
	DatedHead
	Level int `json:"level" db:"level"` // 1 best … 10, 0 none
}

// Check validates the level.
func (s *AgentSkill) Check() error { return value.Between("level", s.Level, 0, 10) }

// QueueTarget is the service level a queue aims at from ValidFrom on: Share of
// contacts within Within; waits up to Short that end in a hang-up are short
// abandons. Overrides change share and within in parts of the week; the first
// that fits an interval's start counts.
type QueueTarget struct {
	QueueID string `json:"queue_id" db:"queue_id,key"`
	DatedHead
	Share     float64          `json:"share" db:"share"`
	Within    int64            `json:"within_us" db:"within_us"`
	Short     int64            `json:"short_us" db:"short_us"`
	Overrides []TargetOverride `json:"overrides" db:"overrides,json"`
}

// TargetOverride is another target for a part of the week.
type TargetOverride struct {
	Window
	Share  float64 `json:"share"`
	Within int64   `json:"within_us"`
}

var maxWait = time.Hour.Microseconds() * 24 // targets in days (e-mail) are set in business hours by a later issue

// Check normalises and validates the target.
func (t *QueueTarget) Check() error {
	if err := checkTarget("", t.Share, t.Within); err != nil {
		return err
	}
	if err := value.Between("short_us", t.Short, 0, maxWait); err != nil {
		return err
	}
	t.Overrides = noNil(t.Overrides)
	for i := range t.Overrides {
		o := &t.Overrides[i]
		if _, _, err := o.Span("overrides"); err != nil {
			return err
		}
		if err := checkTarget("overrides.", o.Share, o.Within); err != nil {
			return err
		}
	}
	return nil
}

func checkTarget(prefix string, share float64, within int64) error {
	if err := value.Between(prefix+"share", share, 0, 1); err != nil {
		return err
	}
	return value.Between(prefix+"within_us", within, 0, maxWait)
}

// At is the target of an interval that starts at this ISO weekday and local minute of the day.
func (t *QueueTarget) At(weekday, minute int) (share float64, within int64) {
	for _, o := range t.Overrides {
		from, to, err := o.Span("overrides")
		if err != nil || minute < from || minute >= to {
			continue
		}
		for _, d := range o.Weekdays {
			if d == weekday {
				return o.Share, o.Within
			}
		}
	}
	return t.Share, t.Within
}

// StreamRule sends contacts of a queue, dialled number and reason to a work
// stream from ValidFrom on. An empty queue, number or reason fits any; an empty
// StreamID ends the rule.
type StreamRule struct {
	QueueID string `json:"queue_id" db:"queue_id,key"`
	Number  string `json:"number" db:"number,key"`
	Reason  string `json:"reason" db:"reason,key"`
	DatedHead
	StreamID string `json:"stream_id" db:"stream_id,null"`
}

// Check normalises the rule and refuses one that fits everything.
func (r *StreamRule) Check() error {
	if err := value.Text("number", &r.Number); err != nil {
		return err
	}
	if err := value.Text("reason", &r.Reason); err != nil {
		return err
	}
	if r.QueueID == "" && r.Number == "" && r.Reason == "" {
		return value.Wrong("queue_id", "", "a rule needs a queue, a number or a reason")
	}
	return nil
}

// checkTx holds the reference that a key column which may be empty cannot declare.
func (r *StreamRule) checkTx(ctx context.Context, tx *Tx) error {
	return exists(ctx, tx, "queues", r.QueueID)
}

// exists refuses an id that is neither empty nor in the table.
func exists(ctx context.Context, tx *Tx, table, id string) error {
	if id == "" {
		return nil
	}
	var n int64
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table+" WHERE id = $1", id).Scan(&n); err != nil {
		return fmt.Errorf("look up %s: %w", table, err)
	}
	if n == 0 {
		return fmt.Errorf("%s %q: %w", table, id, ErrReference)
	}
	return nil
}

// ResolveStream picks the work stream of a contact from the rules in force
// ([Dated.AsOf]). The most specific rule wins – reason before number before
// queue –; without one the queue's own stream, which may be empty.
func ResolveStream(rules []StreamRule, q Queue, number, reason string) string {
	best, rank := q.StreamID, 0
	for _, r := range rules {
		fits := (r.QueueID == "" || r.QueueID == q.ID) && (r.Number == "" || r.Number == number) && (r.Reason == "" || r.Reason == reason)
		if weight := r.weight(); fits && r.StreamID != "" && weight > rank {
			best, rank = r.StreamID, weight
		}
	}
	return best
}

func (r *StreamRule) weight() int {
	w := 0
	for i, part := range []string{r.QueueID, r.Number, r.Reason} {
		if part != "" {
			w |= 1 << i
		}
	}
	return w
}
