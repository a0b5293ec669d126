package value

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxName is how long a name may be.
const MaxName = 200 // runes; the longest real queue name seen was under 80

// Name trims a name and refuses what no list could show.
func Name(field string, name *string) error {
	*name = strings.TrimSpace(*name)
	switch {
	case *name == "":
		return &FieldError{field, *name, "must not be empty"}
	case !utf8.ValidString(*name):
		return &FieldError{field, *name, "is not UTF-8"}
	case utf8.RuneCountInString(*name) > MaxName:
		return &FieldError{field, string([]rune(*name)[:20]) + "…", fmt.Sprintf("is longer than %d characters", MaxName)}
	case strings.ContainsFunc(*name, unicode.IsControl):
		return &FieldError{field, *name, "contains control characters"}
	}
	return nil
}

// Text is Name for a field that may be empty.
func Text(field string, text *string) error {
	if strings.TrimSpace(*text) == "" {
		*text = ""
		return nil
	}
	return Name(field, text)
}

// OneOf refuses what is not among the allowed.
func OneOf(field, v string, allowed []string) error {
	if slices.Contains(allowed, v) {
		return nil
	}
	return &FieldError{field, v, "must be one of " + strings.Join(allowed, ", ")}
}

// Between refuses what lies outside lo to hi.
func Between[N int | int64 | float64](field string, v, lo, hi N) error {
	if v >= lo && v <= hi { // written so that NaN fails
		return nil
	}
	return &FieldError{field, v, fmt.Sprintf("must be from %v to %v", lo, hi)}
}

// minutes reads "HH:MM", up to 24:00, into minutes since midnight.
func minutes(field, s string) (int, error) {
	if s == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return 0, &FieldError{field, s, "want HH:MM"}
	}
	return t.Hour()*60 + t.Minute(), nil
}

// Window is one span of local clock time on one or more weekdays (ISO: 1 Monday … 7 Sunday).
type Window struct {
	Weekdays []int  `json:"weekdays"`
	From     string `json:"from"` // HH:MM
	To       string `json:"to"`   // HH:MM, exclusive, up to 24:00
}

// Span checks a window and returns it in minutes. A span over midnight is two windows.
func (w *Window) Span(field string) (from, to int, err error) {
	if len(w.Weekdays) == 0 {
		return 0, 0, &FieldError{field + ".weekdays", w.Weekdays, "must not be empty"}
	}
	slices.Sort(w.Weekdays)
	w.Weekdays = slices.Compact(w.Weekdays)
	for _, d := range w.Weekdays {
		if err := Between(field+".weekdays", d, 1, 7); err != nil {
			return 0, 0, err
		}
	}
	if from, err = minutes(field+".from", w.From); err != nil {
		return 0, 0, err
	}
	if to, err = minutes(field+".to", w.To); err != nil {
		return 0, 0, err
	}
	if from >= to {
		return 0, 0, &FieldError{field + ".to", w.To, "must be later than " + w.From}
	}
	return from, to, nil
}

// Windows checks each window and that none overlap on a weekday.
func Windows(field string, ws []Window) error {
	var used [8][24 * 60]bool
	for i := range ws {
		from, to, err := ws[i].Span(field)
		if err != nil {
			return err
		}
		for _, d := range ws[i].Weekdays {
			day := used[d][from:to]
			if slices.Contains(day, true) {
				return &FieldError{field, ws[i].From + "–" + ws[i].To, fmt.Sprintf("overlaps another window of weekday %d", d)}
			}
			for m := range day {
				day[m] = true
			}
		}
	}
	return nil
}
