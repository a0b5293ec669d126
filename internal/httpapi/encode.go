package httpapi

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The media types of a table.
const (
	MediaJSON  = "application/json"
	MediaArrow = "application/vnd.apache.arrow.stream"
	MediaCSV   = "text/csv"
	MediaXLSX  = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// TableWriter sends tables in the form the caller asks for. XLSX, if set, writes workbooks: the library for them is not
// this package's.
type TableWriter struct {
	XLSX func(io.Writer, *Table) error
}

// Write sends t as ?format= (json, csv, xlsx, arrow) says, else as Accept says, else as JSON.
func (tw TableWriter) Write(w http.ResponseWriter, r *http.Request, t *Table) error {
	if err := t.Check(); err != nil {
		return err
	}
	media, download, err := tw.negotiate(r)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Add("Vary", "Accept")
	h.Set("Content-Type", media)
	if media == MediaCSV {
		h.Set("Content-Type", MediaCSV+"; charset=utf-8; header=present")
	}
	if download != "" {
		h.Set("Content-Disposition", `attachment; filename="`+fileName(t.Name)+"."+download+`"`)
	}
	if r.Method == http.MethodHead {
		return nil
	}
	switch media {
	case MediaArrow:
		err = WriteArrow(w, t)
	case MediaCSV:
		err = WriteCSV(w, t)
	case MediaXLSX:
		err = tw.XLSX(w, t)
	default:
		err = WriteTableJSON(w, t)
	}
	if err != nil {
		// The answer has begun: cut it, so that nobody takes the part for the whole.
		loggerFrom(r.Context()).Warn("table not sent", "request_id", RequestID(r.Context()), "media", media, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (tw TableWriter) negotiate(r *http.Request) (media, download string, err error) {
	offered := map[string]string{"json": MediaJSON, "csv": MediaCSV, "arrow": MediaArrow}
	if tw.XLSX != nil {
		offered["xlsx"] = MediaXLSX
	}
	if format := r.URL.Query().Get("format"); format != "" {
		media, ok := offered[format]
		if !ok {
			return "", "", BadParameter.Field("format", format, "want json, csv, xlsx or arrow")
		}
		if format == "csv" || format == "xlsx" {
			download = format
		}
		return media, download, nil
	}
	media = acceptable(r.Header.Get("Accept"), tw.XLSX != nil)
	if media == "" {
		return "", "", NotAcceptable.New("JSON, CSV and Arrow streams are offered", "accept", r.Header.Get("Accept"))
	}
	return media, "", nil
}

// acceptable chooses by weight, the earlier one on a tie; wildcards mean JSON.
func acceptable(accept string, xlsx bool) string {
	if strings.TrimSpace(accept) == "" {
		return MediaJSON
	}
	best, bestWeight := "", 0.0
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(part, ";")
		media := ""
		switch name = strings.ToLower(strings.TrimSpace(name)); name {
		case MediaJSON, "application/*", "*/*":
			media = MediaJSON
		case MediaArrow, MediaCSV:
			media = name
		case "text/*":
			media = MediaCSV
		case MediaXLSX:
			if xlsx {
				media = name
			}
		}
		if q := Weight(params); media != "" && q > bestWeight {
			best, bestWeight = media, q
		}
	}
	return best
}

// fileName keeps what every system accepts in a file name.
func fileName(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < utf8.RuneSelf && (isLetter(byte(c)) || isDigit(byte(c)) || c == '-' || c == '.') {
			return c
		}
		return '-'
	}, s)
	if s = strings.Trim(s, "-."); s == "" {
		return "agner"
	}
	return s
}

// WriteTableJSON writes {head…, "columns":[…], "rows":[{…}], tail…}. Each row is an object with every column; what is
// missing is null.
func WriteTableJSON(w io.Writer, t *Table) error {
	buf := bufio.NewWriterSize(w, 64<<10)
	out := []byte{'{'}
	var err error
	for _, f := range t.Head {
		if out, err = appendField(out, f); err != nil {
			return err
		}
		out = append(out, ',')
	}
	if out, err = appendField(out, Field{"columns", describe(t)}); err != nil {
		return err
	}
	out = append(out, `,"rows":[`...)
	keys := rowKeys(t)
	for i := range t.Len() {
		out = appendRow(out, t, keys, i)
		if _, err := buf.Write(out); err != nil {
			return fmt.Errorf("write rows: %w", err)
		}
		out = out[:0]
	}
	out = append(out, ']')
	for _, f := range t.Tail {
		if out, err = appendField(append(out, ','), f); err != nil {
			return err
		}
	}
	_, _ = buf.Write(append(out, '}', '\n')) // a bufio.Writer keeps its error for Flush
	if err := buf.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

type columnDocument struct {
	Name    string `json:"name"`
	Unit    string `json:"unit,omitempty"`
	Formula string `json:"formula,omitempty"`
}

func describe(t *Table) []columnDocument {
	docs := make([]columnDocument, len(t.Columns))
	for i, c := range t.Columns {
		docs[i] = columnDocument{c.Name, c.Unit, c.Formula}
	}
	return docs
}

func appendField(out []byte, f Field) ([]byte, error) {
	v, err := json.Marshal(f.Value)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", f.Name, err)
	}
	out = append(appendString(out, f.Name), ':')
	return append(out, v...), nil
}

// rowKeys encodes each `"name":` once rather than once a row.
func rowKeys(t *Table) [][]byte {
	keys := make([][]byte, len(t.Columns))
	for i, c := range t.Columns {
		keys[i] = append(appendString(nil, c.Name), ':')
	}
	return keys
}

func appendRow(out []byte, t *Table, keys [][]byte, i int) []byte {
	if i > 0 {
		out = append(out, ',')
	}
	out = append(out, '{')
	for j := range t.Columns {
		if j > 0 {
			out = append(out, ',')
		}
		out = append(out, keys[j]...)
		out = appendValue(out, &t.Columns[j], i, t.zone())
	}
	return append(out, '}')
}

func appendValue(out []byte, c *Column, i int, zone *time.Location) []byte {
	if c.IsNull(i) {
		return append(out, "null"...)
	}
	switch c.Type {
	case String:
		return appendString(out, c.Strings[i])
	case Int:
		return strconv.AppendInt(out, c.Ints[i], 10)
	case Float:
		return appendFloat(out, c.Floats[i])
	case Bool:
		return strconv.AppendBool(out, c.Bools[i])
	default:
		out = append(out, '"')
		out = time.UnixMicro(c.Ints[i]).In(zone).AppendFormat(out, time.RFC3339Nano)
		return append(out, '"')
	}
}

// appendFloat writes plain decimals where they are short, else an exponent, as encoding/json does.
func appendFloat(out []byte, v float64) []byte {
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(out, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(out, v, 'f', -1, 64)
}

// appendString takes the short way for plain text and leaves the rest to encoding/json.
func appendString(out []byte, s string) []byte {
	for _, c := range []byte(s) {
		if c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(s)
			if err != nil {
				panic("httpapi: a string did not encode: " + err.Error()) // strings always encode
			}
			return append(out, quoted...)
		}
	}
	out = append(out, '"')
	out = append(out, s...)
	return append(out, '"')
}

// WriteCSV writes a header and the rows, times as RFC 3339; what is missing is empty.
func WriteCSV(w io.Writer, t *Table) error {
	cw := csv.NewWriter(w)
	cells := make([]string, len(t.Columns))
	for j, c := range t.Columns {
		cells[j] = inert(c.Name)
	}
	_ = cw.Write(cells) // a csv.Writer keeps its error for Error
	var scratch []byte
	for i := range t.Len() {
		for j := range t.Columns {
			c := &t.Columns[j]
			switch {
			case c.IsNull(i):
				cells[j] = ""
			case c.Type == String:
				cells[j] = inert(c.Strings[i])
			default:
				scratch = appendValue(scratch[:0], c, i, t.zone())
				cells[j] = strings.Trim(string(scratch), `"`)
			}
		}
		_ = cw.Write(cells)
	}
	cw.Flush()
	if err := cw.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

// inert keeps a spreadsheet from running a text as a formula, as OWASP's page on CSV injection advises: names of
// queues and agents come from foreign files.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
