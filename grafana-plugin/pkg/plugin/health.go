package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// meta is /meta as far as the health check and variables read it.
type meta struct {
	Zone string `json:"zone"`
	// WeekStart is an ISO weekday.
	WeekStart int    `json:"week_start"`
	HasData   bool   `json:"has_data"`
	Queues    []item `json:"queues"`
	Sites     []item `json:"sites"`
	Groups    []item `json:"groups"`
	Teams     []item `json:"teams"`
	Agents    []item `json:"agents"`
}

type item struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// CheckHealth says whether queries can work, and if not, what is wrong and what to do.
func (d *Datasource) CheckHealth(ctx context.Context, _ *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	bad := func(text string) (*backend.CheckHealthResult, error) {
		return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: text}, nil
	}
	var m meta
	if err := d.get(ctx, "meta", nil, &m); err != nil {
		var p *problem
		if errors.As(err, &p) && p.Status == http.StatusUnauthorized {
			return bad("Agner does not know the token: it was revoked, has expired or was copied in part")
		}
		return bad(err.Error())
	}
	now := time.Now().UTC() // the last hour: quick in the largest centre
	hour := url.Values{"interval": {"total"}, "by": {"whole"}, "from": {now.Add(-time.Hour).Format(time.RFC3339)}, "to": {now.Format(time.RFC3339)}}
	if err := d.get(ctx, "query", hour, &json.RawMessage{}); err != nil {
		return bad("The token's user may not read reports: " + err.Error())
	}
	text := fmt.Sprintf("Connected: %d queues, zone %s", len(m.Queues), m.Zone)
	if !m.HasData {
		text += "; no calls yet"
	}
	return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: text}, nil
}

// CallResource serves what editors and variables need: catalogue, meta and lists of names.
func (d *Datasource) CallResource(ctx context.Context, r *backend.CallResourceRequest, sender backend.CallResourceResponseSender) error {
	answer, err := d.resource(ctx, r.Path)
	status := http.StatusOK
	if err != nil {
		status, answer = http.StatusBadGateway, map[string]string{"error": err.Error()}
		if errors.Is(err, errNoResource) {
			status = http.StatusNotFound
		}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return backend.PluginError(err)
	}
	return sender.Send(&backend.CallResourceResponse{Status: status, Headers: map[string][]string{"Content-Type": {mediaJSON}}, Body: body})
}

var errNoResource = errors.New("no such resource")

func (d *Datasource) resource(ctx context.Context, path string) (any, error) {
	catalogues := map[string]string{"catalogue": "query/catalogue", "tables": "sql/catalogue"}
	if at := catalogues[path]; at != "" {
		var catalogue json.RawMessage
		return &catalogue, d.get(ctx, at, nil, &catalogue)
	}
	var m meta
	lists := map[string]*[]item{"queues": &m.Queues, "sites": &m.Sites, "groups": &m.Groups, "teams": &m.Teams, "agents": &m.Agents}
	list := lists[path]
	if list == nil {
		return nil, fmt.Errorf("%w: %q; want catalogue, tables, queues, sites, groups, teams or agents", errNoResource, path)
	}
	if err := d.get(ctx, "meta", nil, &m); err != nil {
		return nil, err
	}
	return *list, nil
}
