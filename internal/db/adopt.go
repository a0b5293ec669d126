package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/agner-platform/agner/internal/db/value"
)

// adopter stores a row that comes with its id.
type adopter interface {
	adopt(ctx context.Context, tx *Tx, id string, row json.RawMessage) error
	// keyed says that the row's own columns are its key, so that ErrExists means
	// "the same row" and not "another row of this name".
	keyed() bool
}

// adopters are the tables whose rows may come with a file. Users and grants are
// not among them: no file may say who may sign in.
func (s *Store) adopters() map[string]adopter {
	return map[string]adopter{
		"sites": s.Sites(), "queue_groups": s.Groups(), "streams": s.Streams(), "queues": s.Queues(), "teams": s.Teams(),
		"agents": s.Agents(), "skills": s.Skills(), "activities": s.Activities(), "codes": s.Codes(),
		"agent_terms": s.Terms(), "agent_skills": s.SkillLevels(), "queue_targets": s.Targets(), "stream_rules": s.StreamRules(),
	}
}

// Adopt stores a set-up row of another instance, as its config.changed event
// carries it, under the id it has there. A row that is here already stays as it
// is: what people arranged here wins.
func (s *Store) Adopt(ctx context.Context, table, id string, row json.RawMessage) error {
	a, ok := s.adopters()[table]
	if !ok {
		return value.Wrong("table", table, "its rows cannot come with a file")
	}
	err := s.Write(ctx, func(tx *Tx) error { return a.adopt(ctx, tx, id, row) })
	if err == nil || a.keyed() && errors.Is(err, ErrExists) {
		return nil
	}
	return fmt.Errorf("adopt %s %q: %w", table, id, err)
}

func (Repo[T]) keyed() bool  { return false }
func (Dated[T]) keyed() bool { return true }

func (r Repo[T]) adopt(ctx context.Context, tx *Tx, id string, text json.RawMessage) error {
	if _, err := r.get(ctx, tx, id); !errors.Is(err, ErrNotFound) {
		return err
	}
	var row T
	if err := json.Unmarshal(text, &row); err != nil {
		return value.Wrong("row", string(text), err.Error())
	}
	return r.insert(ctx, tx, "adopt", id, &row)
}

func (d Dated[T]) adopt(ctx context.Context, tx *Tx, _ string, text json.RawMessage) error {
	var row T
	if err := json.Unmarshal(text, &row); err != nil {
		return value.Wrong("row", string(text), err.Error())
	}
	any(&row).(DatedRow).Meta().Version = 0
	return d.put(ctx, tx, &row)
}
