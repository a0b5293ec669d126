// Package sheet takes a schedule to a workbook (.xlsx) and back: one row a block, in local times, so that a planner can
// change it in a spreadsheet. What cannot be read names its cell.
package sheet

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/agner-platform/agner/wfm/rules"
)

// ErrSheet is what every error of reading is.
var ErrSheet = errors.New("workbook")

// name is the sheet that holds the shifts.
const name = "Schedule"

// columns, in order. Start and pauses are local times of the agent's site.
var columns = []string{"agent", "name", "date", "contract", "kind", "start", "minutes", "pauses", "extra"}

const stamp = "2006-01-02 15:04"

// zone is that of a person's site.
func zone(p *rules.Problem, agent string) *time.Location {
	site := ""
	if a := p.Agent(agent); a != nil {
		site = a.Site
	}
	return p.Axis().Time(site, 0).Location()
}

// Write writes a schedule.
func Write(w io.Writer, p *rules.Problem, s *rules.Schedule) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := out.SetColWidth(1, len(columns), 18); err != nil {
		return err
	}
	if err := out.SetRow("A1", anys(columns)); err != nil {
		return err
	}
	shifts := slices.Clone(s.Shifts)
	slices.SortStableFunc(shifts, func(a, b rules.Shift) int { return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Agent, b.Agent)) })
	row := 1
	for i := range shifts {
		sh := &shifts[i]
		person, z := "", zone(p, sh.Agent)
		if a := p.Agent(sh.Agent); a != nil {
			person = a.Name
		}
		for _, b := range sh.Blocks {
			row++
			extra := ""
			if b.Extra {
				extra = "extra"
			}
			cells := []any{sh.Agent, person, sh.Date, sh.Contract, sh.Kind, b.Start.In(z).Format(stamp), b.Minutes, pauses(b.Pauses, z), extra}
			if err := out.SetRow("A"+strconv.Itoa(row), cells); err != nil {
				return err
			}
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i := range list {
		out[i] = list[i]
	}
	return out
}

// pauses writes "meal 12:30 30 unpaid; team 14:00 60 paid work".
func pauses(list []rules.Pause, z *time.Location) string {
	var parts []string
	for _, p := range list {
		text := fmt.Sprintf("%s %s %d %s", p.Name, p.Start.In(z).Format("15:04"), p.Minutes, map[bool]string{true: "paid", false: "unpaid"}[p.Paid])
		if p.Work {
			text += " work"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// mostRows bounds a workbook: a thousand people over a year.
const mostRows = 500_000

// Read reads the shifts of a workbook that Write wrote.
func Read(r io.Reader, p *rules.Problem) (shifts []rules.Shift, err error) {
	f, err := excelize.OpenReader(r, excelize.Options{UnzipSizeLimit: 512 << 20})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSheet, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	rows, err := f.Rows(name)
	if err != nil {
		return nil, fmt.Errorf("%w: no sheet %q: %w", ErrSheet, name, err)
	}
	at := map[[2]string]int{}
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns()
		if err != nil {
			return nil, fmt.Errorf("%w: row %d: %w", ErrSheet, n, err)
		}
		if n == 1 {
			if !slices.Equal(cells[:min(len(cells), len(columns))], columns) {
				return nil, fmt.Errorf("%w: row 1 is %q, want %q", ErrSheet, cells, columns)
			}
			continue
		}
		if n > mostRows {
			return nil, fmt.Errorf("%w: more than %d rows", ErrSheet, mostRows)
		}
		cells = append(cells, make([]string, len(columns))...)[:len(columns)]
		if strings.Join(cells, "") == "" {
			continue
		}
		b, err := block(p, cells, n)
		if err != nil {
			return nil, err
		}
		key := [2]string{cells[0], cells[2]}
		i, ok := at[key]
		if !ok {
			i = len(shifts)
			at[key] = i
			shifts = append(shifts, rules.Shift{Agent: cells[0], Date: cells[2], Contract: cells[3], Kind: cells[4]})
		}
		shifts[i].Blocks = append(shifts[i].Blocks, *b)
	}
	return shifts, rows.Error()
}

// bad names a cell.
func bad(column, row int, value, want string) error {
	cell, _ := excelize.CoordinatesToCellName(column+1, row) // both are in range
	return fmt.Errorf("%w: cell %s (%s) is %q, want %s", ErrSheet, cell, columns[column], value, want)
}

func block(p *rules.Problem, cells []string, row int) (*rules.Block, error) {
	if p.Agent(cells[0]) == nil {
		return nil, bad(0, row, cells[0], "an agent of the schedule")
	}
	if _, err := time.Parse(time.DateOnly, cells[2]); err != nil {
		return nil, bad(2, row, cells[2], "a date as 2026-05-04")
	}
	z := zone(p, cells[0])
	start, err := time.ParseInLocation(stamp, cells[5], z)
	if err != nil {
		return nil, bad(5, row, cells[5], "a time as "+stamp)
	}
	minutes, err := strconv.Atoi(cells[6])
	if err != nil || minutes <= 0 || minutes > 24*60 {
		return nil, bad(6, row, cells[6], "1 to 1440")
	}
	if cells[8] != "" && cells[8] != "extra" {
		return nil, bad(8, row, cells[8], "extra, or nothing")
	}
	b := &rules.Block{Start: start, Minutes: minutes, Extra: cells[8] == "extra"}
	for part := range strings.SplitSeq(cells[7], ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		q, ok := pause(part, start)
		if !ok {
			return nil, bad(7, row, part, "pauses as: meal 12:30 30 unpaid; team 14:00 60 paid work")
		}
		b.Pauses = append(b.Pauses, *q)
	}
	return b, nil
}

// pause reads one pause, which lies within a day of the block's start.
func pause(text string, start time.Time) (*rules.Pause, bool) {
	words := strings.Fields(text)
	work := len(words) > 0 && words[len(words)-1] == "work"
	if work {
		words = words[:len(words)-1]
	}
	if len(words) < 4 {
		return nil, false
	}
	rest := words[len(words)-3:]
	clock, err := time.Parse("15:04", rest[0])
	minutes, err2 := strconv.Atoi(rest[1])
	if err != nil || err2 != nil || minutes <= 0 || rest[2] != "paid" && rest[2] != "unpaid" {
		return nil, false
	}
	at := time.Date(start.Year(), start.Month(), start.Day(), clock.Hour(), clock.Minute(), 0, 0, start.Location())
	if at.Before(start) {
		at = at.AddDate(0, 0, 1) // behind midnight
	}
	return &rules.Pause{Name: strings.Join(words[:len(words)-3], " "), Start: at, Minutes: minutes, Paid: rest[2] == "paid", Work: work}, true
}
