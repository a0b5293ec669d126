package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

const (
	mediaArrow = "application/vnd.apache.arrow.stream"
	mediaJSON  = "application/json"
	maxBody    = 256 << 20 // of an answer: more is no panel
	maxProblem = 64 << 10
)

// problem is the part of an RFC 9457 document that people read.
type problem struct {
	Code   string `json:"code"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Status int    `json:"status"`
	Params struct {
		Field  string `json:"field"`
		Value  any    `json:"value"`
		Reason string `json:"reason"`
	} `json:"params"`
}

// Error says what Agner refused, naming the field and value at fault.
func (p *problem) Error() string {
	text := fmt.Sprintf("Agner says %d %s", p.Status, p.Title)
	if p.Params.Field != "" {
		text += fmt.Sprintf(": %s %v", p.Params.Field, p.Params.Value)
	}
	for _, more := range []string{p.Detail, p.Params.Reason} {
		if more != "" {
			text += ": " + more
		}
	}
	return text
}

// open asks for a path of /api/v1. The caller closes the body.
func (d *Datasource) open(ctx context.Context, client *http.Client, path string, q url.Values, accept string) (io.ReadCloser, error) {
	return d.send(ctx, client, http.MethodGet, path, q, nil, accept)
}

// send is open for any method. Every error that Agner or the network is to blame for is marked as downstream.
func (d *Datasource) send(ctx context.Context, client *http.Client, method, path string, q url.Values, content io.Reader, accept string) (io.ReadCloser, error) {
	if d.wrong != nil {
		return nil, backend.DownstreamError(d.wrong)
	}
	target := d.base.JoinPath("api", "v1", path)
	target.RawQuery = q.Encode()
	r, err := http.NewRequestWithContext(ctx, method, target.String(), content)
	if err != nil {
		return nil, backend.PluginError(fmt.Errorf("ask %s: %w", path, err))
	}
	r.Header.Set("Accept", accept)
	if content != nil {
		r.Header.Set("Content-Type", mediaJSON)
	}
	r.Header.Set("Authorization", "Bearer "+d.token)
	resp, err := client.Do(r)
	if err != nil {
		return nil, backend.DownstreamError(fmt.Errorf("cannot reach Agner at %s: %w", d.base, errors.Unwrap(err)))
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	p := &problem{Status: resp.StatusCode, Title: http.StatusText(resp.StatusCode)}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
	if err == nil && json.Unmarshal(text, p) != nil {
		p.Detail = "the answer is no problem document: is this the address of Agner?"
	}
	return nil, backend.DownstreamError(p)
}

// get decodes a JSON answer.
func (d *Datasource) get(ctx context.Context, path string, q url.Values, into any) error {
	body, err := d.open(ctx, d.client, path, q, mediaJSON)
	if err != nil {
		return err
	}
	defer body.Close()
	if err := json.NewDecoder(io.LimitReader(body, maxBody)).Decode(into); err != nil {
		return backend.DownstreamError(fmt.Errorf("answer to %s: %w: is this the address of Agner?", path, err))
	}
	return nil
}
