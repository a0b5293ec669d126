package callcenter

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/agner-platform/agner/internal/ingest/feed"
)

// headers are the fields of one event.
type headers map[string]string

// decode returns the events in a record, and none for a block that is no event.
func decode(text string) ([]headers, error) {
	t := strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(t, "{"), strings.HasPrefix(t, "["):
		return decodeJSON(t)
	case strings.HasPrefix(t, "<"):
		return decodeXML(t)
	}
	return decodePlain(t)
}

func decodeJSON(t string) ([]headers, error) {
	dec := json.NewDecoder(strings.NewReader(strings.TrimRight(t, ", \t\r\n")))
	var list []headers
	for {
		var v any
		err := dec.Decode(&v)
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, feed.Rejectf("not a JSON event")
		}
		items, ok := v.([]any)
		if !ok {
			items = []any{v}
		}
		for _, item := range items {
			obj, ok := item.(map[string]any)
			if !ok {
				return nil, feed.Rejectf("not a JSON event")
			}
			list = append(list, jsonHeaders(obj))
		}
	}
}

func jsonHeaders(obj map[string]any) headers {
	h := make(headers, len(obj))
	for k, v := range obj {
		if s, ok := v.(string); ok {
			h[k] = s
		}
	}
	return h
}

// decodePlain reads "Name: value" lines with URL-encoded values.
func decodePlain(t string) ([]headers, error) {
	h := headers{}
	for line := range strings.SplitSeq(t, "\n") {
		line = strings.TrimRight(line, "\r")
		if line == "" {
			break // the event's own body follows
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, feed.Rejectf("not an event: a line is no header")
		}
		h[name] = feed.Unescape(strings.TrimSpace(value))
	}
	if h["Event-Name"] == "" {
		return nil, nil
	}
	return []headers{h}, nil
}

// decodeXML reads <event><headers><Name>value</Name>…</headers></event>.
func decodeXML(t string) ([]headers, error) {
	dec := xml.NewDecoder(strings.NewReader(t))
	dec.Strict = false
	var list []headers
	var h headers
	name := ""
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, feed.Rejectf("not an XML event")
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if name = tok.Name.Local; name == "event" {
				h = headers{}
			}
		case xml.CharData:
			if h != nil && name != "" {
				h[name] += feed.Unescape(strings.TrimSpace(string(tok)))
			}
		case xml.EndElement:
			if name = ""; tok.Name.Local == "event" && h != nil {
				list, h = append(list, h), nil
			}
		}
	}
}
