package plan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"
)

// Forecast makes and reads forecasts of the centre's queues.
type Forecast struct {
	Run      forecastRun      `cmd:"" help:"Make a forecast of every queue from the lake and publish it."`
	List     forecastList     `cmd:"" help:"The queues with a forecast, or the published snapshots."`
	Show     forecastShow     `cmd:"" help:"A queue's forecast with bands, or its requirement."`
	Why      forecastWhy      `cmd:"" help:"Why an interval is forecast as it is."`
	Accuracy forecastAccuracy `cmd:"" help:"How published forecasts did, by lead."`
	Verify   forecastVerify   `cmd:"" help:"Make a snapshot again from its stored inputs and compare the bytes."`
}

// progress is how far a run is.
type progress struct {
	State   string   `json:"state"`
	Done    int      `json:"done"`
	Total   int      `json:"total"`
	Chosen  int      `json:"chosen"`
	Elapsed float64  `json:"elapsed_s"`
	Run     string   `json:"run"`
	Failed  []string `json:"failed"`
	Error   string   `json:"error"`
}

// forecastRun starts a run and follows it.
type forecastRun struct {
	Queue  []string `help:"Queue name or id; repeat for several. Without it every queue with calls."`
	Choose bool     `help:"Choose the methods anew, even where the stored choice is less than a week old."`
	Origin string   `placeholder:"DATE" help:"First day to forecast; today, or the day after the data, without it."`
	JSON   bool     `name:"json" help:"Print JSON."`
}

// Run makes the forecast and says what came of it.
func (c *forecastRun) Run(ctx context.Context, root *node.Root) (err error) {
	api, err := connect(ctx, root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, api.Close()) }()
	var p progress
	if err := api.Post(ctx, "/forecast/runs", map[string]any{"queues": c.Queue, "choose": c.Choose, "origin": c.Origin}, &p); err != nil {
		return err
	}
	bar := node.NewProgress(os.Stderr)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for p.State == "running" {
		bar.Line("%d of %d queues, methods chosen for %d", p.Done, p.Total, p.Chosen)
		select {
		case <-ctx.Done():
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			return errors.Join(ctx.Err(), api.Delete(stop, "/forecast/runs/current"))
		case <-tick.C:
		}
		if err := api.Get(ctx, "/forecast/runs/current", nil, &p); err != nil {
			return err
		}
	}
	bar.End()
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(p); err != nil {
			return err
		}
	}
	if p.State != "done" {
		return exit.BadInput(errors.New(p.Error))
	}
	if !c.JSON {
		fmt.Printf("%s: %d queues in %.1f s, methods chosen for %d\n", p.Run, p.Done-len(p.Failed), p.Elapsed, p.Chosen)
	}
	for _, f := range p.Failed {
		fmt.Fprintln(os.Stderr, "no forecast:", f)
	}
	return nil
}

// forecastList lists queues or snapshots.
type forecastList struct {
	Runs bool `help:"List the snapshots."`
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints them.
func (c *forecastList) Run(ctx context.Context, root *node.Root) (err error) {
	api, err := connect(ctx, root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, api.Close()) }()
	path := "/forecast/queues"
	if c.Runs {
		path = "/forecast/runs"
	}
	var list struct{ Rows []json.RawMessage }
	if err := api.Get(ctx, path, nil, &list); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(list.Rows)
	}
	for _, raw := range list.Rows {
		var r struct {
			ID       string  `json:"id"`
			Queue    string  `json:"queue"`
			Name     string  `json:"name"`
			MadeAt   string  `json:"made_at"`
			Origin   string  `json:"origin"`
			Queues   int     `json:"queues"`
			WeekFrom string  `json:"week_from"`
			Week     float64 `json:"week_calls"`
			Low      float64 `json:"week_low80"`
			High     float64 `json:"week_high80"`
		}
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		if c.Runs {
			fmt.Printf("%s  made %s  from %s  %d queues\n", r.ID, r.MadeAt, r.Origin, r.Queues)
			continue
		}
		fmt.Printf("%-26s %-24s week of %s: %8.0f calls (80 %%: %.0f to %.0f)\n", r.Queue, r.Name, r.WeekFrom, r.Week, r.Low, r.High)
	}
	return nil
}

