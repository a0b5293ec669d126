package db

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/agner-platform/agner/internal/db/engine"
	"github.com/agner-platform/agner/internal/db/setting"
)

// Setting is one business setting with its value and bounds.
type Setting = setting.Setting

// Values are the settings as code uses them.
type Values = setting.Values

// Settings returns every setting with its value, in a fixed order.
func (s *Store) Settings(ctx context.Context) ([]Setting, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT key, value, version, updated_at FROM settings`)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", engine.Translate(err))
	}
	defer rows.Close()
	stored := map[string]Setting{}
	for rows.Next() {
		var v Setting
		var value string
		if err := rows.Scan(&v.Key, &value, &v.Version, &v.UpdatedAt); err != nil {
			return nil, fmt.Errorf("read settings: %w", err)
		}
		v.Value = json.RawMessage(value)
		stored[v.Key] = v
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read settings: %w", engine.Translate(err))
	}
	out := make([]Setting, len(setting.Catalogue))
	for i, d := range setting.Catalogue {
		d.Value = d.Default
		if v, ok := stored[d.Key]; ok {
			d.Value, d.Version, d.UpdatedAt = v.Value, v.Version, v.UpdatedAt
		}
		out[i] = d
	}
	return out, nil
}

// Setting returns one setting.
func (s *Store) Setting(ctx context.Context, key string) (Setting, error) {
	all, err := s.Settings(ctx)
	if err != nil {
		return Setting{}, err
	}
	for _, v := range all {
		if v.Key == key {
			return v, nil
		}
	}
	return Setting{}, fmt.Errorf("setting %q: %w", key, ErrNotFound)
}

// SetSetting stores a value. The version must be the one read.
func (s *Store) SetSetting(ctx context.Context, key string, value json.RawMessage, version int64) (Setting, error) {
	v, err := s.Setting(ctx, key)
	if err != nil {
		return v, err
	}
	old := v.Value
	if v.Value, err = v.Normal(value); err != nil {
		return v, err
	}
	err = s.Write(ctx, func(tx *Tx) error {
		v.Version, v.UpdatedAt = version+1, tx.At
		res, err := tx.ExecContext(ctx, `INSERT INTO settings (key, value, version, updated_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version, updated_at = excluded.updated_at
			WHERE settings.version = $5 AND $5 > 0`, key, string(v.Value), v.Version, int64(tx.At), version)
		if err != nil {
			return fmt.Errorf("set %s: %w", key, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("setting %q: version %d: %w", key, version, ErrConflict)
		}
		err = tx.Audit(ctx, Entry{Action: "update", Object: "settings", ObjectID: key, Detail: [2]json.RawMessage{old, v.Value}})
		if err != nil {
			return err
		}
		return tx.publish(ctx, "settings", key, v)
	})
	return v, err
}

// Values reads all settings at once.
func (s *Store) Values(ctx context.Context) (Values, error) {
	all, err := s.Settings(ctx)
	if err != nil {
		return Values{}, err
	}
	return setting.Decode(all)
}
