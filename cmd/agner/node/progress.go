package node

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/importer"
)

// Progress draws how far an import is: a bar that rewrites itself on a terminal,
// a line every ten seconds elsewhere.
type Progress struct {
	w        *os.File
	terminal bool
	started  time.Time
	last     time.Time
	drawn    bool
}

// NewProgress draws on w.
func NewProgress(w *os.File) *Progress {
	st, err := w.Stat()
	return &Progress{w: w, terminal: err == nil && st.Mode()&os.ModeCharDevice != 0, started: time.Now(), last: time.Now()}
}

// Job draws the job's progress.
func (p *Progress) Job(job importer.Job) {
	if !p.terminal && time.Since(p.last) < 10*time.Second {
		return
	}
	p.last = time.Now()
	line := fmt.Sprintf("%d rows, %d events", job.Rows, job.Events)
	if secs := time.Since(p.started).Seconds(); secs > 1 {
		line += fmt.Sprintf(", %.0f rows/s", float64(job.Rows)/secs)
	}
	if job.TotalBytes > 0 {
		share := min(float64(job.ReadBytes)/float64(job.TotalBytes), 1)
		full := int(share * 30)
		line = fmt.Sprintf("[%s%s] %3.0f %%  %s", strings.Repeat("=", full), strings.Repeat(" ", 30-full), share*100, line)
	}
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
		p.drawn = true
		return
	}
	fmt.Fprintln(p.w, line)
}

// End leaves the bar's line.
func (p *Progress) End() {
	if p.drawn {
		fmt.Fprintln(p.w)
	}
}

// Line rewrites the line on a terminal; elsewhere it says nothing.
func (p *Progress) Line(format string, args ...any) {
	if !p.terminal {
		return
	}
	p.drawn = true
	fmt.Fprintf(p.w, "\r\x1b[K"+format, args...)
}
