package httpapi

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// testKey is fixed so that fuzz inputs mean the same in every run.
var testKey = ed25519.NewKeyFromSeed([]byte("0123456789abcdef0123456789abcdef"))

func pair(t testing.TB, audience string) (*Signer, *Verifier) {
	t.Helper()
	s, err := NewSigner(testKey)
	if err != nil {
		t.Fatal(err)
	}
	pub, _ := testKey.Public().(ed25519.PublicKey)
	v, err := NewVerifier(pub, audience)
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

func sample() *Identity {
	return &Identity{
		User: "u1", Name: "Mari Maasikas", Agent: "a7", Roles: []string{RoleSupervisor}, Grants: []string{GrantRecordings},
		Scopes: Scopes{Sites: []string{"s1"}, Queues: []string{"q1", "q2"}}, RequestID: "R1",
		Holdings: []Holding{{Role: RoleSupervisor, Scopes: Scopes{Sites: []string{"s1"}}}},
		CSRF:     "must not travel", Token: "must not travel",
	}
}

func TestAssertionRoundTrip(t *testing.T) {
	s, v := pair(t, "analytics")
	text, err := s.Sign("analytics", sample())
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.Verify(text)
	if err != nil {
		t.Fatal(err)
	}
	want := sample()
	want.CSRF, want.Token = "", ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	body, _, _ := strings.Cut(text, ".")
	if raw, _ := base64.RawURLEncoding.DecodeString(body); strings.Contains(string(raw), "must not travel") {
		t.Errorf("secrets of the public door were asserted: %s", raw)
	}
}

func TestAssertionIsRefused(t *testing.T) {
	s, v := pair(t, "analytics")
	good, err := s.Sign("analytics", sample())
	if err != nil {
		t.Fatal(err)
	}
	body, sig, _ := strings.Cut(good, ".")
	elsewhere, _ := s.Sign("speech", sample())
	nobody, _ := s.Sign("analytics", &Identity{})
	other, err := NewSigner(ed25519.NewKeyFromSeed([]byte("another-seed-another-seed-32-byt")))
	if err != nil {
		t.Fatal(err)
	}
	forged, _ := other.Sign("analytics", sample())
	for name, text := range map[string]string{
		"empty": "", "dot": ".", "no signature": body, "empty signature": body + ".", "signature only": "." + sig,
		"other audience": elsewhere, "nobody": nobody, "other key": forged, "trailing": good + "A", "padded": body + "=." + sig,
		"signature of another": body + "." + forged[strings.Index(forged, ".")+1:], "long": strings.Repeat("A", assertionMax+1),
		"changed body": base64.RawURLEncoding.EncodeToString([]byte(`{"aud":"analytics","iat":0,"exp":9999999999,"id":{"user":"admin"}}`)) + "." + sig,
	} {
		if id, err := v.Verify(text); !errors.Is(err, ErrAssertion) || id != nil {
			t.Errorf("%s: got %v, %v", name, id, err)
		}
	}
}

func TestAssertionTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, v := pair(t, "analytics")
		text, err := s.Sign("analytics", sample())
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(assertionLife + assertionSkew - time.Second)
		if _, err := v.Verify(text); err != nil {
			t.Errorf("within the skew: %v", err)
		}
		<-time.After(3 * time.Second)
		if _, err := v.Verify(text); !errors.Is(err, ErrAssertion) {
			t.Errorf("after the skew: %v", err)
		}
	})
	_, v := pair(t, "analytics")
	now := time.Now().Unix()
	f := func(name string, issued, expires int64, good bool) {
		t.Helper()
		body, err := json.Marshal(assertion{Audience: "analytics", Issued: issued, Expires: expires, Identity: *sample()})
		if err != nil {
			t.Fatal(err)
		}
		enc := base64.RawURLEncoding
		_, err = v.Verify(enc.EncodeToString(body) + "." + enc.EncodeToString(ed25519.Sign(testKey, body)))
		if (err == nil) != good {
			t.Errorf("%s: %v", name, err)
		}
	}
	f("now", now, now+60, true)
	f("clock ahead by 3 s", now+3, now+63, true)
	f("from the future", now+30, now+90, false)
	f("too long a life", now, now+61, false)
	f("backwards", now, now-1, false)
	f("far past", now-1000, now-940, false)
	f("overflow", -1<<62, 1<<62, false)
}

func TestAuthenticateTakesOneAssertion(t *testing.T) {
	s, v := pair(t, "analytics")
	text, _ := s.Sign("analytics", sample())
	r := httptest.NewRequest("GET", "/", nil)
	if id, err := v.Authenticate(r); id != nil || err != nil {
		t.Errorf("without header: %v, %v", id, err)
	}
	r.Header.Add(AssertionHeader, text)
	if id, err := v.Authenticate(r); err != nil || id.User != "u1" {
		t.Errorf("with one: %v, %v", id, err)
	}
	r.Header.Add(AssertionHeader, text)
	if id, err := v.Authenticate(r); id != nil || !IsKind(err, BadAssertion) {
		t.Errorf("with two: %v, %v", id, err)
	}
}

func TestSignRefusesWhatNoHeaderHolds(t *testing.T) {
	s, _ := pair(t, "analytics")
	id := sample()
	for range assertionMax / 16 {
		id.Scopes.Queues = append(id.Scopes.Queues, "0123456789abcdef")
	}
	if _, err := s.Sign("analytics", id); !errors.Is(err, ErrAssertion) {
		t.Errorf("got %v", err)
	}
}

func TestKeyFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "assertion.key")
	made, err := LoadOrCreateKey(file)
	if err != nil {
		t.Fatal(err)
	}
	read, err := LoadOrCreateKey(file)
	if err != nil || !made.Equal(read) {
		t.Errorf("read another key than was made: %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(file, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadOrCreateKey(file); !errors.Is(err, ErrKey) {
		t.Errorf("damaged file: %v", err)
	}
	if _, err := LoadOrCreateKey(filepath.Join(file, "x")); err == nil {
		t.Error("a file below a file was made")
	}
	if _, err := NewSigner(nil); !errors.Is(err, ErrKey) {
		t.Errorf("signer without key: %v", err)
	}
	if _, err := NewVerifier(nil, "x"); !errors.Is(err, ErrKey) {
		t.Errorf("verifier without key: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	s, v := pair(f, "analytics")
	good, err := s.Sign("analytics", sample())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{good, "", ".", "e30.", "e30.AA", good + ".", strings.ToUpper(good), "\x00." + good} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		// Nothing but what the key signed may pass, however it is written.
		if id, err := v.Verify(text); err == nil && text != good {
			t.Errorf("%q passed as %+v", text, id)
		}
	})
}

// BenchmarkAssertion is what the door and a role spend per request on identity.
func BenchmarkAssertion(b *testing.B) {
	s, v := pair(b, "analytics")
	b.ReportAllocs()
	for b.Loop() {
		text, err := s.Sign("analytics", sample())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := v.Verify(text); err != nil {
			b.Fatal(err)
		}
	}
}