// spanFlags are the dates and the snapshot looked at.
type spanFlags struct {
	From string `placeholder:"DATE" help:"First day; the first Monday after the last known day without it."`
	To   string `placeholder:"DATE" help:"Last day, included; a week without it."`
	Run  string `placeholder:"SNAPSHOT" help:"Snapshot; the last without it."`
}

func (s spanFlags) query() url.Values {
	q := url.Values{}
	for k, v := range map[string]string{"from": s.From, "to": s.To, "run": s.Run} {
		if v != "" {
			q.Set(k, v)
		}
	}
	return q
}

// forecastShow prints a forecast or a requirement.
type forecastShow struct {
	Queue string `arg:"" help:"Queue name or id."`
	spanFlags
	Staff bool `help:"Print the agents required, with the waterfall, instead of the calls."`
	CSV   bool `name:"csv" xor:"form" help:"Print CSV, which agner staff reads."`
	JSON  bool `name:"json" xor:"form" help:"Print JSON."`
}

// Run prints it.
func (c *forecastShow) Run(ctx context.Context, root *node.Root) (err error) {
	api, err := connect(ctx, root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, api.Close()) }()
	path, q := "/forecast/queues/"+url.PathEscape(c.Queue), c.query()
	if c.Staff {
		path = "/staffing/queues/" + url.PathEscape(c.Queue)
	}
	if c.CSV {
		q.Set("format", "csv")
		return api.Copy(ctx, path, q, "text/csv", os.Stdout)
	}
	var body json.RawMessage
	if err := api.Get(ctx, path, q, &body); err != nil {
		return err
	}
	if c.JSON {
		_, err := fmt.Printf("%s\n", body)
		return err
	}
	if c.Staff {
		return printNeed(body)
	}
	return printView(body)
}

func printView(body json.RawMessage) error {
	var v struct {
		Name string
		Zone string
		Days []struct {
			Date, Kind, Name     string
			Calls, Low80, High80 float64
			Actual               *float64
		}
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return err
	}
	fmt.Printf("%s (%s)\n%-12s %9s %9s %9s %9s\n", v.Name, v.Zone, "day", "calls", "10 %", "90 %", "actual")
	for _, d := range v.Days {
		actual := "–"
		if d.Actual != nil {
			actual = fmt.Sprintf("%.0f", *d.Actual)
		}
		fmt.Printf("%-12s %9.0f %9.0f %9.0f %9s  %s\n", d.Date, d.Calls, d.Low80, d.High80, actual, strings.TrimSpace(d.Kind+" "+d.Name))
	}
	return nil
}

func printNeed(body json.RawMessage) error {
	var r struct {
		Name string
		Sums struct {
			Agents float64 `json:"agent_hours"`
			Paid   float64 `json:"scheduled_hours"`
		}
		Rows []struct {
			Start     string
			Calls     float64
			Agents    int
			Low       int `json:"agents_low"`
			High      int `json:"agents_high"`
			Scheduled float64
			SL        *float64
			Problem   string
		}
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return err
	}
	fmt.Printf("%s: %.1f hours on the phones, %.1f paid\n%-26s %8s %7s %7s %7s %9s %7s\n", r.Name, r.Sums.Agents, r.Sums.Paid, "start", "calls", "agents", "low", "high", "scheduled", "sl")
	for _, x := range r.Rows {
		sl := "–"
		if x.SL != nil {
			sl = fmt.Sprintf("%.1f%%", *x.SL*100)
		}
		fmt.Printf("%-26s %8.1f %7d %7d %7d %9.1f %7s %s\n", x.Start, x.Calls, x.Agents, x.Low, x.High, x.Scheduled, sl, x.Problem)
	}
	return nil
}

