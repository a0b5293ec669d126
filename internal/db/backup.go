package db

import (
	"context"

	"github.com/agner-platform/agner/internal/db/engine"
)

// Backup writes a consistent copy of the live database to path, which must not
// exist. Writers go on meanwhile. The copy appears under its name only when it
// is whole and on disk. The pseudonym key is not in it: copy DIR/secrets too.
func (s *Store) Backup(ctx context.Context, path string) error {
	return engine.Backup(ctx, s.write, path)
}

// Verify checks the opened database: every page, every reference.
func (s *Store) Verify(ctx context.Context) error { return engine.Verify(ctx, s.read, s.path) }

// VerifyFile checks that the file at path is a sound database, for restore and
// doctor. It changes nothing.
func VerifyFile(ctx context.Context, path string) error { return engine.VerifyFile(ctx, path) }

// Compact rewrites the file without free pages and empties the write-ahead log,
// so that what was deleted is nowhere on disk. It waits for readers, also those
// of other processes, for a minute or until ctx ends, then fails with ErrBusy.
func (s *Store) Compact(ctx context.Context) error { return engine.Compact(ctx, s.write) }
