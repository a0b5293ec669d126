package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"

	"github.com/agner-platform/agner/internal/importer"
	"github.com/agner-platform/agner/internal/importer/api"
	"github.com/agner-platform/agner/internal/ingest"
	"github.com/agner-platform/agner/internal/interval"
)

// importCmd reads the records another system left behind.
type importCmd struct {
	Format   string        `required:"" help:"Format of the files: ${formats}."`
	Profile  string        `help:"Mapping profile of csv: a shipped one (technion) or a YAML file."`
	Template string        `help:"Column list of FreeSWITCH CSV records, as in cdr_csv.conf."`
	Zone     string        `help:"Time zone of local stamps, e.g. Asia/Jerusalem."`
	Site     string        `help:"Site the records belong to; made if there is none of that name."`
	System   string        `help:"Name of the foreign system, where files of several are imported."`
	WrapUp   time.Duration `name:"wrap-up" help:"Wrap-up time configured there; derives wrap-up that was not logged, up to this long."`
	Follow   bool          `help:"Keep reading the last file as it grows, until Ctrl-C."`
	JSON     bool          `name:"json" help:"Print the report as JSON."`
	Files    []string      `arg:"" name:"file" help:"Files (plain or .gz), patterns, or - for standard input."`
}

// Run imports the files and prints what became of every row.
func (m *importCmd) Run(ctx context.Context, c *node.Root) error {
	named, err := m.request()
	if err != nil {
		return exit.BadInput(err)
	}
	inst, err := c.Instance(nil)
	if err != nil {
		return err
	}
	a, err := inst.Connect(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "importing", a.How)
	job, err := m.run(ctx, a, named)
	if err := errors.Join(err, a.Close()); err != nil {
		return err
	}
	if err := m.print(job); err != nil {
		return err
	}
	if job.State == importer.Failed {
		return exit.BadInput(errors.New(job.Error))
	}
	return nil
}

// request turns the flags into what the API takes: absolute paths, the text of a
// profile of one's own.
func (m *importCmd) request() (api.Named, error) {
	n := api.Named{
		Format: m.Format, Profile: m.Profile, Template: m.Template, Zone: m.Zone, Site: m.Site, System: m.System,
		WrapUpS: m.WrapUp.Seconds(), Follow: m.Follow,
	}
	if strings.HasSuffix(m.Profile, ".yaml") || strings.HasSuffix(m.Profile, ".yml") {
		text, err := os.ReadFile(m.Profile)
		if err != nil {
			return n, fmt.Errorf("--profile: %w", err)
		}
		n.Text = string(text)
		n.Profile = strings.TrimSuffix(filepath.Base(m.Profile), filepath.Ext(m.Profile))
	}
	if slices.Contains(m.Files, "-") && len(m.Files) > 1 {
		return n, errors.New("standard input cannot be mixed with files")
	}
	for _, f := range m.Files {
		if f == "-" {
			return n, nil
		}
		abs, err := filepath.Abs(f)
		if err != nil {
			return n, err
		}
		n.Files = append(n.Files, abs)
	}
	return n, nil
}

// run starts the job and follows it. Ctrl-C stops the job and still shows what
// was imported.
func (m *importCmd) run(ctx context.Context, a *node.Client, n api.Named) (importer.Job, error) {
	var job importer.Job
	var err error
	if len(n.Files) == 0 {
		err = upload(ctx, a, n, os.Stdin, &job)
	} else {
		err = a.Post(ctx, "/imports", n, &job)
	}
	if err != nil {
		return job, err
	}
	job, err = a.Watch(ctx, job, os.Stderr)
	if ctx.Err() == nil {
		return job, err
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := a.Delete(stop, "/imports/"+job.ID); err != nil {
		return job, err
	}
	return a.Watch(stop, job, os.Stderr)
}

// print shows the report.
func (m *importCmd) print(job importer.Job) error {
	if m.JSON {
		return json.NewEncoder(os.Stdout).Encode(job)
	}
	rep := ingest.Report{}
	if job.Report != nil {
		rep = *job.Report
	}
	zone, err := interval.LoadZone(job.Zone)
	if err != nil {
		zone = time.UTC
	}
	return rep.WriteText(os.Stdout, zone)
}

// upload sends a stream as the file of an import.
func upload(ctx context.Context, a *node.Client, n api.Named, file io.Reader, out any) error {
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() { w.CloseWithError(writeForm(form, n, file)) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, node.Base+"/imports", r)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	return a.Do(req, out)
}

// writeForm writes the small fields and then the file, as the API wants them.
func writeForm(form *multipart.Writer, n api.Named, file io.Reader) error {
	profile := n.Profile
	if n.Text != "" {
		profile = n.Text
	}
	for _, f := range [][2]string{
		{"format", n.Format},
		{"profile", profile},
		{"template", n.Template},
		{"zone", n.Zone},
		{"site", n.Site},
		{"system", n.System},
		{"wrap_up_s", strconv.FormatFloat(n.WrapUpS, 'g', -1, 64)},
	} {
		if f[1] == "" {
			continue
		}
		if err := form.WriteField(f[0], f[1]); err != nil {
			return err
		}
	}
	part, err := form.CreateFormFile("file", "standard input")
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, file); err != nil {
		return err
	}
	return form.Close()
}

// formatNames lists the formats for the help text.
func formatNames() string {
	var names []string
	for _, f := range ingest.Formats() {
		names = append(names, f.Format)
	}
	return strings.Join(names, ", ")
}
