// Package api serves imports over HTTP: upload, list, progress and report.
//
// Routes (described in openapi.yaml): GET /import-formats, GET and POST /imports,
// GET and DELETE /imports/{id}, POST /sample. A caller on the administration
// socket may also name files of this machine instead of sending one, since it
// could read them anyway.
package api

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/importer"
	"github.com/agner-platform/agner/internal/ingest"
)

// Spec is the OpenAPI document of these routes.
//
//go:embed openapi.yaml
var Spec []byte

// Problems of this area.
var (
	badRequest = httpapi.Define("import.invalid", http.StatusUnprocessableEntity, "The import cannot be started")
	noJob      = httpapi.Define("import.not_found", http.StatusNotFound, "There is no such import")
	busy       = httpapi.Define("import.busy", http.StatusServiceUnavailable, "Too many imports are waiting")
	tooLarge   = httpapi.Define("import.too_large", http.StatusRequestEntityTooLarge, "The file is larger than uploads may be")
	cutOff     = httpapi.Define("import.cut_off", http.StatusBadRequest, "The upload ended before the file was whole")
)

// Sample asks for the sample centre.
type Sample struct {
	Months int     `json:"months"`
	Scale  float64 `json:"scale"`
	Seed   uint64  `json:"seed"`
}

// API serves one importer.
type API struct {
	Service *importer.Service
	Uploads string // folder for files on their way
	MaxFile int64  // bytes of one uploaded file
	// Sample generates the sample centre and submits it; nil serves no /sample.
	Sample func(ctx context.Context, s Sample, by string) (importer.Job, error)
	// Local lets callers name files of this machine (administration socket only).
	Local bool
}

// Register adds the routes below /api/v1.
func (a *API) Register(rt *httpapi.Router) {
	read := httpapi.Policy{Action: "import.read", Roles: []string{httpapi.RoleAdmin, httpapi.RolePlanner, httpapi.RoleManager}}
	write := httpapi.Policy{
		Action: "import.write", Roles: read.Roles, // audited at the public door, and here by the job itself
		MaxBody: httpapi.Unlimited, Timeout: httpapi.Unlimited,
	}
	rt.HandleFunc("GET", "/api/v1/import-formats", read, a.formats)
	rt.HandleFunc("GET", "/api/v1/imports", read, a.list)
	rt.HandleFunc("GET", "/api/v1/imports/{id}", read, a.get)
	rt.HandleFunc("POST", "/api/v1/imports", write, a.start)
	rt.HandleFunc("DELETE", "/api/v1/imports/{id}", write, a.cancel)
	if a.Sample != nil {
		write.Action = "import.sample"
		rt.HandleFunc("POST", "/api/v1/sample", write, a.sample)
	}
}

func (a *API) formats(w http.ResponseWriter, _ *http.Request) error {
	return httpapi.WriteJSON(w, http.StatusOK, ingest.Formats())
}

func (a *API) list(w http.ResponseWriter, _ *http.Request) error {
	jobs := a.Service.Jobs()
	for i := range jobs {
		jobs[i].Report = nil // long; asked for one by one
	}
	return httpapi.WriteJSON(w, http.StatusOK, jobs)
}

func (a *API) get(w http.ResponseWriter, r *http.Request) error {
	job, err := a.Service.Job(chi.URLParam(r, "id"))
	if err != nil {
		return problem(err)
	}
	return httpapi.WriteJSON(w, http.StatusOK, job)
}

func (a *API) cancel(w http.ResponseWriter, r *http.Request) error {
	if err := a.Service.Cancel(chi.URLParam(r, "id")); err != nil {
		return problem(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) sample(w http.ResponseWriter, r *http.Request) error {
	var s Sample
	if r.ContentLength != 0 {
		if err := httpapi.ReadJSON(r, &s); err != nil {
			return err
		}
	}
	job, err := a.Sample(r.Context(), s, httpapi.IdentityFrom(r.Context()).User)
	if err != nil {
		return problem(err)
	}
	return httpapi.WriteJSON(w, http.StatusAccepted, job)
}

// start takes an upload, or – on the administration socket – names of files.
func (a *API) start(w http.ResponseWriter, r *http.Request) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var req importer.Request
	switch {
	case err == nil && kind == "multipart/form-data":
		req, err = a.upload(r)
	case err == nil && kind == "application/json" && a.Local:
		req, err = a.named(r)
	default:
		return httpapi.BadMediaType.New("send the file as multipart/form-data with the fields format, profile, zone and then file")
	}
	if err != nil {
		return err
	}
	req.By = httpapi.IdentityFrom(r.Context()).User
	job, err := a.Service.Submit(req)
	if err != nil {
		discard(req)
		return problem(err)
	}
	w.Header().Set("Location", "/api/v1/imports/"+job.ID)
	return httpapi.WriteJSON(w, http.StatusCreated, job)
}

// Named is an import of files of this machine.
type Named struct {
	Format   string   `json:"format"`
	Profile  string   `json:"profile"`
	Text     string   `json:"profile_text"`
	Template string   `json:"template"`
	System   string   `json:"system"`
	Site     string   `json:"site"`
	Zone     string   `json:"zone"`
	WrapUpS  float64  `json:"wrap_up_s"`
	Files    []string `json:"files"`
	Follow   bool     `json:"follow"`
}

func (a *API) named(r *http.Request) (importer.Request, error) {
	var n Named
	if err := httpapi.ReadJSON(r, &n); err != nil {
		return importer.Request{}, err
	}
	for _, f := range n.Files {
		if !filepath.IsAbs(f) {
			return importer.Request{}, badRequest.Field("files", f, "must be an absolute path: the platform runs in another folder")
		}
	}
	return importer.Request{
		Format: n.Format, Profile: n.Profile, ProfileText: []byte(n.Text), Template: n.Template, System: n.System, Site: n.Site,
		Zone: n.Zone, WrapUpCap: time.Duration(n.WrapUpS * float64(time.Second)), Files: n.Files, Follow: n.Follow,
	}, nil
}

// upload reads the form: small fields, then the file, which goes to disk as it
// comes in.
func (a *API) upload(r *http.Request) (importer.Request, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return importer.Request{}, httpapi.BadRequest.New("the form could not be read: " + err.Error())
	}
	req := importer.Request{Discard: true}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			discard(req)
			return req, cutOff.New(err.Error()).Because(err)
		}
		if part.FormName() == "file" {
			err = a.store(&req, part)
		} else {
			err = field(&req, part)
		}
		if err != nil {
			discard(req)
			return req, err
		}
	}
	if len(req.Files) == 0 {
		return req, badRequest.Field("file", "", "no file was sent")
	}
	return req, nil
}

