package phone

import (
	"net/mail"
	"net/url"
	"regexp"
	"strings"

	"github.com/agner-platform/agner/internal/db/value"
)

// RoutingOptions is what a queue may be told beyond the columns of its row. Zero
// values mean the switch's defaults; durations are in seconds.
type RoutingOptions struct {
	Priority  int     `json:"priority,omitempty"`    // of callers who bring none
	AgeS      float64 `json:"age_s,omitempty"`       // waiting worth one point of priority; 0: none
	RingMax   int     `json:"ring_max,omitempty"`    // phones rung at once by strategy simultaneous; 0: all
	Need      []Need  `json:"need,omitempty"`        // skills asked of agents, relaxing with the wait
	OwnS      float64 `json:"own_s,omitempty"`       // a caller's own skills are asked for this long; 0: always
	TierStepS float64 `json:"tier_step_s,omitempty"` // after this wait the next tier may be rung too; 0: all tiers at once, the first preferred

	MissedS   float64 `json:"missed_s,omitempty"`   // breather of an agent after a missed call
	DeclinedS float64 `json:"declined_s,omitempty"` // and after a declined one
	ExtendS   float64 `json:"extend_s,omitempty"`   // what one extension of wrap-up adds
	ExtendMax int     `json:"extend_max,omitempty"` // extensions a contact

	CodeRequired bool `json:"code_required,omitempty"` // wrap-up does not end before a code was set, or the longest wrap-up is over

	Leave       string   `json:"leave,omitempty"`        // callers leave when this is no longer met: staffed, working
	PredictedS  float64  `json:"predicted_s,omitempty"`  // longest predicted wait that joining allows; then actions.long
	Language    string   `json:"language,omitempty"`     // of announcements: en, et, zh
	PopURL      string   `json:"pop_url,omitempty"`      // page opened for the agent; {caller}, {attributes.NAME} … are filled in
	Redact      bool     `json:"redact,omitempty"`       // nobody hears recordings and messages before numbers in them are silenced
	Spoken      string   `json:"spoken,omitempty"`       // language of calls: a tag such as en; empty: that of announcements; none: calls are not transcribed
	MaxPauseS   float64  `json:"max_pause_s,omitempty"`  // longest pause of a recording
	MessageKeep int      `json:"message_keep,omitempty"` // days that messages are kept; 0: until erased
	MessageWave bool     `json:"message_wave,omitempty"` // notices hold the sound
	MessageMail []string `json:"message_mail,omitempty"` // who is told of messages

	Callback CallbackOptions `json:"callback,omitzero"`
}

// Need is a condition on agents' skills that holds from a wait on.
type Need struct {
	AfterS float64 `json:"after_s"`
	Skills string  `json:"skills"` // such as "lang=fr AND tier >= 2"; empty: nothing any more
}

// CallbackOptions say how callers are called back.
type CallbackOptions struct {
	OfferAfterS float64 `json:"offer_after_s,omitempty"` // predicted wait from which a callback is offered; 0: four minutes
	Attempts    int     `json:"attempts,omitempty"`
	RetryS      float64 `json:"retry_s,omitempty"`  // between attempts
	WithinS     float64 `json:"within_s,omitempty"` // the promise ends after this; 0: it does not end
	Confirm     bool    `json:"confirm,omitempty"`  // the customer presses 1: an answering machine is no customer
}

// languages have words for announcements.
var languages = []string{"", "en", "et", "zh", "zh-Hans", "zh-Hant"}

var spokenForm = regexp.MustCompile(`^[a-z]{2,4}(-[A-Za-z0-9]{2,8})?$`) // none is one too

