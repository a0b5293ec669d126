// Package planning keeps schedules and what belongs to them in the set-up database:
// drafts with a version that a change must name, published versions that never change,
// a log of who did what, requests of agents, secrets of calendar feeds, and documents
// such as the contracts.
//
// Problems and schedules are JSON (docs/formats/schedule.md); this package does not
// look into them. Every change is one transaction with its audit line.
package planning

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/agner-platform/agner/internal/db"
)

// Store is the planning part of a database.
type Store struct{ s *db.Store }

// New gives the planning part of a database.
func New(s *db.Store) *Store { return &Store{s} }

// Schedule is a plan being made or in force.
type Schedule struct {
	ID        string          `json:"id"`
	Version   int64           `json:"version"`
	CreatedAt db.Stamp        `json:"created_at"`
	UpdatedAt db.Stamp        `json:"updated_at"`
	Name      string          `json:"name"`
	From      string          `json:"from"`
	Days      int             `json:"days"`
	Problem   json.RawMessage `json:"problem,omitempty"`
	Draft     json.RawMessage `json:"draft,omitempty"`
	Published int64           `json:"published"` // number of the version in force, 0 none
}

// Version is a published schedule.
type Version struct {
	Number int64           `json:"number"`
	At     db.Stamp        `json:"at"`
	By     string          `json:"by"`
	Note   string          `json:"note"`
	Cost   float64         `json:"cost"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// Entry is a line of a schedule's log.
type Entry struct {
	At     db.Stamp `json:"at"`
	By     string   `json:"by"`
	What   string   `json:"what"`
	Detail string   `json:"detail"`
}

const scheduleColumns = `id, version, created_at, updated_at, name, from_date, days, published, problem, draft`

func scanSchedule(row interface{ Scan(...any) error }) (Schedule, error) {
	var s Schedule
	var problem, draft string
	err := row.Scan(&s.ID, &s.Version, &s.CreatedAt, &s.UpdatedAt, &s.Name, &s.From, &s.Days, &s.Published, &problem, &draft)
	s.Problem, s.Draft = json.RawMessage(problem), json.RawMessage(draft)
	return s, err
}

func found(err error, what, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %q: %w", what, id, db.ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("read %s %q: %w", what, id, err)
	}
	return nil
}

// each reads rows one by one.
func each(rows *sql.Rows, err error, f func(*sql.Rows) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// List returns the schedules, latest first, without problem and draft.
func (p *Store) List(ctx context.Context) ([]Schedule, error) {
	out := []Schedule{}
	rows, err := p.s.Reader().QueryContext(ctx, `SELECT `+scheduleColumns+` FROM schedules ORDER BY from_date DESC, created_at DESC`)
	return out, each(rows, err, func(r *sql.Rows) error {
		s, err := scanSchedule(r)
		s.Problem, s.Draft = nil, nil
		out = append(out, s)
		return err
	})
}

// Get returns one.
func (p *Store) Get(ctx context.Context, id string) (Schedule, error) {
	s, err := scanSchedule(p.s.Reader().QueryRowContext(ctx, `SELECT `+scheduleColumns+` FROM schedules WHERE id = $1`, id))
	return s, found(err, "schedule", id)
}

// InForce returns the published schedules that overlap a range of dates, with the body of the
// version in force as draft.
func (p *Store) InForce(ctx context.Context, from, to string) ([]Schedule, error) {
	var out []Schedule
	rows, err := p.s.Reader().QueryContext(ctx, `SELECT s.id, s.version, s.created_at, s.updated_at, s.name, s.from_date, s.days, s.published, s.problem, v.body
		FROM schedules s JOIN schedule_versions v ON v.schedule_id = s.id AND v.number = s.published
		WHERE s.from_date <= $1 ORDER BY s.from_date DESC, v.at DESC LIMIT 60`, to)
	err = each(rows, err, func(r *sql.Rows) error {
		s, err := scanSchedule(r)
		if err == nil && lastDate(s.From, s.Days) >= from {
			out = append(out, s)
		}
		return err
	})
	return out, err
}

// Create stores a new schedule.
func (p *Store) Create(ctx context.Context, s Schedule) (Schedule, error) {
	s.ID, s.Version = db.NewID("sch"), 1
	err := p.s.Write(ctx, func(tx *db.Tx) error {
		s.CreatedAt, s.UpdatedAt = tx.At, tx.At
		_, err := tx.ExecContext(ctx, `INSERT INTO schedules (id, version, created_at, updated_at, name, from_date, days, problem, draft, published)
			VALUES ($1, 1, $2, $2, $3, $4, $5, $6, $7, 0)`, s.ID, int64(tx.At), s.Name, s.From, s.Days, string(s.Problem), string(s.Draft))
		if err != nil {
			return err
		}
		return p.log(ctx, tx, s.ID, "created", s.Name)
	})
	return s, err
}

// log enters a line into a schedule's log and the audit.
func (p *Store) log(ctx context.Context, tx *db.Tx, id, what, detail string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO schedule_log (id, schedule_id, at, by_user, what, detail) VALUES ($1, $2, $3, $4, $5, $6)`,
		db.NewID("slg"), id, int64(tx.At), tx.Actor.Name, what, detail)
	if err != nil {
		return fmt.Errorf("log of schedule %s: %w", id, err)
	}
	return tx.Audit(ctx, db.Entry{Action: "schedule." + what, Object: "schedules", ObjectID: id, Detail: map[string]string{"detail": detail}})
}

