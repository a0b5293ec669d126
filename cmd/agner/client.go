package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/agner-platform/agner/internal/config"
	"github.com/agner-platform/agner/internal/httpapi/local"
	"github.com/agner-platform/agner/internal/importer"
)

// apiBase is the address of the API in requests that travel over a socket or in
// memory; only its path counts.
const apiBase = "http://agner/api/v1"

// client calls the API of analytics as the owner of the data directory: over the
// administration socket when `agner serve` runs, else in this process. Commands
// therefore have one way to do a thing, whether the platform runs or not.
type client struct {
	http  *http.Client
	how   string // said on stderr
	close func() error
}

// connect opens the way to analytics and says which it is.
func (i *instance) connect(ctx context.Context) (*client, error) {
	pid, owned, err := config.Owner(i.paths)
	if err != nil {
		return nil, err
	}
	if owned {
		if err := i.analyticsReady(ctx); err != nil {
			return nil, unavailable(fmt.Errorf("agner serve (process %d) runs, but analytics does not answer: %w", pid, err))
		}
		a := i.overSocket()
		a.how = fmt.Sprintf("through the running platform (process %d)", pid)
		return a, nil
	}
	lock, err := config.Acquire(i.paths)
	if err != nil {
		return nil, unavailable(err)
	}
	quiet := *i // a command shows its own progress; only what went wrong is news
	quiet.log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	handler, stop, err := openAnalytics(ctx, &quiet)
	if err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	return &client{
		http:  &http.Client{Transport: local.Transport{Handler: handler}},
		how:   "directly in " + i.paths.Dir + " (agner serve is not running)",
		close: func() error { return errors.Join(stop(), lock.Release()) },
	}, nil
}

// overSocket calls the running analytics role.
func (i *instance) overSocket() *client {
	return &client{http: local.Socket(i.paths.AdminSocket()), close: func() error { return nil }}
}

// get reads the answer to GET path?query into out; a *json.RawMessage takes it
// as it stands.
func (a *client) get(ctx context.Context, path string, query url.Values, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, apiBase+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	return a.do(req, out)
}

// copy writes the answer to GET path?query to w, asking for the media type.
func (a *client) copy(ctx context.Context, path string, query url.Values, media string, w io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, apiBase+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", media)
	res, err := a.send(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(w, res.Body)
	return err
}

func (a *client) do(req *http.Request, out any) error {
	res, err := a.send(req)
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

// send returns an answer with a good status, or the problem as an error with its
// exit code.
func (a *client) send(req *http.Request) (*http.Response, error) {
	res, err := a.http.Do(req)
	if err != nil {
		return nil, unavailable(err)
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
	switch {
	case res.StatusCode == http.StatusServiceUnavailable:
		return nil, unavailable(err)
	case res.StatusCode < 500:
		return nil, badInput(err)
	}
	return nil, err
}

// jobView is an import as the API shows it.
type jobView = importer.Job

// watch follows a job until it is over, drawing progress on a terminal.
func (a *client) watch(ctx context.Context, job jobView, w *os.File) (jobView, error) {
	bar := newProgress(w)
	defer bar.end()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := a.get(ctx, "/imports/"+job.ID, nil, &job); err != nil {
			return job, err
		}
		bar.show(job)
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
