// Package macro expands what a query may say instead of SQL: the panel's time range, groups of local time, variables.
//
//	$__timeFilter(joined_at)          joined_at >= TIMESTAMP '…' AND joined_at < TIMESTAMP '…'
//	$__timeFrom(), $__timeTo()        the ends of the range
//	$__timeGroup(joined_at, 1d)       the start of the local interval that holds it, in UTC; 15m, 30m, 60m, 1d, 1w,
//	                                  $__interval (the panel's); a third argument names another zone than the site's
//	$__interval, $__interval_ms       the panel's interval: INTERVAL '1800 seconds', and 1800000
//	$__in(queue, $queue)              queue IN ('…', '…'), or true for all of them
//	$queue, ${queue}                  the values of a variable as literals, with commas; inside quotes the one value
//
// Local time is cut by Agner's own package interval, here and not in SQL: an expression knows the zone's changes in the
// range and nothing else. Texts in comments stay as they are.
package macro

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/interval"
)

// ErrMacro is wrapped by every error about what the query says.
var ErrMacro = errors.New("macro")

// Context is what macros stand for.
type Context struct {
	From, To  time.Time
	Zone      *time.Location // of the site
	WeekStart time.Weekday
	Interval  string              // 15m … 1w: of the panel
	Variables map[string][]string // empty list: all
}

// Expand replaces every macro of a query.
func Expand(sql string, c Context) (string, error) {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	e := expander{Context: c}
	return e.expand(sql, 0)
}

type expander struct{ Context }

const maxDepth = 20 // of macros within macros

func (e *expander) expand(sql string, depth int) (string, error) {
	if depth > maxDepth {
		return "", fmt.Errorf("%w: nested more than %d deep", ErrMacro, maxDepth)
	}
	var out strings.Builder
	for i := 0; i < len(sql); {
		switch rest := sql[i:]; {
		case strings.HasPrefix(rest, "--"):
			i += copyUntil(&out, rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			i += copyUntil(&out, rest, "*/")
		case rest[0] == '"':
			i += quoted(&out, rest)
		case rest[0] == '\'':
			n, err := e.literal(&out, rest)
			if err != nil {
				return "", err
			}
			i += n
		case rest[0] == '$':
			n, err := e.dollar(&out, rest, depth)
			if err != nil {
				return "", err
			}
			i += n
		default:
			out.WriteByte(rest[0])
			i++
		}
	}
	return out.String(), nil
}

// copyUntil copies up to and with the end of a comment.
func copyUntil(out *strings.Builder, s, end string) int {
	n := len(s)
	if at := strings.Index(s[2:], end); at >= 0 {
		n = 2 + at + len(end)
	}
	out.WriteString(s[:n])
	return n
}

// closing is where a quoted thing ends; doubled quotes stand for themselves.
func closing(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] != s[0] {
			continue
		}
		if i+1 < len(s) && s[i+1] == s[0] {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}

func quoted(out *strings.Builder, s string) int {
	n := closing(s)
	out.WriteString(s[:n])
	return n
}

var name = regexp.MustCompile(`^\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::[a-z]+)?\}|([A-Za-z_][A-Za-z0-9_]*))`)

// literal is a text of SQL, in which variables stand for their one value.
func (e *expander) literal(out *strings.Builder, s string) (int, error) {
	n := closing(s)
	text := s[:n]
	for {
		at := strings.IndexByte(text, '$')
		if at < 0 {
			break
		}
		out.WriteString(text[:at])
		text = text[at:]
		values, used, known := e.variable(text)
		switch {
		case !known:
			out.WriteByte('$')
			text = text[1:]
		case len(values) != 1:
			return 0, fmt.Errorf("%w: %s inside quotes has %d values; write it without quotes, as in $__in(column, %s)", ErrMacro, text[:used], len(values), text[:used])
		default:
			out.WriteString(strings.ReplaceAll(values[0], "'", "''"))
			text = text[used:]
		}
	}
	out.WriteString(text)
	return n, nil
}

// variable reads a variable's name at the start of s.
func (e *expander) variable(s string) (values []string, used int, known bool) {
	m := name.FindStringSubmatch(s)
	if m == nil {
		return nil, 0, false
	}
	values, known = e.Variables[m[1]+m[2]]
	return values, len(m[0]), known
}

func (e *expander) dollar(out *strings.Builder, s string, depth int) (int, error) {
	if values, used, known := e.variable(s); known {
		text, err := list(values)
		if err != nil {
			return 0, fmt.Errorf("%w: %s %w", ErrMacro, s[:used], err)
		}
		out.WriteString(text)
		return used, nil
	}
	m := name.FindStringSubmatch(s)
	if m == nil || !strings.HasPrefix(m[1]+m[2], "__") {
		if m != nil {
			return 0, fmt.Errorf("%w: there is no variable %s", ErrMacro, m[0])
		}
		out.WriteByte('$')
		return 1, nil
	}
	macro, used := m[1]+m[2], len(m[0])
	var args []string
	if strings.HasPrefix(s[used:], "(") {
		inner, n, ok := brackets(s[used:])
		if !ok {
			return 0, fmt.Errorf("%w: $%s( is not closed", ErrMacro, macro)
		}
		used += n
		args = split(inner)
	}
	text, err := e.call(macro, args, depth)
	if err != nil {
		return 0, err
	}
	out.WriteString(text)
	return used, nil
}

// list are literals with commas.
func list(values []string) (string, error) {
	if len(values) == 0 {
		return "", errors.New("stands for everything; write $__in(column, $variable)")
	}
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = "'" + strings.ReplaceAll(v, "'", "''") + "'"
	}
	return strings.Join(out, ", "), nil
}

