package door

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func pages(t *testing.T) *Static {
	t.Helper()
	s, err := NewStatic(fstest.MapFS{
		"index.html":         {Data: []byte("<!doctype html><p>app")},
		"assets/app.3f2a.js": {Data: []byte(strings.Repeat("let a = 1;", 500))},
		"assets/pre.1a.css":  {Data: []byte("p{}")}, "assets/pre.1a.css.gz": {Data: []byte("packed")},
		"favicon.svg":        {Data: []byte("<svg/>")},
		"assets/x.weird-ext": {Data: []byte("?")},
	}, "index.html")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStatic(t *testing.T) {
	s := pages(t)
	f := func(path, accept string, status int, media, cache string) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path = path
		r.Header.Set("Accept", accept)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != status || !strings.HasPrefix(w.Header().Get("Content-Type"), media) || cache != "" && !strings.Contains(w.Header().Get("Cache-Control"), cache) {
			t.Errorf("%s: %d %s %s", path, w.Code, w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"))
		}
		return w
	}
	const html, problem = "text/html", "application/problem+json"
	f("/", html, 200, html, "no-cache")
	f("/reports/service-level", html, 200, html, "no-cache") // the pages know this path
	f("/reports", "application/json", 404, problem, "")
	f("/api/v1/nothing", html, 404, problem, "")
	f("/missing.js", html, 404, problem, "")
	f("/assets/missing.js", html, 404, problem, "")
	f("/transcripts/rec_call.2_20261201", html, 200, html, "no-cache") // an id may hold a dot
	f("/favicon.svg", "*/*", 200, "image/svg+xml", "no-cache")
	f("/assets/x.weird-ext", "*/*", 200, "application/octet-stream", "immutable")
	if w := f("/assets/app.3f2a.js", "*/*", 200, "text/javascript", "immutable"); w.Header().Get("Content-Encoding") != "gzip" {
		t.Error("a large script was not packed")
	}
	if w := f("/assets/pre.1a.css", "*/*", 200, "text/css", "immutable"); w.Body.String() != "packed" {
		t.Error("the packed form beside the file was not used")
	}
	for _, path := range []string{"/../web.go", "/assets/../../go.mod", "//etc/passwd", "/assets/%2e%2e/x.js", "/..\\x.js", "/assets", "/assets/pre.1a.css.gz", "\x00.js"} {
		if w := f(path, "text/javascript", 404, problem, ""); strings.Contains(w.Body.String(), "module ") {
			t.Errorf("%s left the tree", path)
		}
	}
}

func TestStaticRevalidates(t *testing.T) {
	s := pages(t)
	get := func(tag, coding string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/assets/app.3f2a.js", nil)
		r.Header.Set("If-None-Match", tag)
		r.Header.Set("Accept-Encoding", coding)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	plain, packed := get("", "").Header().Get("ETag"), get("", "gzip").Header().Get("ETag")
	if plain == packed || plain == "" {
		t.Errorf("two forms, tags %s and %s", plain, packed)
	}
	if w := get(packed, "gzip"); w.Code != 304 || w.Body.Len() > 0 {
		t.Errorf("revalidation: %d", w.Code)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("POST", "/", nil))
	if w.Code != 405 {
		t.Errorf("POST: %d", w.Code)
	}
	if _, err := NewStatic(fstest.MapFS{}, "index.html"); err == nil {
		t.Error("pages without an index were accepted")
	}
}
