package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/agner-platform/agner/cmd/agner/exit"

	"github.com/agner-platform/agner/forecasting/backtest"
	"github.com/agner-platform/agner/forecasting/erlang"
	"github.com/agner-platform/agner/forecasting/staffing"
)

// Staff turns a forecast file into a requirement.
type Staff struct {
	File      string  `arg:"" help:"CSV file with start, calls and aht_s, gzipped or not; - reads standard input."`
	Time      string  `default:"start" help:"Column with the start of the interval."`
	Calls     string  `default:"calls" help:"Column with the expected calls."`
	AHT       string  `default:"aht_s" name:"aht" help:"Column with the mean handle time in seconds."`
	Period    float64 `placeholder:"SECONDS" help:"Length of an interval; the distance of the rows without it."`
	Model     string  `default:"erlang-a" enum:"erlang-a,erlang-c" help:"Queue model (${enum}); erlang-c is for callers who never hang up."`
	Patience  float64 `default:"300" help:"Mean patience in seconds, for erlang-a: measure it (agner report abandonment)."`
	Target    float64 `default:"0.8" help:"Service level to reach, as a share."`
	Within    float64 `default:"20" help:"Answer threshold T in seconds."`
	Short     float64 `default:"10" help:"Longest wait of a short abandon in seconds."`
	Level     string  `default:"sl" enum:"sl,sl_offered,sl_abandon_credit,sl_less_abandons_in_t,sl_answered" help:"Which service level is meant (${enum})."`
	Occupancy float64 `name:"max-occupancy" help:"Largest share of time agents may be busy."`
	Shrinkage float64 `help:"Share of paid time not available for calls."`
	Rounding  string  `default:"up" enum:"up,nearest,carry,none" help:"How people become whole (${enum})."`
	CV        float64 `name:"cv" help:"Coefficient of variation of the forecast: 0.1 is 10 %."`
	History   string  `placeholder:"FILE" help:"Series file of the same queue; its rolling forecast errors replace --cv."`
	Lead      string  `default:"7d" help:"How long before the forecast was made, for --history."`
	Country   string  `help:"Country whose public holidays count, for --history."`
	NoLag     bool    `help:"Staff for the calls of the interval itself, not for the load that trails them."`
	JSON      bool    `name:"json" help:"Print JSON."`
}

// Run computes and prints the requirement.
func (c *Staff) Run(ctx context.Context) error {
	o := staffing.Options{
		Period: c.Period, Model: staffing.Model(c.Model), NoLag: c.NoLag, C: c.CV * c.CV, Shrinkage: c.Shrinkage, Rounding: staffing.Rounding(c.Rounding),
		Target: erlang.Target{
			ServiceLevel: c.Target, Within: c.Within, Definition: erlang.Definition(c.Level), ShortAbandon: c.Short, MaxOccupancy: c.Occupancy,
		},
	}
	if o.Model == staffing.ErlangA {
		o.Patience = c.Patience
	}
	var spread func(float64) (float64, error)
	if c.History != "" {
		spread = func(period float64) (float64, error) {
			return backtest.SpreadOf(ctx, backtest.Request{
				Path: c.History, Time: c.Time, Value: c.Calls, Interval: fmt.Sprintf("%dm", int(period)/60), Leads: []string{c.Lead}, Country: c.Country,
			})
		}
	}
	r, err := staffing.File(c.File, staffing.Columns{Start: c.Time, Calls: c.Calls, AHT: c.AHT}, o, spread)
	if err != nil {
		return exit.BadInput(err)
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	return r.WriteText(os.Stdout, o.Target)
}
