package registrar

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)

func store(user, alg string) (string, bool) {
	if user != "7001" {
		return "", false
	}
	return HA1(alg, "7001", "agner", "secret"), true
}

// answer makes what a phone would send for a challenge.
func answer(challenge, user, password, nc string) string {
	f := fields(challenge)
	alg := f["algorithm"]
	ha1 := HA1(alg, user, f["realm"], password)
	resp := digest(alg, ha1, f["nonce"], nc, "cn", "auth", digest(alg, "REGISTER", "sip:agner"))
	return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="sip:agner", response="%s", algorithm=%s, qop=auth, nc=%s, cnonce="cn"`,
		user, f["realm"], f["nonce"], resp, alg, nc)
}

// TestPublishedExample holds the arithmetic against the example of RFC 7616
// section 3.9.1 (both algorithms).
func TestPublishedExample(t *testing.T) {
	for alg, want := range map[string]string{
		"MD5":     "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		ha1 := HA1(alg, "Mufasa", "http-auth@example.org", "Circle of Life")
		got := digest(alg, ha1, "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "auth", digest(alg, "GET", "/dir/index.html"))
		if got != want {
			t.Errorf("%s: %s, want %s", alg, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	a := NewAuth(Default("agner"), store)
	ch := a.Challenge(start, false)
	if len(ch) != 2 || !strings.Contains(ch[0], "SHA-256") || !strings.Contains(ch[1], "MD5") {
		t.Fatalf("challenges %v", ch)
	}
	other := NewAuth(Default("agner"), store).Challenge(start, false)[0]
	late := start.Add(6 * time.Minute)
	for _, tt := range []struct {
		name, header string
		now          time.Time
		want         Result
	}{
		{"right, SHA-256", answer(ch[0], "7001", "secret", "00000001"), start, Granted},
		{"played back", answer(ch[0], "7001", "secret", "00000001"), start, Stale},
		{"next count", answer(ch[0], "7001", "secret", "00000002"), start, Granted},
		{"right, MD5", answer(ch[1], "7001", "secret", "00000003"), start, Granted},
		{"wrong password", answer(ch[0], "7001", "Secret", "00000004"), start, Refused},
		{"unknown user", answer(ch[0], "7002", "secret", "00000004"), start, Refused},
		{"old nonce", answer(ch[0], "7001", "secret", "00000005"), late, Stale},
		{"nonce of another process", answer(other, "7001", "secret", "00000001"), start, Refused},
		{"unknown scheme", "NoOneKnowsThisScheme opaque-data=here", start, Refused},
		{"nothing", "", start, Refused},
		{"no qop", strings.Replace(answer(ch[0], "7001", "secret", "00000006"), "qop=auth, ", "", 1), start, Refused},
		{"another method", strings.Replace(answer(ch[0], "7001", "secret", "00000007"), `uri="sip:agner"`, `uri="sip:other"`, 1), start, Refused},
	} {
		user, got := a.Check(tt.header, "REGISTER", tt.now)
		if got != tt.want || (user != "") != (got == Granted) {
			t.Errorf("%s: %v %q, want %v", tt.name, got, user, tt.want)
		}
	}
}

func TestNonceMemory(t *testing.T) {
	cfg := Default("agner")
	cfg.MaxOpen = 3
	a := NewAuth(cfg, store)
	for i := range 5 {
		now := start.Add(time.Duration(i) * time.Millisecond)
		_, got := a.Check(answer(a.Challenge(now, false)[0], "7001", "secret", "00000001"), "REGISTER", now)
		if want := map[bool]Result{true: Granted, false: Stale}[i < 3]; got != want {
			t.Errorf("nonce %d: %v, want %v", i, got, want)
		}
	}
	later := start.Add(cfg.NonceFor + time.Second)
	if _, got := a.Check(answer(a.Challenge(later, false)[0], "7001", "secret", "00000001"), "REGISTER", later); got != Granted {
		t.Errorf("after the old ones expired: %v", got)
	}
}

func TestBindings(t *testing.T) {
	r := NewBindings()
	b := Binding{Contact: "sip:7001@a", CallID: "x", CSeq: 1}
	if _, err := r.Register("7001", b, time.Hour, start); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Register("7001", b, time.Hour, start); !errors.Is(err, ErrOrder) {
		t.Errorf("same CSeq: %v", err)
	}
	b.CSeq = 2
	if list, err := r.Register("7001", b, time.Minute, start); err != nil || len(list) != 1 {
		t.Errorf("refresh: %v, %v", list, err)
	}
	if got := r.Lookup("7001", start.Add(time.Minute)); len(got) != 0 {
		t.Errorf("after it expired: %v", got)
	}
	for i := range MaxContacts {
		if _, err := r.Register("7001", Binding{Contact: fmt.Sprint("sip:", i), CallID: "x", CSeq: 1}, time.Hour+time.Duration(i), start); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Register("7001", Binding{Contact: "sip:many", CallID: "x", CSeq: 1}, time.Hour, start); !errors.Is(err, ErrMany) {
		t.Errorf("one too many: %v", err)
	}
	if got := r.Lookup("7001", start); len(got) != MaxContacts || got[0].Contact != "sip:4" {
		t.Errorf("Lookup = %v", got)
	}
	if list, err := r.Register("7001", Binding{Contact: "sip:4", CallID: "x", CSeq: 2}, 0, start); err != nil || len(list) != MaxContacts-1 {
		t.Errorf("removal: %v, %v", list, err)
	}
	r.Clear("7001")
	if got := r.Lookup("7001", start); len(got) != 0 {
		t.Errorf("after Clear: %v", got)
	}
}

func TestClamp(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{0: 0, time.Minute: time.Minute, 24 * time.Hour: time.Hour} {
		if got, err := Clamp(asked); err != nil || got != want {
			t.Errorf("Clamp(%s) = %s, %v", asked, got, err)
		}
	}
	if _, err := Clamp(time.Second); !errors.Is(err, ErrBrief) {
		t.Errorf("Clamp(1s): %v", err)
	}
}
