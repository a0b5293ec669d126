package queuelog

import (
	"slices"
	"strings"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// row is one row of the log in any layout.
type row struct {
	at        int64
	precision event.Precision
	call      string // channel uniqueid, or NONE, REALTIME, MANAGER, CLI
	queue     string
	agent     string
	event     string
	data      []string
	line      int64
}

// arg returns data field i, counted from 1, or "".
func (r *row) arg(i int) string {
	if i > len(r.data) {
		return ""
	}
	return strings.TrimSpace(r.data[i-1])
}

// layout tells the file from the exports of the realtime table.
type layout struct {
	CSV     bool `json:"csv,omitempty"`
	Time    int  `json:"time"`
	Call    int  `json:"call"`
	Queue   int  `json:"queue"`
	Agent   int  `json:"agent"`
	Event   int  `json:"event"`
	Data    int  `json:"data"`  // first data column
	Width   int  `json:"width"` // data columns
	Known   bool `json:"known"`
	Columns int  `json:"columns,omitempty"`
}

// fileLayout is that of the log file: epoch|callid|queuename|agent|event|data….
var fileLayout = layout{Time: 0, Call: 1, Queue: 2, Agent: 3, Event: 4, Data: 5, Known: true}

// detect finds the layout by a file's first row; header says that the row is one.
func detect(text string) (l layout, header bool, err error) {
	head, _, _ := strings.Cut(text, "|")
	if _, err := feed.ParseEpoch(head, feed.Second); err == nil && strings.Count(text, "|") >= 4 {
		return fileLayout, false, nil
	}
	f := feed.SplitCSV(nil, text, ',')
	for i := range f {
		f[i] = strings.ToLower(strings.TrimSpace(f[i]))
	}
	if slices.Contains(f, "callid") {
		l, err := byHeader(f)
		return l, true, err
	}
	// Without a header: the columns of the shipped table, with or without its id.
	for _, first := range []int{1, 0} {
		if len(f) >= first+5 && isTime(f[first]) && !(first == 1 && isTime(f[0]) && len(f) == 6) {
			return layout{CSV: true, Time: first, Call: first + 1, Queue: first + 2, Agent: first + 3, Event: first + 4,
				Data: first + 5, Width: len(f) - first - 5, Known: true, Columns: len(f)}, false, nil
		}
	}
	return l, false, feed.ErrNotRead
}

func isTime(s string) bool {
	_, err := stampOf(s)
	return err == nil
}

func byHeader(f []string) (layout, error) {
	l := layout{CSV: true, Known: true, Columns: len(f), Data: len(f)}
	for _, c := range []struct {
		name string
		at   *int
	}{{"time", &l.Time}, {"callid", &l.Call}, {"queuename", &l.Queue}, {"agent", &l.Agent}, {"event", &l.Event}} {
		i := slices.Index(f, c.name)
		if i < 0 {
			return l, feed.ErrNotRead
		}
		*c.at = i
	}
	for _, name := range []string{"data1", "data"} {
		if i := slices.Index(f, name); i >= 0 {
			l.Data = i
			for l.Width = 1; i+l.Width < len(f) && strings.HasPrefix(f[i+l.Width], "data"); {
				l.Width++
			}
			break
		}
	}
	return l, nil
}

// stampOf reads the time of either layout: seconds since 1970 (with a fraction in
// newer tables), or a date and time.
func stampOf(s string) (feed.Stamp, error) {
	if strings.IndexByte(s, '-') > 0 {
		return feed.ParseStamp(s)
	}
	return feed.ParseEpoch(s, feed.Second)
}

// parse cuts a row up. The time is left to the caller, who owns the clock.
func (l *layout) parse(text string, r *row) (stamp string, err error) {
	if !l.CSV {
		return parseFile(text, r)
	}
	f := feed.SplitCSV(nil, text, ',')
	if len(f) != l.Columns {
		return "", feed.Rejectf("row does not have the table's number of columns")
	}
	r.call, r.queue, r.agent, r.event = f[l.Call], f[l.Queue], f[l.Agent], f[l.Event]
	// The last column holds whatever did not fit into the others, with bars between.
	for i, v := range f[l.Data : l.Data+l.Width] {
		if i == l.Width-1 {
			r.data = append(r.data, strings.Split(v, "|")...)
			break
		}
		r.data = append(r.data, v)
	}
	for len(r.data) > 0 && r.data[len(r.data)-1] == "" {
		r.data = r.data[:len(r.data)-1]
	}
	return f[l.Time], nil
}

// maxData bounds the data fields of a row: the largest row has six, third-party
// ones a few more.
const maxData = 32

func parseFile(text string, r *row) (stamp string, err error) {
	var f [5]string
	for i := range f {
		var more bool
		f[i], text, more = strings.Cut(text, "|")
		if !more && i < 4 {
			return "", feed.Rejectf("row has fewer than five fields")
		}
	}
	r.call, r.queue, r.agent, r.event = f[1], f[2], f[3], f[4]
	for text != "" {
		if len(r.data) == maxData {
			return "", feed.Rejectf("row has more than %d data fields", maxData)
		}
		var v string
		v, text, _ = strings.Cut(text, "|")
		r.data = append(r.data, v)
	}
	return f[0], nil
}

// blank reports the placeholder that the log writes for "no name".
func blank(s string) bool { return s == "" || s == "NONE" }

// noCall lists the call ids of rows that belong to no call.
func noCall(id string) bool {
	return blank(id) || id == "REALTIME" || id == "MANAGER" || id == "CLI"
}

// fieldsOf is how many data fields a whole row of an event has; rows of events
// that are not listed can be whole without any.
var fieldsOf = map[string]int{
	"ENTERQUEUE": 3, "CONNECT": 3, "ABANDON": 3, "EXITWITHTIMEOUT": 3, "EXITEMPTY": 3, "EXITWITHKEY": 4, "WITHDRAW": 3,
	"RINGNOANSWER": 1, "RINGCANCELED": 1, "COMPLETEAGENT": 3, "COMPLETECALLER": 3,
	"BLINDTRANSFER": 5, "TRANSFER": 4, "ATTENDEDTRANSFER": 5, "CALLSTATUS": 1, "PAUSEREASON": 1, "AGENTLOGOFF": 2,
}

// Whole reports whether a last row without a line end has all its fields.
func (m *mapper) Whole(text string) bool {
	l := m.layout
	if !l.Known {
		var header bool
		var err error
		if l, header, err = detect(text); err != nil || header {
			return false
		}
	}
	var r row
	if _, err := l.parse(text, &r); err != nil {
		return false
	}
	_, known := handlers[r.event]
	return known && (l.CSV || len(r.data) >= fieldsOf[r.event])
}
