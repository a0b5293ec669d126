package door

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/agner-platform/agner/internal/httpapi"
)

// page is one file, read and encoded once at start.
type page struct {
	body, gzipped []byte
	contentType   string
	etag          string
	immutable     bool
}

// Static serves the built pages. It is read-only after NewStatic.
type Static struct {
	pages map[string]*page
	index *page
}

// types that the pages use, fixed here because the machine's own table may differ or be absent.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".json": "application/json", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".wasm": "application/wasm",
	".webmanifest": "application/manifest+json", ".ico": "image/x-icon", ".png": "image/png", ".txt": "text/plain; charset=utf-8",
}

// NewStatic reads every file of fsys. Files below assets/ have their hash in the name and are cached for ever; index
// answers every navigation that names no file. A file "x.gz" beside "x" is its encoded form.
func NewStatic(fsys fs.FS, index string) (*Static, error) {
	s := &Static{pages: map[string]*page{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, ".gz") {
			return err
		}
		p, err := loadPage(fsys, name)
		if err != nil {
			return err
		}
		s.pages["/"+name] = p
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read pages: %w", err)
	}
	if s.index = s.pages["/"+index]; s.index == nil {
		return nil, fmt.Errorf("read pages: %w: %s", fs.ErrNotExist, index)
	}
	return s, nil
}

func loadPage(fsys fs.FS, name string) (*page, error) {
	body, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	p := &page{
		body: body, contentType: types[path.Ext(name)], immutable: strings.HasPrefix(name, "assets/"),
		etag: `"` + hex.EncodeToString(sum[:8]) + `"`,
	}
	if p.contentType == "" {
		if p.contentType = mime.TypeByExtension(path.Ext(name)); p.contentType == "" {
			p.contentType = "application/octet-stream"
		}
	}
	if p.gzipped, err = fs.ReadFile(fsys, name+".gz"); err == nil {
		return p, nil
	}
	p.gzipped = nil
	if compressible(p.contentType) && len(body) >= compressFrom {
		p.gzipped, err = gzipped(body)
		return p, err
	}
	return p, nil
}

func gzipped(body []byte) ([]byte, error) {
	var buf bytes.Buffer
	zw, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := zw.Write(body); err != nil {
		return nil, err
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// ServeHTTP implements http.Handler. Names are looked up in a table, so no path can leave it.
func (s *Static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		httpapi.WriteProblem(w, r, httpapi.BadMethod.New("", "method", r.Method))
		return
	}
	p := s.pages[r.URL.Path]
	if p == nil && navigation(r) {
		p = s.index
	}
	if p == nil {
		httpapi.WriteProblem(w, r, httpapi.NotFound.New("no such file", "path", httpapi.MaskNumbers(r.URL.Path)))
		return
	}
	p.serve(w, r)
}

// navigation reports whether a browser asks for a page rather than for a file: the pages find their own way from there.
func navigation(r *http.Request) bool {
	if strings.HasPrefix(r.URL.Path, "/api/") || file(r.URL.Path) {
		return false
	}
	accept := r.Header.Get("Accept")
	return r.URL.Path == "/" || accept == "" || strings.Contains(accept, "text/html") || strings.Contains(accept, "*/*")
}

// file reports whether a path can only be a file's. Deeper paths name things by their ids, and ids may hold dots.
func file(name string) bool {
	return path.Ext(name) != "" && (strings.HasPrefix(name, "/assets/") || path.Dir(name) == "/")
}

func (p *page) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", p.contentType)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if p.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, etag := p.body, p.etag
	if p.gzipped != nil && accepts(r.Header.Get("Accept-Encoding"), "gzip") {
		body, etag = p.gzipped, strings.TrimSuffix(p.etag, `"`)+`-gz"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
