package account

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/db"
)

const good = "correct horse battery"

func open(t *testing.T) (*db.Store, *Accounts) {
	t.Helper()
	s, err := db.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, New(s)
}

func user(t *testing.T, s *db.Store, a *Accounts, login string) db.User {
	t.Helper()
	u, err := s.Users().Create(t.Context(), db.User{Login: login})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.SetPassword(t.Context(), u.ID, good, false); err != nil {
		t.Fatal(err)
	}
	return u
}

func wantErr(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("error %v, want %v", err, target)
	}
}

func TestFirstAdmin(t *testing.T) {
	s, a := open(t)
	login, password, err := a.FirstAdmin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := a.Authenticate(t.Context(), " ADMIN ", password)
	if err != nil || u.Login != login {
		t.Fatalf("%+v, %v", u, err)
	}
	id, err := a.identity(t.Context(), u.ID)
	if err != nil || !id.MustChange || !id.Has(db.RoleAdmin) || id.Has(db.RoleMedia) {
		t.Errorf("identity %+v, %v: want an admin without recordings who must change the password", id, err)
	}
	_, _, err = a.FirstAdmin(t.Context())
	wantErr(t, err, ErrHasUsers)
	if n, err := s.CountUsers(t.Context()); n != 1 || err != nil {
		t.Errorf("%d users, %v", n, err)
	}
}

func TestFirstAdminOfTwoProcesses(t *testing.T) {
	s, a := open(t)
	made := make([]error, 2)
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() { _, _, made[i] = a.FirstAdmin(context.Background()) })
	}
	wg.Wait()
	if (made[0] == nil) == (made[1] == nil) {
		t.Errorf("errors %v: want exactly one first administrator", made)
	}
	if l, err := s.Users().List(t.Context()); len(l) != 1 || err != nil {
		t.Errorf("%d users, %v", len(l), err)
	}
}

func TestAuthenticate(t *testing.T) {
	s, a := open(t)
	u := user(t, s, a, "mari")
	f := func(login, password string, want error) {
		t.Helper()
		got, err := a.Authenticate(t.Context(), login, password)
		if !errors.Is(err, want) || (want == nil && got.ID != u.ID) {
			t.Errorf("%q %q: %+v, %v; want %v", login, password, got, err, want)
		}
	}
	f("mari", good, nil)
	f("Mari", good, nil)
	f("mari", good+" ", ErrDenied)
	f("mari", "", ErrDenied)
	f("mari", strings.Repeat("x", 1<<20), ErrDenied)
	f("nobody", good, ErrDenied)
	f("", "", ErrDenied)
	f("' OR 1=1 --", good, ErrDenied)
	f("mari\x00", good, ErrDenied)
	if _, err := s.Users().Create(t.Context(), db.User{Login: "nopass"}); err != nil {
		t.Fatal(err)
	}
	f("nopass", "", ErrDenied)
	if _, err := s.Users().Retire(t.Context(), u.ID, u.Version); err != nil {
		t.Fatal(err)
	}
	f("mari", good, ErrDenied)

	lines, err := s.AuditLines(t.Context(), db.AuditFilter{})
	if err != nil {
		t.Fatal(err)
	}
	in, out := 0, 0
	for _, l := range lines {
		switch l.Action {
		case "login":
			in++
		case "login_failed":
			out++
		}
		if strings.Contains(l.ObjectID+string(l.Detail), "OR 1=1") {
			t.Errorf("the audit keeps what was typed: %+v", l)
		}
	}
	if in != 2 || out != 9 {
		t.Errorf("%d log-ins and %d failures recorded, want 2 and 9", in, out)
	}
}

