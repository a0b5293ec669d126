package personal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/db"
)

func openAt(t *testing.T, dir string) (*db.Store, *Vault) {
	t.Helper()
	s, err := db.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	v, err := Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

func wantErr(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("error %v, want %v", err, target)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestNormalise(t *testing.T) {
	f := func(want string, spellings ...string) {
		t.Helper()
		for _, s := range spellings {
			if got := Normalise(s); got != want {
				t.Errorf("%q: %q, want %q", s, got, want)
			}
		}
	}
	f("+37255512345", "+372 5551 2345", "00372 5551-2345", "(+372) 5551.2345", "tel:+372-5551-2345", "sip:+37255512345@pbx.example;user=phone", "SIPS:+37255512345@x", "\t+37255512345\n", "+372\u00a05551\u20112345")
	f("0501234567", "050-1234567", "050 123 4567", "0501234567")
	f("27997664", "27997664")
	f("0012", "0012")
	f("*21#", "*21#")
	f("", "", "  ", "anonymous", "Anonymous", "sip:anonymous@anonymous.invalid", "UNKNOWN", "private", "+", "-", "()")
	f("mari@example.org", "sip:Mari@Example.org", "mari@example.org;transport=tcp")
	f("cust 17", "Cust \x00 17")
	f("1+2", "1+2")
}

func TestPseudonyms(t *testing.T) {
	dir := t.TempDir()
	s, v := openAt(t, dir)
	p := v.Pseudonym("+372 5551 2345")
	if !IsParty(p) || v.Pseudonym("0037255512345") != p || v.Pseudonym("+37255512346") == p || strings.Contains(p, "5551") {
		t.Errorf("party %q", p)
	}
	if v.Pseudonym("anonymous") != "" {
		t.Error("a withheld number has a party")
	}
	again, err := Open(t.Context(), s)
	ok(t, err)
	if again.Pseudonym("+37255512345") != p {
		t.Error("the second start gives other parties")
	}
	_, foreign := openAt(t, t.TempDir())
	if foreign.Pseudonym("+37255512345") == p {
		t.Error("two instances share pseudonyms")
	}
	for _, not := range []string{"", "p_", p + "0", p[:len(p)-1], "q" + p[1:], "p_" + strings.Repeat("z", 24), "+37255512345"} {
		if IsParty(not) {
			t.Errorf("%q passes for a party", not)
		}
	}
}

func TestKeyIsGuarded(t *testing.T) {
	dir := t.TempDir()
	s, _ := openAt(t, dir)
	path := filepath.Join(dir, "secrets", keyFile)
	fi, err := os.Stat(path)
	ok(t, err)
	if fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", fi.Mode())
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	key, err := os.ReadFile(path)
	ok(t, err)
	for _, bad := range [][]byte{{}, key[1:], bytes.Repeat([]byte{7}, keyLen)} {
		ok(t, os.WriteFile(path, bad, 0o600))
		_, err := Open(t.Context(), s)
		wantErr(t, err, ErrKey)
	}
	ok(t, os.Remove(path))
	_, err = Open(t.Context(), s)
	wantErr(t, err, ErrKey)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a lost key was replaced by a new one")
	}
	ok(t, os.WriteFile(path, key, 0o600))
	_, err = Open(t.Context(), s)
	ok(t, err)
}

func TestTwoProcessesMakeOneKey(t *testing.T) {
	dir := t.TempDir()
	s, err := db.Open(t.Context(), dir)
	ok(t, err)
	defer s.Close()
	var wg sync.WaitGroup
	parties := make([]string, 6)
	for i := range parties {
		wg.Go(func() {
			v, err := Open(context.Background(), s)
			if err != nil {
				t.Error(err)
				return
			}
			parties[i] = v.Pseudonym("123")
		})
	}
	wg.Wait()
	for _, p := range parties {
		if p != parties[0] {
			t.Fatalf("parties %v", parties)
		}
	}
}

func TestRememberAndFind(t *testing.T) {
	_, v := openAt(t, t.TempDir())
	ctx := t.Context()
	var many []Party
	for i := range batch + 3 {
		many = append(many, Party{Number: fmt.Sprintf("+3725%06d", i), SeenAt: db.Stamp(i)})
	}
	many = append(many, Party{Number: "anonymous", SeenAt: 1}, Party{Number: "55", Name: "first", SeenAt: 10}, Party{Number: "5 5", Name: "older", SeenAt: 5}, Party{Number: "5-5", SeenAt: 20})
	for range 2 { // importing again changes nothing
		ok(t, v.Remember(ctx, many))
	}
	got, err := v.Lookup(ctx, []string{v.Pseudonym("55"), "p_unknown"})
	ok(t, err)
	want := map[string]Party{v.Pseudonym("55"): {v.Pseudonym("55"), "5-5", "first", 20}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	all := make([]string, len(many))
	for i := range many {
		all[i] = v.Pseudonym(many[i].Number)
	}
	if got, err := v.Lookup(ctx, all); err != nil || len(got) != batch+4 {
		t.Errorf("%d known, %v; want %d", len(got), err, batch+4)
	}
	find := func(digits string, limit, want int) {
		t.Helper()
		if got, err := v.Find(ctx, digits, limit); err != nil || len(got) != want {
			t.Errorf("find %q: %d, %v; want %d", digits, len(got), err, want)
		}
	}
	find("25000001", 10, 1)
	find("372", 10, 10)
	find("%", 10, 0)
	find("_", 10, 0)
	find("!", 10, 0)
	find("'", 10, 0)
	find("372", -1, 0)
	wantErr(t, v.Remember(ctx, []Party{{Number: strings.Repeat("1", maxText+1)}}), db.ErrInvalid)
}

func TestNotesAndTurns(t *testing.T) {
	_, v := openAt(t, t.TempDir())
	ctx := t.Context()
	n, err := v.AddNote(ctx, Note{Interaction: "i1", Party: "p", Author: "u1", Body: "Helistab tagasi"})
	ok(t, err)
	notes, err := v.Notes(ctx, "i1")
	ok(t, err)
	if d := cmp.Diff([]Note{n}, notes); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, bad := range []Note{{Interaction: "i1"}, {Body: "x"}, {Interaction: "i1", Body: strings.Repeat("x", maxNote+1)}} {
		_, err := v.AddNote(ctx, bad)
		wantErr(t, err, db.ErrInvalid)
	}
	ok(t, v.PutTurns(ctx, "i1", "p", []Turn{{2, "no"}, {1, "yes"}}))
	ok(t, v.PutTurns(ctx, "i1", "p", []Turn{{2, "not"}}))
	turns, err := v.Turns(ctx, "i1")
	ok(t, err)
	if d := cmp.Diff([]Turn{{1, "yes"}, {2, "not"}}, turns); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	wantErr(t, v.PutTurns(ctx, "", "p", nil), db.ErrInvalid)
}

// scan names the files under dir that contain one of the needles, in UTF-8 or UTF-16.
func scan(t *testing.T, dir string, needles ...string) []string {
	t.Helper()
	var hits []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, n := range needles {
			var wide []byte
			for _, c := range []byte(n) {
				wide = append(wide, c, 0)
			}
			if bytes.Contains(b, []byte(n)) || bytes.Contains(b, wide) {
				hits = append(hits, filepath.Base(path)+": "+n)
			}
		}
		return err
	})
	ok(t, err)
	return hits
}

