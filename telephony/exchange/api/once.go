package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/idempotency"
)

const (
	remember = 10 * time.Minute // a browser that sends again after that is a person who wants it again
	keepKeys = 10_000
)

// memory remembers answers by key, as long as the switch lives.
type memory struct {
	mu   sync.Mutex
	keys map[string]*answered // protected by mu
}

type answered struct {
	digest string
	answer *idempotency.Answer // nil: being served
	at     time.Time
}

func newMemory() *memory { return &memory{keys: map[string]*answered{}} }

// Begin implements idempotency.Store.
func (m *memory) Begin(_ context.Context, key, digest string) (*idempotency.Answer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for k, a := range m.keys {
		if now.Sub(a.at) > remember {
			delete(m.keys, k)
		}
	}
	a := m.keys[key]
	switch {
	case a == nil && len(m.keys) >= keepKeys:
		return nil, httpapi.TooMany.New("too many commands with an Idempotency-Key within ten minutes")
	case a == nil:
		m.keys[key] = &answered{digest: digest, at: now}
		return nil, nil //nolint:nilnil // the contract: no answer yet
	case a.digest != digest:
		return nil, httpapi.KeyReused.New("")
	case a.answer == nil:
		return nil, httpapi.Conflict.New("the first request with this key is still being served")
	}
	return a.answer, nil
}

// Finish implements idempotency.Store.
func (m *memory) Finish(_ context.Context, key string, a *idempotency.Answer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a == nil {
		delete(m.keys, key)
		return nil
	}
	if k := m.keys[key]; k != nil {
		k.answer = a
	}
	return nil
}

// takenOnce lets a command with an Idempotency-Key take effect once; needed says that
// it must have one.
func (a *API) takenOnce(h http.Handler, needed bool) http.Handler {
	once := idempotency.Once(a.once, h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if needed || r.Header.Get(idempotency.Header) != "" {
			once.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}