// check validates the options; expressions of skills are the switch's to judge.
func (o *RoutingOptions) check() error {
	for _, f := range []struct {
		name string
		v    float64
		most float64
	}{
		{"age_s", o.AgeS, 86400}, {"ring_max", float64(o.RingMax), 1000}, {"own_s", o.OwnS, 86400}, {"tier_step_s", o.TierStepS, 86400},
		{"missed_s", o.MissedS, 3600}, {"declined_s", o.DeclinedS, 3600}, {"extend_s", o.ExtendS, 3600}, {"extend_max", float64(o.ExtendMax), 100},
		{"predicted_s", o.PredictedS, 86400}, {"max_pause_s", o.MaxPauseS, 3600}, {"message_keep", float64(o.MessageKeep), 36500},
		{"callback.offer_after_s", o.Callback.OfferAfterS, 86400}, {"callback.attempts", float64(o.Callback.Attempts), 100},
		{"callback.retry_s", o.Callback.RetryS, 7 * 86400}, {"callback.within_s", o.Callback.WithinS, 31 * 86400},
	} {
		if err := value.Between("options."+f.name, f.v, 0, f.most); err != nil {
			return err
		}
	}
	if err := value.Between("options.priority", o.Priority, -1000, 1000); err != nil {
		return err
	}
	if err := value.OneOf("options.language", o.Language, languages); err != nil {
		return err
	}
	if o.Spoken != "" && !spokenForm.MatchString(o.Spoken) {
		return value.Wrong("options.spoken", o.Spoken, "must be a language tag such as en or zh, or none")
	}
	if o.Redact && o.Spoken == "none" {
		return value.Wrong("options.redact", o.Redact, "needs calls to be transcribed: options.spoken must not be none")
	}
	if err := value.OneOf("options.leave", o.Leave, []string{"", "staffed", "working"}); err != nil {
		return err
	}
	last := -1.0
	for _, n := range o.Need {
		if err := value.Between("options.need.after_s", n.AfterS, 0, 86400); err != nil {
			return err
		}
		if n.AfterS <= last {
			return value.Wrong("options.need.after_s", n.AfterS, "stages must be in the order of their waits")
		}
		last = n.AfterS
	}
	for _, m := range o.MessageMail {
		if _, err := mail.ParseAddress(m); err != nil {
			return value.Wrong("options.message_mail", m, "must be an e-mail address")
		}
	}
	return checkPop(o.PopURL)
}

// checkPop takes a template of a web page: nothing else may be opened for an agent.
func checkPop(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(text))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(text) > 2000 {
		return value.Wrong("options.pop_url", text, "must be the address of a web page, such as https://crm.example/?phone={caller}")
	}
	return nil
}

// TrunkLimits bound calls out by a trunk. The zero value is the switch's own bound;
// [TrunkLimits.Set] tells them apart.
type TrunkLimits struct {
	Home       string      `json:"home,omitempty"`       // calling code of numbers written without one
	Countries  []string    `json:"countries,omitempty"`  // calling codes that may be called; none: nowhere
	PerMinute  int         `json:"per_minute,omitempty"` // calls begun
	Concurrent int         `json:"concurrent,omitempty"`
	DailyCost  float64     `json:"daily_cost,omitempty"` // in the currency's unit; 0: not bounded
	Rates      []TrunkRate `json:"rates,omitempty"`      // the longest prefix counts
}

// TrunkRate is a price by the beginning of a number.
type TrunkRate struct {
	Prefix    string  `json:"prefix"`     // digits of E.164 without +, empty: all others
	PerMinute float64 `json:"per_minute"` // in the currency's unit
}

// Set reports whether limits were set.
func (l *TrunkLimits) Set() bool {
	return l.Home != "" || len(l.Countries)+len(l.Rates) > 0 || l.PerMinute != 0 || l.Concurrent != 0 || l.DailyCost != 0
}

func (l *TrunkLimits) check() error {
	if !l.Set() {
		return nil
	}
	code := func(field, v string) error {
		if v == "" || strings.Trim(v, "0123456789") != "" || v[0] == '0' || len(v) > 15 {
			return value.Wrong(field, v, "must be digits of an international number without + and leading zeros")
		}
		return nil
	}
	if l.Home != "" {
		if err := code("limits.home", l.Home); err != nil {
			return err
		}
	}
	for _, c := range l.Countries {
		if err := code("limits.countries", c); err != nil {
			return err
		}
	}
	for _, r := range l.Rates {
		if r.Prefix != "" {
			if err := code("limits.rates.prefix", r.Prefix); err != nil {
				return err
			}
		}
		if err := value.Between("limits.rates.per_minute", r.PerMinute, 0, 1e6); err != nil {
			return err
		}
	}
	if err := value.Between("limits.per_minute", l.PerMinute, 1, 100000); err != nil {
		return err
	}
	if err := value.Between("limits.concurrent", l.Concurrent, 1, 100000); err != nil {
		return err
	}
	return value.Between("limits.daily_cost", l.DailyCost, 0, 1e9)
}
