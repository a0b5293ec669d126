package idempotency

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/httpapi"
)

// memory is a Store for one goroutine.
type memory struct {
	digests map[string]string
	answers map[string]*Answer
}

func (m *memory) Begin(_ context.Context, key, digest string) (*Answer, error) {
	had, ok := m.digests[key]
	switch {
	case !ok:
		m.digests[key] = digest
		return nil, nil
	case had != digest:
		return nil, httpapi.KeyReused.New("")
	case m.answers[key] == nil:
		return nil, httpapi.Conflict.New("still being served")
	}
	return m.answers[key], nil
}

func (m *memory) Finish(_ context.Context, key string, a *Answer) error {
	if a == nil {
		delete(m.digests, key)
		return nil
	}
	m.answers[key] = a
	return nil
}

func TestOnce(t *testing.T) {
	dialled, fail := 0, false
	h := Once(&memory{map[string]string{}, map[string]*Answer{}}, httpapi.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		if fail {
			return fmt.Errorf("trunk is down")
		}
		dialled++
		return httpapi.WriteJSON(w, http.StatusCreated, fmt.Sprintf("call %d to %s", dialled, body))
	}))
	rt := httpapi.NewRouter(httpapi.Options{Logger: slog.New(slog.DiscardHandler), Authenticate: func(r *http.Request) (*httpapi.Identity, error) {
		return &httpapi.Identity{User: r.Header.Get("User")}, nil
	}})
	rt.Handle("POST", "/dial", httpapi.Policy{}, h)
	f := func(user, key, body string, status int, want string) {
		t.Helper()
		r := httptest.NewRequest("POST", "/dial", strings.NewReader(body))
		r.Header.Set("User", user)
		r.Header.Set(Header, key)
		w := httptest.NewRecorder()
		rt.ServeHTTP(w, r)
		if w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s %s %s: %d %s", user, key, body, w.Code, w.Body)
		}
	}
	f("a", "", "x", 400, "request.invalid_parameter")
	f("a", "short", "x", 400, "request.invalid_parameter")
	f("a", strings.Repeat("k", 129), "x", 400, "request.invalid_parameter")
	f("a", "key-00001", "one", 201, "call 1 to one")
	f("a", "key-00001", "one", 201, "call 1 to one")
	f("a", "key-00001", "two", 409, "request.idempotency_conflict")
	f("b", "key-00001", "two", 201, "call 2 to two") // another user's keys are another's
	fail = true
	f("a", "key-00002", "one", 500, "server.internal")
	fail = false
	f("a", "key-00002", "one", 201, "call 3 to one") // a failure may be tried again
	if dialled != 3 {
		t.Errorf("dialled %d times", dialled)
	}
}

func TestPanicGivesTheKeyUp(t *testing.T) {
	m := &memory{map[string]string{}, map[string]*Answer{}}
	h := Once(m, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") }))
	func() {
		defer func() { _ = recover() }()
		r := httptest.NewRequest("POST", "/dial", strings.NewReader(""))
		r.Header.Set(Header, "key-00001")
		h.ServeHTTP(httptest.NewRecorder(), r)
	}()
	if len(m.digests) != 0 {
		t.Error("the key stayed taken")
	}
}
