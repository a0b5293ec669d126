package mirror

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
)

// Record is one event as the mirror keeps it. Why is set where the record could
// not be decoded; without Raw it was lost.
type Record struct {
	Seq uint64
	Raw []byte
	Why string
}

// Chain returns the files that hold a node's records above seq, as far as they
// follow each other without a gap.
func Chain(files []File, above uint64) []File {
	var out []File
	for i, f := range files {
		if i > 0 && f.From != files[i-1].To+1 {
			break
		}
		if f.To > above {
			out = append(out, f)
		}
	}
	return out
}

// Read checks a file of events against the manifest and gives its records above
// seq to f, in order.
func Read(ctx context.Context, db DB, root string, file File, above uint64, f func(Record) error) error {
	if err := file.Check(root); err != nil {
		return err
	}
	if err := readFile(ctx, db, filepath.Join(root, filepath.FromSlash(file.Path)), above, f); err != nil {
		return fmt.Errorf("read %s: %w", file.Path, err)
	}
	return nil
}

func readFile(ctx context.Context, db DB, path string, above uint64, f func(Record) error) (err error) {
	rows, err := db.QueryContext(ctx, `SELECT seq, raw, coalesce(why, '') FROM read_parquet(`+quote(path)+`) WHERE seq > ? ORDER BY seq`, above)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r Record
		if err := rows.Scan(&r.Seq, &r.Raw, &r.Why); err != nil {
			return err
		}
		if err := f(r); err != nil {
			return err
		}
	}
	return rows.Err()
}
