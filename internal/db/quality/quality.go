// Package quality stores scorecards and the reviews made with them. What a card
// means is speech/quality's: here it is a document with a name.
//
// Every change raises a version, which the caller must know, and is audited.
package quality

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/agner-platform/agner/internal/db"
)

// Card is a stored scorecard.
type Card struct {
	ID        string          `json:"id"`
	Version   int64           `json:"version"`
	CreatedAt db.Stamp        `json:"created_at"`
	UpdatedAt db.Stamp        `json:"updated_at"`
	RetiredAt db.Stamp        `json:"retired_at"`
	Name      string          `json:"name"`
	Body      json.RawMessage `json:"body"`
}

// Review is a stored review. Sessions of calibration are reviews of one call by
// several people under one name.
type Review struct {
	ID          string          `json:"id"`
	Version     int64           `json:"version"`
	CreatedAt   db.Stamp        `json:"created_at"`
	UpdatedAt   db.Stamp        `json:"updated_at"`
	Card        string          `json:"card"`
	Interaction string          `json:"interaction"`
	Agent       string          `json:"agent,omitempty"`
	Queue       string          `json:"queue,omitempty"`
	By          string          `json:"by"`
	State       string          `json:"state"` // draft, done, acknowledged, disputed
	Score       float64         `json:"score"`
	AutoFail    bool            `json:"auto_fail,omitempty"`
	Calibration string          `json:"calibration,omitempty"`
	Body        json.RawMessage `json:"body"`
}

// Store reads and writes them.
type Store struct{ s *db.Store }

// Open uses a database.
func Open(s *db.Store) *Store { return &Store{s} }

const cardColumns = `id, version, created_at, updated_at, retired_at, name, body`

func scanCard(row interface{ Scan(...any) error }) (Card, error) {
	var c Card
	var body string
	err := row.Scan(&c.ID, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.RetiredAt, &c.Name, &body)
	c.Body = json.RawMessage(body)
	return c, err
}

