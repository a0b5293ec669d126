// Package registrar knows which phone is where: digest authentication (RFC 7616,
// RFC 8760) and the bindings of REGISTER (RFC 3261 section 10).
//
// # Guarantees
//
//   - Nonces are made by this process only, expire, and a nonce count is accepted
//     once: a recorded answer cannot be played back.
//   - A user that does not exist is challenged, computed and refused exactly like
//     one with a wrong password, so nobody learns which extensions there are.
//   - Passwords are never held: the store gives H(user:realm:password) per algorithm.
//   - The present instant is an argument; safe for concurrent use.
package registrar

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // RFC 3261 phones know no other digest; SHA-256 is offered first
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Algorithms in the order they are offered: the first one a phone knows is used
// (RFC 8760 section 2.3).
var Algorithms = []string{"SHA-256", "MD5"}

func newHash(algorithm string) hash.Hash {
	if algorithm == "SHA-256" {
		return sha256.New()
	}
	return md5.New() //nolint:gosec // see the import
}

func digest(algorithm string, parts ...string) string {
	h := newHash(algorithm)
	h.Write([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(h.Sum(nil))
}

// HA1 returns what a credential store keeps instead of a password.
func HA1(algorithm, user, realm, password string) string {
	return digest(algorithm, user, realm, password)
}

// Store gives the stored hash of a user for an algorithm, or false.
type Store func(user, algorithm string) (ha1 string, ok bool)

// Result is what became of an authentication.
type Result int

// Results of Check.
const (
	Refused Result = iota // no, wrong or foreign credentials: challenge again
	Stale                 // right, but the nonce is old or used: challenge with stale=true
	Granted
)

// Config is one realm.
type Config struct {
	Realm    string
	NonceFor time.Duration // how long a nonce may be used
	MaxUses  int           // nonce counts remembered per nonce
	MaxOpen  int           // nonces whose counts are remembered
	Offer    []string      // algorithms offered, the best first; empty: all
}

// Default returns the configuration for a realm.
func Default(realm string) Config {
	return Config{Realm: realm, NonceFor: 5 * time.Minute, MaxUses: 1024, MaxOpen: 20_000, Offer: Algorithms}
}

// Auth challenges and checks.
type Auth struct {
	shy
	cfg   Config
	store Store
	key   []byte

	mu   sync.Mutex
	used map[string]*counts // by nonce, protected by mu
}

type counts struct {
	until time.Time
	seen  map[uint32]bool
}

// NewAuth returns an authenticator with a key of its own.
func NewAuth(cfg Config, store Store) *Auth {
	if len(cfg.Offer) == 0 {
		cfg.Offer = Algorithms
	}
	key := make([]byte, 32)
	rand.Read(key) //nolint:errcheck // crypto/rand.Read never fails since Go 1.24
	return &Auth{cfg: cfg, store: store, key: key, used: map[string]*counts{}}
}

// Challenge returns the values of WWW-Authenticate, one an algorithm.
func (a *Auth) Challenge(now time.Time, stale bool) []string {
	nonce := a.nonce(now)
	out := make([]string, len(a.cfg.Offer))
	for i, alg := range a.cfg.Offer {
		out[i] = fmt.Sprintf(`Digest realm="%s", nonce="%s", algorithm=%s, qop="auth"`, a.cfg.Realm, nonce, alg)
		if stale {
			out[i] += ", stale=true"
		}
	}
	return out
}

// nonce is time, randomness and a keyed hash of both.
func (a *Auth) nonce(now time.Time) string {
	b := make([]byte, 16, 32)
	binary.BigEndian.PutUint64(b, uint64(now.UnixMilli()))
	rand.Read(b[8:16]) //nolint:errcheck // see NewAuth
	return hex.EncodeToString(append(b, a.mac(b)...))
}

func (a *Auth) mac(b []byte) []byte {
	h := hmac.New(sha256.New, a.key)
	h.Write(b)
	return h.Sum(nil)[:16]
}

// age returns how old a nonce is, or false for one that is not ours.
func (a *Auth) age(nonce string, now time.Time) (time.Duration, bool) {
	b, err := hex.DecodeString(nonce)
	if err != nil || len(b) != 32 || !hmac.Equal(b[16:], a.mac(b[:16])) {
		return 0, false
	}
	return now.Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(b)))), true
}

// Check judges the value of an Authorization header for a request. It returns the
// user name only when granted.
func (a *Auth) Check(header, method string, now time.Time) (string, Result) {
	f := fields(header)
	alg := strings.ToUpper(f["algorithm"])
	if alg == "" {
		alg = "MD5" // RFC 7616 section 3.3
	}
	age, ours := a.age(f["nonce"], now)
	count, err := strconv.ParseUint(f["nc"], 16, 32)
	known := alg == "MD5" || alg == "SHA-256"
	if !known || !ours || err != nil || f["qop"] != "auth" || f["realm"] != a.cfg.Realm || f["cnonce"] == "" {
		return "", Refused
	}
	ha1, exists := a.store(f["username"], alg)
	if !exists { // the same work for a user that is not there
		ha1 = digest(alg, f["username"], a.cfg.Realm, hex.EncodeToString(a.key))
	}
	want := digest(alg, ha1, f["nonce"], f["nc"], f["cnonce"], "auth", digest(alg, method, f["uri"]))
	right := subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(f["response"]))) == 1
	switch {
	case !right || !exists:
		return "", Refused
	case age > a.cfg.NonceFor || age < 0 || !a.use(f["nonce"], uint32(count), now):
		return "", Stale
	}
	return f["username"], Granted
}

// use takes a nonce count, once.
func (a *Auth) use(nonce string, count uint32, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.used[nonce]
	if c == nil {
		if len(a.used) >= a.cfg.MaxOpen {
			a.sweep(now)
		}
		if len(a.used) >= a.cfg.MaxOpen {
			return false
		}
		c = &counts{until: now.Add(a.cfg.NonceFor), seen: map[uint32]bool{}}
		a.used[nonce] = c
	}
	if c.seen[count] || len(c.seen) >= a.cfg.MaxUses {
		return false
	}
	c.seen[count] = true
	return true
}

func (a *Auth) sweep(now time.Time) {
	for n, c := range a.used {
		if now.After(c.until) {
			delete(a.used, n)
		}
	}
}

// fields reads name=value pairs, quoted or not, of a Digest header.
func fields(header string) map[string]string {
	out := map[string]string{}
	scheme, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	if !strings.EqualFold(scheme, "Digest") {
		return out
	}
	for rest != "" {
		name, after, ok := strings.Cut(rest, "=")
		if !ok {
			break
		}
		name = strings.ToLower(strings.Trim(name, " \t,"))
		after = strings.TrimLeft(after, " \t")
		var v string
		if strings.HasPrefix(after, `"`) {
			v, rest, _ = strings.Cut(after[1:], `"`)
		} else {
			v, rest, _ = strings.Cut(after, ",")
			v = strings.TrimSpace(v)
		}
		if _, twice := out[name]; !twice {
			out[name] = v
		}
	}
	return out
}
