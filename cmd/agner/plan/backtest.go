package plan

import (
	"context"
	"encoding/json"
	"os"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"

	"github.com/agner-platform/agner/forecasting/backtest"
)

// Backtest judges the forecasting methods on any series file.
type Backtest struct {
	File     string            `arg:"" help:"CSV file with a header row, gzipped or not; - reads standard input."`
	Time     string            `default:"start" help:"Column with the start of the interval: local time, RFC 3339, date or a running number."`
	Value    string            `default:"calls" help:"Column with the count."`
	Missing  string            `placeholder:"COLUMN" help:"Column that is 1 or true where the count is not to be believed."`
	Where    map[string]string `placeholder:"COLUMN=TEXT" help:"Keep only rows with this text in this column."`
	Interval string            `default:"30m" help:"Length of a slot (15m, 30m, 1h, 1d); finer rows are summed."`
	Leads    []string          `default:"1d,7d,14d" help:"How long before, in days (7d) or weeks (2w)."`
	From     string            `placeholder:"DATE" help:"First day to forecast; the last eight weeks without it."`
	To       string            `placeholder:"DATE" help:"Last day to forecast."`
	Zone     string            `help:"Time zone, such as Asia/Jerusalem: for times with an offset and clock changes."`
	Country  string            `help:"Country whose public holidays count, such as IL; inferred where the history is clear, none for no calendar."`
	Holidays string            `placeholder:"FILE" help:"CSV file with own days: date, name, kind (holiday, half, event), like (weekday)."`
	JSON     bool              `name:"json" help:"Print JSON."`
}

// Run backtests and prints the scores. Progress goes to standard error.
func (c *Backtest) Run(ctx context.Context) error {
	p := node.NewProgress(os.Stderr)
	r, err := backtest.File(ctx, backtest.Request{
		Path: c.File, Time: c.Time, Value: c.Value, Missing: c.Missing, Where: c.Where, Interval: c.Interval, Leads: c.Leads,
		From: c.From, To: c.To, Zone: c.Zone, Country: c.Country, Holidays: c.Holidays,
		Progress: func(done, total int) {
			if done%10 == 0 {
				p.Line("%d of %d origins", done, total)
			}
		},
	})
	p.End()
	if err != nil {
		return exit.BadInput(err)
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	return r.WriteText(os.Stdout)
}
