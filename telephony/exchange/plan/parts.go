package plan

import (
	"strings"
	"time"

	"github.com/agner-platform/agner/telephony/trunk"
	"github.com/agner-platform/agner/telephony/voicemail"
)

// Queue is what callers hear and agents see of a queue.
type Queue struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Language string `json:"language,omitempty"` // of announcements: a tag; empty: English
	Pop      string `json:"pop,omitempty"`      // page opened for the agent: see [Fill]
	Codes    []Code `json:"codes,omitempty"`    // of wrap-up
	Confirm  bool   `json:"confirm,omitempty"`  // customers who are called back press 1
}

// Code is a wrap-up code.
type Code struct {
	ID    string `json:"id"`
	Code  string `json:"code"`
	Label string `json:"label"`
}

// Recording says how calls of a queue are recorded. Without one they are not.
type Recording struct {
	Queue    string        `json:"queue"`
	Consent  bool          `json:"consent,omitempty"`   // only if the menu's consent node got it; a refusal always counts
	MaxPause time.Duration `json:"max_pause,omitempty"` // nanoseconds
	Keep     time.Duration `json:"keep,omitempty"`      // nanoseconds; 0: until erased
	Redact   bool          `json:"redact,omitempty"`    // nobody hears them before numbers are silenced
	Language string        `json:"language,omitempty"`  // spoken in them; none: not transcribed
}

// Box is where the messages of a queue go.
type Box struct {
	Queue  string        `json:"queue"`
	Name   string        `json:"name"`           // for people
	Mail   []string      `json:"mail,omitempty"` // who gets a notice
	Keep   time.Duration `json:"keep,omitempty"` // nanoseconds; 0: until erased
	Attach bool          `json:"attach,omitempty"`

	Redact   bool   `json:"redact,omitempty"`
	Language string `json:"language,omitempty"`
}

// DefaultLimits bound a trunk whose set-up names none: a small centre's day, and no
// more than a thief could make of it in the minutes until somebody looks.
var DefaultLimits = trunk.Limits{Countries: strings.Split("1 2 3 4 5 6 7 8 9", " "), PerMinute: 30, Concurrent: 30}

// Bounds returns the limits in force.
func (t Trunk) Bounds() trunk.Limits {
	if t.Limits == nil {
		return DefaultLimits
	}
	return *t.Limits
}

// Box returns the voicemail box of a queue; one without a set-up tells nobody.
func (p *Plan) Box(queue string) voicemail.Box {
	for _, b := range p.Boxes {
		if p.Queue(b.Queue) == queue {
			return voicemail.Box{Name: b.Name, Mail: b.Mail, Keep: b.Keep, Attach: b.Attach, Redact: b.Redact, Lang: b.Language}
		}
	}
	return voicemail.Box{Name: queue}
}
