package plan

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"github.com/agner-platform/agner/cmd/agner/node"

	"github.com/agner-platform/agner/internal/httpapi"
)

// stored is a schedule as the API lists it.
type stored struct {
	ID        string `json:"id"`
	Version   int64  `json:"version"`
	Name      string `json:"name"`
	From      string `json:"from"`
	Days      int    `json:"days"`
	Published int64  `json:"published"`
}

// scheduleListCmd lists the schedules.
type scheduleListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints them, latest first.
func (c *scheduleListCmd) Run(ctx context.Context, root *node.Root) (err error) {
	api, err := connect(ctx, root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, api.Close()) }()
	var list struct{ Rows []stored }
	if err := api.Get(ctx, "/schedules", nil, &list); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(list.Rows)
	}
	for _, s := range list.Rows {
		fmt.Printf("%s  %s  %d days  version %d  %s\n", s.ID, s.From, s.Days, s.Published, s.Name)
	}
	return nil
}

func connect(ctx context.Context, root *node.Root) (*node.Client, error) {
	inst, err := root.Existing()
	if err != nil {
		return nil, err
	}
	api, err := inst.Connect(ctx)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(os.Stderr, api.How)
	return api, nil
}

// schedulePublishCmd publishes a draft.
type schedulePublishCmd struct {
	ID   string `arg:"" help:"The schedule, as list shows it."`
	Note string `help:"What changed, for the list of versions."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run publishes the draft as it is now; broken hard rules refuse it.
func (c *schedulePublishCmd) Run(ctx context.Context, root *node.Root) (err error) {
	api, err := connect(ctx, root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, api.Close()) }()
	var s stored
	if err := api.Get(ctx, "/schedules/"+url.PathEscape(c.ID), nil, &s); err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"note": c.Note})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, node.Base+"/schedules/"+url.PathEscape(c.ID)+"/publish", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("If-Match", httpapi.ETag(s.Version))
	if err := api.Do(req, &s); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(s)
	}
	fmt.Printf("%s: version %d is in force\n", s.Name, s.Published)
	return nil
}