// brackets gives what is inside the brackets at the start of s.
func brackets(s string) (inner string, used int, ok bool) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\'', '"':
			i += closing(s[i:]) - 1
		case '(', '[':
			depth++
		case ')', ']':
			if depth--; depth == 0 {
				return s[1:i], i + 1, true
			}
		}
	}
	return "", 0, false
}

// split cuts arguments at the commas that are inside nothing.
func split(s string) []string {
	var out []string
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\'', '"':
			i += closing(s[i:]) - 1
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth == 0 {
				out, from = append(out, strings.TrimSpace(s[from:i])), i+1
			}
		}
	}
	if last := strings.TrimSpace(s[from:]); last != "" || len(out) > 0 {
		out = append(out, last)
	}
	return out
}

// arity is how many arguments a macro takes.
var arity = map[string][2]int{
	"__timeFilter": {1, 1}, "__timeFrom": {0, 0}, "__timeTo": {0, 0}, "__timeGroup": {1, 3}, "__interval": {0, 0}, "__interval_ms": {0, 0}, "__in": {2, 2},
}

func (e *expander) call(macro string, args []string, depth int) (string, error) {
	n, ok := arity[macro]
	if !ok {
		return "", fmt.Errorf("%w: there is no $%s; there are $%s", ErrMacro, macro, strings.Join(names(), ", $"))
	}
	if len(args) < n[0] || len(args) > n[1] || slices.Contains(args, "") {
		return "", fmt.Errorf("%w: $%s(%s): want %d to %d arguments", ErrMacro, macro, strings.Join(args, ", "), n[0], n[1])
	}
	if macro == "__in" {
		return e.in(args, depth)
	}
	var x string
	if len(args) > 0 {
		inner, err := e.expand(args[0], depth+1)
		if err != nil {
			return "", err
		}
		x = inner
	}
	switch macro {
	case "__timeFilter":
		return fmt.Sprintf("(%s) >= %s AND (%s) < %s", x, stamp(e.From), x, stamp(e.To)), nil
	case "__timeFrom":
		return stamp(e.From), nil
	case "__timeTo":
		return stamp(e.To), nil
	case "__timeGroup":
		return e.group(x, args[1:])
	}
	return e.length(macro)
}

