package engine

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func open(t *testing.T) (write, read *sql.DB, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "x.db")
	write, read, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(read.Close(), write.Close()); err != nil {
			t.Error(err)
		}
	})
	return write, read, path
}

func migration(sql string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("-- +goose Up\n" + sql)}
}

func TestAFailedMigrationLeavesTheOneBefore(t *testing.T) {
	write, read, path := open(t)
	fsys := fstest.MapFS{"00001_a.sql": migration("CREATE TABLE a (x BIGINT);")}
	if err := Migrate(t.Context(), write, path, fsys); err != nil {
		t.Fatal(err)
	}
	fsys["00002_b.sql"] = migration("CREATE TABLE b (x BIGINT);\nINSERT INTO nowhere VALUES (1);")
	err := Migrate(t.Context(), write, path, fsys)
	if err == nil || !strings.Contains(err.Error(), "from schema 1 to 2") {
		t.Errorf("error %v, want one that names the step", err)
	}
	var n int
	if err := read.QueryRow(`SELECT COUNT(*) FROM sqlite_master WHERE name = 'b'`).Scan(&n); err != nil || n != 0 {
		t.Errorf("half a migration stayed: %d, %v", n, err)
	}
	fsys["00002_b.sql"] = migration("CREATE TABLE b (x BIGINT);")
	if err := Migrate(t.Context(), write, path, fsys); err != nil {
		t.Errorf("mended migration: %v", err)
	}
}

func TestAStepOfALowerNumberMayComeLater(t *testing.T) {
	write, read, path := open(t)
	fsys := fstest.MapFS{"00001_a.sql": migration("CREATE TABLE a (x BIGINT);"), "00030_c.sql": migration("CREATE TABLE c (x BIGINT);")}
	if err := Migrate(t.Context(), write, path, fsys); err != nil {
		t.Fatal(err)
	}
	fsys["00020_b.sql"] = migration("CREATE TABLE b (x BIGINT);")
	if err := Migrate(t.Context(), write, path, fsys); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := read.QueryRow(`SELECT COUNT(*) FROM sqlite_master WHERE name IN ('a', 'b', 'c')`).Scan(&n); err != nil || n != 3 {
		t.Errorf("%d of three tables are there, %v", n, err)
	}
}

func TestWaitingForTheMigratorCanBeCancelled(t *testing.T) {
	write, _, path := open(t)
	unlock, err := lockFile(t.Context(), path+".migrate")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = Migrate(ctx, write, path, fstest.MapFS{"00001_a.sql": migration("CREATE TABLE a (x BIGINT);")})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestResultCodesHaveSentinels(t *testing.T) {
	write, _, _ := open(t)
	if _, err := write.Exec(`CREATE TABLE p (id TEXT PRIMARY KEY); CREATE TABLE c (id TEXT UNIQUE, p TEXT REFERENCES p (id)); INSERT INTO p VALUES ('1'); INSERT INTO c VALUES ('1', '1')`); err != nil {
		t.Fatal(err)
	}
	f := func(stmt string, want error) {
		t.Helper()
		_, err := write.Exec(stmt)
		if got := Translate(err); err == nil || !errors.Is(got, want) || !errors.Is(got, err) {
			t.Errorf("%s: %v, want %v and the engine's own error", stmt, got, want)
		}
	}
	f(`INSERT INTO p VALUES ('1')`, ErrExists)
	f(`INSERT INTO c VALUES ('1', NULL)`, ErrExists)
	f(`INSERT INTO c VALUES ('2', 'none')`, ErrReference)
	f(`DELETE FROM p`, ErrReference)
	if _, err := write.Exec(`PRAGMA max_page_count = 8`); err != nil {
		t.Fatal(err)
	}
	f(`INSERT INTO p VALUES (hex(randomblob(100000)))`, ErrFull)
	plain := errors.New("plain")
	if Translate(plain) != plain || Translate(nil) != nil {
		t.Error("an error that is not the engine's was changed")
	}
}
