package personal

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/agner-platform/agner/internal/db"
)

// ErrLegalHold is what every [HoldError] is.
var ErrLegalHold = errors.New("under legal hold")

// ErrNotScrubbed says that the rows are deleted but their bytes may still be in
// the file, because another process kept it busy. Erasing again finishes it.
var ErrNotScrubbed = errors.New("deleted, but traces may remain on disk until erased again")

// Hold forbids erasing a party.
type Hold struct {
	ID         string   `json:"id"`
	Party      string   `json:"party"`
	Reason     string   `json:"reason"`
	PlacedBy   string   `json:"placed_by"`
	PlacedAt   db.Stamp `json:"placed_at"`
	ReleasedBy string   `json:"released_by"`
	ReleasedAt db.Stamp `json:"released_at"`
}

// HoldError refuses an erasure and names the holds in force.
type HoldError struct {
	Party string
	Holds []Hold
}

// Error names the holds and their reasons.
func (e *HoldError) Error() string {
	parts := make([]string, len(e.Holds))
	for i, h := range e.Holds {
		parts[i] = fmt.Sprintf("%s (%s)", h.ID, h.Reason)
	}
	return fmt.Sprintf("party %s is under legal hold: %s", e.Party, strings.Join(parts, ", "))
}

// Is makes every HoldError an ErrLegalHold.
func (e *HoldError) Is(target error) bool { return target == ErrLegalHold }

// resolve takes a number or a party.
func (v *Vault) resolve(customer string) (string, error) {
	if IsParty(customer) {
		return customer, nil
	}
	if p := v.Pseudonym(customer); p != "" {
		return p, nil
	}
	// The value is left out: it may be a number, and errors reach logs.
	return "", &db.FieldError{Field: "customer", Value: "…", Reason: "is neither a number nor a party"}
}

// PlaceHold puts a customer, given by number or party, under legal hold. The
// reason is kept for good: it must not hold the customer's data.
func (v *Vault) PlaceHold(ctx context.Context, customer, reason string) (Hold, error) {
	party, err := v.resolve(customer)
	if err != nil {
		return Hold{}, err
	}
	if reason = strings.TrimSpace(reason); reason == "" || len(reason) > maxText {
		return Hold{}, &db.FieldError{Field: "reason", Value: reason, Reason: "must have 1 to 1000 bytes"}
	}
	var h Hold
	err = v.s.Write(ctx, func(tx *db.Tx) error {
		h = Hold{ID: db.NewID("hold"), Party: party, Reason: reason, PlacedBy: tx.Actor.Name, PlacedAt: tx.At}
		_, err := tx.ExecContext(ctx, `INSERT INTO legal_holds (id, party, reason, placed_by, placed_at, released_by, released_at)
			VALUES ($1, $2, $3, $4, $5, '', 0)`, h.ID, h.Party, h.Reason, h.PlacedBy, int64(h.PlacedAt))
		if err != nil {
			return fmt.Errorf("place hold: %w", err)
		}
		return tx.Audit(ctx, db.Entry{Action: "create", Object: "legal_holds", ObjectID: h.ID, Detail: h})
	})
	return h, err
}

// ReleaseHold ends a hold; a released one cannot be released again.
func (v *Vault) ReleaseHold(ctx context.Context, id string) error {
	return v.s.Write(ctx, func(tx *db.Tx) error {
		var party string
		err := tx.QueryRowContext(ctx, `UPDATE legal_holds SET released_by = $1, released_at = $2 WHERE id = $3 AND released_at = 0 RETURNING party`,
			tx.Actor.Name, int64(tx.At), id).Scan(&party)
		if err != nil {
			return fmt.Errorf("release hold: %w", one(err, "legal hold in force", id))
		}
		return tx.Audit(ctx, db.Entry{Action: "release", Object: "legal_holds", ObjectID: id, Detail: map[string]string{"party": party}})
	})
}

// Holds returns the holds in force, of one customer or (empty) of all, oldest first.
func (v *Vault) Holds(ctx context.Context, customer string) ([]Hold, error) {
	party := ""
	if customer != "" {
		var err error
		if party, err = v.resolve(customer); err != nil {
			return nil, err
		}
	}
	return holds(ctx, v.s.Reader(), party)
}

