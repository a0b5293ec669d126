package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/agner-platform/agner/internal/db/engine"
)

// Entry is what a caller says about an audited act. Detail is stored as JSON
// and must hold no caller's number, name or words: the audit cannot be erased.
type Entry struct {
	Action   string // verb: create, update, retire, login, read, erase, …
	Object   string // table or kind of thing
	ObjectID string
	Detail   any
}

// AuditLine is one stored line of the audit.
type AuditLine struct {
	Seq       int64           `json:"seq"`
	At        Stamp           `json:"at"`
	Actor     string          `json:"actor"`
	Address   string          `json:"address"`
	RequestID string          `json:"request_id"`
	Action    string          `json:"action"`
	Object    string          `json:"object"`
	ObjectID  string          `json:"object_id"`
	Detail    json.RawMessage `json:"detail"`
	PrevHash  string          `json:"prev_hash"`
	Hash      string          `json:"hash"`
}

const auditColumns = "seq, at, actor, address, request_id, action, object, object_id, detail, prev_hash, hash"

// digest chains the line to the one before it. A JSON array keeps field borders unambiguous.
func (l *AuditLine) digest() (string, error) {
	b, err := json.Marshal([]any{l.Seq, int64(l.At), l.Actor, l.Address, l.RequestID, l.Action, l.Object, l.ObjectID, string(l.Detail), l.PrevHash})
	if err != nil {
		return "", fmt.Errorf("audit line %d: %w", l.Seq, err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

func (l *AuditLine) scan(row interface{ Scan(...any) error }) error {
	var detail string
	err := row.Scan(&l.Seq, &l.At, &l.Actor, &l.Address, &l.RequestID, &l.Action, &l.Object, &l.ObjectID, &detail, &l.PrevHash, &l.Hash)
	l.Detail = json.RawMessage(detail)
	return err
}

// Audit appends a line inside a change.
func (tx *Tx) Audit(ctx context.Context, e Entry) error {
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return fmt.Errorf("audit %s %s: %w", e.Action, e.Object, err)
	}
	seq, err := tx.next(ctx, "audit")
	if err != nil {
		return err
	}
	l := AuditLine{Seq: seq, At: tx.At, Actor: tx.Actor.Name, Address: tx.Actor.Address, RequestID: tx.Actor.RequestID,
		Action: e.Action, Object: e.Object, ObjectID: e.ObjectID, Detail: detail}
	if seq > 1 {
		err := tx.QueryRowContext(ctx, `SELECT hash FROM audit WHERE seq = $1`, seq-1).Scan(&l.PrevHash)
		if err != nil {
			return fmt.Errorf("audit line %d is missing: %w", seq-1, one(err, "audit", strconv.FormatInt(seq-1, 10)))
		}
	}
	if l.Hash, err = l.digest(); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (`+auditColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		l.Seq, int64(l.At), l.Actor, l.Address, l.RequestID, l.Action, l.Object, l.ObjectID, string(l.Detail), l.PrevHash, l.Hash)
	if err != nil {
		return fmt.Errorf("append audit line: %w", err)
	}
	return nil
}

// Audit appends one line by itself, for acts that change nothing here: a
// log-in, a read of a recording. If it fails the act must not happen.
func (s *Store) Audit(ctx context.Context, e Entry) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.Audit(ctx, e) })
}

// AuditFilter narrows AuditLines; zero fields do not.
type AuditFilter struct {
	Before   int64 // only lines with a smaller seq: the cursor of the next page
	Limit    int   // at most this many, default and ceiling 500
	From, To Stamp // from inclusive, to exclusive
	Actor    string
	Object   string
	ObjectID string
}

const auditPage = 500

// AuditLines returns lines, newest first.
func (s *Store) AuditLines(ctx context.Context, f AuditFilter) ([]AuditLine, error) {
	sql, args := `SELECT `+auditColumns+` FROM audit WHERE 1 = 1`, []any{}
	add := func(cond string, use bool, v any) {
		if use {
			args = append(args, v)
			sql += " AND " + cond + " $" + strconv.Itoa(len(args))
		}
	}
	add("seq <", f.Before > 0, f.Before)
	add("at >=", f.From != 0, int64(f.From))
	add("at <", f.To != 0, int64(f.To))
	add("actor =", f.Actor != "", f.Actor)
	add("object =", f.Object != "", f.Object)
	add("object_id =", f.ObjectID != "", f.ObjectID)
	if f.Limit <= 0 || f.Limit > auditPage {
		f.Limit = auditPage
	}
	rows, err := s.read.QueryContext(ctx, sql+" ORDER BY seq DESC LIMIT "+strconv.Itoa(f.Limit), args...)
	if err != nil {
		return nil, fmt.Errorf("read audit: %w", engine.Translate(err))
	}
	defer rows.Close()
	out := []AuditLine{}
	for rows.Next() {
		var l AuditLine
		if err := l.scan(rows); err != nil {
			return nil, fmt.Errorf("read audit: %w", err)
		}
		out = append(out, l)
	}
	return out, engine.Translate(rows.Err())
}

// AuditProof is the state of a verified chain. Keeping Count and Head outside
// the instance is what makes a cut-off end provable.
type AuditProof struct {
	Count int64  `json:"count"`
	Head  string `json:"head"`
}

// VerifyAudit recomputes the whole chain. The error is a *TamperError if a line
// was altered, removed, inserted or cut off the end.
func (s *Store) VerifyAudit(ctx context.Context) (AuditProof, error) {
	var p AuditProof
	// One statement, so that the counter and the lines are of one snapshot.
	rows, err := s.read.QueryContext(ctx, `SELECT `+auditColumns+`, (SELECT value FROM counters WHERE name = 'audit') FROM audit ORDER BY seq`)
	if err != nil {
		return p, fmt.Errorf("read audit: %w", engine.Translate(err))
	}
	defer rows.Close()
	var drawn int64
	for rows.Next() {
		var l AuditLine
		if err := l.scan(withTail{rows, &drawn}); err != nil {
			return p, fmt.Errorf("read audit: %w", err)
		}
		hash, err := l.digest()
		if err != nil {
			return p, err
		}
		switch {
		case l.Seq != p.Count+1:
			return p, &TamperError{p.Count + 1, "missing"}
		case l.PrevHash != p.Head:
			return p, &TamperError{l.Seq, "does not follow the line before it"}
		case l.Hash != hash:
			return p, &TamperError{l.Seq, "was altered"}
		}
		p = AuditProof{Count: l.Seq, Head: l.Hash}
	}
	if err := rows.Err(); err != nil {
		return p, fmt.Errorf("read audit: %w", engine.Translate(err))
	}
	if p.Count == 0 {
		if err := s.read.QueryRowContext(ctx, `SELECT value FROM counters WHERE name = 'audit'`).Scan(&drawn); err != nil {
			return p, fmt.Errorf("read audit counter: %w", engine.Translate(err))
		}
	}
	if drawn != p.Count {
		return p, &TamperError{p.Count + 1, fmt.Sprintf("missing: %d lines were written", drawn)}
	}
	return p, nil
}

// withTail scans one more trailing column.
type withTail struct {
	row  interface{ Scan(...any) error }
	tail any
}

func (w withTail) Scan(into ...any) error { return w.row.Scan(append(into, w.tail)...) }