func TestHashesAreSaltedAndPrivate(t *testing.T) {
	s, a := open(t)
	one, err := a.hash(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	two, err := a.hash(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	if one == two || !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hashes %s and %s", one, two)
	}
	for _, bad := range []string{"", "plain", "$argon2i$v=19$m=1,t=1,p=1$AA$AA", "$argon2id$v=18$m=1,t=1,p=1$AA$AA", "$argon2id$v=19$m=x$AA$AA", "$argon2id$v=19$m=8,t=1,p=1$!$AA"} {
		if ok, err := a.matches(t.Context(), bad, good); ok || err == nil {
			t.Errorf("stored hash %q: %v, %v", bad, ok, err)
		}
	}
	u := user(t, s, a, "mari")
	secret, csrf, err := a.Begin(t.Context(), u.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := a.CreateToken(t.Context(), u.ID, "ci", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(s.Dir(), "db", "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("files %v, %v", files, err)
	}
	seen := false
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{good, secret, token} {
			if strings.Contains(string(b), s) {
				t.Errorf("%s holds a secret in clear", f)
			}
		}
		seen = seen || strings.Contains(string(b), csrf)
	}
	if !seen {
		t.Error("the scan does not even find what is stored in clear")
	}
}

func TestPasswordRules(t *testing.T) {
	f := func(password string, ok bool) {
		t.Helper()
		if err := CheckPassword("administrator", password); (err == nil) != ok {
			t.Errorf("%q: %v", password, err)
		} else if err != nil && password != "" && strings.Contains(err.Error(), password) {
			t.Errorf("error shows the password: %v", err)
		}
	}
	f("", false)
	f("short", false)
	f("123456789", false)
	f("1234567890", true)
	f("õõõõõõõõõä", true)
	f("aaaaaaaaaaaa", false)
	f("ADMINistrator", false)
	f("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", false)
	f(strings.Repeat("ab", 128), true)
	f(strings.Repeat("ab", 128)+"c", false)
}

func TestChangingPasswordEndsSessions(t *testing.T) {
	s, a := open(t)
	u := user(t, s, a, "mari")
	secret, _, err := a.Begin(t.Context(), u.ID, "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	wantErr(t, a.ChangePassword(t.Context(), u.ID, "wrong password", "another good one"), ErrDenied)
	wantErr(t, a.ChangePassword(t.Context(), u.ID, good, good), db.ErrInvalid)
	wantErr(t, a.ChangePassword(t.Context(), u.ID, good, "short"), db.ErrInvalid)
	if _, err := a.Session(t.Context(), secret); err != nil {
		t.Fatalf("a refused change ended the session: %v", err)
	}
	if err := a.ChangePassword(t.Context(), u.ID, good, "another good one"); err != nil {
		t.Fatal(err)
	}
	_, err = a.Session(t.Context(), secret)
	wantErr(t, err, ErrNoSession)
	_, err = a.Authenticate(t.Context(), "mari", good)
	wantErr(t, err, ErrDenied)
	if _, err := a.Authenticate(t.Context(), "mari", "another good one"); err != nil {
		t.Error(err)
	}
	wantErr(t, a.SetPassword(t.Context(), "u_none", good, false), db.ErrNotFound)
}

func TestSessionLife(t *testing.T) {
	s, a := open(t)
	u := user(t, s, a, "mari")
	now := time.Now()
	a.now = func() time.Time { return now }
	begin := func() string {
		t.Helper()
		secret, _, err := a.Begin(t.Context(), u.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	alive := func(secret string) {
		t.Helper()
		if id, err := a.Session(t.Context(), secret); err != nil || id.User.ID != u.ID || id.CSRF == "" || id.TokenID != "" {
			t.Errorf("%+v, %v", id, err)
		}
	}
	dead := func(secret string) {
		t.Helper()
		_, err := a.Session(t.Context(), secret)
		wantErr(t, err, ErrNoSession)
	}
	one := begin()
	alive(one)
	now = now.Add(SessionIdle - time.Second)
	alive(one) // use renews it
	now = now.Add(SessionIdle - time.Second)
	alive(one)
	now = now.Add(SessionIdle)
	dead(one)

	two := begin() // drops the dead one from the table
	for end := now.Add(SessionMax); now.Before(end); now = now.Add(SessionIdle / 2) {
		alive(two)
	}
	dead(two) // however busy

	three, four := begin(), begin()
	if err := a.End(t.Context(), three); err != nil {
		t.Fatal(err)
	}
	dead(three)
	alive(four)
	if err := a.End(t.Context(), "unknown"); err != nil {
		t.Error(err)
	}
	if err := a.EndAll(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	dead(four)
	dead("")

	five := begin()
	if _, err := s.Users().Retire(t.Context(), u.ID, u.Version); err != nil {
		t.Fatal(err)
	}
	dead(five)
}

func TestTokens(t *testing.T) {
	s, a := open(t)
	u, other := user(t, s, a, "mari"), user(t, s, a, "jaan")
	if _, err := s.Grants().Create(t.Context(), db.Grant{UserID: u.ID, Role: "planner"}); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	a.now = func() time.Time { return now }
	secret, tok, err := a.CreateToken(t.Context(), u.ID, " nightly ", now.Add(time.Hour))
	if err != nil || tok.Name != "nightly" || !strings.HasPrefix(secret, TokenPrefix) {
		t.Fatalf("%+v, %v", tok, err)
	}
	id, err := a.Bearer(t.Context(), secret)
	if err != nil || id.User.ID != u.ID || id.TokenID != tok.ID || id.CSRF != "" || !id.Has("planner") {
		t.Errorf("%+v, %v", id, err)
	}
	list, err := a.Tokens(t.Context(), u.ID)
	if err != nil || len(list) != 1 || list[0].UsedAt == 0 {
		t.Errorf("%+v, %v", list, err)
	}
	for _, bad := range []string{"", TokenPrefix, secret + "x", strings.TrimPrefix(secret, TokenPrefix)} {
		_, err := a.Bearer(t.Context(), bad)
		wantErr(t, err, ErrNoSession)
	}
	wantErr(t, a.RevokeToken(t.Context(), other.ID, tok.ID), db.ErrNotFound)
	now = now.Add(time.Hour)
	_, err = a.Bearer(t.Context(), secret)
	wantErr(t, err, ErrNoSession)

	forever, tok, err := a.CreateToken(t.Context(), u.ID, "grafana", time.Time{})
	if err != nil || tok.ExpiresAt != 0 {
		t.Fatalf("%+v, %v", tok, err)
	}
	now = now.Add(10000 * time.Hour)
	if _, err := a.Bearer(t.Context(), forever); err != nil {
		t.Error(err)
	}
	if err := a.RevokeToken(t.Context(), u.ID, tok.ID); err != nil {
		t.Fatal(err)
	}
	_, err = a.Bearer(t.Context(), forever)
	wantErr(t, err, ErrNoSession)
	_, _, err = a.CreateToken(t.Context(), u.ID, " ", time.Time{})
	wantErr(t, err, db.ErrInvalid)
	_, _, err = a.CreateToken(t.Context(), u.ID, "late", now)
	wantErr(t, err, db.ErrInvalid)
	_, _, err = a.CreateToken(t.Context(), "u_none", "x", time.Time{})
	wantErr(t, err, db.ErrReference)
}

func TestHashingHonoursContext(t *testing.T) {
	_, a := open(t)
	for range parallel {
		a.hashing <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := a.hash(ctx, good)
	wantErr(t, err, context.Canceled)
}
