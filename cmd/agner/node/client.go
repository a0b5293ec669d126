package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/agner-platform/agner/cmd/agner/exit"

	"github.com/agner-platform/agner/internal/config"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/local"
	"github.com/agner-platform/agner/internal/importer"
)

// Base is the address of the API in requests that travel over a socket or in
// memory; only its path counts.
const Base = "http://agner/api/v1"

// Client calls the API of analytics as the owner of the data directory: over the
// administration socket when `agner serve` runs, else in this process. Commands
// therefore have one way to do a thing, whether the platform runs or not.
type Client struct {
	HTTP  *http.Client
	How   string // said on stderr
	Close func() error
}

// Connect opens the way to analytics and says which it is.
func (i *Instance) Connect(ctx context.Context) (*Client, error) {
	pid, owned, err := config.Owner(i.Paths)
	if err != nil {
		return nil, err
	}
	if owned {
		if err := i.AnalyticsReady(ctx); err != nil {
			return nil, exit.Unavailable(fmt.Errorf("agner serve (process %d) runs, but analytics does not answer: %w", pid, err))
		}
		a := i.OverSocket()
		a.How = fmt.Sprintf("through the running platform (process %d)", pid)
		return a, nil
	}
	lock, err := config.Acquire(i.Paths)
	if err != nil {
		return nil, exit.Unavailable(err)
	}
	quiet := *i // a command shows its own progress; only what went wrong is news
	quiet.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	handler, stop, err := i.open(ctx, &quiet)
	if err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	return &Client{
		HTTP:  &http.Client{Transport: local.Transport{Handler: handler}},
		How:   "directly in " + i.Paths.Dir + " (agner serve is not running)",
		Close: func() error { return errors.Join(stop(), lock.Release()) },
	}, nil
}

// OverSocket calls the running analytics role.
func (i *Instance) OverSocket() *Client {
	return &Client{HTTP: local.Socket(i.Paths.AdminSocket()), Close: func() error { return nil }}
}

// Get reads the answer to GET path?query into out; a *json.RawMessage takes it
// as it stands.
func (a *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, Base+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	return a.Do(req, out)
}

// Copy writes the answer to GET path?query to w, asking for the media type.
func (a *Client) Copy(ctx context.Context, path string, query url.Values, media string, w io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, Base+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", media)
	res, err := a.Send(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(w, res.Body)
	return err
}

// Do sends a request and reads the answer into out, which may be nil.
func (a *Client) Do(req *http.Request, out any) error {
	res, err := a.Send(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil || res.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", req.Method, req.URL.Path, err)
	}
	return nil
}

// StatusError is an answer with a bad status.
type StatusError struct {
	Status int
	err    error
}

// Error says what the answer said.
func (e *StatusError) Error() string { return e.err.Error() }

// Unwrap returns what it says.
func (e *StatusError) Unwrap() error { return e.err }

// Send returns an answer with a good status, or the problem as an error with its
// exit code.
func (a *Client) Send(req *http.Request) (*http.Response, error) {
	res, err := a.HTTP.Do(req)
	if err != nil {
		return nil, exit.Unavailable(err)
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer res.Body.Close()
	var p struct {
		Title  string `json:"title"`
		Detail string `json:"detail"`
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil || json.Unmarshal(text, &p) != nil || p.Title == "" {
		p.Title = res.Status
	}
	err = errors.New(trimDot(p.Title))
	if p.Detail != "" {
		err = fmt.Errorf("%w: %s", err, p.Detail)
	}
	err = &StatusError{res.StatusCode, err}
	switch {
	case res.StatusCode == http.StatusServiceUnavailable:
		return nil, exit.Unavailable(err)
	case res.StatusCode < 500:
		return nil, exit.BadInput(err)
	}
	return nil, err
}

// Watch follows a job until it is over, drawing progress on a terminal.
func (a *Client) Watch(ctx context.Context, job importer.Job, w *os.File) (importer.Job, error) {
	bar := NewProgress(w)
	defer bar.End()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := a.Get(ctx, "/imports/"+job.ID, nil, &job); err != nil {
			return job, err
		}
		bar.Job(job)
		if job.State == importer.Done || job.State == importer.Failed {
			return job, nil
		}
		select {
		case <-ctx.Done():
			return job, ctx.Err()
		case <-tick.C:
		}
	}
}

// Post sends v as JSON and reads the answer into out.
func (a *Client) Post(ctx context.Context, path string, v, out any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, Base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", httpapi.MediaJSON)
	return a.Do(req, out)
}

// trimDot writes a sentence without its full stop.
func trimDot(s string) string { return strings.TrimSuffix(s, ".") }

// Delete asks for DELETE path.
func (a *Client) Delete(ctx context.Context, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, Base+path, nil)
	if err != nil {
		return err
	}
	return a.Do(req, nil)
}
