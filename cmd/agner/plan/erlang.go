package plan

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/agner-platform/agner/cmd/agner/exit"

	"github.com/agner-platform/agner/forecasting/erlang"
)

// Erlang answers staffing questions in the planner's words.
type Erlang struct {
	Agents erlangAgentsCmd `cmd:"" help:"How many agents an interval needs, and what they give."`
	Batch  erlangBatchCmd  `cmd:"" help:"Evaluate a CSV file of model, inputs, quantity rows."`
}

// erlangAgentsCmd is one interval.
type erlangAgentsCmd struct {
	Calls     float64 `required:"" help:"Calls offered in the interval."`
	Period    float64 `default:"1800" name:"period" help:"Length of the interval in seconds."`
	AHT       float64 `required:"" name:"aht" help:"Mean handle time (talk + hold + wrap-up) in seconds."`
	Patience  float64 `help:"Mean patience in seconds; without it callers are assumed to wait for ever (Erlang C)."`
	Target    float64 `default:"0.8" help:"Service level to reach, as a share."`
	Within    float64 `default:"20" help:"Answer threshold T in seconds."`
	Short     float64 `default:"10" help:"Longest wait of a short abandon in seconds."`
	Level     string  `default:"sl" enum:"sl,sl_offered,sl_abandon_credit,sl_less_abandons_in_t,sl_answered" help:"Which service level is meant (${enum})."`
	Occupancy float64 `name:"max-occupancy" help:"Largest share of time agents may be busy."`
	Shrinkage float64 `help:"Share of paid time not available for calls; the last line adds it."`
	JSON      bool    `name:"json" help:"Print JSON."`
}

// answer is the answer of erlang agents.
type answer struct {
	Model     string  `json:"model"`
	Erlangs   float64 `json:"erlangs"`
	Agents    int     `json:"agents"`
	Scheduled int     `json:"scheduled"` // with shrinkage
	SL        float64 `json:"sl"`
	ASA       float64 `json:"asa_s"`
	Occupancy float64 `json:"occupancy"`
	PWait     float64 `json:"p_wait"`
	PAbandon  float64 `json:"p_abandon"`
	OneMore   float64 `json:"sl_gain_of_one_more"`
}

// Run computes and prints the requirement.
func (c *erlangAgentsCmd) Run() error {
	if c.Shrinkage < 0 || c.Shrinkage >= 1 {
		return exit.BadInput(fmt.Errorf("--shrinkage = %g: must be at least 0 and below 1", c.Shrinkage))
	}
	l, err := erlang.NewLoad(c.Calls, c.Period, c.AHT)
	if err != nil {
		return exit.BadInput(err)
	}
	target := erlang.Target{
		ServiceLevel: c.Target, Within: c.Within, Definition: erlang.Definition(c.Level), ShortAbandon: c.Short, MaxOccupancy: c.Occupancy,
	}
	s, err := c.staff(l, target)
	if err != nil {
		return exit.BadInput(err)
	}
	s.Erlangs = l.Erlangs()
	s.Scheduled = erlang.CeilAgents(float64(s.Agents) / (1 - c.Shrinkage))
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(s)
	}
	fmt.Printf("offered load      %8.2f erlangs (%g calls × %g s / %g s)\n", s.Erlangs, c.Calls, c.AHT, c.Period)
	fmt.Printf("agents needed     %8d (%s)\n", s.Agents, s.Model)
	fmt.Printf("scheduled         %8d with %.0f %% shrinkage\n", s.Scheduled, 100*c.Shrinkage)
	fmt.Printf("service level     %8.1f %% within %g s; one agent more adds %.1f points\n", 100*s.SL, c.Within, 100*s.OneMore)
	fmt.Printf("ASA               %8.1f s\noccupancy         %8.1f %%\nwaiting           %8.1f %%\nabandoned         %8.1f %%\n",
		s.ASA, 100*s.Occupancy, 100*s.PWait, 100*s.PAbandon)
	return nil
}

// staff solves with Erlang A when a patience is given, else with Erlang C.
func (c *erlangAgentsCmd) staff(l erlang.Load, t erlang.Target) (answer, error) {
	if c.Patience == 0 {
		n, err := erlang.RequiredC(l, t)
		if err != nil {
			return answer{}, err
		}
		q, err := erlang.NewC(l, float64(n))
		if err != nil {
			return answer{}, err
		}
		more, err := erlang.NewC(l, float64(n+1))
		if err != nil {
			return answer{}, err
		}
		return answer{
			Model: "Erlang C", Agents: n, SL: q.ServiceLevel(t.Within), ASA: q.ASA(), Occupancy: q.Occupancy(), PWait: q.PWait(),
			OneMore: more.ServiceLevel(t.Within) - q.ServiceLevel(t.Within),
		}, nil
	}
	n, err := erlang.RequiredA(l, c.Patience, t)
	if err != nil {
		return answer{}, err
	}
	q, err := erlang.NewA(l, c.Patience, float64(n))
	if err != nil {
		return answer{}, err
	}
	gain, err := erlang.MarginalA(l, c.Patience, float64(n), t)
	return answer{
		Model: "Erlang A", Agents: n, SL: q.ServiceLevel(t.Definition, t.Within, t.ShortAbandon), ASA: q.ASA(), Occupancy: q.Occupancy(),
		PWait: q.PWait(), PAbandon: q.PAbandon(), OneMore: gain,
	}, err
}

// erlangBatchCmd evaluates many rows.
type erlangBatchCmd struct {
	File string `arg:"" help:"CSV file with the columns model, inputs and quantity; - reads standard input."`
	JSON bool   `name:"json" help:"Print JSON lines instead of CSV."`
}

// Run prints each row with its value. Rows that cannot be evaluated are named with
// their line; the others are still printed.
func (c *erlangBatchCmd) Run() error {
	in := io.ReadCloser(os.Stdin)
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return exit.BadInput(err)
		}
		in = f
	}
	defer in.Close()
	out := csv.NewWriter(os.Stdout)
	emit := func(r erlang.BatchRow) error {
		return out.Write([]string{r.Model, r.Inputs, r.Quantity, r.Value.String()})
	}
	if c.JSON {
		emit = func(r erlang.BatchRow) error { return json.NewEncoder(os.Stdout).Encode(r) }
	} else if err := out.Write([]string{"model", "inputs", "quantity", "value"}); err != nil {
		return err
	}
	err := erlang.Batch(in, emit)
	out.Flush()
	if err = errors.Join(err, out.Error()); err != nil {
		return exit.BadInput(fmt.Errorf("%s: %w", c.File, err))
	}
	return nil
}
