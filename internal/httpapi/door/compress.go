package door

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/agner-platform/agner/internal/httpapi"
)

// compressFrom is the smallest answer worth it: below one packet nothing is gained.
const compressFrom = 1400

type encoder interface {
	io.WriteCloser
	Reset(io.Writer)
	Flush() error
}

var encoders = map[string]*sync.Pool{
	"gzip": {New: func() any { return gzip.NewWriter(io.Discard) }},
	"zstd": {New: func() any {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderLevel(zstd.SpeedFastest))
		if err != nil {
			panic("door: zstd options: " + err.Error()) // constants above; a test would never get past this
		}
		return e
	}},
}

// Compress encodes answers whose type compresses well, once they prove large enough. Event streams, Arrow (compressed
// inside), and what is encoded already pass untouched.
func Compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		coding := chooseCoding(r.Header.Get("Accept-Encoding"))
		if coding == "" || r.Method == http.MethodHead || r.Header.Get("Range") != "" {
			next.ServeHTTP(w, r)
			return
		}
		cw := &compressWriter{ResponseWriter: w, coding: coding}
		defer cw.end()
		next.ServeHTTP(cw, r)
		cw.done = true
	})
}

// chooseCoding prefers zstd to gzip.
func chooseCoding(accept string) string {
	for _, coding := range []string{"zstd", "gzip"} {
		if accepts(accept, coding) {
			return coding
		}
	}
	return ""
}

// accepts reports whether a content coding is named and not refused by a weight of zero (RFC 9110, section 12.5.3).
func accepts(accept, coding string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			return httpapi.Weight(params) > 0
		}
	}
	return false
}

func compressible(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	switch mediaType = strings.ToLower(strings.TrimSpace(mediaType)); mediaType {
	case "text/event-stream":
		return false
	case "application/json", "application/problem+json", "application/javascript", "image/svg+xml", "application/manifest+json":
		return true
	}
	return strings.HasPrefix(mediaType, "text/")
}

// compressWriter holds back the first bytes until it knows whether encoding is worth it.
type compressWriter struct {
	http.ResponseWriter
	coding string
	status int
	held   []byte
	passed bool // decided: bytes go out as they are
	enc    encoder
	done   bool // the handler returned; false while a panic unwinds
}

// Unwrap lets http.ResponseController reach the deadlines of the connection.
func (w *compressWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *compressWriter) WriteHeader(code int) {
	if code < 200 {
		w.ResponseWriter.WriteHeader(code)
		return
	}
	if w.status != 0 {
		return
	}
	w.status = code
	h := w.Header()
	size, err := strconv.Atoi(h.Get("Content-Length"))
	small := err == nil && size < compressFrom
	if h.Get("Content-Encoding") != "" || !compressible(h.Get("Content-Type")) || code == http.StatusNoContent || code == http.StatusNotModified || small {
		_ = w.pass() // nothing is kept yet, so nothing is written that could fail
	}
}

// Write implements http.ResponseWriter.
func (w *compressWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		if w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", http.DetectContentType(p))
		}
		w.WriteHeader(http.StatusOK)
	}
	switch {
	case w.passed:
		return w.ResponseWriter.Write(p)
	case w.enc != nil:
		return w.enc.Write(p)
	case len(w.held)+len(p) < compressFrom:
		w.held = append(w.held, p...)
		return len(p), nil
	}
	w.begin()
	if _, err := w.enc.Write(w.held); err != nil {
		return 0, err
	}
	w.held = nil
	return w.enc.Write(p)
}

// FlushError sends what there is; an answer flushed while still small goes out as it is.
func (w *compressWriter) FlushError() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if w.enc != nil {
		if err := w.enc.Flush(); err != nil {
			return err
		}
	} else if err := w.pass(); err != nil {
		return err
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *compressWriter) begin() {
	h := w.Header()
	h.Set("Content-Encoding", w.coding)
	h.Add("Vary", "Accept-Encoding")
	h.Del("Content-Length")
	if tag := h.Get("ETag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		h.Set("ETag", "W/"+tag) // the same content, not the same bytes (RFC 9110, section 8.8.1)
	}
	w.ResponseWriter.WriteHeader(w.status)
	w.enc, _ = encoders[w.coding].Get().(encoder)
	w.enc.Reset(w.ResponseWriter)
}

func (w *compressWriter) pass() error {
	if w.passed {
		return nil
	}
	w.passed = true
	w.ResponseWriter.WriteHeader(w.status)
	if len(w.held) == 0 {
		return nil
	}
	_, err := w.ResponseWriter.Write(w.held)
	w.held = nil
	return err
}

// end finishes the answer. After a panic nothing that would make half an answer look whole is written.
func (w *compressWriter) end() {
	if w.enc != nil {
		if w.done {
			_ = w.enc.Close() // fails only when the caller is gone
		}
		w.enc.Reset(io.Discard)
		encoders[w.coding].Put(w.enc)
		return
	}
	if w.done && w.status != 0 {
		_ = w.pass()
	}
}
