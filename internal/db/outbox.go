package db

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/agner-platform/agner/internal/db/engine"
)

// Change is one set-up change that still has to be published as config.changed.
// Row is the full new row as JSON (for a removed dated row a [Removed]).
type Change struct {
	Seq   int64           `json:"seq"`
	At    Stamp           `json:"at"`
	Table string          `json:"table"`
	ID    string          `json:"id"`
	Row   json.RawMessage `json:"row"`
}

// publish puts a row into the outbox inside the change that made it.
func (tx *Tx) publish(ctx context.Context, table, id string, row any) error {
	b, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("publish %s %s: %w", table, id, err)
	}
	seq, err := tx.next(ctx, "outbox")
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO config_outbox (seq, at, tbl, id, row) VALUES ($1, $2, $3, $4, $5)`,
		seq, int64(tx.At), table, id, string(b))
	if err != nil {
		return fmt.Errorf("publish %s %s: %w", table, id, err)
	}
	return nil
}

// PendingChanges returns up to limit unpublished changes in the order they were
// made. The publisher appends each to its journal with Seq as source reference,
// waits until that is durable, then calls MarkPublished; after a crash between
// the two it meets the same Seq again.
func (s *Store) PendingChanges(ctx context.Context, limit int) ([]Change, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT seq, at, tbl, id, row FROM config_outbox ORDER BY seq LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", engine.Translate(err))
	}
	defer rows.Close()
	out := []Change{}
	for rows.Next() {
		var c Change
		var row string
		if err := rows.Scan(&c.Seq, &c.At, &c.Table, &c.ID, &row); err != nil {
			return nil, fmt.Errorf("read outbox: %w", err)
		}
		c.Row = json.RawMessage(row)
		out = append(out, c)
	}
	return out, engine.Translate(rows.Err())
}

// MarkPublished drops every change up to and including seq from the outbox.
func (s *Store) MarkPublished(ctx context.Context, seq int64) error {
	return s.Write(ctx, func(tx *Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM config_outbox WHERE seq <= $1`, seq); err != nil {
			return fmt.Errorf("mark changes up to %d published: %w", seq, err)
		}
		return nil
	})
}