func TestEraseLeavesNoByte(t *testing.T) {
	dir := t.TempDir()
	s, v := openAt(t, dir)
	s2, v2 := openAt(t, dir) // the other role has the file open, too
	ctx := t.Context()
	needles := []string{"5551 2345", "55512345", "Kadri Kustutatav", "salajane märkus", "minu isikukood"}
	p := v.Pseudonym("+372 5551 2345")

	// Much life around it: neighbours on the same pages, growth and shrinking, rewritten rows, log both full and checkpointed.
	for round := range 3 {
		var crowd []Party
		for i := range 500 {
			crowd = append(crowd, Party{Number: fmt.Sprintf("+1%d%05d", round, i), Name: strings.Repeat("n", i%50), SeenAt: 1})
		}
		ok(t, v.Remember(ctx, crowd))
		ok(t, v2.Remember(ctx, []Party{{Number: "+372 5551 2345", Name: "Kadri Kustutatav", SeenAt: db.Stamp(round)}}))
		for i := range 20 {
			_, err := v.AddNote(ctx, Note{Interaction: fmt.Sprint("i", round, i), Party: p, Author: "u", Body: strings.Repeat("salajane märkus ", 1+i*40)})
			ok(t, err)
			ok(t, v.PutTurns(ctx, fmt.Sprint("i", round, i), p, []Turn{{1, "minu isikukood"}, {2, strings.Repeat("minu isikukood ", i*30)}}))
			ok(t, v.PutTurns(ctx, fmt.Sprint("i", round, i), p, []Turn{{2, "minu isikukood"}})) // shorter: frees overflow pages
		}
	}
	if hits := scan(t, dir, needles...); len(hits) < 3 {
		t.Fatalf("the scan finds too little before: %v", hits)
	}
	if _, err := v2.Lookup(ctx, []string{p}); err != nil {
		t.Fatal(err)
	}

	e, err := v.Erase(ctx, "00372 5551 2345")
	ok(t, err)
	if e.Party != p || e.Numbers != 1 || e.Notes != 60 || e.Transcripts != 120 || e.At == 0 {
		t.Errorf("erasure %+v", e)
	}
	if hits := scan(t, dir, needles...); len(hits) > 0 {
		t.Errorf("after erasure still there: %v", hits)
	}
	if got, err := v2.Lookup(ctx, []string{p}); err != nil || len(got) != 0 {
		t.Errorf("the other role still sees %v, %v", got, err)
	}
	if found, err := v.Find(ctx, "+1", 5000); err != nil || len(found) != 1500 {
		t.Errorf("%d neighbours left, %v; want 1500", len(found), err)
	}
	for _, st := range []*db.Store{s, s2} {
		if _, err := st.VerifyAudit(ctx); err != nil {
			t.Error(err)
		}
		ok(t, st.Verify(ctx))
	}
	lines, err := s.AuditLines(ctx, db.AuditFilter{Object: "parties"})
	ok(t, err)
	if len(lines) != 1 || lines[0].ObjectID != p || lines[0].Action != "erase" {
		t.Errorf("audit %+v", lines)
	}
}

