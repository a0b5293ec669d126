package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Weight reads the q parameter of one element of an Accept header (RFC 9110, section 12.4.2); 1 without one, 0 when it
// cannot be read.
func Weight(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		k, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(strings.TrimSpace(k), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
			if err != nil || !(q >= 0 && q <= 1) {
				return 0
			}
			return q
		}
	}
	return 1
}

// ReadJSON reads the one JSON document of the body into v. Fields that v does not have are refused by name: a
// misspelt field must not be taken for an absent one.
func ReadJSON(r *http.Request, v any) error {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" && mediaType != "application/merge-patch+json" {
		return BadMediaType.New("send application/json", "media_type", r.Header.Get("Content-Type"))
	}
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return jsonProblem(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return BadRequest.New("the body holds more than one JSON document")
	}
	return nil
}

func jsonProblem(err error) error {
	var large *http.MaxBytesError
	var wrong *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	var when *time.ParseError
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		field = strings.Trim(field, `"`)
		return UnknownField.New("the field "+strconv.Quote(field)+" is not known here", "field", field)
	}
	switch {
	case errors.As(err, &large):
		return err
	case errors.As(err, &wrong):
		return InvalidField.Field(wrong.Field, wrong.Value, "want "+wrong.Type.String())
	case errors.As(err, &when): // the decoder does not say which field
		return InvalidField.New(when.Value+" is not RFC 3339", "value", strings.Trim(when.Value, `"`), "reason", "want RFC 3339")
	case errors.As(err, &syntax):
		return BadRequest.New(fmt.Sprintf("not JSON at byte %d: %s", syntax.Offset, syntax), "offset", syntax.Offset)
	}
	return BadRequest.New("the body is not a JSON document of the expected shape").Because(err)
}

// WriteJSON sends v with the status.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the caller is gone if this fails, and nobody is left to tell
	return nil
}

// ETag makes the strong entity tag of a stored version.
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// IfMatch gives the version that the caller read and wants to change. It is required: without it two people would
// overwrite each other.
func IfMatch(r *http.Request) (int64, error) {
	h := r.Header.Get("If-Match")
	if h == "" {
		return 0, NoPrecondition.New("send the ETag of what you read as If-Match")
	}
	text, ok := strings.CutPrefix(strings.TrimPrefix(h, "W/"), `"`)
	text, ok2 := strings.CutSuffix(text, `"`)
	v, err := strconv.ParseInt(text, 10, 64)
	if !ok || !ok2 || err != nil {
		return 0, BadParameter.Field("If-Match", h, "want one ETag that this server gave")
	}
	return v, nil
}

// NotModified answers 304 and reports true when the caller already has etag (If-None-Match); it sets the ETag in any case.
func NotModified(w http.ResponseWriter, r *http.Request, etag string) bool {
	w.Header().Set("ETag", etag)
	for part := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if have := strings.TrimPrefix(strings.TrimSpace(part), "W/"); have == etag || have == "*" {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}

// Query reads the parameters of a request and collects the first problem, so that a handler checks once at the end.
type Query struct {
	r    *http.Request
	seen []string
	err  error
}

// NewQuery reads the query of r.
func NewQuery(r *http.Request) *Query { return &Query{r: r} }

func (q *Query) text(name string) string {
	q.seen = append(q.seen, name)
	return q.r.URL.Query().Get(name)
}

func (q *Query) fail(name, value, reason string) {
	if q.err == nil {
		q.err = BadParameter.Field(name, value, reason)
	}
}

// Text gives a parameter, or fallback when it is absent or empty.
func (q *Query) Text(name, fallback string) string {
	if v := q.text(name); v != "" {
		return v
	}
	return fallback
}

// Enum gives a parameter that is one of the allowed values; the first is the fallback.
func (q *Query) Enum(name string, allowed ...string) string {
	v := q.text(name)
	if v == "" {
		return allowed[0]
	}
	if !slices.Contains(allowed, v) {
		q.fail(name, v, "want one of "+strings.Join(allowed, ", "))
	}
	return v
}

// Int gives a whole number between lo and hi.
func (q *Query) Int(name string, fallback, lo, hi int) int {
	text := q.text(name)
	if text == "" {
		return fallback
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < lo || v > hi {
		q.fail(name, text, fmt.Sprintf("want a whole number from %d to %d", lo, hi))
		return fallback
	}
	return v
}

// Duration gives a duration such as 20s or 1m30s; a bare number is seconds.
func (q *Query) Duration(name string, fallback time.Duration) time.Duration {
	text := q.text(name)
	if text == "" {
		return fallback
	}
	if s, err := strconv.ParseFloat(text, 64); err == nil && s >= 0 && s < 1e9 {
		return time.Duration(s * float64(time.Second))
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		q.fail(name, text, "want a duration such as 20s")
		return fallback
	}
	return d
}

// List gives every value of a repeated parameter; a value may also hold several, separated by commas.
func (q *Query) List(name string) []string {
	q.seen = append(q.seen, name)
	var all []string
	for _, v := range q.r.URL.Query()[name] {
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				all = append(all, part)
			}
		}
	}
	return all
}

// Err gives the first problem. A parameter that was not asked for is one too: a misspelt filter must not widen a list.
func (q *Query) Err() error {
	if q.err != nil {
		return q.err
	}
	for name, values := range q.r.URL.Query() {
		if !slices.Contains(q.seen, name) {
			return BadParameter.Field(name, strings.Join(values, ","), "no such parameter here")
		}
	}
	return nil
}
