package httpapi

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	// AssertionHeader carries the signed identity from the public door to a role.
	AssertionHeader = "X-Agner-Assertion"

	assertionLife = 60 * time.Second // long enough for a queue of requests, too short to be worth stealing
	assertionSkew = 5 * time.Second  // clocks of two machines under NTP differ by far less
	assertionMax  = 128 << 10        // bytes; a user with a thousand queues in scope fits, and so does a header
)

// assertion is what is signed: JSON with its fields in this order, so that equal claims are equal bytes.
type assertion struct {
	Audience string   `json:"aud"`
	Issued   int64    `json:"iat"` // Unix seconds
	Expires  int64    `json:"exp"`
	Identity Identity `json:"id"`
}

// Signer makes assertions; only the public door has one.
type Signer struct{ key ed25519.PrivateKey }

// NewSigner makes a signer from the instance's private key.
func NewSigner(key ed25519.PrivateKey) (*Signer, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("%w: private key has %d bytes, want %d", ErrKey, len(key), ed25519.PrivateKeySize)
	}
	return &Signer{key: key}, nil
}

// Sign asserts to one role that id makes the request: base64url(JSON) "." base64url(Ed25519 signature).
func (s *Signer) Sign(audience string, id *Identity) (string, error) {
	now := time.Now()
	body, err := json.Marshal(assertion{
		Audience: audience, Issued: now.Unix(), Expires: now.Add(assertionLife).Unix(), Identity: *id,
	})
	if err != nil {
		return "", fmt.Errorf("encode assertion: %w", err)
	}
	enc := base64.RawURLEncoding
	text := enc.EncodeToString(body) + "." + enc.EncodeToString(ed25519.Sign(s.key, body))
	if len(text) > assertionMax {
		return "", fmt.Errorf("%w: %d bytes, at most %d", ErrAssertion, len(text), assertionMax)
	}
	return text, nil
}

// Verifier checks the assertions made to one role.
type Verifier struct {
	key      ed25519.PublicKey
	audience string
}

// NewVerifier makes a verifier for one role from the instance's public key.
func NewVerifier(key ed25519.PublicKey, audience string) (*Verifier, error) {
	if len(key) != ed25519.PublicKeySize || audience == "" {
		return nil, fmt.Errorf("%w: public key has %d bytes, want %d; audience %q", ErrKey, len(key), ed25519.PublicKeySize, audience)
	}
	return &Verifier{key: key, audience: audience}, nil
}

// Verify gives the identity of an assertion, or ErrAssertion. There is no replay list: assertions travel over a Unix
// socket of the same user, or mTLS, and live a minute.
func (v *Verifier) Verify(text string) (*Identity, error) {
	if len(text) > assertionMax {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrAssertion, len(text), assertionMax)
	}
	bodyText, sigText, ok := strings.Cut(text, ".")
	enc := base64.RawURLEncoding.Strict()
	body, err := enc.DecodeString(bodyText)
	if !ok || err != nil {
		return nil, fmt.Errorf("%w: not base64url with a signature", ErrAssertion)
	}
	sig, err := enc.DecodeString(sigText)
	if err != nil || !ed25519.Verify(v.key, body, sig) {
		return nil, fmt.Errorf("%w: the signature does not match", ErrAssertion)
	}
	var a assertion
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAssertion, err)
	}
	if err := v.inForce(a, time.Now()); err != nil {
		return nil, err
	}
	return &a.Identity, nil
}

func (v *Verifier) inForce(a assertion, now time.Time) error {
	issued, expires := time.Unix(a.Issued, 0), time.Unix(a.Expires, 0)
	switch {
	case a.Audience != v.audience:
		return fmt.Errorf("%w: audience %q, this is %q", ErrAssertion, a.Audience, v.audience)
	case a.Identity.User == "":
		return fmt.Errorf("%w: no user", ErrAssertion)
	case expires.Sub(issued) > assertionLife || expires.Before(issued):
		return fmt.Errorf("%w: valid from %d to %d, at most %s is allowed", ErrAssertion, a.Issued, a.Expires, assertionLife)
	case now.Before(issued.Add(-assertionSkew)):
		return fmt.Errorf("%w: issued at %d, which is still to come", ErrAssertion, a.Issued)
	case now.After(expires.Add(assertionSkew)):
		return fmt.Errorf("%w: expired at %d", ErrAssertion, a.Expires)
	}
	return nil
}

// Authenticate is for Options.Authenticate of a role behind the public door.
func (v *Verifier) Authenticate(r *http.Request) (*Identity, error) {
	values := r.Header.Values(AssertionHeader)
	if len(values) == 0 {
		return nil, nil
	}
	if len(values) > 1 {
		return nil, BadAssertion.New("more than one assertion")
	}
	id, err := v.Verify(values[0])
	if err != nil {
		return nil, BadAssertion.New("").Because(err)
	}
	return id, nil
}

// LoadOrCreateKey reads the instance's signing key from file, or makes it there (mode 0600) when there is none.
// The public half for NewVerifier is key.Public().
func LoadOrCreateKey(file string) (ed25519.PrivateKey, error) {
	seed, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return createKey(file)
	}
	if err != nil {
		return nil, fmt.Errorf("read signing key: %w", err)
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%w: %s has %d bytes, want %d", ErrKey, file, len(seed), ed25519.SeedSize)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

func createKey(file string) (ed25519.PrivateKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed) // never fails (crypto/rand documents it)
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create signing key: %w", err)
	}
	_, err = f.Write(seed)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("write signing key: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}