func TestErasedStaysErased(t *testing.T) {
	_, v := openAt(t, t.TempDir())
	ctx := t.Context()
	past := db.StampOf(time.Now().Add(-time.Hour))
	old := []Party{{Number: "555", Name: "old", SeenAt: past}}
	ok(t, v.Remember(ctx, old))
	e, err := v.Erase(ctx, "555")
	ok(t, err)
	ok(t, v.Remember(ctx, old))
	if got, err := v.Lookup(ctx, []string{e.Party}); err != nil || len(got) != 0 {
		t.Errorf("importing again brought back %v, %v", got, err)
	}
	ok(t, v.Remember(ctx, []Party{{Number: "555", SeenAt: db.StampOf(time.Now().Add(time.Hour))}}))
	if got, err := v.Lookup(ctx, []string{e.Party}); err != nil || len(got) != 1 || got[e.Party].Name != "" {
		t.Errorf("a new call of the same person: %v, %v", got, err)
	}
	e, err = v.Erase(ctx, e.Party)
	ok(t, err)
	if e.Numbers != 1 {
		t.Errorf("erased by party: %+v", e)
	}
	e, err = v.Erase(ctx, "never called")
	if err != nil || e.Numbers+e.Notes+e.Transcripts != 0 {
		t.Errorf("unknown customer: %+v, %v", e, err)
	}
	_, err = v.Erase(ctx, "anonymous")
	wantErr(t, err, db.ErrInvalid)
	_, err = v.Erase(ctx, "")
	wantErr(t, err, db.ErrInvalid)
}

func TestLegalHoldRefusesErasure(t *testing.T) {
	dir := t.TempDir()
	_, v := openAt(t, dir)
	ctx := db.As(t.Context(), db.Actor{Name: "u_lawyer"})
	ok(t, v.Remember(ctx, []Party{{Number: "+37255512345", SeenAt: 1}}))
	h, err := v.PlaceHold(ctx, "+37255512345", "case 17/2026")
	ok(t, err)
	second, err := v.PlaceHold(ctx, h.Party, "case 18/2026")
	ok(t, err)
	if h.PlacedBy != "u_lawyer" || h.PlacedAt == 0 {
		t.Errorf("hold %+v", h)
	}
	_, err = v.Erase(ctx, "+37255512345")
	var he *HoldError
	if !errors.Is(err, ErrLegalHold) || !errors.As(err, &he) || len(he.Holds) != 2 || he.Party != h.Party {
		t.Fatalf("%v, want a HoldError with two holds", err)
	}
	if strings.Contains(err.Error(), "55512345") || !strings.Contains(err.Error(), "case 17/2026") {
		t.Errorf("message %q: want the reason and no number", err)
	}
	if hits := scan(t, dir, "37255512345"); len(hits) == 0 {
		t.Error("a refused erasure erased")
	}
	ok(t, v.ReleaseHold(ctx, h.ID))
	wantErr(t, v.ReleaseHold(ctx, h.ID), db.ErrNotFound)
	_, err = v.Erase(ctx, "+37255512345")
	wantErr(t, err, ErrLegalHold)
	left, err := v.Holds(ctx, "")
	ok(t, err)
	if d := cmp.Diff([]Hold{second}, left); d != "" {
		t.Errorf("holds in force (-want +got):\n%s", d)
	}
	ok(t, v.ReleaseHold(ctx, second.ID))
	_, err = v.Erase(ctx, "+37255512345")
	ok(t, err)
	if hits := scan(t, dir, "37255512345"); len(hits) != 0 {
		t.Errorf("still there: %v", hits)
	}
	_, err = v.PlaceHold(ctx, "5", " ")
	wantErr(t, err, db.ErrInvalid)
	if of, err := v.Holds(ctx, "5"); err != nil || len(of) != 0 {
		t.Errorf("%v, %v", of, err)
	}
}

