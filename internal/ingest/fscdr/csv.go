package fscdr

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/agner-platform/agner/internal/ingest/feed"
)

// Names of the formats.
const (
	NameCSV  = "freeswitch_csv"
	NameJSON = "freeswitch_json"
)

// Formats describes both formats.
func Formats() []feed.Format {
	return []feed.Format{
		{Name: NameJSON, Split: feed.JSONRecords, Open: openJSON},
		{Name: NameCSV, ZoneNeeded: true, Growing: true, Split: feed.Lines, Open: openCSV},
	}
}

// templates are those shipped with cdr_csv.conf.
var templates = map[string]string{
	"example":  `"${caller_id_name}","${caller_id_number}","${destination_number}","${context}","${start_stamp}","${answer_stamp}","${end_stamp}","${duration}","${billsec}","${hangup_cause}","${uuid}","${bleg_uuid}","${accountcode}","${read_codec}","${write_codec}"`,
	"asterisk": `"${accountcode}","${caller_id_number}","${destination_number}","${context}","${caller_id}","${channel_name}","${bridge_channel}","${last_app}","${last_arg}","${start_stamp}","${answer_stamp}","${end_stamp}","${duration}","${billsec}","${hangup_cause}","${amaflags}","${uuid}","${userfield}"`,
}

// variable matches one ${name} of a template.
var variable = regexp.MustCompile(`\$\{([^}]+)\}`)

// columns reads the names out of a template, which is a shipped one's name, or
// the text of cdr_csv.conf.
func columns(template string) ([]string, error) {
	if template == "" {
		template = "example"
	}
	if text, ok := templates[template]; ok {
		template = text
	}
	var names []string
	seen := map[string]bool{}
	for _, m := range variable.FindAllStringSubmatch(template, -1) {
		names = append(names, m[1])
		seen[m[1]] = true
	}
	for _, need := range []string{"start_stamp", "end_stamp", "uuid"} {
		if !seen[need] && !seen[strings.Replace(need, "_stamp", "_uepoch", 1)] {
			return nil, fmt.Errorf("%w: template has no ${%s}", feed.ErrProfile, need)
		}
	}
	return names, nil
}

// lines maps the lines of mod_cdr_csv.
type lines struct {
	setup feed.Setup
	names []string
}

func openCSV(s feed.Setup) (feed.Mapper, error) {
	names, err := columns(s.Template)
	if err != nil {
		return nil, err
	}
	return &lines{s, names}, nil
}

// Map maps one line.
func (m *lines) Map(rec feed.Record, out *feed.Out) error {
	f := split(rec.Text)
	if len(f) != len(m.names) {
		return feed.Rejectf("line does not have the template's number of columns")
	}
	v := make(vars, len(f))
	for i, name := range m.names {
		v[name] = f[i]
	}
	return (&mapper{setup: m.setup, vars: v, out: out}).run()
}

// split cuts a line of quoted fields. Values are put between the quotes as they
// are, so a quote inside a name is no end of a field; only `","` is.
func split(line string) []string {
	line = strings.TrimSpace(line)
	if len(line) < 2 || line[0] != '"' || line[len(line)-1] != '"' {
		return feed.SplitCSV(nil, line, ',')
	}
	return strings.Split(line[1:len(line)-1], `","`)
}

// End has nothing to close: a line is a whole call.
func (*lines) End(*feed.Out) error { return nil }

// State is empty: a line stands for itself.
func (*lines) State() (json.RawMessage, error) { return nil, nil }

// Whole reports whether a last line without an end has all columns and its last quote.
func (m *lines) Whole(text string) bool {
	return len(split(text)) == len(m.names) && strings.HasSuffix(text, `"`)
}
