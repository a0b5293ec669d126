package db

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// open gives a fresh store.
func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// must returns the value or ends the test.
func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantErr(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("error %v, want %v", err, target)
	}
}

func schema(t *testing.T, s *Store) []string {
	t.Helper()
	rows, err := s.read.QueryContext(t.Context(), `SELECT name || ': ' || COALESCE(sql, '') FROM sqlite_master ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		out = append(out, line)
	}
	return out
}

func TestOpenTwiceMigratesOnce(t *testing.T) {
	dir := t.TempDir()
	a := must[*Store](t)(Open(t.Context(), dir))
	before := schema(t, a)
	acts := must[[]Activity](t)(a.Activities().List(t.Context()))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	b := must[*Store](t)(Open(t.Context(), dir))
	defer b.Close()
	if d := cmp.Diff(before, schema(t, b)); d != "" {
		t.Errorf("schema changed at second start (-first +second):\n%s", d)
	}
	if d := cmp.Diff(acts, must[[]Activity](t)(b.Activities().List(t.Context()))); d != "" {
		t.Errorf("seed changed at second start:\n%s", d)
	}
	if len(acts) != 11 {
		t.Errorf("%d default activities, want 11", len(acts))
	}
}

func TestSeededActivitiesAreValid(t *testing.T) {
	for _, a := range must[[]Activity](t)(open(t).Activities().List(t.Context())) {
		if err := a.Check(); err != nil {
			t.Errorf("%s: %v", a.Name, err)
		}
	}
}

func TestOpenAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := Open(context.Background(), dir)
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	wg.Wait()
}

func TestOpenRefusesNewerSchema(t *testing.T) {
	dir := t.TempDir()
	s := must[*Store](t)(Open(t.Context(), dir))
	if _, err := s.write.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), dir)
	wantErr(t, err, ErrNewer)
}

func TestOpenRefusesDamagedFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "db"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "db", FileName), []byte("this is a text file, not a database, and long enough to have a header"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), dir)
	wantErr(t, err, ErrCorrupt)
}

func TestPathsWithOddCharacters(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c#d%20é")
	s := must[*Store](t)(Open(t.Context(), dir))
	defer s.Close()
	if _, err := os.Stat(filepath.Join(dir, "db", FileName)); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"journal_mode:wal", "foreign_keys:1", "secure_delete:1"} {
		name, want, _ := strings.Cut(p, ":")
		var got string
		if err := s.write.QueryRow("PRAGMA " + name).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestFileIsPrivate(t *testing.T) {
	s := open(t)
	fi, err := os.Stat(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	if fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", fi.Mode().Perm())
	}
}

func TestReaderCannotWrite(t *testing.T) {
	s := open(t)
	if _, err := s.read.Exec(`DELETE FROM activities`); err == nil {
		t.Error("read pool deleted rows")
	}
}

func TestFailedWriteLeavesNothing(t *testing.T) {
	s := open(t)
	boom := errors.New("boom")
	err := s.Write(t.Context(), func(tx *Tx) error {
		if err := tx.Audit(t.Context(), Entry{Action: "create", Object: "x"}); err != nil {
			return err
		}
		return boom
	})
	wantErr(t, err, boom)
	if p := must[AuditProof](t)(s.VerifyAudit(t.Context())); p.Count != 0 {
		t.Errorf("%d audit lines after a failed change, want 0", p.Count)
	}
}

// Two stores on one folder stand for the two roles that share it.
func TestConcurrentWritersOfTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	stores := []*Store{must[*Store](t)(Open(t.Context(), dir)), must[*Store](t)(Open(t.Context(), dir))}
	var wg sync.WaitGroup
	const each = 20
	ids := make([][each]string, 4)
	for w := range ids {
		wg.Go(func() {
			for i := range each {
				a, err := stores[w%2].EnsureAgent(context.Background(), "agent "+string(rune('a'+i)))
				if err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
				ids[w][i] = a.ID
			}
		})
	}
	wg.Wait()
	for w := range ids {
		if ids[w] != ids[0] {
			t.Errorf("writers 0 and %d got different ids for one natural name", w)
		}
	}
	p := must[AuditProof](t)(stores[0].VerifyAudit(t.Context()))
	if p.Count != each {
		t.Errorf("%d audit lines, want %d", p.Count, each)
	}
	changes := must[[]Change](t)(stores[1].PendingChanges(t.Context(), 1000))
	for i, c := range changes {
		if c.Seq != int64(i+1) {
			t.Fatalf("outbox seq %d at place %d", c.Seq, i+1)
		}
	}
	if len(changes) != each {
		t.Errorf("%d changes pending, want %d", len(changes), each)
	}
	for _, s := range stores {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWriteHonoursContext(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Write(ctx, func(*Tx) error { return nil })
	wantErr(t, err, context.Canceled)
}

func TestBackupAndVerify(t *testing.T) {
	s := open(t)
	site := must[Site](t)(s.EnsureSite(t.Context(), "Haifa", "Asia/Jerusalem"))
	dir := t.TempDir()
	path := filepath.Join(dir, "db", FileName)
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	wantErr(t, s.Backup(t.Context(), path), os.ErrExist)
	if err := VerifyFile(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	copied := must[*Store](t)(Open(t.Context(), dir))
	defer copied.Close()
	got := must[Site](t)(copied.Sites().Get(t.Context(), site.ID))
	if d := cmp.Diff(site, got); d != "" {
		t.Errorf("restored site differs:\n%s", d)
	}
	must[AuditProof](t)(copied.VerifyAudit(t.Context()))
	if err := copied.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestVerifyFileFindsDamage(t *testing.T) {
	s := open(t)
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	b := must[[]byte](t)(os.ReadFile(path))
	for i := 3 * 4096; i < len(b); i++ {
		b[i] ^= 0x5a
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	wantErr(t, VerifyFile(t.Context(), path), ErrCorrupt)
	wantErr(t, VerifyFile(t.Context(), path+".absent"), os.ErrNotExist)
}

func TestVerifyFindsDanglingReference(t *testing.T) {
	s := open(t)
	raw := must[*sql.DB](t)(sql.Open("sqlite", s.Path()))
	defer raw.Close()
	if _, err := raw.Exec(`INSERT INTO agent_skills VALUES ('nobody', 'nothing', 0, 1, 0, 1)`); err != nil {
		t.Fatal(err)
	}
	wantErr(t, s.Verify(t.Context()), ErrCorrupt)
}
