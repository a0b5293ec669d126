package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/agner-platform/agner/internal/event"
)

// Job is a recording that is to be heard.
type Job struct {
	ID          string    `json:"id"` // of the recording
	Interaction string    `json:"interaction"`
	Queue       string    `json:"queue,omitempty"`
	Seconds     float64   `json:"seconds"`
	Since       time.Time `json:"since"`
	First       bool      `json:"first,omitempty"` // goes before others
	Tries       int       `json:"tries,omitempty"`
	After       time.Time `json:"after,omitzero"` // not tried before
	Problem     string    `json:"problem,omitempty"`

	Heard bool         `json:"heard,omitempty"` // its transcript is published
	Noted bool         `json:"noted,omitempty"` // that no model fits is published
	Found bool         `json:"found,omitempty"` // Spans are known
	Spans []event.Span `json:"spans,omitempty"` // to be silenced

	Running  bool    `json:"-"`
	Progress float64 `json:"-"` // 0 to 1
}

// remembered is how many finished recordings are known, so that a fact that comes
// again (a switch repairs its recordings when it starts) makes no new job.
const remembered = 10_000

// state is what survives a restart.
type state struct {
	Vector string   `json:"vector"` // of the journals, as far as jobs were made of them
	Jobs   []*Job   `json:"jobs"`
	Done   []string `json:"done"`
}

// jobs are the jobs of a coordinator, kept in a file.
type jobs struct {
	path string

	mu sync.Mutex // protects all below
	state
	done    map[string]bool
	changed chan struct{} // has one when there may be work
}

func openJobs(path string) (*jobs, error) {
	j := &jobs{path: path, done: map[string]bool{}, changed: make(chan struct{}, 1)}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &j.state)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("jobs of speech in %s: %w", filepath.Base(path), err)
	}
	for _, id := range j.Done {
		j.done[id] = true
	}
	return j, nil
}

// save writes the state whole or not at all. The lock is held.
func (j *jobs) save() error {
	text, err := json.Marshal(j.state)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(j.path), ".jobs-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), j.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("jobs of speech: %w", err), os.Remove(f.Name()))
	}
	select {
	case j.changed <- struct{}{}:
	default:
	}
	return nil
}

// change changes the state under the lock and keeps it.
func (j *jobs) change(f func(*state)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	f(&j.state)
	return j.save()
}

// add makes a job unless the recording is known.
func (s *state) add(done map[string]bool, n *Job) {
	if !done[n.ID] && s.find(n.ID) == nil {
		s.Jobs = append(s.Jobs, n)
	}
}

func (s *state) find(id string) *Job {
	if i := slices.IndexFunc(s.Jobs, func(x *Job) bool { return x.ID == id }); i >= 0 {
		return s.Jobs[i]
	}
	return nil
}

// finish takes a job out for good.
func (j *jobs) finish(id string) error {
	return j.change(func(s *state) {
		s.Jobs = slices.DeleteFunc(s.Jobs, func(x *Job) bool { return x.ID == id })
		if j.done[id] {
			return
		}
		j.done[id] = true
		s.Done = append(s.Done, id)
		if n := len(s.Done) - remembered; n > 0 {
			for _, old := range s.Done[:n] {
				delete(j.done, old)
			}
			s.Done = slices.Clone(s.Done[n:])
		}
	})
}

// next takes the job whose turn it is, or tells when there may be one.
func (j *jobs) next(now time.Time) (*Job, time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var best *Job
	wait := time.Minute
	for _, x := range j.Jobs {
		switch {
		case x.Running:
		case x.After.After(now):
			wait = min(wait, x.After.Sub(now))
		case best == nil || x.First && !best.First || x.First == best.First && x.Since.Before(best.Since):
			best = x
		}
	}
	if best != nil {
		best.Running, best.Progress = true, 0
	}
	return best, wait
}

// list copies the jobs in the order of their turns.
func (j *jobs) list() []Job {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := make([]Job, len(j.Jobs))
	for i, x := range j.Jobs {
		out[i] = *x
		out[i].Spans = nil
	}
	slices.SortStableFunc(out, func(a, b Job) int {
		switch {
		case a.Running != b.Running:
			return before(a.Running)
		case a.First != b.First:
			return before(a.First)
		}
		return a.Since.Compare(b.Since)
	})
	return out
}

func before(first bool) int {
	if first {
		return -1
	}
	return 1
}
