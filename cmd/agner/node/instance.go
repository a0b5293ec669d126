// Package node is one node on this machine as commands and roles see it: the data
// directory with its configuration, sockets and keys, and the way to analytics.
//
// # Vocabulary
//
//   - [Root]: what every command is given: where the data directory is.
//   - [Instance]: that directory, laid out, with its configuration and log.
//   - [Client]: the API of analytics as the owner of the directory calls it, through
//     the administration socket of a running platform or in this process.
package node

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"

	"github.com/agner-platform/agner/cmd/agner/exit"

	"github.com/agner-platform/agner/internal/config"
)

// Root is the part of the command line that every command needs.
type Root struct {
	Data string `placeholder:"DIR" default:"data" env:"AGNER_DATA" help:"Directory that holds every file of this instance."`

	// Version is the build's; Open opens analytics in this process.
	Version string `kong:"-"`
	Open    Opener `kong:"-"`
}

// Opener opens analytics in this process, for commands while the platform is not
// running: its API for the owner of the data directory, and how to end it.
type Opener func(context.Context, *Instance) (http.Handler, func() error, error)

// Instance is one data directory with its configuration.
type Instance struct {
	Paths config.Paths
	Cfg   config.Config
	Log   *slog.Logger

	open Opener
}

// Instance lays out the data directory and loads its configuration. flags are
// the configuration keys given on the command line.
func (c *Root) Instance(flags map[string]string) (*Instance, error) {
	paths, err := config.PathsOf(c.Data)
	if err != nil {
		return nil, exit.BadInput(err)
	}
	if err := paths.Create(); err != nil {
		return nil, err
	}
	cfg, err := config.Load(config.Source{File: paths.ConfigFile(), Env: os.Environ(), Flags: flags})
	if err != nil {
		return nil, exit.BadInput(err)
	}
	log, err := newLogger(cfg.Log)
	if err != nil {
		return nil, exit.BadInput(err)
	}
	return &Instance{Paths: paths, Cfg: cfg, Log: log, open: c.Open}, nil
}

// Existing is Instance for commands that read: a mistyped directory must not turn
// into an empty instance that has no calls.
func (c *Root) Existing() (*Instance, error) {
	paths, err := config.PathsOf(c.Data)
	if err != nil {
		return nil, exit.BadInput(err)
	}
	for _, made := range []string{paths.DB(), paths.Journals()} { // either is made by the first command that writes
		if _, err := os.Stat(made); err == nil {
			return c.Instance(nil)
		}
	}
	return nil, exit.BadInput(fmt.Errorf("--data %s: there is no instance here; serve, import and restore make one", paths.Dir))
}

// newLogger writes to stderr as the configuration says.
func newLogger(cfg config.Log) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		return nil, fmt.Errorf("log.level = %q: %w", cfg.Level, err)
	}
	opt := &slog.HandlerOptions{Level: level}
	if cfg.Format == "text" {
		return slog.New(slog.NewTextHandler(os.Stderr, opt)), nil
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, opt)), nil
}