// bump raises the version of a schedule that has the expected one.
func bump(ctx context.Context, tx *db.Tx, id string, version int64) error {
	res, err := tx.ExecContext(ctx, `UPDATE schedules SET version = version + 1, updated_at = $1 WHERE id = $2 AND version = $3`, int64(tx.At), id, version)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	var stored int64
	if err := tx.QueryRowContext(ctx, `SELECT version FROM schedules WHERE id = $1`, id).Scan(&stored); err != nil {
		return found(err, "schedule", id)
	}
	return fmt.Errorf("schedule %q: version %d, stored is %d: %w", id, version, stored, db.ErrConflict)
}

// Save replaces draft and, where given, problem of the version named.
func (p *Store) Save(ctx context.Context, id string, version int64, problem, draft json.RawMessage, detail string) (Schedule, error) {
	err := p.s.Write(ctx, func(tx *db.Tx) error {
		if err := bump(ctx, tx, id, version); err != nil {
			return err
		}
		for column, text := range map[string]json.RawMessage{"problem": problem, "draft": draft} {
			if text == nil {
				continue
			}
			if _, err := tx.ExecContext(ctx, `UPDATE schedules SET `+column+` = $1 WHERE id = $2`, string(text), id); err != nil {
				return err
			}
		}
		return p.log(ctx, tx, id, "changed", detail)
	})
	if err != nil {
		return Schedule{}, err
	}
	return p.Get(ctx, id)
}

// Publish makes the draft of the version named the next published version.
func (p *Store) Publish(ctx context.Context, id string, version int64, note string, cost float64) (Schedule, error) {
	row, err := p.Get(ctx, id)
	if err != nil {
		return Schedule{}, err
	}
	return p.Amend(ctx, id, version, row.Draft, nil, note, cost) // of another version, bump refuses it
}

// Versions lists the published versions, latest first, without bodies.
func (p *Store) Versions(ctx context.Context, id string) ([]Version, error) {
	out := []Version{}
	rows, err := p.s.Reader().QueryContext(ctx, `SELECT number, at, by_user, note, cost FROM schedule_versions WHERE schedule_id = $1 ORDER BY number DESC`, id)
	return out, each(rows, err, func(r *sql.Rows) error {
		var v Version
		err := r.Scan(&v.Number, &v.At, &v.By, &v.Note, &v.Cost)
		out = append(out, v)
		return err
	})
}

// Version returns a published version with its body.
func (p *Store) Version(ctx context.Context, id string, number int64) (Version, error) {
	v := Version{Number: number}
	var body string
	err := p.s.Reader().QueryRowContext(ctx, `SELECT at, by_user, note, cost, body FROM schedule_versions WHERE schedule_id = $1 AND number = $2`, id, number).
		Scan(&v.At, &v.By, &v.Note, &v.Cost, &body)
	v.Body = json.RawMessage(body)
	return v, found(err, "version", fmt.Sprintf("%s/%d", id, number))
}

// Log lists a schedule's log, latest first.
func (p *Store) Log(ctx context.Context, id string) ([]Entry, error) {
	out := []Entry{}
	rows, err := p.s.Reader().QueryContext(ctx, `SELECT at, by_user, what, detail FROM schedule_log WHERE schedule_id = $1 ORDER BY at DESC, id DESC LIMIT 500`, id)
	return out, each(rows, err, func(r *sql.Rows) error {
		var e Entry
		err := r.Scan(&e.At, &e.By, &e.What, &e.Detail)
		out = append(out, e)
		return err
	})
}

// Document returns a planning document; version 0 when there is none yet.
func (p *Store) Document(ctx context.Context, name string) (body json.RawMessage, version int64, err error) {
	var text string
	err = p.s.Reader().QueryRowContext(ctx, `SELECT body, version FROM planning_documents WHERE name = $1`, name).Scan(&text, &version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	return json.RawMessage(text), version, err
}

// SetDocument replaces a planning document of the version named.
func (p *Store) SetDocument(ctx context.Context, name string, version int64, body json.RawMessage) error {
	return p.s.Write(ctx, func(tx *db.Tx) error {
		var stored int64
		err := tx.QueryRowContext(ctx, `SELECT version FROM planning_documents WHERE name = $1`, name).Scan(&stored)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if stored != version {
			return fmt.Errorf("document %q: version %d, stored is %d: %w", name, version, stored, db.ErrConflict)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO planning_documents (name, version, updated_at, body) VALUES ($1, $2, $3, $4)
			ON CONFLICT (name) DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at, body = excluded.body`,
			name, version+1, int64(tx.At), string(body)); err != nil {
			return err
		}
		return tx.Audit(ctx, db.Entry{Action: "planning.document", Object: "planning_documents", ObjectID: name, Detail: map[string]int64{"version": version + 1}})
	})
}

// NewFeed makes (or replaces) the secret of an agent's calendar feed and returns it; only
// its hash is kept.
func (p *Store) NewFeed(ctx context.Context, agent string) (string, error) {
	secret := rand.Text()
	err := p.s.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO planning_feeds (agent_id, secret_hash, created_at) VALUES ($1, $2, $3)
			ON CONFLICT (agent_id) DO UPDATE SET secret_hash = excluded.secret_hash, created_at = excluded.created_at`, agent, hash(secret), int64(tx.At)); err != nil {
			return err
		}
		return tx.Audit(ctx, db.Entry{Action: "planning.feed", Object: "planning_feeds", ObjectID: agent, Detail: map[string]string{}})
	})
	return secret, err
}

// FeedAgent is whose feed a secret opens.
func (p *Store) FeedAgent(ctx context.Context, secret string) (string, error) {
	var agent string
	err := p.s.Reader().QueryRowContext(ctx, `SELECT agent_id FROM planning_feeds WHERE secret_hash = $1`, hash(secret)).Scan(&agent)
	return agent, found(err, "feed", "…")
}

func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
