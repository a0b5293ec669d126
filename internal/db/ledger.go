package db

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/agner-platform/agner/internal/db/engine"
	"github.com/agner-platform/agner/internal/db/value"
)

// States of an import.
const (
	ImportRunning = "running"
	ImportDone    = "done"
	ImportFailed  = "failed"
)

// Import is one line of the import ledger: a source and how far it was read.
//
// A source is known by the hash of its first PrefixLen bytes (uncompressed),
// not by its name: a rotated file keeps its line under a new name, a grown one
// resumes at Consumed.
type Import struct {
	ID         string          `json:"id"`
	Version    int64           `json:"-"`
	File       string          `json:"file"`
	Format     string          `json:"format"`
	Profile    string          `json:"profile"`
	Zone       string          `json:"zone"`
	PrefixLen  int64           `json:"-"`
	PrefixHash string          `json:"-"`
	Total      int64           `json:"total_bytes"` // 0: not known
	Consumed   int64           `json:"read_bytes"`  // everything before this offset is durably imported
	State      string          `json:"state"`
	StartedAt  Stamp           `json:"started_at"`
	UpdatedAt  Stamp           `json:"updated_at"`
	Report     json.RawMessage `json:"report"`
}

const importColumns = "id, version, file, format, profile, zone, prefix_len, prefix_hash, total, consumed, state, started_at, updated_at, report"

func (i *Import) scan(row interface{ Scan(...any) error }) error {
	var report string
	err := row.Scan(&i.ID, &i.Version, &i.File, &i.Format, &i.Profile, &i.Zone, &i.PrefixLen, &i.PrefixHash,
		&i.Total, &i.Consumed, &i.State, &i.StartedAt, &i.UpdatedAt, &report)
	i.Report = json.RawMessage(report)
	return err
}

func (i *Import) check() error {
	if err := value.Text("file", &i.File); err != nil {
		return err
	}
	if err := value.Name("format", &i.Format); err != nil {
		return err
	}
	if i.PrefixLen < 0 || i.PrefixHash == "" {
		return value.Wrong("prefix_hash", i.PrefixHash, "a source needs the hash of its beginning")
	}
	if i.Consumed < 0 {
		return value.Wrong("read_bytes", i.Consumed, "must not be negative")
	}
	if len(i.Report) == 0 {
		i.Report = json.RawMessage("{}")
	}
	if !json.Valid(i.Report) {
		return value.Wrong("report", string(i.Report), "is no JSON")
	}
	return value.OneOf("state", i.State, []string{ImportRunning, ImportDone, ImportFailed})
}

// FindImport looks for a source read before with the same format and profile.
// prefix gives the hash of the source's first n bytes, "" if it is shorter; it
// is asked for the lengths the ledger knows, longest first. ErrNotFound: new.
func (s *Store) FindImport(ctx context.Context, format, profile string, prefix func(n int64) (string, error)) (Import, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT DISTINCT prefix_len FROM imports WHERE format = $1 AND profile = $2 ORDER BY prefix_len DESC`, format, profile)
	if err != nil {
		return Import{}, fmt.Errorf("read import ledger: %w", engine.Translate(err))
	}
	defer rows.Close()
	var lengths []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return Import{}, fmt.Errorf("read import ledger: %w", err)
		}
		lengths = append(lengths, n)
	}
	if err := rows.Err(); err != nil {
		return Import{}, fmt.Errorf("read import ledger: %w", engine.Translate(err))
	}
	for _, n := range lengths {
		hash, err := prefix(n)
		if err != nil {
			return Import{}, fmt.Errorf("hash first %d bytes: %w", n, err)
		}
		if hash == "" {
			continue
		}
		imp, err := s.importWhere(ctx, `format = $1 AND profile = $2 AND prefix_len = $3 AND prefix_hash = $4`, format, profile, n, hash)
		if err == nil || imp.ID != "" {
			return imp, err
		}
	}
	return Import{}, fmt.Errorf("import of this source: %w", ErrNotFound)
}

func (s *Store) importWhere(ctx context.Context, cond string, args ...any) (Import, error) {
	var imp Import
	err := imp.scan(s.read.QueryRowContext(ctx, `SELECT `+importColumns+` FROM imports WHERE `+cond, args...))
	if err != nil {
		return imp, fmt.Errorf("read import ledger: %w", one(err, "import", fmt.Sprint(args...)))
	}
	return imp, nil
}

// Import returns one line of the ledger.
func (s *Store) Import(ctx context.Context, id string) (Import, error) {
	return s.importWhere(ctx, `id = $1`, id)
}

// Imports returns the latest lines, newest first.
func (s *Store) Imports(ctx context.Context, limit int) ([]Import, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+importColumns+` FROM imports ORDER BY started_at DESC, id LIMIT `+strconv.Itoa(max(limit, 0)))
	if err != nil {
		return nil, fmt.Errorf("read import ledger: %w", engine.Translate(err))
	}
	defer rows.Close()
	out := []Import{}
	for rows.Next() {
		var imp Import
		if err := imp.scan(rows); err != nil {
			return nil, fmt.Errorf("read import ledger: %w", err)
		}
		out = append(out, imp)
	}
	return out, engine.Translate(rows.Err())
}

// BeginImport enters a new source (ErrExists if it is in the ledger) as running.
func (s *Store) BeginImport(ctx context.Context, imp Import) (Import, error) {
	err := s.Write(ctx, func(tx *Tx) error {
		imp.ID, imp.Version, imp.State, imp.StartedAt, imp.UpdatedAt = NewID("imp"), 1, ImportRunning, tx.At, tx.At
		if err := imp.check(); err != nil {
			return fmt.Errorf("import: %w", err)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO imports (`+importColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			imp.ID, imp.Version, imp.File, imp.Format, imp.Profile, imp.Zone, imp.PrefixLen, imp.PrefixHash,
			imp.Total, imp.Consumed, imp.State, int64(imp.StartedAt), int64(imp.UpdatedAt), string(imp.Report))
		if err != nil {
			return fmt.Errorf("begin import of %s: %w", imp.File, err)
		}
		return tx.Audit(ctx, Entry{Action: "import", Object: "imports", ObjectID: imp.ID, Detail: map[string]string{"format": imp.Format, "profile": imp.Profile}})
	})
	return imp, err
}

// SaveImport stores how far an import has come: name, consumed and total
// length, state and report. Save Consumed only after the events before it are
// durable in the journal. Two importers of one source meet in ErrConflict.
func (s *Store) SaveImport(ctx context.Context, imp Import) (Import, error) {
	if err := imp.check(); err != nil {
		return imp, fmt.Errorf("import: %w", err)
	}
	err := s.Write(ctx, func(tx *Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE imports SET version = version + 1, file = $1, total = $2, consumed = $3, state = $4, updated_at = $5, report = $6
			WHERE id = $7 AND version = $8`,
			imp.File, imp.Total, imp.Consumed, imp.State, int64(tx.At), string(imp.Report), imp.ID, imp.Version)
		if err != nil {
			return fmt.Errorf("save import of %s: %w", imp.File, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("import %q: version %d: %w", imp.ID, imp.Version, ErrConflict)
		}
		imp.UpdatedAt = tx.At
		return nil
	})
	if err == nil {
		imp.Version++
	}
	return imp, err
}
