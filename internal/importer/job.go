package importer

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/ingest"
)

// Request is what is to be imported.
type Request struct {
	Format      string
	Profile     string
	ProfileText []byte        // YAML of a profile of one's own
	Template    string        // column list of FreeSWITCH CSV records
	System      string        // name of the foreign system, where there are several
	Site        string        // site name; empty picks one by zone
	Zone        string        // IANA zone of the centre and of local stamps, unless the profile says it; empty: the site's
	WrapUpCap   time.Duration // configured wrap-up; derives wrap-up that was not logged
	Files       []string      // names, patterns or "-"
	Stdin       io.Reader     // what "-" reads
	Follow      bool          // keep reading the last file as it grows
	Discard     bool          // remove the files when the job is over (uploads)
	Name        string        // shown instead of the file names
	By          string        // who asked, for the audit
}

// State is how far a job is.
type State string

// States of a job.
const (
	Waiting State = "waiting"
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed"
)

// Job is one import as people see it.
type Job struct {
	ID      string    `json:"id"`
	File    string    `json:"file"`
	Format  string    `json:"format"`
	Profile string    `json:"profile,omitempty"`
	Zone    string    `json:"zone,omitempty"`
	Site    string    `json:"site,omitempty"` // site id the records were filed under
	State   State     `json:"state"`
	By      string    `json:"by,omitempty"`
	Started time.Time `json:"started_at"`
	Ended   time.Time `json:"ended_at,omitzero"`

	ReadBytes  int64 `json:"read_bytes"`
	TotalBytes int64 `json:"total_bytes"`
	ingest.Counts
	Range    *ingest.Range    `json:"range,omitempty"`
	Problems []ingest.Problem `json:"problems"`
	Report   *ingest.Report   `json:"report,omitempty"`
	Error    string           `json:"error,omitempty"`
}

// running is a job with what steers it.
type running struct {
	Job
	req    Request
	cancel context.CancelFunc
	done   chan struct{} // closed when the job is over
}

// finish fills the job from its report and error.
func (r *running) finish(rep ingest.Report, err error) {
	r.Ended = time.Now().UTC()
	r.State = Done
	r.Counts, r.Range, r.Report = rep.Counts, rep.Range, &rep
	for _, f := range rep.Files {
		r.Problems = append(r.Problems, f.Problems...)
		r.Problems = append(r.Problems, f.Warnings...)
		if f.Error != "" && r.Error == "" {
			r.State, r.Error = Failed, f.File+": "+f.Error
		}
	}
	if err != nil {
		r.State, r.Error = Failed, err.Error()
	}
	if r.req.Discard { // an upload is known by the name its sender gave it
		r.rename()
	}
}

// rename shows the sender's name wherever the file of an upload is named.
func (r *running) rename() {
	for _, path := range r.req.Files {
		r.Error = strings.ReplaceAll(r.Error, path, r.req.name())
		if r.Report == nil {
			continue
		}
		for i := range r.Report.Files {
			f := &r.Report.Files[i]
			f.File = strings.ReplaceAll(f.File, path, r.req.name())
			f.Error = strings.ReplaceAll(f.Error, path, r.req.name())
		}
	}
}
