package csvmap

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
	"github.com/agner-platform/agner/internal/interval"
)

//go:embed profiles/*.yaml
var embedded embed.FS

// Profile says what the columns of a CSV file mean. docs/formats/csv.md explains
// every field with examples.
type Profile struct {
	Name        string   `yaml:"name"`
	Description string   `yaml:"description"`
	Delimiter   string   `yaml:"delimiter"` // one character, default a comma
	Columns     []string `yaml:"columns"`   // names of the columns of a file without a header row
	Zone        string   `yaml:"zone"`      // of local stamps; wins over the import's zone
	Stamps      string   `yaml:"stamps"`    // iso (default), epoch, epoch_ms, epoch_us, or a pattern such as DD.MM.YYYY hh:mm:ss

	Key      []string   `yaml:"key"`  // columns that together name a contact; the line does if empty
	Skip     []SkipRule `yaml:"skip"` // rows to leave out
	IVR      *IVR       `yaml:"ivr"`
	Queue    Queue      `yaml:"queue"`
	Party    Party      `yaml:"party"`
	Priority string     `yaml:"priority"`
	DNIS     string     `yaml:"dnis"`
	Code     string     `yaml:"code"` // column of the wrap-up code

	Joined   []string `yaml:"joined"`   // stamps: the first that is not empty
	Answered []string `yaml:"answered"` // stamps, used where there is no wait
	Left     []string `yaml:"left"`     // stamps, used where there is no wait
	Wait     *Span    `yaml:"wait"`
	Ring     *Span    `yaml:"ring"`
	Talk     *Span    `yaml:"talk"`
	Hold     *Span    `yaml:"hold"`
	WrapUp   *Span    `yaml:"wrap_up"`
	Agent    Agent    `yaml:"agent"`
	Outcome  Outcome  `yaml:"outcome"`
}

// SkipRule leaves out rows whose column has one of the values.
type SkipRule struct {
	Column string   `yaml:"column"`
	In     []string `yaml:"in"`
	Reason string   `yaml:"reason"`
}

// IVR are the columns of the menu before the queue.
type IVR struct {
	Flow    string `yaml:"flow"`
	Entered string `yaml:"entered"`
	Left    string `yaml:"left"`
	Spent   *Span  `yaml:"spent"`
}

// Queue turns a column into queue names.
type Queue struct {
	Column string            `yaml:"column"`
	Names  map[string]string `yaml:"names"` // empty: values are names
	Rest   string            `yaml:"rest"`  // name for values that are not listed, or empty ones
}

// Party is the customer's number or key.
type Party struct {
	Column  string   `yaml:"column"`
	Unknown []string `yaml:"unknown"` // values that mean nobody in particular
}

// Agent is the column of the agent's name.
type Agent struct {
	Column  string `yaml:"column"`
	Unknown string `yaml:"unknown"` // name for answered calls without one
}

// Span is a duration column.
type Span struct {
	Column string `yaml:"column"`
	Unit   string `yaml:"unit"` // s (default), ms, us, min, or hh:mm:ss
}

// Outcome turns a column into exits. The first rule that fits decides.
type Outcome struct {
	Column string        `yaml:"column"`
	Rules  []OutcomeRule `yaml:"rules"`
}

// OutcomeRule is one line of the outcome mapping.
type OutcomeRule struct {
	In       []string `yaml:"in"`        // values; empty fits all
	WaitOver *float64 `yaml:"wait_over"` // seconds; fits only longer waits
	Exit     string   `yaml:"exit"`      // an exit of a queue, ivr_hung_up, ivr_served, ivr_failed or blocked
}

// Exits beside those of a queue.
const (
	exitIVRHungUp = "ivr_hung_up"
	exitIVRServed = "ivr_served"
	exitIVRFailed = "ivr_failed"
	exitBlocked   = "blocked"
)

