package personal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/agner-platform/agner/internal/db"
)

// Party is a caller as known: number and perhaps name, last seen when.
type Party struct {
	Party  string   `json:"party"`
	Number string   `json:"number"`
	Name   string   `json:"name"`
	SeenAt db.Stamp `json:"seen_at"`
}

const (
	batch   = 2000 // rows per transaction: long enough to amortise an fsync, short enough that a log-in need not wait
	maxText = 1000 // bytes of a number or name; more is no number
)

// Remember stores callers, in batches. An empty Party is computed from the
// number; one whose number is withheld is passed over, and so is one erased at
// or after SeenAt. The name and number seen last win.
func (v *Vault) Remember(ctx context.Context, parties []Party) error {
	for len(parties) > 0 {
		n := min(batch, len(parties))
		if err := v.s.Write(ctx, func(tx *db.Tx) error { return v.remember(ctx, tx, parties[:n]) }); err != nil {
			return fmt.Errorf("remember callers: %w", err)
		}
		parties = parties[n:]
	}
	return nil
}

func (v *Vault) remember(ctx context.Context, tx *db.Tx, parties []Party) error {
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO parties (party, number, name, seen_at)
		SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM erased_parties WHERE party = $1 AND erased_at >= $4)
		ON CONFLICT (party) DO UPDATE SET number = excluded.number, seen_at = excluded.seen_at,
			name = CASE WHEN excluded.name = '' THEN parties.name ELSE excluded.name END
		WHERE excluded.seen_at >= parties.seen_at`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, p := range parties {
		if p.Party == "" {
			p.Party = v.Pseudonym(p.Number)
		}
		if p.Party == "" {
			continue
		}
		if len(p.Number) > maxText || len(p.Name) > maxText {
			return &db.FieldError{Field: "number", Value: fmt.Sprintf("%d bytes", max(len(p.Number), len(p.Name))), Reason: "is too long for a number or name"}
		}
		if _, err := stmt.ExecContext(ctx, p.Party, p.Number, p.Name, int64(p.SeenAt)); err != nil {
			return err
		}
	}
	return nil
}

// Lookup returns what is known of these parties; those not known or erased are absent.
func (v *Vault) Lookup(ctx context.Context, parties []string) (map[string]Party, error) {
	out := make(map[string]Party, len(parties))
	for len(parties) > 0 {
		n := min(500, len(parties)) // parameters of one statement
		marks, args := make([]string, n), make([]any, n)
		for i, p := range parties[:n] {
			marks[i], args[i] = "$"+strconv.Itoa(i+1), p
		}
		found, err := v.query(ctx, `WHERE party IN (`+strings.Join(marks, ", ")+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			out[p.Party] = p
		}
		parties = parties[n:]
	}
	return out, nil
}

// Find returns callers whose number contains the digits, latest first.
func (v *Vault) Find(ctx context.Context, digits string, limit int) ([]Party, error) {
	esc := strings.NewReplacer(`!`, `!!`, `%`, `!%`, `_`, `!_`).Replace(digits)
	return v.query(ctx, `WHERE number LIKE $1 ESCAPE '!' ORDER BY seen_at DESC, party LIMIT `+strconv.Itoa(max(limit, 0)), "%"+esc+"%")
}

func (v *Vault) query(ctx context.Context, cond string, args ...any) ([]Party, error) {
	rows, err := v.s.Reader().QueryContext(ctx, `SELECT party, number, name, seen_at FROM parties `+cond, args...)
	if err != nil {
		return nil, fmt.Errorf("read callers: %w", err)
	}
	defer rows.Close()
	out := []Party{}
	for rows.Next() {
		var p Party
		if err := rows.Scan(&p.Party, &p.Number, &p.Name, &p.SeenAt); err != nil {
			return nil, fmt.Errorf("read callers: %w", err)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// Note is what an agent wrote about an interaction. Events refer to it by ID.
type Note struct {
	ID          string   `json:"id"`
	Party       string   `json:"party"`
	Interaction string   `json:"interaction"`
	At          db.Stamp `json:"at"`
	Author      string   `json:"author"`
	Body        string   `json:"body"`
}

const maxNote = 64 << 10 // bytes; a note, not a document

// AddNote stores a note and returns it with its id and time.
func (v *Vault) AddNote(ctx context.Context, n Note) (Note, error) {
	if n.Interaction == "" {
		return n, &db.FieldError{Field: "interaction", Value: "", Reason: "must not be empty"}
	}
	if n.Body == "" || len(n.Body) > maxNote {
		return n, &db.FieldError{Field: "body", Value: fmt.Sprintf("%d bytes", len(n.Body)), Reason: fmt.Sprintf("must have 1 to %d bytes", maxNote)}
	}
	err := v.s.Write(ctx, func(tx *db.Tx) error {
		n.ID, n.At = db.NewID("note"), tx.At
		_, err := tx.ExecContext(ctx, `INSERT INTO notes (id, party, interaction, at, author, body) VALUES ($1, $2, $3, $4, $5, $6)`,
			n.ID, n.Party, n.Interaction, int64(n.At), n.Author, n.Body)
		if err != nil {
			return fmt.Errorf("add note: %w", err)
		}
		return tx.Audit(ctx, db.Entry{Action: "create", Object: "notes", ObjectID: n.ID})
	})
	return n, err
}

// Notes returns the notes of an interaction, oldest first.
func (v *Vault) Notes(ctx context.Context, interaction string) ([]Note, error) {
	rows, err := v.s.Reader().QueryContext(ctx, `SELECT id, party, interaction, at, author, body FROM notes WHERE interaction = $1 ORDER BY at, id`, interaction)
	if err != nil {
		return nil, fmt.Errorf("read notes: %w", err)
	}
	defer rows.Close()
	out := []Note{}
	for rows.Next() {
		var n Note
		if err := rows.Scan(&n.ID, &n.Party, &n.Interaction, &n.At, &n.Author, &n.Body); err != nil {
			return nil, fmt.Errorf("read notes: %w", err)
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

// Turn is what was said in one turn of a transcript.
type Turn struct {
	Turn int64  `json:"turn"`
	Body string `json:"body"`
}

// PutTurns stores the words of turns of an interaction, replacing those known.
func (v *Vault) PutTurns(ctx context.Context, interaction, party string, turns []Turn) error {
	if interaction == "" {
		return &db.FieldError{Field: "interaction", Value: "", Reason: "must not be empty"}
	}
	return v.s.Write(ctx, func(tx *db.Tx) error {
		for _, t := range turns {
			_, err := tx.ExecContext(ctx, `INSERT INTO transcript_texts (interaction, turn, party, body) VALUES ($1, $2, $3, $4)
				ON CONFLICT (interaction, turn) DO UPDATE SET party = excluded.party, body = excluded.body`, interaction, t.Turn, party, t.Body)
			if err != nil {
				return fmt.Errorf("store turn %d: %w", t.Turn, err)
			}
		}
		return nil
	})
}

// Turns returns the words of an interaction in order.
func (v *Vault) Turns(ctx context.Context, interaction string) ([]Turn, error) {
	rows, err := v.s.Reader().QueryContext(ctx, `SELECT turn, body FROM transcript_texts WHERE interaction = $1 ORDER BY turn`, interaction)
	if err != nil {
		return nil, fmt.Errorf("read transcript: %w", err)
	}
	defer rows.Close()
	out := []Turn{}
	for rows.Next() {
		var t Turn
		if err := rows.Scan(&t.Turn, &t.Body); err != nil {
			return nil, fmt.Errorf("read transcript: %w", err)
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// one maps the engine's "no rows" to db.ErrNotFound.
func one(err error, what, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %q: %w", what, id, db.ErrNotFound)
	}
	return err
}