// forecastWhy explains an interval.
type forecastWhy struct {
	Queue string `arg:"" help:"Queue name or id."`
	Date  string `required:"" help:"Local date."`
	At    string `required:"" placeholder:"HH:MM" help:"Start of the interval."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Run prints the steps.
func (c *forecastWhy) Run(ctx context.Context, root *node.Root) (err error) {
	api, err := connect(ctx, root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, api.Close()) }()
	var body json.RawMessage
	if err := api.Get(ctx, "/forecast/queues/"+url.PathEscape(c.Queue)+"/why", url.Values{"date": {c.Date}, "at": {c.At}}, &body); err != nil {
		return err
	}
	if c.JSON {
		_, err := fmt.Printf("%s\n", body)
		return err
	}
	var w struct {
		Steps []struct {
			What, Name string
			Calls      float64
		}
		Alike []struct {
			Date  string
			Calls float64
		}
		Marks []string
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return err
	}
	for _, s := range w.Steps {
		fmt.Printf("%-10s %8.1f  %s\n", s.What, s.Calls, s.Name)
	}
	for _, p := range w.Alike {
		fmt.Printf("%s %8.0f\n", p.Date, p.Calls)
	}
	for _, m := range w.Marks {
		fmt.Println("left out:", m)
	}
	return nil
}

// forecastAccuracy scores what was published.
type forecastAccuracy struct {
	Queue string `arg:"" help:"Queue name or id."`
	Weeks int    `default:"8" help:"Weeks back."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Run prints the scores by lead.
func (c *forecastAccuracy) Run(ctx context.Context, root *node.Root) (err error) {
	api, err := connect(ctx, root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, api.Close()) }()
	var body json.RawMessage
	if err := api.Get(ctx, "/forecast/queues/"+url.PathEscape(c.Queue)+"/accuracy", url.Values{"weeks": {fmt.Sprint(c.Weeks)}}, &body); err != nil {
		return err
	}
	if c.JSON {
		_, err := fmt.Printf("%s\n", body)
		return err
	}
	var a struct {
		Published []struct {
			Lead, Days          int
			WAPE, Bias, Cover80 *float64
		}
		Evidence []struct {
			Lead     int
			Evidence struct {
				Days      int
				WAPE      *float64
				Yardstick *float64 `json:"yardstick_wape"`
			}
		}
		Bias  struct{ Alarm bool }
		Since string `json:"bias_since"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return err
	}
	fmt.Printf("%-10s %5s %8s %8s %8s\n", "published", "days", "wape", "bias", "cover80")
	for _, s := range a.Published {
		fmt.Printf("%-10s %5d %8s %8s %8s\n", fmt.Sprint(s.Lead, " d"), s.Days, percent(s.WAPE), percent(s.Bias), percent(s.Cover80))
	}
	fmt.Printf("%-10s %5s %8s %8s\n", "rolling", "days", "wape", "median4")
	for _, e := range a.Evidence {
		fmt.Printf("%-10s %5d %8s %8s\n", fmt.Sprint(e.Lead, " d"), e.Evidence.Days, percent(e.Evidence.WAPE), percent(e.Evidence.Yardstick))
	}
	if a.Bias.Alarm {
		fmt.Println("the forecast misses to one side since", a.Since)
	}
	return nil
}

func percent(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f%%", 100**v)
}

// forecastVerify makes a snapshot again.
type forecastVerify struct {
	Snapshot string `arg:"" default:"latest" help:"Snapshot; the last without it."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run fails where a forecast does not come out the same.
func (c *forecastVerify) Run(ctx context.Context, root *node.Root) (err error) {
	api, err := connect(ctx, root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, api.Close()) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, node.Base+"/forecast/runs/"+url.PathEscape(c.Snapshot)+"/verify", nil)
	if err != nil {
		return err
	}
	var v struct {
		Run  struct{ ID string } `json:"run"`
		Rows []struct {
			Queue string `json:"queue"`
			Same  bool   `json:"same"`
			Error string `json:"error"`
		} `json:"rows"`
	}
	if err := api.Do(req, &v); err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(v); err != nil {
			return err
		}
	}
	for _, r := range v.Rows {
		if !r.Same {
			return fmt.Errorf("%s: the forecast of queue %s does not come out the same: %s", v.Run.ID, r.Queue, r.Error)
		}
	}
	if !c.JSON {
		fmt.Printf("%s: %d forecasts come out the same\n", v.Run.ID, len(v.Rows))
	}
	return nil
}