func names() []string {
	var out []string
	for n := range arity {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// stamp is an instant of the lake: UTC, to the microsecond.
func stamp(t time.Time) string { return t.UTC().Format("TIMESTAMP '2006-01-02 15:04:05.000000'") }

// in is a filter by a variable.
func (e *expander) in(args []string, depth int) (string, error) {
	values, used, known := e.variable(args[1])
	if !known || used != len(args[1]) {
		return "", fmt.Errorf("%w: $__in(%s, %s): the second argument is a variable", ErrMacro, args[0], args[1])
	}
	if len(values) == 0 {
		return "true", nil
	}
	x, err := e.expand(args[0], depth+1)
	if err != nil {
		return "", err
	}
	text, err := list(values)
	return "(" + x + ") IN (" + text + ")", err
}

// lengths of intervals in seconds; days and weeks as long as they usually are.
var lengths = map[string]int{"15m": 900, "30m": 1800, "60m": 3600, "1d": 86400, "1w": 604800}

func (e *expander) length(macro string) (string, error) {
	seconds, ok := lengths[e.Interval]
	if !ok {
		return "", fmt.Errorf("%w: $%s: the panel's interval is %q", ErrMacro, macro, e.Interval)
	}
	if macro == "__interval_ms" {
		return fmt.Sprint(seconds * 1000), nil
	}
	return fmt.Sprintf("INTERVAL '%d seconds'", seconds), nil
}

// group is the start of the local interval that holds x.
func (e *expander) group(x string, args []string) (string, error) {
	name, zone := e.Interval, e.Zone
	if len(args) > 0 {
		if name = strings.Trim(args[0], "'"); name == "$__interval" {
			name = e.Interval
		}
	}
	if len(args) > 1 {
		var err error
		if zone, err = interval.LoadZone(strings.Trim(args[1], "'")); err != nil {
			return "", fmt.Errorf("%w: $__timeGroup: %w", ErrMacro, err)
		}
	}
	size, err := interval.ParseSize(name)
	if err != nil || size == interval.Total {
		return "", fmt.Errorf("%w: $__timeGroup: interval %q: want 15m, 30m, 60m, 1d, 1w or $__interval", ErrMacro, name)
	}
	edges, err := e.edges(zone, size)
	if err != nil {
		return "", fmt.Errorf("%w: $__timeGroup: %w", ErrMacro, err)
	}
	return steps(x, edges), nil
}

// edges are the starts of the intervals that meet the range, and the end of the last one.
func (e *expander) edges(zone *time.Location, size interval.Size) ([]int64, error) {
	from, to := interval.FromTime(e.From), interval.FromTime(e.To)
	buckets, err := interval.Buckets(zone, from, max(to, from+1), size, e.WeekStart)
	if err != nil {
		return nil, err
	}
	// The first and the last are cut by the range; the whole ones are wanted.
	const week = 8 * 24 * interval.HourUs
	wide, err := interval.Buckets(zone, buckets[0].Start-week, buckets[len(buckets)-1].End+week, size, e.WeekStart)
	if err != nil {
		return nil, err
	}
	var out []int64
	for _, b := range wide {
		if b.End > from && b.Start < max(to, from+1) {
			out = append(out, b.Start)
			if len(out) > 0 && b.End >= to {
				out = append(out, b.End)
				break
			}
		}
	}
	return out, nil
}

// steps is x rounded down to an edge, null outside them. Edges that follow each other in equal steps are one branch: a year
// of days is five, two of them the days on which clocks change.
func steps(x string, edges []int64) string {
	us := "epoch_us(" + x + ")"
	var out strings.Builder
	fmt.Fprintf(&out, "make_timestamp(CASE WHEN %s < %d THEN NULL", us, edges[0])
	for i := 0; i+1 < len(edges); {
		step, j := edges[i+1]-edges[i], i+1
		for j+1 < len(edges) && edges[j+1]-edges[j] == step {
			j++
		}
		fmt.Fprintf(&out, " WHEN %s < %d THEN %d + (%s - %d) // %d * %d", us, edges[j], edges[i], us, edges[i], step, step)
		i = j
	}
	out.WriteString(" END)")
	return out.String()
}
