package httpapi

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReadJSONNamesTheFault(t *testing.T) {
	type row struct {
		Name  string `json:"name"`
		Level int    `json:"level"`
	}
	f := func(media, body string, kind *Kind, field string) {
		t.Helper()
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", media)
		var v row
		err := ReadJSON(r, &v)
		var p *Problem
		if !errors.As(err, &p) || p.Kind != kind {
			t.Errorf("%s: %v, want %s", body, err, kind.Code)
			return
		}
		if field != "" && p.Params["field"] != field {
			t.Errorf("%s: field %v, want %s", body, p.Params["field"], field)
		}
	}
	const media = "application/json; charset=utf-8"
	f("text/plain", `{}`, BadMediaType, "")
	f("", `{}`, BadMediaType, "")
	f("application/x-www-form-urlencoded", `name=x`, BadMediaType, "")
	f(media, ``, BadRequest, "")
	f(media, `{"name":`, BadRequest, "")
	f(media, `{"name":"a"} {"name":"b"}`, BadRequest, "")
	f(media, `{"name":"a"}x`, BadRequest, "")
	f(media, `{"nam":"a"}`, UnknownField, "nam")
	f(media, `{"level":"high"}`, InvalidField, "level")
	f(media, `[1]`, InvalidField, "")
	r := httptest.NewRequest("POST", "/", strings.NewReader(`{"name":"a","level":3}`))
	r.Header.Set("Content-Type", media)
	var v row
	if err := ReadJSON(r, &v); err != nil || v != (row{"a", 3}) {
		t.Errorf("got %+v, %v", v, err)
	}
}

func TestIfMatch(t *testing.T) {
	f := func(header string, want int64, kind *Kind) {
		t.Helper()
		r := httptest.NewRequest("PATCH", "/", nil)
		if header != "" {
			r.Header.Set("If-Match", header)
		}
		got, err := IfMatch(r)
		if kind == nil && (err != nil || got != want) || kind != nil && !IsKind(err, kind) {
			t.Errorf("%q: %d, %v", header, got, err)
		}
	}
	f(ETag(7), 7, nil)
	f(`W/"7"`, 7, nil) // a compressing proxy weakens the tag
	f("", 0, NoPrecondition)
	f("*", 0, BadParameter)
	f(`"7`, 0, BadParameter)
	f(`"x"`, 0, BadParameter)
	f(`"1", "2"`, 0, BadParameter)
}

func TestNotModified(t *testing.T) {
	for header, want := range map[string]bool{"": false, `"3"`: true, `W/"3"`: true, `"1", "3"`: true, `"4"`: false, "*": true} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("If-None-Match", header)
		w := httptest.NewRecorder()
		if got := NotModified(w, r, ETag(3)); got != want || w.Header().Get("ETag") != `"3"` {
			t.Errorf("%q: %v", header, got)
		}
	}
}

func TestQuery(t *testing.T) {
	q := NewQuery(httptest.NewRequest("GET", "/?queue=a&queue=b,c&limit=10&within=20s&short=1.5&by=site", nil))
	if diff := cmp.Diff([]string{"a", "b", "c"}, q.List("queue")); diff != "" {
		t.Error(diff)
	}
	if n := q.Int("limit", 5, 1, 100); n != 10 {
		t.Error(n)
	}
	if d := q.Duration("within", 0); d != 20*time.Second {
		t.Error(d)
	}
	if d := q.Duration("short", 0); d != 1500*time.Millisecond {
		t.Error(d)
	}
	if s := q.Enum("by", "queue", "site"); s != "site" {
		t.Error(s)
	}
	if s := q.Enum("credit", "arrival", "answer"); s != "arrival" {
		t.Error(s)
	}
	if err := q.Err(); err != nil {
		t.Error(err)
	}
	f := func(query string, read func(*Query), field string) {
		t.Helper()
		q := NewQuery(httptest.NewRequest("GET", "/?"+query, nil))
		read(q)
		var p *Problem
		if err := q.Err(); !errors.As(err, &p) || p.Kind != BadParameter || p.Params["field"] != field {
			t.Errorf("%s: %v", query, err)
		}
	}
	f("limit=0", func(q *Query) { q.Int("limit", 5, 1, 100) }, "limit")
	f("limit=1e9", func(q *Query) { q.Int("limit", 5, 1, 100) }, "limit")
	f("within=-3s", func(q *Query) { q.Duration("within", 0) }, "within")
	f("within=NaN", func(q *Query) { q.Duration("within", 0) }, "within")
	f("by=planet", func(q *Query) { q.Enum("by", "queue", "site") }, "by")
	f("quue=1", func(q *Query) { q.List("queue") }, "quue")
}

func TestMaskNumbers(t *testing.T) {
	for in, want := range map[string]string{
		"+3725551234":                        "+********34",
		"/calls/5551234":                     "/calls/*****34",
		"from 2026-01-31 at 10:15":           "from 2026-01-31 at 10:15",
		"123456":                             "123456",
		"q_1234567890":                       "q_1234567890", // an id, not a number
		"a1234567b":                          "a1234567b",
		"tel:1234567;ext=89 and 7654321":     "tel:*****67;ext=89 and *****21",
		"":                                   "",
		strings.Repeat("9", 20) + "\x00\xff": strings.Repeat("*", 18) + "99\x00\xff",
	} {
		if got := MaskNumbers(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
