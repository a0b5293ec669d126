// Package plugin is the data source: metric, report and live queries, streams, resources and the health check.
package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/httpclient"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
)

// defaultRows is how many rows an answer may have unless the settings say otherwise.
const defaultRows = 100_000

// settings are jsonData of a data source.
type settings struct {
	URL     string `json:"url"`
	MaxRows int    `json:"maxRows"`
}

// Datasource is one configured data source. It is safe for concurrent use.
type Datasource struct {
	base    *url.URL
	token   string
	maxRows int
	client  *http.Client // with a timeout
	stream  *http.Client // without
	mu      sync.Mutex   // protects local
	local   local
	wrong   error // what keeps the settings from working, told by the health check
}

// New makes a data source of its settings. Settings that cannot work are kept, so that the health check can say why.
func New(ctx context.Context, in backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	d := &Datasource{token: strings.TrimSpace(in.DecryptedSecureJSONData["token"])}
	var s settings
	if len(in.JSONData) > 0 {
		if err := json.Unmarshal(in.JSONData, &s); err != nil {
			return nil, fmt.Errorf("settings: %w", err)
		}
	}
	if s.URL == "" {
		s.URL = in.URL
	}
	if d.maxRows = s.MaxRows; d.maxRows <= 0 {
		d.maxRows = defaultRows
	}
	var err error
	d.base, err = url.Parse(strings.TrimRight(s.URL, "/"))
	switch {
	case s.URL == "":
		d.wrong = fmt.Errorf("no URL is set: the address of Agner, such as https://agner.example.org")
	case err != nil || d.base.Scheme != "http" && d.base.Scheme != "https" || d.base.Host == "":
		d.wrong = fmt.Errorf("URL %q is not one: want http:// or https:// and a host", s.URL)
	case d.token == "":
		d.wrong = fmt.Errorf("no token is set: make one in Agner under Account, API tokens")
	}
	opts, err := in.HTTPClientOptions(ctx)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	if d.client, err = httpclient.New(opts); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	opts.Timeouts = &httpclient.TimeoutOptions{DialTimeout: opts.Timeouts.DialTimeout, TLSHandshakeTimeout: opts.Timeouts.TLSHandshakeTimeout}
	if d.stream, err = httpclient.New(opts); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	return d, nil
}

// Dispose lets go of idle connections when the settings change.
func (d *Datasource) Dispose() {
	d.client.CloseIdleConnections()
	d.stream.CloseIdleConnections()
}
