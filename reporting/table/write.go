package table

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/metric"
	"github.com/xuri/excelize/v2"
)

// Value gives value i as string, int64, float64, bool or an RFC 3339 text with offset; nil where it is missing.
func (t *Table) Value(c *Column, i int) any {
	if c.Missing(i) {
		return nil
	}
	switch c.Kind {
	case Text:
		return c.Texts[i]
	case Whole:
		return c.Ints[i]
	case Real:
		return c.Reals[i]
	case Truth:
		return c.Truths[i]
	}
	return interval.Format(t.zone(), c.Ints[i])
}

// Row gives row i as an object for JSON.
func (t *Table) Row(i int) map[string]any {
	row := make(map[string]any, len(t.Columns))
	for j := range t.Columns {
		row[t.Columns[j].Name] = t.Value(&t.Columns[j], i)
	}
	return row
}

// WriteJSON writes the rows as one array of objects, columns in order.
func (t *Table) WriteJSON(w io.Writer) error {
	buf := bufio.NewWriter(w)
	_ = buf.WriteByte('[') // a bufio.Writer keeps its error for Flush
	for i := range t.Len() {
		if i > 0 {
			_ = buf.WriteByte(',')
		}
		_, _ = buf.WriteString("\n{")
		for j := range t.Columns {
			if j > 0 {
				_ = buf.WriteByte(',')
			}
			v, err := json.Marshal(t.Value(&t.Columns[j], i))
			if err != nil {
				return fmt.Errorf("encode column %s: %w", t.Columns[j].Name, err)
			}
			_, _ = fmt.Fprintf(buf, "%q:%s", t.Columns[j].Name, v)
		}
		_ = buf.WriteByte('}')
	}
	_, _ = buf.WriteString("\n]\n")
	if err := buf.Flush(); err != nil {
		return fmt.Errorf("write json: %w", err)
	}
	return nil
}

// WriteCSV writes a header and the rows; times are RFC 3339 with offset, missing values empty.
func (t *Table) WriteCSV(w io.Writer) error {
	cw := csv.NewWriter(w)
	cells := make([]string, len(t.Columns))
	for j := range t.Columns {
		cells[j] = inert(t.Columns[j].Name)
	}
	_ = cw.Write(cells) // a csv.Writer keeps its error for Error
	for i := range t.Len() {
		for j := range t.Columns {
			cells[j] = t.cell(&t.Columns[j], i)
		}
		_ = cw.Write(cells)
	}
	cw.Flush()
	if err := cw.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

func (t *Table) cell(c *Column, i int) string {
	switch v := t.Value(c, i).(type) {
	case nil:
		return ""
	case string:
		return inert(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

// inert keeps a spreadsheet from running a text as a formula (OWASP, CSV injection): names come from foreign files.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// WriteText writes the table aligned for a terminal, units in the header and figures as people read them.
func (t *Table) WriteText(w io.Writer) error {
	rows := make([][]string, 1+t.Len())
	width := make([]int, len(t.Columns))
	for i := range rows {
		rows[i] = make([]string, len(t.Columns))
		for j := range t.Columns {
			c := &t.Columns[j]
			if i == 0 {
				rows[i][j] = c.Name
			} else {
				rows[i][j] = t.shown(c, i-1)
			}
			width[j] = max(width[j], utf8.RuneCountInString(rows[i][j]))
		}
	}
	buf := bufio.NewWriter(w)
	for _, row := range rows {
		var line strings.Builder
		for j, s := range row {
			pad := strings.Repeat(" ", width[j]-utf8.RuneCountInString(s))
			if k := t.Columns[j].Kind; k == Whole || k == Real {
				s = pad + s
			} else {
				s += pad
			}
			if j > 0 {
				line.WriteString("  ")
			}
			line.WriteString(s)
		}
		_, _ = buf.WriteString(strings.TrimRight(line.String(), " ") + "\n") // a bufio.Writer keeps its error for Flush
	}
	if err := buf.Flush(); err != nil {
		return fmt.Errorf("write text: %w", err)
	}
	return nil
}

func (t *Table) shown(c *Column, i int) string {
	if c.Missing(i) {
		return "–"
	}
	switch c.Kind {
	case Text:
		return c.Texts[i]
	case Whole:
		return metric.Format(metric.Count, float64(c.Ints[i]))
	case Real:
		return metric.Format(c.Unit, c.Reals[i])
	case Truth:
		return map[bool]string{true: "yes", false: "no"}[c.Truths[i]]
	}
	return interval.FormatMinute(t.zone(), c.Ints[i])
}

// excelEpoch is day 0 of the workbook's calendar (the 1900 system, whose day 60 does not exist).
var excelEpoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// WriteXLSX writes a workbook of two sheets: the rows, with times as local wall clock, and the columns' units and
// formulas.
func (t *Table) WriteXLSX(w io.Writer) error {
	book := excelize.NewFile()
	if err := t.fillBook(book); err != nil {
		_ = book.Close() // the first error is the one to tell
		return fmt.Errorf("make workbook: %w", err)
	}
	if err := book.Write(w); err != nil {
		_ = book.Close() // the first error is the one to tell
		return fmt.Errorf("write workbook: %w", err)
	}
	return book.Close()
}

func (t *Table) fillBook(book *excelize.File) error {
	if err := book.SetSheetName(book.GetSheetName(0), "report"); err != nil {
		return err
	}
	clock := "yyyy-mm-dd hh:mm:ss"
	stamp, err := book.NewStyle(&excelize.Style{CustomNumFmt: &clock})
	if err != nil {
		return err
	}
	percent, err := book.NewStyle(&excelize.Style{NumFmt: 10}) // 0.00%
	if err != nil {
		return err
	}
	if err := t.fillRows(book, stamp, percent); err != nil {
		return err
	}
	if _, err := book.NewSheet("columns"); err != nil {
		return err
	}
	sheet, err := book.NewStreamWriter("columns")
	if err != nil {
		return err
	}
	if err := sheet.SetRow("A1", []any{"column", "unit", "formula"}); err != nil {
		return err
	}
	for j, c := range t.Columns {
		if err := sheet.SetRow(fmt.Sprintf("A%d", j+2), []any{c.Name, string(c.Unit), c.Formula}); err != nil {
			return err
		}
	}
	return sheet.Flush()
}

func (t *Table) fillRows(book *excelize.File, stamp, percent int) error {
	sheet, err := book.NewStreamWriter("report")
	if err != nil {
		return err
	}
	cells := make([]any, len(t.Columns))
	for j, c := range t.Columns {
		cells[j] = c.Name
	}
	if err := sheet.SetRow("A1", cells); err != nil {
		return err
	}
	for i := range t.Len() {
		for j := range t.Columns {
			c := &t.Columns[j]
			cells[j] = t.Value(c, i)
			switch {
			case cells[j] == nil:
			case c.Kind == Time:
				local := time.UnixMicro(c.Ints[i] + interval.Offset(t.zone(), c.Ints[i])).UTC()
				cells[j] = excelize.Cell{StyleID: stamp, Value: local.Sub(excelEpoch).Hours() / 24}
			case c.Unit == metric.Share:
				cells[j] = excelize.Cell{StyleID: percent, Value: cells[j]}
			}
		}
		if err := sheet.SetRow(fmt.Sprintf("A%d", i+2), cells); err != nil {
			return err
		}
	}
	return sheet.Flush()
}
