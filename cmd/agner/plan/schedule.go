package plan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/agner-platform/agner/cmd/agner/exit"

	"github.com/agner-platform/agner/wfm/format"
	"github.com/agner-platform/agner/wfm/roster"
	"github.com/agner-platform/agner/wfm/rules"
	"github.com/agner-platform/agner/wfm/search"
)

// Schedule solves and judges planning problems in files.
type Schedule struct {
	Solve   scheduleSolveCmd   `cmd:"" help:"Solve a planning problem and write the schedule."`
	Score   scheduleScoreCmd   `cmd:"" help:"Judge a schedule: its cost and every broken rule."`
	Check   scheduleCheckCmd   `cmd:"" help:"Judge a schedule of our own format: costs, broken rules, cover."`
	Explain scheduleExplainCmd `cmd:"" help:"Say what cannot be had, and which rules forbid it."`
	Diff    scheduleDiffCmd    `cmd:"" help:"What changed between two schedules of one problem."`
	List    scheduleListCmd    `cmd:"" help:"The schedules of the instance."`
	Publish schedulePublishCmd `cmd:"" help:"Put a schedule's draft in force."`
	Rules   scheduleRulesCmd   `cmd:"" help:"List the rules by name, in plain words."`
}

// scheduleSolveCmd is one run of the solver.
type scheduleSolveCmd struct {
	Format string        `default:"agner_week" enum:"agner_week,callcentre_week,curtois_qu,chomp,rotating" help:"Format of the problem (${enum})."`
	File   string        `arg:"" help:"The problem."`
	Time   time.Duration `default:"60s" help:"Longest run on the wall clock; the best schedule found by then is written."`
	Work   float64       `help:"Nominal core seconds to spend instead: the same seed and work give the same file on any machine."`
	Seed   uint64        `default:"1" help:"Seed of all chance."`
	Out    string        `required:"" placeholder:"FILE" help:"Where the schedule goes (JSON); - is standard output."`
	Quiet  bool          `help:"Print no progress."`
	JSON   bool          `name:"json" help:"Print the header of the schedule as JSON."`
}

// Run solves; an interrupt ends the search and keeps the best schedule so far.
func (c *scheduleSolveCmd) Run(ctx context.Context) error {
	if c.Format == rules.Format {
		return c.own(ctx)
	}
	in, err := readProblem(c.Format, c.File)
	if err != nil {
		return err
	}
	s, err := roster.Solve(ctx, in, c.options())
	if errors.Is(err, format.ErrInstance) {
		return exit.BadInput(err)
	}
	if err != nil {
		return err
	}
	for _, note := range s.Head.Notes {
		fmt.Fprintln(os.Stderr, "note:", note)
	}
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(s.Head); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "%s: cost %d, bound %g, gap %.2f %%, %.1f s, stopped: %s\n",
		s.Head.Instance, s.Head.Cost, s.Head.Bound, 100*s.Head.Gap, s.Head.Seconds, s.Head.Stopped)
	return writeSchedule(c.Out, s.File)
}

// options are what the flags ask of the search.
func (c *scheduleSolveCmd) options() search.Options {
	opt := search.Options{Seed: c.Seed, Time: c.Time, Work: c.Work}
	if c.Work > 0 {
		opt.Time = 0
	}
	if !c.Quiet {
		opt.Progress = solveProgress()
	}
	return opt
}

// solveProgress prints at most two lines a second.
func solveProgress() func(search.Progress) {
	var last time.Time
	return func(p search.Progress) {
		if time.Since(last) < 500*time.Millisecond {
			return
		}
		last = time.Now()
		fmt.Fprintf(os.Stderr, "%7.1f s  %-14s cost %d  bound %g  gap %.2f %%\n", p.Elapsed.Seconds(), p.Phase, p.Cost, p.Bound, 100*p.Gap())
	}
}

// writeSchedule writes a file whole or not at all.
func writeSchedule(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	data = append(data, '\n')
	if path == "-" {
		_, err = os.Stdout.Write(data)
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".schedule-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err = tmp.Write(data); err == nil {
		err = tmp.Chmod(0o644)
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// readProblem opens and reads a problem.
func readProblem(name, path string) (format.Instance, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, exit.BadInput(err)
	}
	defer f.Close()
	in, err := format.Read(name, filepath.Base(path), f)
	return in, exit.BadInput(err)
}

// scheduleScoreCmd judges a solution.
type scheduleScoreCmd struct {
	Format   string `required:"" enum:"callcentre_week,curtois_qu,chomp,rotating" help:"Format of the problem (${enum})."`
	Instance string `arg:"" help:"The problem."`
	Solution string `arg:"" help:"The schedule to judge."`
}

// Run prints the cost and the broken rules.
func (c *scheduleScoreCmd) Run() error {
	in, err := readProblem(c.Format, c.Instance)
	if err != nil {
		return err
	}
	f, err := os.Open(c.Solution)
	if err != nil {
		return exit.BadInput(err)
	}
	defer f.Close()
	s, err := in.Score(f)
	if err != nil {
		return exit.BadInput(err)
	}
	return json.NewEncoder(os.Stdout).Encode(s)
}

// scheduleRulesCmd lists the catalogue of rules.
type scheduleRulesCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints them.
func (c *scheduleRulesCmd) Run() error {
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(rules.All())
	}
	for _, r := range rules.All() {
		fmt.Printf("%-18s %s\n", r.Name, r.Words)
	}
	return nil
}
