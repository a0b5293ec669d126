package local

import (
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Path", r.URL.Path)
	w.WriteHeader(http.StatusTeapot)
	_, _ = io.Copy(w, r.Body)
}

// ask posts text and returns status, header and answer.
func ask(t *testing.T, c *http.Client) {
	t.Helper()
	res, err := c.Post("http://any/thing", "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || string(body) != "hello" || res.StatusCode != http.StatusTeapot || res.Header.Get("X-Path") != "/thing" {
		t.Errorf("answer = %d %v %q, %v", res.StatusCode, res.Header, body, err)
	}
}

func TestTransport(t *testing.T) { ask(t, &http.Client{Transport: Transport{http.HandlerFunc(echo)}}) }

func TestSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(echo)}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(ln) }()
	ask(t, Socket(path))
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	<-done
}

// A caller who stops reading ends the handler, and one who leaves gets his answer at once.
func TestEarlyEnds(t *testing.T) {
	ended := make(chan struct{})
	endless := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		defer close(ended)
		for {
			if _, err := w.Write(make([]byte, 1024)); err != nil {
				return
			}
		}
	})
	res, err := (&http.Client{Transport: Transport{endless}}).Get("http://any/")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	<-ended

	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	silent := http.HandlerFunc(func(_ http.ResponseWriter, _ *http.Request) { cancel(); <-release })
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://any/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (Transport{silent}).RoundTrip(req); err == nil {
		t.Error("a cancelled request has an answer")
	}
	close(release)
}

// A handler that writes nothing has answered 200.
func TestSilence(t *testing.T) {
	res, err := (&http.Client{Transport: Transport{http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}}).Get("http://any/")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("answer = %v, %v", res, err)
	}
	res.Body.Close()
}
