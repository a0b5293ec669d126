package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/personal"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/importer"
	"github.com/agner-platform/agner/internal/journal"
)

const queueLog = "1700000000|c1|sales|NONE|ENTERQUEUE||5551234567|1\n1700000030|c1|sales|NONE|ABANDON|1|1|30\nnonsense\n"

// server is the API over a real service; who calls is in role.
type server struct {
	t       *testing.T
	dir     string
	service *importer.Service
	handler http.Handler
	role    string
}

func newServer(t *testing.T, maxFile int64, local bool) *server {
	t.Helper()
	s := &server{t: t, dir: t.TempDir(), role: httpapi.RolePlanner}
	store, err := db.Open(t.Context(), s.dir)
	if err != nil {
		t.Fatal(err)
	}
	vault, err := personal.Open(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	j, _, err := journal.Open(filepath.Join(s.dir, "journal"), "analytics", journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.service, err = importer.Open(t.Context(), importer.Options{
		Journal: j, Journals: filepath.Join(s.dir, "journal"), Dir: s.dir, Store: store, Vault: vault, Zone: "UTC",
		Changes: func(context.Context) error { return nil }, Applied: func(context.Context, journal.Vector) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(s.service.Close(), j.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	rt := httpapi.NewRouter(httpapi.Options{Authenticate: func(*http.Request) (*httpapi.Identity, error) {
		return &httpapi.Identity{User: "anna", Roles: []string{s.role}}, nil
	}})
	sample := func(_ context.Context, q Sample, by string) (importer.Job, error) {
		if q.Months > 36 {
			return importer.Job{}, importer.ErrRequest
		}
		return importer.Job{ID: "imp_sample", By: by}, nil
	}
	(&API{Service: s.service, Uploads: filepath.Join(s.dir, "uploads"), MaxFile: maxFile, Local: local, Sample: sample}).Register(rt)
	s.handler = rt
	return s
}

// do sends a request and returns status and body.
func (s *server) do(method, path, kind string, body io.Reader) (int, string) {
	s.t.Helper()
	req := httptest.NewRequestWithContext(s.t.Context(), method, "/api/v1"+path, body)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, req)
	return rec.Code, rec.Body.String()
}

// form makes a multipart body of name, value pairs; "file" is a file.
func form(t *testing.T, pairs ...string) (string, *bytes.Buffer) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for pair := range slices.Chunk(pairs, 2) {
		var part io.Writer
		var err error
		if pair[0] == "file" {
			part, err = w.CreateFormFile("file", "../../etc/queue_log")
		} else {
			part, err = w.CreateFormField(pair[0])
		}
		if err == nil {
			_, err = io.WriteString(part, pair[1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), &b
}

// uploads are the files on their way.
func (s *server) uploads() []string {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "uploads", "*"))
	if err != nil {
		s.t.Fatal(err)
	}
	return files
}

func TestUploadIsImportedAndReported(t *testing.T) {
	s := newServer(t, 1<<20, false)
	kind, body := form(t, "format", "queue_log", "zone", "UTC", "wrap_up_s", "15", "file", queueLog)
	code, text := s.do("POST", "/imports", kind, body)
	if code != http.StatusCreated {
		t.Fatalf("POST /imports = %d %s", code, text)
	}
	job, err := Decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.service.Wait(t.Context(), job.ID); err != nil {
		t.Fatal(err)
	}
	code, text = s.do("GET", "/imports/"+job.ID, "", nil)
	if err := json.Unmarshal([]byte(text), &job); err != nil || code != http.StatusOK {
		t.Fatalf("GET = %d %v", code, err)
	}
	if job.State != importer.Done || job.Rows != 3 || job.Mapped != 2 || job.Rejected != 1 || job.By != "anna" || job.File != "queue_log" {
		t.Errorf("job = %+v, want 2 rows mapped and 1 rejected of queue_log", job)
	}
	if len(job.Problems) != 1 || job.Problems[0].Line != 3 {
		t.Errorf("problems = %+v, want one at line 3", job.Problems)
	}
	if left := s.uploads(); len(left) > 0 {
		t.Errorf("uploads left behind: %v", left)
	}
	if code, text := s.do("GET", "/imports", "", nil); code != http.StatusOK || !strings.Contains(text, job.ID) {
		t.Errorf("GET /imports = %d %s", code, text)
	}
}

func TestUploadsThatAreRefused(t *testing.T) {
	s := newServer(t, 100, true)
	whole := strings.Repeat("x", 60)
	f := func(name string, want int, says string, pairs ...string) {
		t.Helper()
		kind, body := form(t, pairs...)
		code, text := s.do("POST", "/imports", kind, body)
		if code != want || !strings.Contains(text, says) {
			t.Errorf("%s: %d %s, want %d that says %q", name, code, text, want, says)
		}
		if left := s.uploads(); len(left) > 0 {
			t.Errorf("%s: left %v behind", name, left)
		}
	}
	f("unknown format", 422, "nonsense", "format", "nonsense", "file", whole)
	f("unknown zone", 422, "Mars/Base", "format", "queue_log", "zone", "Mars/Base", "file", whole)
	f("unknown field", 422, "colour", "colour", "red", "file", whole)
	f("negative wrap-up", 422, "wrap_up_s", "wrap_up_s", "-1", "file", whole)
	f("no file", 422, "file", "format", "queue_log")
	f("too large", 413, "MB", "format", "queue_log", "file", strings.Repeat("x", 101))
	f("field too long", 422, "format", "format", strings.Repeat("x", maxField+1))

	kind, body := form(t, "format", "queue_log", "file", whole)
	if code, _ := s.do("POST", "/imports", kind, io.LimitReader(body, int64(body.Len()-20))); code != http.StatusBadRequest {
		t.Errorf("a cut-off upload: %d, want 400", code)
	}
	if left := s.uploads(); len(left) > 0 {
		t.Errorf("cut off: left %v behind", left)
	}
	if code, _ := s.do("POST", "/imports", "text/plain", strings.NewReader("x")); code != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: %d, want 415", code)
	}
}

func TestNamedFilesAreForTheAdministrationSocket(t *testing.T) {
	body := `{"format":"queue_log","files":["relative"]}`
	if code, _ := newServer(t, 100, false).do("POST", "/imports", "application/json", strings.NewReader(body)); code != http.StatusUnsupportedMediaType {
		t.Errorf("named files at the public door: %d, want 415", code)
	}
	s := newServer(t, 100, true)
	if code, text := s.do("POST", "/imports", "application/json", strings.NewReader(body)); code != 422 || !strings.Contains(text, "absolute") {
		t.Errorf("a relative path: %d %s, want 422", code, text)
	}
	file := filepath.Join(s.dir, "log")
	if err := os.WriteFile(file, []byte(queueLog), 0o600); err != nil {
		t.Fatal(err)
	}
	code, text := s.do("POST", "/imports", "application/json", strings.NewReader(`{"format":"queue_log","zone":"UTC","files":["`+file+`"]}`))
	job, err := Decode(strings.NewReader(text))
	if code != http.StatusCreated || err != nil {
		t.Fatalf("POST = %d %s", code, text)
	}
	if job, err = s.service.Wait(t.Context(), job.ID); err != nil || job.Mapped != 2 {
		t.Errorf("job = %+v, %v", job, err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("a named file was removed: %v", err)
	}
}

func TestRolesAndMissingJobs(t *testing.T) {
	s := newServer(t, 100, false)
	if code, _ := s.do("GET", "/imports/imp_none", "", nil); code != http.StatusNotFound {
		t.Errorf("an unknown job: %d", code)
	}
	if code, _ := s.do("DELETE", "/imports/imp_none", "", nil); code != http.StatusNotFound {
		t.Errorf("cancel an unknown job: %d", code)
	}
	if code, text := s.do("POST", "/sample", "application/json", strings.NewReader(`{"months":40}`)); code != 422 {
		t.Errorf("too long a sample: %d %s", code, text)
	}
	if code, _ := s.do("POST", "/sample", "", nil); code != http.StatusAccepted {
		t.Errorf("sample: %d", code)
	}
	for _, role := range []string{httpapi.RoleAgent, httpapi.RoleViewer, httpapi.RoleQuality} {
		s.role = role
		for _, call := range [][2]string{{"GET", "/imports"}, {"POST", "/imports"}, {"POST", "/sample"}} {
			if code, _ := s.do(call[0], call[1], "", nil); code != http.StatusForbidden {
				t.Errorf("%s %s as %s: %d, want 403", call[0], call[1], role, code)
			}
		}
	}
}

// TestRoutesAreDocumented holds the routes to openapi.yaml.
func TestRoutesAreDocumented(t *testing.T) {
	var doc struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(Spec, &doc); err != nil {
		t.Fatal(err)
	}
	rt := httpapi.NewRouter(httpapi.Options{Auditor: nil})
	(&API{Sample: func(context.Context, Sample, string) (importer.Job, error) { return importer.Job{}, nil }}).Register(rt)
	n := 0
	for path, methods := range doc.Paths {
		for method := range methods {
			n++
			if _, ok := rt.PolicyOf(strings.ToUpper(method), "/api/v1"+path); !ok {
				t.Errorf("%s %s is documented and not served", method, path)
			}
		}
	}
	if n != 6 {
		t.Errorf("%d operations documented, want 6", n)
	}
}
