// Command agner is a call-centre platform in one binary: it keeps the facts of
// calls, answers what managers and planners ask of them, and serves the pages.
//
// Run `agner --help` for the commands. Exit codes: 0 ok, 1 failed, 2 usage,
// 3 bad input, 4 unavailable.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/agner-platform/agner/cmd/agner/analytics"
	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/cmd/agner/plan"
	"github.com/agner-platform/agner/cmd/agner/query"
	"github.com/agner-platform/agner/cmd/agner/speech"
	"github.com/agner-platform/agner/cmd/agner/voice"
	"github.com/agner-platform/agner/cmd/agner/voice/demo"

	"github.com/alecthomas/kong"
)

// version is set by the linker.
var version = "dev"

// cli is the whole command line.
type cli struct {
	node.Root

	Serve    serveCmd      `cmd:"" help:"Run the platform: pages, imports, reports."`
	Import   importCmd     `cmd:"" help:"Read the records another system left behind."`
	Report   reportCmd     `cmd:"" help:"Service level, abandonment, agents, key figures, calls."`
	SQL      query.SQL     `cmd:"" name:"sql" help:"Ask one SELECT of the facts."`
	Export   exportCmd     `cmd:"" help:"Write events as JSON lines, importable as format agner."`
	Sample   sampleCmd     `cmd:"" help:"Write the sample centre as JSON lines."`
	Erlang   plan.Erlang   `cmd:"" help:"Staffing arithmetic: Erlang B, C, A and X."`
	Forecast plan.Forecast `cmd:"" help:"Forecasts of the queues: make, show, explain, score."`
	Backtest plan.Backtest `cmd:"" help:"Judge forecasting methods on a series file."`
	Staff    plan.Staff    `cmd:"" help:"Turn a forecast file into agents per interval."`
	IVR      voice.IVR     `cmd:"" name:"ivr" help:"Check and try menus (flow files)."`
	Schedule plan.Schedule `cmd:"" help:"Solve and judge planning problems; list the rules."`
	Speech   speech.Speech `cmd:"" help:"Recordings to text and figures; redaction and sentiment."`
	Phone    voice.Phone   `cmd:"" help:"Accounts of telephones."`
	Number   voice.Number  `cmd:"" help:"Where inbound numbers lead."`
	Queue    voice.Queue   `cmd:"" help:"How callers of a queue are served and recorded."`
	Demo     demo.Cmd      `cmd:"" help:"Let virtual customers and agents telephone with the running platform."`
	Doctor   doctorCmd     `cmd:"" help:"Examine the data directory."`
	Backup   backupCmd     `cmd:"" help:"Write an archive of the data directory, also while the platform runs."`
	Restore  restoreCmd    `cmd:"" help:"Make a data directory from an archive."`
	Password passwordCmd   `cmd:"" help:"Give a user a new one-time password."`
	Erase    eraseCmd      `cmd:"" help:"Remove a customer's personal data."`
	Hold     holdCmd       `cmd:"" help:"Legal holds, which forbid erasing."`
	Version  versionCmd    `cmd:"" help:"Print the version."`
	Role     roleCmd       `cmd:"" hidden:"" help:"One role of the platform; serve starts them."`
	SQLChild query.Child   `cmd:"" name:"sql-child" hidden:"" help:"The process in which one query runs."`
}

// versionCmd prints the version.
type versionCmd struct{}

// Run prints it.
func (versionCmd) Run() error {
	_, err := fmt.Println("agner", version)
	return err
}

func main() { os.Exit(run(os.Args[1:])) }

// run parses args and runs the chosen command until it ends or a signal asks it
// to stop.
func run(args []string) int {
	c := cli{Root: node.Root{Version: version, Open: analytics.Open}}
	code := -1
	parser, err := kong.New(&c,
		kong.Name("agner"),
		kong.Description("Live telephony, analytics and workforce management for call centres."),
		kong.Vars{"formats": formatNames()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(n int) { code = n }),
	)
	if err != nil {
		return exit.Finish(err)
	}
	parsed, err := parser.Parse(args)
	if code >= 0 { // --help has printed what was asked for
		return code
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "agner:", err)
		fmt.Fprintln(os.Stderr, "run `agner --help` for the commands")
		return exit.CodeUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	parsed.Bind(&c.Root)
	return exit.Finish(parsed.Run())
}
