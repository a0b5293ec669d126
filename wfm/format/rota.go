package format

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/agner-platform/agner/wfm/rules"
)

// Shifts of a rota.
const (
	RotaOff = iota
	RotaDay
	RotaEvening
	RotaNight
)

// RotaLetters are the shifts as a solution writes them.
const RotaLetters = "-DEN"

// Rota is a rotating problem: an N-week rota for N employees, each of whom starts
// in another week of it.
type Rota struct {
	Name         string
	Employees    int
	Requirements [7][3]int // Monday to Sunday; day, evening, night
}

// RotaSolution is the rota, a row of seven letters per week (D, E, N, - for off).
type RotaSolution struct {
	Header
	Weeks []string `json:"weeks"`
}

// Format is rotating.
func (*Rota) Format() string { return Rotating }

var (
	rotaEmployees = regexp.MustCompile(`(?m)\bemployees\s*=\s*(-?\d+)\s*;`)
	rotaTable     = regexp.MustCompile(`(?s)\brequirements\s*=\s*\[\|(.*?)\|\]\s*;`)
	rotaComment   = regexp.MustCompile(`%[^\n]*`)
)

// ReadRota reads a MiniZinc data file with `employees` and a `requirements` table
// of seven rows and three columns, whose headings (any words ending in a colon)
// are skipped.
func ReadRota(name string, r io.Reader) (*Rota, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInstance, err)
	}
	text := rotaComment.ReplaceAllString(string(data), "")
	out := &Rota{Name: name}
	m := rotaEmployees.FindStringSubmatch(text)
	if m == nil {
		return nil, bad("employees is missing")
	}
	if out.Employees, err = strconv.Atoi(m[1]); err != nil || out.Employees < 1 || out.Employees > 10_000 {
		return nil, bad("employees = %s: must be between 1 and 10000", m[1])
	}
	m = rotaTable.FindStringSubmatch(text)
	if m == nil {
		return nil, bad("requirements is missing")
	}
	return out, out.readTable(m[1])
}

func (o *Rota) readTable(text string) error {
	day := 0
	for row := range strings.SplitSeq(text, "|") {
		var numbers []int
		for _, word := range strings.FieldsFunc(row, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' }) {
			if strings.HasSuffix(word, ":") {
				continue
			}
			n, err := strconv.Atoi(word)
			if err != nil {
				return bad("requirements of day %d: %q is not a number", day, word)
			}
			numbers = append(numbers, n)
		}
		if len(numbers) == 0 {
			continue
		}
		if day >= 7 || len(numbers) != 3 {
			return bad("requirements row %d has %d numbers: the table has seven rows of three", day, len(numbers))
		}
		copy(o.Requirements[day][:], numbers)
		day++
	}
	if day != 7 {
		return bad("requirements has %d rows: the table has seven", day)
	}
	return o.check()
}

// check finds the contradictions that can be told by counting.
func (o *Rota) check() error {
	off := 0
	for d, row := range o.Requirements {
		sum := row[0] + row[1] + row[2]
		if min(row[0], row[1], row[2]) < 0 {
			return bad("requirements of day %d are %v: may not be negative", d, row)
		}
		if sum > o.Employees {
			return bad("requirements of day %d add up to %d with %d employees", d, sum, o.Employees)
		}
		off += o.Employees - sum
	}
	if off < 2*o.Employees {
		return bad("requirements leave %d days off a week, %d employees need two each", off, o.Employees)
	}
	free := o.Employees - max(sum3(o.Requirements[5]), sum3(o.Requirements[6]))
	if need := (o.Employees + 2) / 3; free < need {
		return bad("requirements leave at most %d weekends free, one of any three of %d must be", free, o.Employees)
	}
	return nil
}

func sum3(v [3]int) int { return v[0] + v[1] + v[2] }

// Score judges a solution file.
func (o *Rota) Score(r io.Reader) (Score, error) {
	var s RotaSolution
	if err := decodeSolution(r, &s, &s.Header, Rotating); err != nil {
		return Score{}, err
	}
	return o.ScoreSolution(&s), nil
}

// ScoreSolution checks every rule; the cost is the number of people missing or
// surplus in the day, evening and night counts, 0 in a valid rota.
func (o *Rota) ScoreSolution(s *RotaSolution) Score {
	out := Score{Violations: []rules.Violation{}}
	if len(s.Weeks) != o.Employees {
		out.broken(rules.Complete, o.Name, -1, "has %d weeks for %d employees", len(s.Weeks), o.Employees)
	}
	flat := make([]int, 0, 7*len(s.Weeks))
	for i, week := range s.Weeks {
		if len(week) != 7 {
			out.broken(rules.Complete, weekName(i), -1, "has %d days", len(week))
			week = (week + "-------")[:7]
		}
		for d, letter := range week {
			k := strings.IndexRune(RotaLetters, letter)
			if k < 0 {
				out.broken(rules.Known, weekName(i), d, "%q is none of D, E, N and -", letter)
				k = RotaOff
			}
			flat = append(flat, k)
		}
	}
	out.Cost = o.scoreCounts(&out, flat)
	if len(flat) > 0 {
		scoreWeeks(&out, flat)
		scoreDays(&out, flat)
	}
	return out
}

func weekName(i int) string { return fmt.Sprintf("week %d", i+1) }

func (o *Rota) scoreCounts(out *Score, flat []int) int {
	var have [7][3]int
	for i, k := range flat {
		if k != RotaOff {
			have[i%7][k-1]++
		}
	}
	cost := 0
	for d, row := range o.Requirements {
		for k, want := range row {
			if have[d][k] != want {
				out.broken(rules.Requirement, string(RotaLetters[k+1]), d, "has %d people, %d are asked for", have[d][k], want)
				cost += max(want-have[d][k], have[d][k]-want)
			}
		}
	}
	return cost
}

// scoreWeeks checks what is promised per week and weekend.
func scoreWeeks(out *Score, flat []int) {
	n := len(flat) / 7
	free := func(week int) bool {
		w := flat[week%n*7:]
		return w[5] == RotaOff && w[6] == RotaOff
	}
	for i := range n {
		week := flat[i*7 : i*7+7]
		if !slices.ContainsFunc([]int{0, 1, 2, 3, 4, 5}, func(d int) bool { return week[d] == RotaOff && week[d+1] == RotaOff }) {
			out.broken(rules.RestTwoDays, weekName(i), -1, "has no two days off in a row")
		}
		if !free(i) && !free(i+1) && !free(i+2) {
			out.broken(rules.FreeWeekend, weekName(i), -1, "no free weekend in three weeks from here")
		}
	}
}

// scoreDays checks what is promised along the days, round the rota.
func scoreDays(out *Score, flat []int) {
	at := func(i int) int { return flat[i%len(flat)] }
	for i := range flat {
		work, nights := 0, 0
		for k := range 6 {
			if at(i+k) != RotaOff {
				work++
			}
			if k < 4 && at(i+k) == RotaNight {
				nights++
			}
		}
		if work == 6 {
			out.broken(rules.OffInSix, weekName(i/7), i%7, "six days of work from here")
		}
		if nights == 4 {
			out.broken(rules.MaxNights, weekName(i/7), i%7, "four nights in a row from here")
		}
		if next := at(i + 1); at(i) == RotaNight && next != RotaNight && next != RotaOff {
			out.broken(rules.OffAfterNights, weekName(i/7), i%7, "a night is followed by %c", RotaLetters[next])
		}
	}
}
