package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/agner-platform/agner/internal/config"
)

// instance is one data directory with its configuration.
type instance struct {
	paths config.Paths
	cfg   config.Config
	log   *slog.Logger
}

// instance lays out the data directory and loads its configuration. flags are
// the configuration keys given on the command line.
func (c *cli) instance(flags map[string]string) (*instance, error) {
	paths, err := config.PathsOf(c.Data)
	if err != nil {
		return nil, badInput(err)
	}
	if err := paths.Create(); err != nil {
		return nil, err
	}
	cfg, err := config.Load(config.Source{File: paths.ConfigFile(), Env: os.Environ(), Flags: flags})
	if err != nil {
		return nil, badInput(err)
	}
	log, err := newLogger(cfg.Log)
	if err != nil {
		return nil, badInput(err)
	}
	return &instance{paths: paths, cfg: cfg, log: log}, nil
}

// existing is instance for commands that read: a mistyped directory must not turn
// into an empty instance that has no calls.
func (c *cli) existing() (*instance, error) {
	paths, err := config.PathsOf(c.Data)
	if err != nil {
		return nil, badInput(err)
	}
	for _, made := range []string{paths.DB(), paths.Journals()} { // either is made by the first command that writes
		if _, err := os.Stat(made); err == nil {
			return c.instance(nil)
		}
	}
	return nil, badInput(fmt.Errorf("--data %s: there is no instance here; serve, import and restore make one", paths.Dir))
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
