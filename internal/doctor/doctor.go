// Package doctor examines a data directory: it reads every byte of the journals,
// checks the invariants of the event model, and verifies database and audit.
//
// It changes nothing, needs no lock and may run beside the platform. What it
// finds is a [Report] of checks, each with a verdict and what to do about it.
//
// # Vocabulary
//
//   - ok: nothing to do; note: worth knowing, e.g. a foreign log that contradicts
//     itself; bad: facts or set-up are damaged or our own switch broke a rule.
//   - books: visits that joined = all exits + those still waiting.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
)

// Verdict is the outcome of a check.
type Verdict string

// Verdicts.
const (
	OK   Verdict = "ok"
	Note Verdict = "note"
	Bad  Verdict = "bad"
)

// Check is one thing that was looked at.
type Check struct {
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	Found   string  `json:"found"`
	Advice  string  `json:"advice,omitempty"`
}

// Report is the whole examination.
type Report struct {
	Checks []Check `json:"checks"`
	Events Result  `json:"events"`
}

// Bad reports whether any check is.
func (r *Report) Bad() bool {
	for _, c := range r.Checks {
		if c.Verdict == Bad {
			return true
		}
	}
	return false
}

func (r *Report) add(v Verdict, name, found, advice string) {
	r.Checks = append(r.Checks, Check{name, v, found, advice})
}

// Options say where to look.
type Options struct {
	Journals string // folder of all journals
	Dir      string // data directory, for the database
	Database string // file of the database
	// Progress is called with the number of events examined.
	Progress func(events int64)
}

// Run examines the data directory. The error is for what kept it from looking;
// what it found is in the report.
func Run(ctx context.Context, o Options) (Report, error) {
	var r Report
	if err := journals(&r, o); err != nil {
		return r, err
	}
	if err := events(ctx, &r, o); err != nil {
		return r, err
	}
	return r, database(ctx, &r, o)
}

// journals verifies every checksum.
func journals(r *Report, o Options) error {
	rep, err := journal.Verify(o.Journals)
	if errors.Is(err, fs.ErrNotExist) {
		r.add(Note, "journals", "there are none yet", "import something, or start the platform")
		return nil
	}
	if err != nil {
		return err
	}
	for _, n := range rep.Nodes {
		var bytes int64
		var records uint64
		var problems []string
		for _, s := range n.Segments {
			bytes += s.Bytes
			records += s.Records
			for _, p := range s.Problems {
				problems = append(problems, fmt.Sprintf("%s: %v", s.Name, p))
			}
		}
		name := "journal " + n.Node
		if len(problems) > 0 {
			r.add(Bad, name, strings.Join(problems, "; "), "restore the named segments from a backup; the readable rest stays usable")
			continue
		}
		r.add(OK, name, fmt.Sprintf("%d events in %d segments, %d bytes, every checksum holds", records, len(n.Segments), bytes), "")
	}
	return nil
}

// events checks the invariants over everything that is readable.
func events(ctx context.Context, r *Report, o Options) error {
	inv := NewInvariants()
	var missing []string
	t, err := journal.TailAll(o.Journals, nil, journal.TailOptions{OnGap: func(g journal.Gap) { missing = append(missing, fmt.Sprint(g)) }})
	if err != nil {
		return err
	}
	defer t.Close()
	buf := make([]event.Event, 4096)
	for ctx.Err() == nil {
		n, err := t.TryRead(buf)
		if err != nil {
			r.add(Bad, "events", err.Error(), "see the check of the journal")
			break
		}
		if n == 0 {
			break
		}
		for i := range buf[:n] {
			inv.Observe(&buf[i])
		}
		if o.Progress != nil {
			o.Progress(inv.events)
		}
	}
	if len(missing) > 0 {
		r.add(Bad, "events", "missing: "+strings.Join(missing, "; "), "restore the named segments from a backup")
	}
	r.Events = inv.Result()
	judge(r)
	return ctx.Err()
}

// judge turns breaches and books into checks. Foreign logs may contradict
// themselves; that is worth a note, not an alarm.
func judge(r *Report) {
	for _, b := range r.Events.Breaches {
		verdict, advice := Note, "the foreign log says so; the rows are named in the import's report"
		if b.Sources["switch"] > 0 || b.Sources["unknown"] > 0 || b.Rule == KnownKinds {
			verdict, advice = Bad, "please report this with the first case"
		}
		found := fmt.Sprintf("broken %d times (%s), first at %s/%d: %s", b.Count, sources(b.Sources), b.First.Node, b.First.Seq, b.What)
		r.add(verdict, string(b.Rule), found, advice)
	}
	books := r.Events.Books
	left := int64(0)
	for _, n := range books.Exits {
		left += n
	}
	found := fmt.Sprintf("%d joined = %d left + %d waiting", books.Joined, left, books.Waiting)
	if books.Balanced() {
		r.add(OK, "books", found, "")
	} else {
		r.add(Bad, "books", strings.Replace(found, "=", "≠", 1), "please report this with the breaches above")
	}
}

func sources(m map[string]int64) string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}

// database verifies the set-up file and the audit chain.
func database(ctx context.Context, r *Report, o Options) error {
	if _, err := os.Stat(o.Database); errors.Is(err, fs.ErrNotExist) {
		r.add(Note, "database", "there is none yet", "start the platform once")
		return nil
	}
	if err := db.VerifyFile(ctx, o.Database); err != nil {
		r.add(Bad, "database", err.Error(), "restore "+filepath.Base(o.Database)+" from a backup")
		return nil
	}
	store, err := db.Open(ctx, o.Dir)
	if err != nil {
		r.add(Bad, "database", err.Error(), "")
		return nil
	}
	defer store.Close()
	r.add(OK, "database", "the file is sound", "")
	proof, err := store.VerifyAudit(ctx)
	if err != nil {
		r.add(Bad, "audit", err.Error(), "somebody changed the database by hand; compare with a backup")
		return nil
	}
	r.add(OK, "audit", fmt.Sprintf("%d lines, unbroken, head %.12s", proof.Count, proof.Head), "")
	return nil
}

// WriteText prints the report for people.
func (r *Report) WriteText(w io.Writer) error {
	for _, c := range r.Checks {
		if _, err := fmt.Fprintf(w, "%-5s %-20s %s\n", c.Verdict, c.Name, c.Found); err != nil {
			return err
		}
		if c.Advice != "" {
			if _, err := fmt.Fprintf(w, "      %-20s → %s\n", "", c.Advice); err != nil {
				return err
			}
		}
	}
	return nil
}
