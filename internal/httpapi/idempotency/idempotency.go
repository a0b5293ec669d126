// Package idempotency makes a request take effect once, however often it is sent: anything that dials a person must not
// dial twice because an answer got lost. The caller chooses a key (Header); Once serves the first request with it,
// stores the answer, and repeats the answer to all later ones.
package idempotency

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"

	"github.com/agner-platform/agner/internal/httpapi"
)

// Header names a request that must take effect once, however often it is sent.
const Header = "Idempotency-Key"

// Answer is the answer to the first request with a key.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
}

// Store remembers answers by key. Keys are already made unique per user and route.
type Store interface {
	// Begin claims the key for a request with this digest. It gives the stored answer if there is one, httpapi.KeyReused if the
	// key belongs to another digest, and httpapi.Conflict while the first request is still being served.
	Begin(ctx context.Context, key, digest string) (*Answer, error)
	// Finish stores the answer; a nil answer gives the key up, because the request failed and may be tried again.
	Finish(ctx context.Context, key string, a *Answer) error
}

// Once makes next take effect once per Idempotency-Key, which it requires.
func Once(store Store, next http.Handler) http.Handler {
	return httpapi.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		given := r.Header.Get(Header)
		if len(given) < 8 || len(given) > 128 {
			return httpapi.BadParameter.Field(Header, given, "want 8 to 128 characters that are new for each action")
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		user := ""
		if id := httpapi.IdentityFrom(r.Context()); id != nil {
			user = id.User
		}
		key := digestOf([]byte(user), []byte(r.Method), []byte(r.URL.Path), []byte(given))
		stored, err := store.Begin(r.Context(), key, digestOf(body, []byte(r.URL.RawQuery)))
		if err != nil {
			return err
		}
		if stored != nil {
			w.Header().Set("Idempotent-Replayed", "true")
			return replay(w, stored)
		}
		return serve(w, r, call{store: store, key: key, next: next})
	})
}

type call struct {
	store Store
	key   string
	next  http.Handler
}

// serve serves the request and stores its answer. A failure on our side, or a panic, gives the key up.
func serve(w http.ResponseWriter, r *http.Request, c call) error {
	held := &heldAnswer{header: w.Header()}
	// The caller may leave meanwhile; what took effect must be remembered all the same.
	ctx := context.WithoutCancel(r.Context())
	finished := false
	defer func() {
		if !finished {
			_ = c.store.Finish(ctx, c.key, nil) // already failing; the store's own expiry is the second line
		}
	}()
	c.next.ServeHTTP(held, r)
	a := &Answer{Status: max(held.status, http.StatusOK), ContentType: w.Header().Get("Content-Type"), Body: held.body.Bytes()}
	if a.Status >= http.StatusInternalServerError {
		return replay(w, a)
	}
	finished = true
	if err := c.store.Finish(ctx, c.key, a); err != nil {
		return err
	}
	return replay(w, a)
}

func replay(w http.ResponseWriter, a *Answer) error {
	if a.ContentType != "" {
		w.Header().Set("Content-Type", a.ContentType)
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // the caller is gone if this fails; the answer is stored
	return nil
}

func digestOf(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		sum := sha256.Sum256(p) // fixed length, so that parts cannot run into each other
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// heldAnswer keeps an answer until it is stored.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (h *heldAnswer) Header() http.Header { return h.header }

// WriteHeader implements http.ResponseWriter.
func (h *heldAnswer) WriteHeader(code int) {
	if h.status == 0 {
		h.status = code
	}
}

// Write implements http.ResponseWriter.
func (h *heldAnswer) Write(p []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(p)
}
