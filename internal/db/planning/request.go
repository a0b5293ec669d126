package planning

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/db"
)

// Kinds and states of requests.
const (
	TimeOff = "time_off"
	Sick    = "sick"
	Swap    = "swap"

	Open      = "open"    // somebody has to decide
	Offered   = "offered" // a swap waits for the partner
	Granted   = "granted"
	Refused   = "refused"
	Withdrawn = "withdrawn"
)

// Request is something an agent asks for, or an absence somebody entered.
type Request struct {
	ID          string   `json:"id"`
	Version     int64    `json:"version"`
	CreatedAt   db.Stamp `json:"created_at"`
	UpdatedAt   db.Stamp `json:"updated_at"`
	Agent       string   `json:"agent"`
	Kind        string   `json:"kind"`
	From        string   `json:"from"` // local dates; of a swap the own shift's
	To          string   `json:"to"`
	FromTime    string   `json:"from_time"` // HH:MM, for leave of a part of one date; else empty
	ToTime      string   `json:"to_time"`
	Partner     string   `json:"partner"` // swap: whose shift is wanted
	PartnerDate string   `json:"partner_date"`
	Note        string   `json:"note"`
	State       string   `json:"state"`
	Reason      string   `json:"reason"`
	DecidedBy   string   `json:"decided_by"`
}

// longest is how long an absence may be, in days.
const longest = 400

func (r *Request) check() error {
	bad := func(field, value, reason string) error {
		return &db.FieldError{Field: field, Value: value, Reason: reason}
	}
	from, err1 := time.Parse(time.DateOnly, r.From)
	to, err2 := time.Parse(time.DateOnly, r.To)
	switch {
	case !slices.Contains([]string{TimeOff, Sick, Swap}, r.Kind):
		return bad("kind", r.Kind, "want time_off, sick or swap")
	case err1 != nil:
		return bad("from", r.From, "want a date")
	case err2 != nil || to.Before(from):
		return bad("to", r.To, "want a date that is not before from")
	case to.Sub(from) > longest*24*time.Hour:
		return bad("to", r.To, fmt.Sprintf("want at most %d days", longest))
	case r.FromTime+r.ToTime != "" && (r.Kind != TimeOff || r.From != r.To):
		return bad("from_time", r.FromTime, "only leave on one date has times")
	case r.FromTime+r.ToTime != "" && !inOrder(r.FromTime, r.ToTime):
		return bad("to_time", r.ToTime, "want two times HH:MM in order")
	case len(r.Note) > 2000:
		return bad("note", fmt.Sprintf("%d bytes", len(r.Note)), "is too long")
	case r.Kind == Swap && (r.Partner == "" || r.Partner == r.Agent):
		return bad("partner", r.Partner, "a swap needs somebody else")
	}
	return nil
}

// inOrder tells whether two texts are times of the day, the later one second; 24:00 is the end of the day.
func inOrder(from, to string) bool {
	_, err := time.Parse("15:04", from)
	_, err2 := time.Parse("15:04", to)
	return err == nil && (err2 == nil || to == "24:00") && from < to && len(from) == 5 && len(to) == 5
}

// lastDate is the last date of a horizon.
func lastDate(from string, days int) string {
	t, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return from
	}
	return t.AddDate(0, 0, days-1).Format(time.DateOnly)
}

const requestColumns = `id, version, created_at, updated_at, agent_id, kind, from_date, to_date, partner_id, partner_date, note, state, reason, decided_by, from_time, to_time`

func scanRequest(row interface{ Scan(...any) error }) (Request, error) {
	var r Request
	err := row.Scan(&r.ID, &r.Version, &r.CreatedAt, &r.UpdatedAt, &r.Agent, &r.Kind, &r.From, &r.To, &r.Partner, &r.PartnerDate, &r.Note, &r.State, &r.Reason, &r.DecidedBy, &r.FromTime, &r.ToTime)
	return r, err
}

// Requests lists what overlaps a range of dates, of one agent (also as a swap's partner)
// or, with "", of all; latest first.
func (p *Store) Requests(ctx context.Context, agent, from, to string) ([]Request, error) {
	out := []Request{}
	rows, err := p.s.Reader().QueryContext(ctx, `SELECT `+requestColumns+` FROM planning_requests
		WHERE ($1 = '' OR agent_id = $1 OR partner_id = $1) AND from_date <= $2 AND to_date >= $3 ORDER BY created_at DESC LIMIT 1000`, agent, to, from)
	return out, each(rows, err, func(r *sql.Rows) error {
		q, err := scanRequest(r)
		out = append(out, q)
		return err
	})
}

// Request returns one.
func (p *Store) Request(ctx context.Context, id string) (Request, error) {
	r, err := scanRequest(p.s.Reader().QueryRowContext(ctx, `SELECT `+requestColumns+` FROM planning_requests WHERE id = $1`, id))
	return r, found(err, "request", id)
}

// Ask enters a request.
func (p *Store) Ask(ctx context.Context, r Request) (Request, error) {
	if err := r.check(); err != nil {
		return r, err
	}
	r.ID, r.Version = db.NewID("req"), 1
	err := p.s.Write(ctx, func(tx *db.Tx) error {
		r.CreatedAt, r.UpdatedAt = tx.At, tx.At
		_, err := tx.ExecContext(ctx, `INSERT INTO planning_requests (`+requestColumns+`) VALUES ($1, 1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			r.ID, int64(tx.At), r.Agent, r.Kind, r.From, r.To, r.Partner, r.PartnerDate, r.Note, r.State, r.Reason, r.DecidedBy, r.FromTime, r.ToTime)
		if err != nil {
			return fmt.Errorf("enter request: %w", err)
		}
		return tx.Audit(ctx, db.Entry{Action: "planning.request", Object: "planning_requests", ObjectID: r.ID, Detail: map[string]string{"kind": r.Kind, "state": r.State}})
	})
	return r, err
}

// Decide moves a request of the version named to a state.
func (p *Store) Decide(ctx context.Context, id string, version int64, state, reason string) (Request, error) {
	step := p.Deciding(id, version, state, reason)
	if err := p.s.Write(ctx, func(tx *db.Tx) error { return step(ctx, tx) }); err != nil {
		return Request{}, err
	}
	return p.Request(ctx, id)
}

// Deciding is Decide as a step of another transaction.
func (p *Store) Deciding(id string, version int64, state, reason string) Step {
	return func(ctx context.Context, tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE planning_requests SET version = version + 1, updated_at = $1, state = $2, reason = $3, decided_by = $4 WHERE id = $5 AND version = $6`,
			int64(tx.At), state, reason, tx.Actor.Name, id, version)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("request %q: %w", id, db.ErrConflict))
		}
		return tx.Audit(ctx, db.Entry{Action: "planning.decide", Object: "planning_requests", ObjectID: id, Detail: map[string]string{"state": state, "reason": reason}})
	}
}
