package i18n

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Format fills in parameters by the rules of a language.
func (m *Message) Format(locale string, params map[string]any) string {
	f := formatter{locale: locale, params: params}
	f.nodes(m.nodes, 0)
	return f.out.String()
}

type formatter struct {
	locale string
	params map[string]any
	out    strings.Builder
}

func (f *formatter) nodes(nodes []node, count float64) {
	for _, n := range nodes {
		switch n.kind {
		case literal:
			f.out.WriteString(n.text)
		case pound:
			f.out.WriteString(Number(f.locale, count))
		case argument:
			f.argument(n.text)
		case plural:
			f.plural(n)
		case choice:
			f.nodes(find(n.cases, fmt.Sprint(f.params[n.text])), count)
		}
	}
}

func (f *formatter) argument(name string) {
	v, ok := f.params[name]
	if !ok || v == nil {
		f.out.WriteString("{" + name + "}")
		return
	}
	if s, ok := v.(string); ok { // a text of digits is a name, not a count: it is not grouped
		f.out.WriteString(s)
		return
	}
	if n, ok := toFloat(v); ok {
		f.out.WriteString(Number(f.locale, n))
		return
	}
	f.out.WriteString(fmt.Sprint(v))
}

// plural chooses the exact case, else the one of the language's category.
func (f *formatter) plural(n node) {
	count, _ := toFloat(f.params[n.text])
	for _, b := range n.cases {
		if v, ok := strings.CutPrefix(b.key, "="); ok {
			if exact, err := strconv.ParseFloat(v, 64); err == nil && exact == count {
				f.nodes(b.nodes, count)
				return
			}
		}
	}
	f.nodes(find(n.cases, Plural(f.locale, count)), count)
}

func find(cases []branch, key string) []node {
	var other []node
	for _, b := range cases {
		switch b.key {
		case key:
			return b.nodes
		case "other":
			other = b.nodes
		}
	}
	return other
}

func toFloat(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case float64:
		return n, true
	case string:
		f, err := strconv.ParseFloat(n, 64)
		return f, err == nil
	}
	return 0, false
}

// Plural is the CLDR cardinal category of a number: English and Estonian have
// "one" for 1 and "other", Chinese only "other" (CLDR 46, supplemental/plurals).
func Plural(locale string, n float64) string {
	if math.Abs(n) == 1 && !strings.HasPrefix(locale, "zh") {
		return "one"
	}
	return "other"
}

// Number writes a number with the language's separators and at most three
// decimals, as browsers do. Estonian groups from five digits on (CLDR 46,
// minimumGroupingDigits 2), with no-break spaces, and has a decimal comma.
func Number(locale string, n float64) string {
	if math.IsNaN(n) {
		return "NaN"
	}
	sign := ""
	if math.Signbit(n) {
		if sign = "-"; locale == "et" {
			sign = "\u2212" // the true minus sign
		}
	}
	return sign + magnitude(locale, math.Abs(n))
}

func magnitude(locale string, n float64) string {
	if math.IsInf(n, 1) {
		return "∞"
	}
	group, point, least := ",", ".", 4
	if locale == "et" {
		group, point, least = "\u00a0", ",", 5
	}
	s := strconv.FormatFloat(n, 'f', 3, 64)
	whole, frac, _ := strings.Cut(s, ".")
	frac = strings.TrimRight(frac, "0")
	var b strings.Builder
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 && len(whole) >= least {
			b.WriteString(group)
		}
		b.WriteRune(d)
	}
	if frac != "" {
		b.WriteString(point + frac)
	}
	return b.String()
}
