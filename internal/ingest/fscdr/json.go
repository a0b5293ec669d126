package fscdr

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// document is the part of a JSON CDR that is used.
type document struct {
	Variables map[string]any `json:"variables"`
	Stats     struct {
		Audio struct {
			Inbound map[string]any `json:"inbound"`
		} `json:"audio"`
	} `json:"callStats"`
	Flow []struct {
		Profile struct {
			Number string `json:"caller_id_number"`
			Dialed string `json:"destination_number"`
			UUID   string `json:"uuid"`
		} `json:"caller_profile"`
		Times map[string]any `json:"times"`
	} `json:"callflow"`
}

// documents maps JSON CDRs.
type documents struct{ setup feed.Setup }

func openJSON(s feed.Setup) (feed.Mapper, error) { return &documents{s}, nil }

// Map maps one document.
func (m *documents) Map(rec feed.Record, out *feed.Out) error {
	var d document
	if err := json.Unmarshal([]byte(strings.TrimRight(rec.Text, ", \t\r\n")), &d); err != nil {
		return feed.Rejectf("not a JSON call record")
	}
	if len(d.Variables) == 0 && len(d.Flow) == 0 {
		return feed.Rejectf("JSON has neither variables nor callflow")
	}
	v := vars{}
	for name, value := range d.Variables {
		v[name] = feed.Unescape(text(value))
	}
	d.fill(v)
	return (&mapper{setup: m.setup, vars: v, out: out, quality: quality(d.Stats.Audio.Inbound)}).run()
}

// fill takes from the callflow what the variables lack.
func (d *document) fill(v vars) {
	if len(d.Flow) == 0 {
		return
	}
	first := d.Flow[len(d.Flow)-1] // the newest profile comes first, the original last
	set := func(name, value string) {
		if v[name] == "" && value != "0" {
			v[name] = value
		}
	}
	set("caller_id_number", feed.Unescape(first.Profile.Number))
	set("destination_number", feed.Unescape(first.Profile.Dialed))
	set("uuid", first.Profile.UUID)
	set("start_uepoch", text(first.Times["created_time"]))
	set("answer_uepoch", text(first.Times["answered_time"]))
	set("end_uepoch", text(d.Flow[0].Times["hangup_time"]))
}

// quality reads callStats of what the caller sent.
func quality(in map[string]any) *event.MediaQuality {
	n := func(name string) float64 {
		f, err := strconv.ParseFloat(text(in[name]), 64)
		if err != nil || math.IsNaN(f) || f < 0 || f > 1e15 {
			return 0
		}
		return f
	}
	q := &event.MediaQuality{
		MOS: n("mos"), Packets: int64(n("media_packet_count")), Lost: int64(n("skip_packet_count")),
		JitterUs: int64(math.Sqrt(n("jitter_max_variance")) * 1000), // variance in ms²
	}
	if q.MOS < 1 || q.MOS > 5 {
		q.MOS = 0
	}
	if *q == (event.MediaQuality{}) {
		return nil
	}
	return q
}

// text gives a JSON value as FreeSWITCH writes it elsewhere.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// End has nothing to close: a document is a whole call.
func (*documents) End(*feed.Out) error { return nil }

// State is empty: a document stands for itself.
func (*documents) State() (json.RawMessage, error) { return nil, nil }
