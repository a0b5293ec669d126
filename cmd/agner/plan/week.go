package plan

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/agner-platform/agner/cmd/agner/exit"

	"github.com/agner-platform/agner/wfm/coverage"
	"github.com/agner-platform/agner/wfm/explain"
	"github.com/agner-platform/agner/wfm/roster/named"
	"github.com/agner-platform/agner/wfm/rules"
	"github.com/agner-platform/agner/wfm/search"
)

// own plans a week of our own format.
func (c *scheduleSolveCmd) own(ctx context.Context) error {
	p, err := ownProblem(c.File)
	if err != nil {
		return err
	}
	s, err := named.Solve(ctx, search.NewClock(ctx, c.options()), p, c.Seed)
	if errors.Is(err, named.ErrNobody) {
		for _, c := range explain.Problem(p).Conflicts[:1] {
			err = fmt.Errorf("%w; %s", err, c.Text)
		}
		return exit.BadInput(err)
	}
	if err != nil {
		return err
	}
	for _, note := range s.Notes {
		fmt.Fprintln(os.Stderr, "note:", note)
	}
	if c.JSON {
		head := *s
		head.Shifts = []rules.Shift{}
		if err := json.NewEncoder(os.Stdout).Encode(head); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "%s: cost %.2f, bound %.2f, gap %.2f %%, %d shifts, %.1f s, stopped: %s\n", s.Problem, s.Cost, s.Bound, 100*s.Gap, len(s.Shifts), s.Seconds, s.Stopped)
	return writeSchedule(c.Out, s)
}

// ownProblem reads a problem of our own format.
func ownProblem(path string) (*rules.Problem, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, exit.BadInput(err)
	}
	defer f.Close()
	p, err := rules.Read(f)
	return p, exit.BadInput(err)
}

// ownSchedule reads a schedule of our own format.
func ownSchedule(path string) (*rules.Schedule, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, exit.BadInput(err)
	}
	defer f.Close()
	s, err := rules.ReadSchedule(f)
	return s, exit.BadInput(err)
}

// scheduleCheckCmd judges a schedule.
type scheduleCheckCmd struct {
	Problem  string `arg:"" help:"The problem."`
	Schedule string `arg:"" help:"The schedule to judge."`
	JSON     bool   `name:"json" help:"Print JSON, with the cover per line and slot."`
}

// Run prints costs and findings; broken hard rules are a failure.
func (c *scheduleCheckCmd) Run() error {
	p, err := ownProblem(c.Problem)
	if err != nil {
		return err
	}
	s, err := ownSchedule(c.Schedule)
	if err != nil {
		return err
	}
	rep, cover := coverage.Judge(p, s)
	if c.JSON {
		lines, spare := cover.Lines()
		err = json.NewEncoder(os.Stdout).Encode(struct {
			*rules.Report
			Cost  float64         `json:"cost"`
			Lines []coverage.Line `json:"lines"`
			Spare []int           `json:"spare"`
		}{rep, rep.Costs.Total(), lines, spare})
	} else {
		err = writeReport(os.Stdout, rep)
	}
	if n := len(rep.Hard()); err == nil && n > 0 {
		return fmt.Errorf("%d hard rules are broken", n)
	}
	return err
}

func writeReport(w io.Writer, rep *rules.Report) error {
	k := rep.Costs
	if _, err := fmt.Fprintf(w, "cost %.2f: wages %.2f, overtime %.2f, shifts %.2f, missing %.2f, surplus %.2f, wishes and wellbeing %.2f\n",
		k.Total(), k.Wages, k.Overtime, k.Shifts, k.Under, k.Over, k.Soft); err != nil {
		return err
	}
	for _, f := range rep.Findings {
		kind := "hard"
		if !f.Hard {
			kind = fmt.Sprintf("%.2f", f.Cost)
		}
		if _, err := fmt.Fprintf(w, "%6s  %-18s %s\n", kind, f.Rule, f.Text); err != nil {
			return err
		}
	}
	return nil
}

// scheduleExplainCmd explains a problem.
type scheduleExplainCmd struct {
	Problem string `arg:"" help:"The problem."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

// Run prints who cannot work at all and when too few people could be there.
func (c *scheduleExplainCmd) Run() error {
	p, err := ownProblem(c.Problem)
	if err != nil {
		return err
	}
	e := explain.Problem(p)
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(e)
	}
	for _, x := range e.Conflicts {
		fmt.Println(x.Text)
	}
	for _, g := range e.Gaps {
		fmt.Println(g.Text)
	}
	if len(e.Conflicts)+len(e.Gaps) == 0 {
		fmt.Println("Nothing stands in the way: everybody has a possible week, and enough people could be there at every time.")
	}
	return nil
}

// scheduleDiffCmd compares two schedules.
type scheduleDiffCmd struct {
	Problem string `arg:"" help:"The problem both are for."`
	Old     string `arg:"" help:"The earlier schedule."`
	New     string `arg:"" help:"The later schedule."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

// Run prints what differs, person by person.
func (c *scheduleDiffCmd) Run() error {
	p, err := ownProblem(c.Problem)
	if err != nil {
		return err
	}
	old, err1 := ownSchedule(c.Old)
	now, err2 := ownSchedule(c.New)
	if err := cmp.Or(err1, err2); err != nil {
		return err
	}
	d := coverage.Compare(p, old, now)
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(d)
	}
	fmt.Printf("cost %.2f → %.2f; missing hours %.2f → %.2f; %d people, %d shifts changed\n",
		d.Old.Cost, d.New.Cost, d.Old.Missing, d.New.Missing, d.People, len(d.Changes))
	for _, x := range d.Changes {
		fmt.Printf("%s  %-12s %s → %s\n", x.Date, x.Agent, cmp.Or(x.Old, "off"), cmp.Or(x.New, "off"))
	}
	return nil
}
