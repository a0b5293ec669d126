package door

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func decode(t *testing.T, coding string, body io.Reader) string {
	t.Helper()
	var r io.Reader = body
	var err error
	switch coding {
	case "gzip":
		r, err = gzip.NewReader(body)
	case "zstd":
		var z *zstd.Decoder
		z, err = zstd.NewReader(body)
		defer z.Close()
		r = z
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCompress(t *testing.T) {
	large := strings.Repeat("service level ", 1000)
	f := func(name, accept, media, body, want string) {
		t.Helper()
		h := Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.Header().Set("ETag", `"1"`)
			for part := range strings.SplitSeq(body, " ") { // many small writes, as encoders make them
				_, _ = io.WriteString(w, part)
			}
		}))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		got := w.Header().Get("Content-Encoding")
		if got != want {
			t.Errorf("%s: coding %q, want %q", name, got, want)
		}
		if text := decode(t, got, w.Body); text != strings.ReplaceAll(body, " ", "") {
			t.Errorf("%s: the body changed: %d bytes", name, len(text))
		}
		if weak := w.Header().Get("ETag") == `W/"1"`; weak != (want != "") {
			t.Errorf("%s: ETag %s", name, w.Header().Get("ETag"))
		}
	}
	f("browser", "gzip, deflate, br, zstd", "application/json", large, "zstd")
	f("older", "gzip, deflate", "text/csv", large, "gzip")
	f("refused", "gzip;q=0, zstd; q=0.0", "application/json", large, "")
	f("none", "", "application/json", large, "")
	f("small", "gzip", "application/json", "tiny body", "")
	f("arrow", "gzip", "application/vnd.apache.arrow.stream", large, "")
	f("events", "gzip", "text/event-stream", large, "")
	f("image", "gzip", "image/png", large, "")
}

func TestCompressLeavesEncodedAndEmptyAlone(t *testing.T) {
	f := func(status int, coding string, size int) {
		t.Helper()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/css")
			if coding != "" {
				w.Header().Set("Content-Encoding", coding)
			}
			w.WriteHeader(status)
			if size > 0 {
				_, _ = w.Write(bytes.Repeat([]byte("x"), size))
			}
		})).ServeHTTP(w, r)
		if got := w.Header().Get("Content-Encoding"); got != coding || w.Code != status || w.Body.Len() != size {
			t.Errorf("%d with %d bytes of %q: %d with %d of %q", status, size, coding, w.Code, w.Body.Len(), got)
		}
	}
	f(200, "br", 5000)
	f(204, "", 0)
	f(304, "", 0)
	f(200, "", 0)
}

func TestCompressFlushes(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	Compress(http.HandlerFunc(func(cw http.ResponseWriter, _ *http.Request) {
		cw.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(cw, "data: 1\n\n")
		if err := http.NewResponseController(cw).Flush(); err != nil {
			t.Error(err)
		}
		if !w.Flushed || w.Body.String() != "data: 1\n\n" {
			t.Errorf("not sent at once: %q", w.Body)
		}
	})).ServeHTTP(w, r)
}

func TestCompressDoesNotFinishAfterAPanic(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	func() {
		defer func() { _ = recover() }()
		Compress(http.HandlerFunc(func(cw http.ResponseWriter, _ *http.Request) {
			cw.Header().Set("Content-Type", "text/csv")
			_, _ = io.WriteString(cw, strings.Repeat("x", 5000))
			panic(http.ErrAbortHandler)
		})).ServeHTTP(w, r)
	}()
	zr, err := gzip.NewReader(w.Body)
	if err == nil {
		_, err = io.ReadAll(zr)
	}
	if err == nil {
		t.Error("half an answer decodes as whole")
	}
}
