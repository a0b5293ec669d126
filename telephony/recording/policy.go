package recording

import (
	"fmt"
	"time"
)

// Consent is how a customer is asked.
type Consent string

// Ways of asking.
const (
	NotAsked     Consent = ""             // another legal ground; recording begins at once
	Announcement Consent = "announcement" // begins when the announcement was heard to its end
	ByKey        Consent = "key"          // begins when the customer pressed the key
)

// Policy is how calls of a queue are recorded.
type Policy struct {
	Name     string
	Consent  Consent
	MaxPause time.Duration // a forgotten pause ends by itself; 0: DefaultMaxPause
	Keep     time.Duration // 0: until erased
	Redact   bool          // nobody hears it before Store.Redact wrote a silenced copy
	Language string        // spoken in it, such as en; empty: not said; none: not to be transcribed
}

// DefaultMaxPause is long enough for a card payment that fails once.
const DefaultMaxPause = 5 * time.Minute

// Validate names the field and value that cannot be used.
func (p Policy) Validate() error {
	switch {
	case p.Consent != NotAsked && p.Consent != Announcement && p.Consent != ByKey:
		return fmt.Errorf("Consent = %q: must be \"\", announcement or key: %w", p.Consent, ErrConfig)
	case p.MaxPause < 0 || p.MaxPause > time.Hour:
		return fmt.Errorf("MaxPause = %s: must be from 0 to 1h: %w", p.MaxPause, ErrConfig)
	case p.Keep < 0:
		return fmt.Errorf("Keep = %s: must not be negative: %w", p.Keep, ErrConfig)
	}
	return nil
}

// Head says what a recording belongs to.
type Head struct {
	Interaction, Leg, Site, Queue, Agent, Party string
	Kind                                        string // empty: Conversation
}