func TestPurgeKeepsTheRecentAndTheHeld(t *testing.T) {
	dir := t.TempDir()
	s, v := openAt(t, dir)
	ctx := t.Context()
	ok(t, v.Remember(ctx, []Party{{Number: "5551001", SeenAt: 99}, {Number: "5551002", SeenAt: 100}, {Number: "5551003", SeenAt: 1}}))
	_, err := v.AddNote(ctx, Note{Interaction: "i1", Party: v.Pseudonym("5551001"), Body: "vana lugu"})
	ok(t, err)
	ok(t, v.PutTurns(ctx, "i1", v.Pseudonym("5551001"), []Turn{{1, "vanad sõnad"}}))
	ok(t, v.PutTurns(ctx, "i2", v.Pseudonym("5551002"), []Turn{{1, "uued sõnad"}}))
	_, err = v.PlaceHold(ctx, "5551003", "case 1")
	ok(t, err)
	for _, want := range []int64{1, 0} {
		if n, err := v.Purge(ctx, 100); n != want || err != nil {
			t.Errorf("purged %d, %v; want %d", n, err, want)
		}
	}
	if hits := scan(t, dir, "5551001", "vana lugu", "vanad sõnad"); len(hits) != 0 {
		t.Errorf("still there: %v", hits)
	}
	if hits := scan(t, dir, "5551002", "5551003", "uued sõnad"); len(hits) < 3 {
		t.Errorf("too much gone, left is %v", hits)
	}
	lines, err := s.AuditLines(ctx, db.AuditFilter{Object: "parties"})
	if err != nil || len(lines) != 1 || lines[0].Action != "purge" {
		t.Errorf("audit %+v, %v", lines, err)
	}
}

// A reader that keeps an old snapshot open holds the log; the erasure says so and can be repeated.
func TestErasureHeldUpByAReader(t *testing.T) {
	dir := t.TempDir()
	_, v := openAt(t, dir)
	s2, _ := openAt(t, dir)
	ctx := t.Context()
	ok(t, v.Remember(ctx, []Party{{Number: "+37255512345", SeenAt: 1}}))
	rows, err := s2.Reader().QueryContext(ctx, `SELECT party FROM parties UNION ALL SELECT id FROM activities`)
	ok(t, err)
	if !rows.Next() {
		t.Fatal("no row to stand on")
	}
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	e, err := v.Erase(short, "+37255512345")
	wantErr(t, err, ErrNotScrubbed)
	if e.Numbers != 1 {
		t.Errorf("erasure %+v", e)
	}
	ok(t, rows.Close())
	_, err = v.Erase(ctx, "+37255512345")
	ok(t, err)
	if hits := scan(t, dir, "37255512345"); len(hits) != 0 {
		t.Errorf("still there: %v", hits)
	}
}

func FuzzNormalise(f *testing.F) {
	for _, s := range []string{"+372 5551 2345", "00", "sip:a@b", "tel:;x", "\xff", "+++", "anonymous@x", "s", "(0)(0)1234567"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		once := Normalise(in)
		if once != "" && Normalise(" "+in+" ") != once {
			t.Errorf("%q: blanks around change %q", in, once)
		}
		if digits := onlyDigits(once); digits != "" && Normalise(once) != once {
			t.Errorf("%q: %q is not its own normal form but %q", in, once, Normalise(once))
		}
	})
}