// Cards returns the cards in use by name.
func (s *Store) Cards(ctx context.Context) ([]Card, error) {
	rows, err := s.s.Reader().QueryContext(ctx, `SELECT `+cardColumns+` FROM scorecards WHERE retired_at = 0 ORDER BY name, id`)
	if err != nil {
		return nil, fmt.Errorf("read scorecards: %w", err)
	}
	defer rows.Close()
	out := []Card{}
	for rows.Next() {
		c, err := scanCard(rows)
		if err != nil {
			return nil, fmt.Errorf("read scorecards: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// Card returns one, in use or not.
func (s *Store) Card(ctx context.Context, id string) (Card, error) {
	c, err := scanCard(s.s.Reader().QueryRowContext(ctx, `SELECT `+cardColumns+` FROM scorecards WHERE id = $1`, id))
	return c, missing(err, "scorecard", id)
}

func missing(err error, what, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %.80q: %w", what, id, db.ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}

// PutCard stores a new card (no id) or the next version of one.
func (s *Store) PutCard(ctx context.Context, c Card) (Card, error) {
	err := s.s.Write(ctx, func(tx *db.Tx) error {
		action := "update"
		c.UpdatedAt = tx.At
		if c.ID == "" {
			action = "create"
			c.ID, c.Version, c.CreatedAt = db.NewID("card"), 1, tx.At
			_, err := tx.ExecContext(ctx, `INSERT INTO scorecards (`+cardColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				c.ID, c.Version, int64(c.CreatedAt), int64(c.UpdatedAt), int64(c.RetiredAt), c.Name, string(c.Body))
			if err != nil {
				return fmt.Errorf("store scorecard: %w", err)
			}
		} else {
			err := tx.QueryRowContext(ctx, `UPDATE scorecards SET version = version + 1, updated_at = $1, retired_at = $2, name = $3, body = $4
				WHERE id = $5 AND version = $6 RETURNING version, created_at`, int64(tx.At), int64(c.RetiredAt), c.Name, string(c.Body), c.ID, c.Version).Scan(&c.Version, &c.CreatedAt)
			if err != nil {
				return stale(ctx, tx, err, "scorecards", c.ID)
			}
		}
		return tx.Audit(ctx, db.Entry{Action: action, Object: "scorecards", ObjectID: c.ID, Detail: map[string]any{"name": c.Name, "version": c.Version, "retired_at": c.RetiredAt}})
	})
	return c, err
}

// stale says whether a row is not there or of another version.
func stale(ctx context.Context, tx *db.Tx, err error, table, id string) error {
	if !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("store in %s: %w", table, err)
	}
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM `+table+` WHERE id = $1`, id).Scan(&n); err != nil {
		return fmt.Errorf("read %s: %w", table, err)
	}
	if n == 0 {
		return fmt.Errorf("%s %.80q: %w", table, id, db.ErrNotFound)
	}
	return fmt.Errorf("%s %.80q: %w", table, id, db.ErrConflict)
}

const reviewColumns = `id, version, created_at, updated_at, card_id, interaction, agent_id, queue_id, by_user, state, score, auto_fail, calibration, body`

// Filter narrows a list of reviews; what is empty does not.
type Filter struct {
	ID, Interaction, Agent, Calibration string
	Limit                               int
}

// Reviews returns reviews, the newest first.
func (s *Store) Reviews(ctx context.Context, f Filter) ([]Review, error) {
	rows, err := s.s.Reader().QueryContext(ctx, `SELECT `+reviewColumns+` FROM reviews
		WHERE (id = $1 OR $1 = '') AND (interaction = $2 OR $2 = '') AND (agent_id = $3 OR $3 = '') AND (calibration = $4 OR $4 = '')
		ORDER BY created_at DESC, id LIMIT $5`, f.ID, f.Interaction, f.Agent, f.Calibration, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("read reviews: %w", err)
	}
	defer rows.Close()
	out := []Review{}
	for rows.Next() {
		var r Review
		var body string
		var fail int64
		if err := rows.Scan(&r.ID, &r.Version, &r.CreatedAt, &r.UpdatedAt, &r.Card, &r.Interaction, &r.Agent, &r.Queue, &r.By, &r.State, &r.Score, &fail, &r.Calibration, &body); err != nil {
			return nil, fmt.Errorf("read reviews: %w", err)
		}
		r.AutoFail, r.Body = fail != 0, json.RawMessage(body)
		out = append(out, r)
	}
	return out, rows.Err()
}

// PutReview stores a new review (no id) or the next version of one; whose it is and
// of which call with which card stays.
func (s *Store) PutReview(ctx context.Context, r Review) (Review, error) {
	fail := 0
	if r.AutoFail {
		fail = 1
	}
	err := s.s.Write(ctx, func(tx *db.Tx) error {
		action := "update"
		r.UpdatedAt = tx.At
		if r.ID == "" {
			action = "create"
			r.ID, r.Version, r.CreatedAt = db.NewID("rev"), 1, tx.At
			_, err := tx.ExecContext(ctx, `INSERT INTO reviews (`+reviewColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
				r.ID, r.Version, int64(r.CreatedAt), int64(r.UpdatedAt), r.Card, r.Interaction, r.Agent, r.Queue, r.By, r.State, r.Score, fail, r.Calibration, string(r.Body))
			if err != nil {
				return fmt.Errorf("store review: %w", err)
			}
		} else {
			err := tx.QueryRowContext(ctx, `UPDATE reviews SET version = version + 1, updated_at = $1, state = $2, score = $3, auto_fail = $4, body = $5
				WHERE id = $6 AND version = $7 RETURNING version, created_at`, int64(tx.At), r.State, r.Score, fail, string(r.Body), r.ID, r.Version).Scan(&r.Version, &r.CreatedAt)
			if err != nil {
				return stale(ctx, tx, err, "reviews", r.ID)
			}
		}
		return tx.Audit(ctx, db.Entry{Action: action, Object: "reviews", ObjectID: r.ID, Detail: map[string]any{"interaction": r.Interaction, "state": r.State, "score": r.Score, "auto_fail": r.AutoFail}})
	})
	return r, err
}
