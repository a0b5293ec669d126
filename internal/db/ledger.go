package db

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/agner-platform/agner/internal/db/engine"
	"github.com/agner-platform/agner/internal/db/value"
)

// Import is one import that is over, for the list that people see. How far each
// file was read is not here but in the journal, where it cannot disagree with the
// events.
type Import struct {
	ID        string          `json:"id"`
	File      string          `json:"file"`
	Format    string          `json:"format"`
	State     string          `json:"state"`
	StartedAt Stamp           `json:"started_at"`
	Report    json.RawMessage `json:"report"`
}

func (i *Import) check() error {
	if err := value.Text("file", &i.File); err != nil {
		return err
	}
	if err := value.Name("format", &i.Format); err != nil {
		return err
	}
	if !json.Valid(i.Report) {
		return value.Wrong("report", string(i.Report), "is no JSON")
	}
	return nil
}

// Imports returns the latest imports, newest first.
func (s *Store) Imports(ctx context.Context, limit int) ([]Import, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, file, format, state, started_at, report FROM imports ORDER BY started_at DESC, id LIMIT `+strconv.Itoa(max(limit, 0)))
	if err != nil {
		return nil, fmt.Errorf("read imports: %w", engine.Translate(err))
	}
	defer rows.Close()
	out := []Import{}
	for rows.Next() {
		var imp Import
		var report string
		if err := rows.Scan(&imp.ID, &imp.File, &imp.Format, &imp.State, &imp.StartedAt, &report); err != nil {
			return nil, fmt.Errorf("read imports: %w", err)
		}
		imp.Report = json.RawMessage(report)
		out = append(out, imp)
	}
	return out, engine.Translate(rows.Err())
}

// AddImport enters an import that is over.
func (s *Store) AddImport(ctx context.Context, imp Import) error {
	if err := imp.check(); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO imports (id, file, format, state, started_at, report) VALUES ($1, $2, $3, $4, $5, $6)`,
			imp.ID, imp.File, imp.Format, imp.State, int64(imp.StartedAt), string(imp.Report))
		if err != nil {
			return fmt.Errorf("enter import of %s: %w", imp.File, err)
		}
		return tx.Audit(ctx, Entry{Action: "import", Object: "imports", ObjectID: imp.ID, Detail: map[string]string{"format": imp.Format, "state": imp.State}})
	})
}
