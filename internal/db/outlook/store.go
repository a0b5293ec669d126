package outlook

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/value"
)

// date checks a local date.
func date(field, text string) error {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return value.Wrong(field, text, "want a date such as 2026-05-04")
	}
	return nil
}

// Store is the part of a database that holds what was published.
type Store struct{ s *db.Store }

// New gives that part of a database.
func New(s *db.Store) *Store { return &Store{s} }

// Run is one immutable snapshot: a forecast of every queue made at once.
type Run struct {
	ID      string   `json:"id"`
	MadeAt  db.Stamp `json:"made_at"`
	By      string   `json:"by"`
	Origin  string   `json:"origin"` // the first day that was not known
	Days    int      `json:"days"`
	Minutes int      `json:"minutes"`
	Queues  int      `json:"queues"`
	Seconds float64  `json:"seconds"`
	Build   string   `json:"build"`
}

// Forecast is one queue's part of a run.
type Forecast struct {
	Queue  string          `json:"queue"`
	Inputs string          `json:"inputs"` // digest of what it was made from
	Digest string          `json:"digest"` // of the body
	Body   json.RawMessage `json:"body,omitempty"`
}

// Choice is a queue's stored choice of methods.
type Choice struct {
	Queue  string
	MadeAt db.Stamp
	Origin string
	Body   json.RawMessage
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

// Choices returns the stored choices by queue.
func (p *Store) Choices(ctx context.Context) (map[string]Choice, error) {
	out := map[string]Choice{}
	rows, err := p.s.Reader().QueryContext(ctx, `SELECT queue_id, made_at, origin, body FROM forecast_choices`)
	return out, each(rows, err, func(r *sql.Rows) error {
		var c Choice
		var body string
		err := r.Scan(&c.Queue, &c.MadeAt, &c.Origin, &body)
		c.Body = json.RawMessage(body)
		out[c.Queue] = c
		return err
	})
}

// PutChoice stores a queue's choice, which replaces the one before.
func (p *Store) PutChoice(ctx context.Context, c Choice) error {
	return p.s.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO forecast_choices (queue_id, made_at, origin, body) VALUES ($1, $2, $3, $4)
			ON CONFLICT (queue_id) DO UPDATE SET made_at = excluded.made_at, origin = excluded.origin, body = excluded.body`,
			c.Queue, int64(tx.At), c.Origin, string(c.Body))
		return err
	})
}

// Publish stores a run with its forecasts and their inputs (by digest) in one transaction, and its line in the audit.
func (p *Store) Publish(ctx context.Context, run Run, list []Forecast, inputs map[string]string) (Run, error) {
	run.ID = db.NewID("fc")
	err := p.s.Write(ctx, func(tx *db.Tx) error {
		run.MadeAt, run.By, run.Queues = tx.At, tx.Actor.Name, len(list)
		if _, err := tx.ExecContext(ctx, `INSERT INTO forecast_runs (id, made_at, by_user, origin, days, minutes, queues, seconds, build)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, run.ID, int64(run.MadeAt), run.By, run.Origin, run.Days, run.Minutes, run.Queues, run.Seconds, run.Build); err != nil {
			return err
		}
		for _, f := range list {
			if _, err := tx.ExecContext(ctx, `INSERT INTO forecast_inputs (hash, made_at, body) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING`,
				f.Inputs, int64(tx.At), inputs[f.Inputs]); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO forecasts (run_id, queue_id, inputs, digest, body) VALUES ($1, $2, $3, $4, $5)`,
				run.ID, f.Queue, f.Inputs, f.Digest, string(f.Body)); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, db.Entry{Action: "forecast.publish", Object: "forecast_runs", ObjectID: run.ID, Detail: map[string]string{"origin": run.Origin, "queues": fmt.Sprint(run.Queues)}})
	})
	return run, err
}

const runColumns = `id, made_at, by_user, origin, days, minutes, queues, seconds, build`

func scanRun(row interface{ Scan(...any) error }) (r Run, err error) {
	err = row.Scan(&r.ID, &r.MadeAt, &r.By, &r.Origin, &r.Days, &r.Minutes, &r.Queues, &r.Seconds, &r.Build)
	return r, err
}

// Runs lists the runs, latest first.
func (p *Store) Runs(ctx context.Context, limit int) ([]Run, error) {
	out := []Run{}
	rows, err := p.s.Reader().QueryContext(ctx, `SELECT `+runColumns+` FROM forecast_runs ORDER BY made_at DESC, id DESC LIMIT $1`, limit)
	return out, each(rows, err, func(r *sql.Rows) error {
		one, err := scanRun(r)
		out = append(out, one)
		return err
	})
}

// Run returns one run; without an id the latest: of those that knew most, the one made last. A run of a past origin, made
// to be scored, does not take the place of today's.
func (p *Store) Run(ctx context.Context, id string) (Run, error) {
	query, args := `SELECT `+runColumns+` FROM forecast_runs ORDER BY origin DESC, made_at DESC, id DESC LIMIT 1`, []any{}
	if id != "" {
		query, args = `SELECT `+runColumns+` FROM forecast_runs WHERE id = $1`, []any{id}
	}
	r, err := scanRun(p.s.Reader().QueryRowContext(ctx, query, args...))
	return r, found(err, "forecast", id)
}

func found(err error, what, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %q: %w", what, id, db.ErrNotFound)
	}
	return err
}

// Forecast returns a queue's part of a run.
func (p *Store) Forecast(ctx context.Context, run, queue string) (Forecast, error) {
	f := Forecast{Queue: queue}
	var body string
	err := p.s.Reader().QueryRowContext(ctx, `SELECT inputs, digest, body FROM forecasts WHERE run_id = $1 AND queue_id = $2`, run, queue).Scan(&f.Inputs, &f.Digest, &body)
	f.Body = json.RawMessage(body)
	return f, found(err, "forecast of queue", queue)
}

// Latest returns a queue's forecast that knew most and the run it belongs to: a run of other queues does not hide it.
func (p *Store) Latest(ctx context.Context, queue string) (Run, Forecast, error) {
	run, err := scanRun(p.s.Reader().QueryRowContext(ctx, `SELECT r.id, r.made_at, r.by_user, r.origin, r.days, r.minutes, r.queues, r.seconds, r.build
		FROM forecast_runs r JOIN forecasts f ON f.run_id = r.id WHERE f.queue_id = $1 ORDER BY r.origin DESC, r.made_at DESC, r.id DESC LIMIT 1`, queue))
	if err != nil {
		return run, Forecast{}, found(err, "forecast of queue", queue)
	}
	f, err := p.Forecast(ctx, run.ID, queue)
	return run, f, err
}

// Queues lists the queues that have a forecast.
func (p *Store) Queues(ctx context.Context) ([]string, error) {
	var out []string
	rows, err := p.s.Reader().QueryContext(ctx, `SELECT DISTINCT queue_id FROM forecasts ORDER BY queue_id`)
	return out, each(rows, err, func(r *sql.Rows) error {
		var q string
		err := r.Scan(&q)
		out = append(out, q)
		return err
	})
}

// History returns a queue's forecasts with their runs whose origin is on or after a date, earliest first; of several with
// one origin the last, which is what people saw.
func (p *Store) History(ctx context.Context, queue, since string, each func(Run, Forecast) error) error {
	rows, err := p.s.Reader().QueryContext(ctx, `SELECT r.id, r.made_at, r.by_user, r.origin, r.days, r.minutes, r.queues, r.seconds, r.build, f.inputs, f.digest, f.body
		FROM forecast_runs r JOIN forecasts f ON f.run_id = r.id WHERE f.queue_id = $1 AND r.origin >= $2
		AND NOT EXISTS (SELECT 1 FROM forecast_runs l JOIN forecasts g ON g.run_id = l.id
			WHERE g.queue_id = f.queue_id AND l.origin = r.origin AND (l.made_at > r.made_at OR l.made_at = r.made_at AND l.id > r.id))
		ORDER BY r.origin`, queue, since)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var run Run
		var body string
		f := Forecast{Queue: queue}
		if err := rows.Scan(&run.ID, &run.MadeAt, &run.By, &run.Origin, &run.Days, &run.Minutes, &run.Queues, &run.Seconds, &run.Build, &f.Inputs, &f.Digest, &body); err != nil {
			return err
		}
		f.Body = json.RawMessage(body)
		if err := each(run, f); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Inputs returns what a forecast was made from, as it was stored.
func (p *Store) Inputs(ctx context.Context, hash string) (string, error) {
	var body string
	err := p.s.Reader().QueryRowContext(ctx, `SELECT body FROM forecast_inputs WHERE hash = $1`, hash).Scan(&body)
	return body, found(err, "inputs", hash)
}

// DropInputs removes inputs made before an instant: their forecasts stay, but cannot be made again.
func (p *Store) DropInputs(ctx context.Context, before db.Stamp) error {
	return p.s.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM forecast_inputs WHERE made_at < $1`, int64(before))
		return err
	})
}
