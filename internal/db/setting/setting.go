// Package setting is the catalogue of business settings: what there is, what is
// allowed and what holds where nobody has decided. Storing them is the parent
// package's part.
package setting

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/db/value"
)

// Setting is one business setting of the instance: a figure's parameter or a
// price. What the machine needs to start is in package config instead.
type Setting struct {
	Key       string          `json:"key"`
	Kind      string          `json:"kind"` // number, integer, text, choice, numbers
	Unit      string          `json:"unit"`
	Text      string          `json:"text"`
	Default   json.RawMessage `json:"default"`
	Choices   []string        `json:"choices,omitempty"`
	Value     json.RawMessage `json:"value"`
	Version   int64           `json:"version"` // 0: the default, never set
	UpdatedAt value.Stamp     `json:"updated_at"`

	min, max float64
}

// Catalogue is every setting there is. Durations are in seconds, as everywhere in the API.
var Catalogue = []Setting{
	{Key: "sl.within", Kind: "number", Unit: "s", Default: raw("20"), max: 86400, Text: "T: a contact answered within this time counts as in time, where a queue has no target of its own"},
	{Key: "sl.short", Kind: "number", Unit: "s", Default: raw("10"), max: 3600, Text: "S: a hang-up after at most this wait is a short abandon, where a queue has no target of its own"},
	{Key: "sl.share", Kind: "number", Unit: "share", Default: raw("0.8"), max: 1, Text: "share of contacts to be answered within T, where a queue has no target of its own"},
	{Key: "sl.credit", Kind: "choice", Default: raw(`"arrival"`), Choices: []string{"arrival", "answer", "end"}, Text: "the interval a contact counts in"},
	{Key: "abandon.bins", Kind: "numbers", Unit: "s", Default: raw("[15,60,180]"), max: 86400, Text: "limits of the time-to-abandon shares"},
	{Key: "fcr.days", Kind: "integer", Unit: "d", Default: raw("7"), min: 1, max: 90, Text: "a caller who calls again within these days was not helped the first time"},
	{Key: "cost.currency", Kind: "text", Default: raw(`"EUR"`), max: 3, Text: "ISO 4217 code of every amount"},
	{Key: "cost.agent_hour", Kind: "number", Unit: "money", Default: raw("0"), max: 1e6, Text: "cost of a paid agent hour where an agent has no wage; 0: not known"},
	{Key: "cost.wage_factor", Kind: "number", Unit: "factor", Default: raw("1"), min: 1, max: 10, Text: "employer's cost per unit of wage"},
	{Key: "cost.line_minute", Kind: "number", Unit: "money", Default: raw("0"), max: 1e4, Text: "line cost of a call minute"},
	{Key: "cost.revenue_month", Kind: "number", Unit: "money", Default: raw("0"), max: 1e12, Text: "revenue of a month that cost is a share of; 0: not known"},
}

func raw(s string) json.RawMessage { return json.RawMessage(s) }

// Normal checks a value against the setting's kind and bounds and spells it compactly.
func (v *Setting) Normal(given json.RawMessage) (json.RawMessage, error) {
	bad := func(reason string) error { return value.Wrong(v.Key, string(given), reason) }
	number := func(f float64) error {
		if v.Kind == "integer" && f != math.Trunc(f) {
			return bad("want a whole number")
		}
		return value.Between(v.Key, f, v.min, v.max)
	}
	var err error
	switch v.Kind {
	case "number", "integer":
		var f *float64
		if json.Unmarshal(given, &f) != nil || f == nil {
			return nil, bad("want a number")
		}
		err = number(*f)
	case "numbers":
		err = v.ascending(given)
	default:
		var s *string
		if json.Unmarshal(given, &s) != nil || s == nil {
			return nil, bad("want a text")
		}
		err = v.text(*s)
	}
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Compact(&b, given); err != nil {
		return nil, bad("is no JSON")
	}
	return b.Bytes(), nil
}

func (v *Setting) text(s string) error {
	if v.Kind == "choice" {
		return value.OneOf(v.Key, s, v.Choices)
	}
	if len(s) != int(v.max) || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return value.Wrong(v.Key, s, "want a code of three capital letters")
	}
	return nil
}

func (v *Setting) ascending(given json.RawMessage) error {
	var list []float64
	if json.Unmarshal(given, &list) != nil || len(list) == 0 || len(list) > 50 {
		return value.Wrong(v.Key, string(given), "want a list of 1 to 50 numbers")
	}
	last := v.min
	for _, f := range list {
		if !(f > last && f <= v.max) {
			return value.Wrong(v.Key, string(given), fmt.Sprintf("want ascending numbers above %v, at most %v", v.min, v.max))
		}
		last = f
	}
	return nil
}

// Values are the settings as code uses them.
type Values struct {
	Within       time.Duration   // T
	Short        time.Duration   // S
	Share        float64         // target
	Credit       string          // arrival, answer, end
	AbandonBins  []time.Duration // ascending
	FCRDays      int
	Currency     string
	AgentHour    float64 // 0: not known
	WageFactor   float64
	LineMinute   float64
	RevenueMonth float64 // 0: not known
}

// Decode reads the values of all settings.
func Decode(all []Setting) (Values, error) {
	var v Values
	var within, short float64
	var bins []float64
	into := map[string]any{
		"sl.within": &within, "sl.short": &short, "sl.share": &v.Share, "sl.credit": &v.Credit, "abandon.bins": &bins, "fcr.days": &v.FCRDays,
		"cost.currency": &v.Currency, "cost.agent_hour": &v.AgentHour, "cost.wage_factor": &v.WageFactor,
		"cost.line_minute": &v.LineMinute, "cost.revenue_month": &v.RevenueMonth,
	}
	var err error
	for _, set := range all {
		if e := json.Unmarshal(set.Value, into[set.Key]); e != nil {
			err = errors.Join(err, fmt.Errorf("setting %s: %w", set.Key, e))
		}
	}
	seconds := func(f float64) time.Duration { return time.Duration(math.Round(f*1e6)) * time.Microsecond }
	v.Within, v.Short = seconds(within), seconds(short)
	for _, b := range bins {
		v.AbandonBins = append(v.AbandonBins, seconds(b))
	}
	return v, err
}
