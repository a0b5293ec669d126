package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/sample"
)

// exportCmd writes the events of all journals.
type exportCmd struct {
	From string `help:"First local date or instant with zone."`
	To   string `help:"Local date or instant at which the range ends, not included."`
	Zone string `default:"UTC" help:"Zone of local dates."`
	Out  string `short:"o" default:"-" help:"File to write; - writes to standard output."`
}

// Run reads the journals directly, whether the platform runs or not.
func (e *exportCmd) Run(ctx context.Context, c *node.Root) error {
	inst, err := c.Existing()
	if err != nil {
		return err
	}
	zone, err := interval.LoadZone(e.Zone)
	if err != nil {
		return exit.BadInput(fmt.Errorf("--zone: %w", err))
	}
	span, err := e.span(zone)
	if err != nil {
		return exit.BadInput(err)
	}
	t, err := journal.TailAll(inst.Paths.Journals(), nil, journal.TailOptions{})
	if err != nil {
		return err
	}
	defer t.Close()
	return toFile(e.Out, func(w io.Writer) error {
		enc, buf := json.NewEncoder(w), make([]event.Event, 1024)
		for {
			n, err := t.TryRead(buf)
			if err != nil || n == 0 || ctx.Err() != nil {
				return errors.Join(err, ctx.Err())
			}
			for i := range buf[:n] {
				if at := buf[i].At; at < span.From || at >= span.To {
					continue
				}
				if err := enc.Encode(&buf[i]); err != nil {
					return err
				}
			}
		}
	})
}

// span is the asked range, by default everything.
func (e *exportCmd) span(zone *time.Location) (interval.Range, error) {
	span := interval.Range{From: -1 << 63, To: 1<<63 - 1}
	for _, end := range []struct {
		flag, text string
		at         *int64
	}{{"--from", e.From, &span.From}, {"--to", e.To, &span.To}} {
		if end.text == "" {
			continue
		}
		at, err := interval.ParseTime(zone, end.text)
		if err != nil {
			return span, fmt.Errorf("%s: %w", end.flag, err)
		}
		*end.at = at
	}
	return span, nil
}

// sampleCmd writes the sample centre.
type sampleCmd struct {
	Months int     `default:"15" help:"Months of history, ending yesterday."`
	Scale  float64 `default:"1" help:"Size: 1 is about 60 agents."`
	Seed   uint64  `default:"1" help:"Seed; the same seed gives the same centre."`
	Zone   string  `default:"Europe/Tallinn" help:"Time zone of the centre."`
	Out    string  `short:"o" default:"-" help:"File to write; - writes to standard output."`
}

// Run generates the events.
func (s *sampleCmd) Run() error {
	zone, err := interval.LoadZone(s.Zone)
	if err != nil {
		return exit.BadInput(fmt.Errorf("--zone: %w", err))
	}
	opt := sample.Options{
		Seed: s.Seed, Months: s.Months, Scale: s.Scale, Zone: zone, SetUp: true, Until: interval.DateOf(zone, interval.FromTime(time.Now())),
	}
	if err := opt.Validate(); err != nil {
		return exit.BadInput(err)
	}
	return toFile(s.Out, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		return sample.Generate(opt, func(e event.Event) error { return enc.Encode(&e) })
	})
}

// toFile runs f on a buffered file, or on standard output for "-".
func toFile(name string, f func(io.Writer) error) error {
	out := os.Stdout
	if name != "-" {
		var err error
		if out, err = os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
			return exit.BadInput(err)
		}
	}
	w := bufio.NewWriterSize(out, 1<<20)
	err := errors.Join(f(w), w.Flush())
	if name != "-" {
		err = errors.Join(err, out.Close())
	}
	return err
}