func holds(ctx context.Context, q db.Querier, party string) ([]Hold, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, party, reason, placed_by, placed_at, released_by, released_at FROM legal_holds
		WHERE released_at = 0 AND (party = $1 OR $1 = '') ORDER BY placed_at, id`, party)
	if err != nil {
		return nil, fmt.Errorf("read holds: %w", err)
	}
	defer rows.Close()
	out := []Hold{}
	for rows.Next() {
		var h Hold
		if err := rows.Scan(&h.ID, &h.Party, &h.Reason, &h.PlacedBy, &h.PlacedAt, &h.ReleasedBy, &h.ReleasedAt); err != nil {
			return nil, fmt.Errorf("read holds: %w", err)
		}
		out = append(out, h)
	}
	return out, rows.Err()
}

// Erasure says what was deleted of a customer.
type Erasure struct {
	Party       string   `json:"party"`
	At          db.Stamp `json:"at"`
	Numbers     int64    `json:"numbers"`
	Notes       int64    `json:"notes"`
	Transcripts int64    `json:"transcript_turns"`
}

// Erase removes everything personal of a customer, given by number or party.
// Under legal hold nothing is touched and the error is a *HoldError. A customer
// of whom nothing is stored gives an Erasure of zeros: older records imported
// later are kept out all the same. The caller publishes the erasure and removes
// the recordings' keys; it must not log the number.
func (v *Vault) Erase(ctx context.Context, customer string) (Erasure, error) {
	party, err := v.resolve(customer)
	if err != nil {
		return Erasure{}, err
	}
	e := Erasure{Party: party}
	err = v.s.Write(ctx, func(tx *db.Tx) error {
		e.At = tx.At
		held, err := holds(ctx, tx, party)
		if err != nil {
			return err
		}
		if len(held) > 0 {
			return &HoldError{Party: party, Holds: held}
		}
		return e.delete(ctx, tx)
	})
	if err != nil {
		return Erasure{}, fmt.Errorf("erase: %w", err)
	}
	if err := v.s.Compact(ctx); err != nil {
		return e, fmt.Errorf("erase: %w: %w", ErrNotScrubbed, err)
	}
	return e, nil
}

func (e *Erasure) delete(ctx context.Context, tx *db.Tx) error {
	for _, t := range []struct {
		table string
		count *int64
	}{{"parties", &e.Numbers}, {"notes", &e.Notes}, {"transcript_texts", &e.Transcripts}} {
		res, err := tx.ExecContext(ctx, `DELETE FROM `+t.table+` WHERE party = $1`, e.Party)
		if err != nil {
			return fmt.Errorf("delete from %s: %w", t.table, err)
		}
		if *t.count, err = res.RowsAffected(); err != nil {
			return fmt.Errorf("delete from %s: %w", t.table, err)
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO erased_parties (party, erased_at) VALUES ($1, $2)
		ON CONFLICT (party) DO UPDATE SET erased_at = excluded.erased_at`, e.Party, int64(e.At))
	if err != nil {
		return fmt.Errorf("note erasure: %w", err)
	}
	return tx.Audit(ctx, db.Entry{Action: "erase", Object: "parties", ObjectID: e.Party, Detail: e})
}

// Purge deletes callers not seen since before, with their notes and words, as
// retention asks; those under legal hold stay. It returns how many callers went
// and scrubs the file if any did.
func (v *Vault) Purge(ctx context.Context, before db.Stamp) (int64, error) {
	const due = `(SELECT party FROM parties WHERE seen_at < $1 AND party NOT IN (SELECT party FROM legal_holds WHERE released_at = 0))`
	var gone int64
	err := v.s.Write(ctx, func(tx *db.Tx) error {
		for _, table := range []string{"notes", "transcript_texts", "parties"} { // parties last: it says who is due
			res, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE party IN `+due, int64(before))
			if err != nil {
				return fmt.Errorf("delete from %s: %w", table, err)
			}
			if gone, err = res.RowsAffected(); err != nil {
				return fmt.Errorf("delete from %s: %w", table, err)
			}
		}
		if gone == 0 {
			return nil
		}
		return tx.Audit(ctx, db.Entry{Action: "purge", Object: "parties", Detail: map[string]any{"before": before, "callers": gone}})
	})
	if err != nil {
		return 0, fmt.Errorf("purge: %w", err)
	}
	if gone == 0 {
		return 0, nil
	}
	if err := v.s.Compact(ctx); err != nil {
		return gone, fmt.Errorf("purge: %w: %w", ErrNotScrubbed, err)
	}
	return gone, nil
}