// maxField bounds one field of the form; a profile in YAML is the longest.
const maxField = 256 << 10

// field takes one small field into the request.
func field(req *importer.Request, part *multipart.Part) error {
	text, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return cutOff.New(err.Error()).Because(err)
	}
	if len(text) > maxField {
		return badRequest.Field(part.FormName(), string(text[:32])+"…", "is too long")
	}
	value := strings.TrimSpace(string(text))
	switch part.FormName() {
	case "format":
		req.Format = value
	case "profile":
		if strings.ContainsRune(value, '\n') { // a profile of one's own, not a name
			req.ProfileText = text
		} else {
			req.Profile = value
		}
	case "zone":
		req.Zone = value
	case "site":
		req.Site = value
	case "system":
		req.System = value
	case "template":
		req.Template = value
	case "wrap_up_s":
		if value == "" {
			return nil
		}
		s, err := strconv.ParseFloat(value, 64)
		if err != nil || s < 0 || s > 86400 {
			return badRequest.Field("wrap_up_s", value, "must be a number of seconds from 0 to 86400")
		}
		req.WrapUpCap = time.Duration(s * float64(time.Second))
	default:
		return badRequest.Field(part.FormName(), value, "is not a field of this form")
	}
	return nil
}

// store writes an uploaded file below the uploads folder under a name of ours;
// the sender's name is only shown.
func (a *API) store(req *importer.Request, part *multipart.Part) error {
	if err := os.MkdirAll(a.Uploads, 0o700); err != nil {
		return fmt.Errorf("store upload: %w", err)
	}
	f, err := os.CreateTemp(a.Uploads, "upload-*")
	if err != nil {
		return fmt.Errorf("store upload: %w", err)
	}
	req.Files = append(req.Files, f.Name())
	if req.Name != "" {
		req.Name += ", "
	}
	req.Name += filepath.Base(part.FileName())
	n, err := io.Copy(f, io.LimitReader(part, a.MaxFile+1))
	if closeErr := f.Close(); err == nil && closeErr != nil {
		return fmt.Errorf("store upload: %w", closeErr)
	}
	if err != nil {
		return cutOff.New(err.Error()).Because(err)
	}
	if n > a.MaxFile {
		return tooLarge.New(fmt.Sprintf("uploads may have %d MB; import larger files with `agner import` on the server", a.MaxFile>>20),
			"limit_mb", a.MaxFile>>20)
	}
	return nil
}

// discard removes what an upload that failed has left.
func discard(req importer.Request) {
	if !req.Discard {
		return
	}
	for _, f := range req.Files {
		_ = os.Remove(f) // the folder is swept at the next start
	}
}

// problem turns an error of the service into what the caller may see.
func problem(err error) error {
	switch {
	case errors.Is(err, importer.ErrNoJob):
		return noJob.New(err.Error())
	case errors.Is(err, importer.ErrBusy), errors.Is(err, importer.ErrClosed):
		return busy.New(err.Error())
	case errors.Is(err, importer.ErrRequest):
		return badRequest.New(err.Error())
	}
	return err
}

// Sweep removes uploads that a crash left behind.
func Sweep(uploads string) error {
	old, err := filepath.Glob(filepath.Join(uploads, "upload-*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range old {
		errs = append(errs, os.Remove(f))
	}
	return errors.Join(errs...)
}

// Decode reads a job as the routes send it, for callers in Go.
func Decode(r io.Reader) (importer.Job, error) {
	var j importer.Job
	err := json.NewDecoder(r).Decode(&j)
	return j, err
}