// Profiles returns the names of the embedded profiles.
func Profiles() []string {
	list, err := embedded.ReadDir("profiles")
	if err != nil {
		return nil // the directory is part of the program
	}
	var names []string
	for _, e := range list {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// load returns the profile that was asked for.
func load(p feed.Profile) (*Profile, error) {
	text := p.Text
	if len(text) == 0 {
		if p.Name == "" {
			return nil, fmt.Errorf("%w: the csv format needs one: %v or a file of your own", feed.ErrProfile, Profiles())
		}
		b, err := embedded.ReadFile("profiles/" + p.Name + ".yaml")
		if err != nil {
			return nil, fmt.Errorf("%w %q: not one of %v", feed.ErrProfile, p.Name, Profiles())
		}
		text = b
	}
	return ParseProfile(text)
}

// ParseProfile reads and checks a profile; it names the field that is wrong.
func ParseProfile(text []byte) (*Profile, error) {
	p := &Profile{Delimiter: ",", Stamps: "iso"}
	if err := yaml.UnmarshalWithOptions(text, p, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%w: %s", feed.ErrProfile, yaml.FormatError(err, false, true))
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", feed.ErrProfile, err)
	}
	return p, nil
}

func (p *Profile) check() error {
	switch {
	case len(p.Delimiter) != 1 || p.Delimiter == `"`:
		return fmt.Errorf("delimiter = %q: must be one character and not a quote", p.Delimiter)
	case p.Queue.Column == "" && p.Queue.Rest == "":
		return fmt.Errorf("queue.column: must not be empty (or give queue.rest for one queue)")
	case len(p.Joined) == 0:
		return fmt.Errorf("joined: must list at least one column")
	case p.Outcome.Column == "" || len(p.Outcome.Rules) == 0:
		return fmt.Errorf("outcome: needs a column and rules")
	case p.Wait == nil && len(p.Answered)+len(p.Left) == 0:
		return fmt.Errorf("wait: give it, or answered and left")
	case p.IVR != nil && (p.IVR.Entered == "" || p.IVR.Left == ""):
		return fmt.Errorf("ivr: needs entered and left")
	}
	if _, err := stampReader(p.Stamps); err != nil {
		return err
	}
	for i, r := range p.Outcome.Rules {
		if !slices.Contains(event.Exits, event.Exit(r.Exit)) &&
			!slices.Contains([]string{exitIVRHungUp, exitIVRServed, exitIVRFailed, exitBlocked}, r.Exit) {
			return fmt.Errorf("outcome.rules[%d].exit = %q: must be one of %v, ivr_hung_up, ivr_served, ivr_failed, blocked", i, r.Exit, event.Exits)
		}
	}
	for name, s := range p.spans() {
		if _, err := s.read("0"); s != nil && err != nil && s.Unit != "hh:mm:ss" {
			return fmt.Errorf("%s.unit = %q: must be s, ms, us, min or hh:mm:ss", name, s.Unit)
		}
	}
	return nil
}

func (p *Profile) spans() map[string]*Span {
	return map[string]*Span{"wait": p.Wait, "ring": p.Ring, "talk": p.Talk, "hold": p.Hold, "wrap_up": p.WrapUp}
}

// zone returns the profile's own zone, or nil.
func (p *Profile) zone() (*time.Location, error) {
	if p.Zone == "" {
		return nil, nil
	}
	loc, err := interval.LoadZone(p.Zone)
	if err != nil {
		return nil, fmt.Errorf("%w: zone: %w", feed.ErrProfile, err)
	}
	return loc, nil
}

// read returns a duration in µs; empty is 0.
func (s *Span) read(v string) (int64, error) {
	if s == nil {
		return 0, nil
	}
	switch s.Unit {
	case "", "s":
		return feed.ParseSeconds(v, feed.Second)
	case "ms":
		return feed.ParseSeconds(v, 1000)
	case "us":
		return feed.ParseSeconds(v, 1)
	case "min":
		return feed.ParseSeconds(v, 60*feed.Second)
	case "hh:mm:ss":
		return readClock(v)
	}
	return 0, feed.Rejectf("unit of the duration is unknown")
}

// readClock reads hh:mm:ss or mm:ss, with an optional fraction.
func readClock(v string) (int64, error) {
	if v == "" {
		return 0, nil
	}
	parts := strings.Split(v, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, feed.Rejectf("duration is not hh:mm:ss")
	}
	total := int64(0)
	for _, part := range parts {
		us, err := feed.ParseSeconds(part, feed.Second)
		if err != nil {
			return 0, err
		}
		total = total*60 + us
	}
	return total, nil
}
