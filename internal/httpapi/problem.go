package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Kind is one registered sort of problem. Its Code is "area.reason" and never changes, because translations hang on it.
type Kind struct {
	Code   string
	Status int
	Title  string
}

// Problem is an RFC 9457 problem document and an error. Params carry the values that a translated sentence needs,
// by convention at least "field" and "value" where the input is at fault.
type Problem struct {
	Kind   *Kind
	Detail string
	Params map[string]any
	cause  error
}

// registry holds every Kind of the program; mu protects kinds, which is written by Define during package initialisation.
var registry = struct {
	mu    sync.Mutex
	kinds map[string]*Kind
}{kinds: map[string]*Kind{}}

// Define registers a sort of problem; call it from a package-level variable. It panics on a malformed or repeated code,
// which can only happen at start.
func Define(code string, status int, title string) *Kind {
	area, reason, ok := strings.Cut(code, ".")
	if !ok || area == "" || reason == "" || strings.ToLower(code) != code {
		panic(fmt.Sprintf("httpapi: problem code %q is not area.reason", code))
	}
	registry.mu.Lock()
	defer registry.mu.Unlock()
	if registry.kinds[code] != nil {
		panic(fmt.Sprintf("httpapi: problem code %q defined twice", code))
	}
	k := &Kind{Code: code, Status: status, Title: title}
	registry.kinds[code] = k
	return k
}

// Kinds lists every registered sort of problem by code, so that a test can ask for a translation of each.
func Kinds() []*Kind {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	all := make([]*Kind, 0, len(registry.kinds))
	for _, k := range registry.kinds {
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b *Kind) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// The problems that the edge itself reports. Roles define their own beside their handlers.
var (
	BadRequest      = Define("request.malformed", http.StatusBadRequest, "The request could not be read")
	InvalidField    = Define("request.invalid_field", http.StatusUnprocessableEntity, "A field has a value that cannot be used")
	UnknownField    = Define("request.unknown_field", http.StatusUnprocessableEntity, "The request has a field that is not known")
	BadParameter    = Define("request.invalid_parameter", http.StatusBadRequest, "A parameter has a value that cannot be used")
	BadCursor       = Define("request.invalid_cursor", http.StatusBadRequest, "The paging cursor does not belong to this list")
	BodyTooLarge    = Define("request.too_large", http.StatusRequestEntityTooLarge, "The request body is too large")
	BadMediaType    = Define("request.unsupported_media", http.StatusUnsupportedMediaType, "The request body has a media type that is not accepted here")
	NotAcceptable   = Define("request.not_acceptable", http.StatusNotAcceptable, "None of the accepted media types is offered")
	NotFound        = Define("request.not_found", http.StatusNotFound, "There is nothing here")
	BadMethod       = Define("request.method_not_allowed", http.StatusMethodNotAllowed, "The method is not allowed here")
	Conflict        = Define("request.conflict", http.StatusConflict, "The request contradicts what is stored")
	NoPrecondition  = Define("request.precondition_required", http.StatusPreconditionRequired, "If-Match is required to change this")
	Stale           = Define("request.stale", http.StatusPreconditionFailed, "Someone else changed this meanwhile")
	KeyReused       = Define("request.idempotency_conflict", http.StatusConflict, "The Idempotency-Key was used for another request")
	TooMany         = Define("request.too_many", http.StatusTooManyRequests, "Too many requests")
	Unauthenticated = Define("auth.required", http.StatusUnauthorized, "Sign in first")
	BadToken        = Define("auth.invalid_token", http.StatusUnauthorized, "The token is not valid")
	BadAssertion    = Define("auth.invalid_assertion", http.StatusUnauthorized, "The identity assertion is not valid")
	Forbidden       = Define("auth.forbidden", http.StatusForbidden, "Your role does not allow this")
	OutOfScope      = Define("auth.out_of_scope", http.StatusForbidden, "This lies outside the sites, queues and teams you may see")
	BadCSRF         = Define("auth.csrf", http.StatusForbidden, "The page is out of date; load it again")
	CrossOrigin     = Define("auth.cross_origin", http.StatusForbidden, "Another site tried to act in your name")
	ChangePassword  = Define("auth.password_change_required", http.StatusForbidden, "Change your password first")
	NoPolicy        = Define("auth.no_policy", http.StatusForbidden, "This route admits nobody")
	NoAudit         = Define("audit.unavailable", http.StatusServiceUnavailable, "Access could not be recorded and was therefore refused")
	RoleDown        = Define("role.unavailable", http.StatusServiceUnavailable, "A part of Agner is not running")
	RoleTimeout     = Define("role.timeout", http.StatusGatewayTimeout, "A part of Agner did not answer in time")
	TimedOut        = Define("server.timeout", http.StatusServiceUnavailable, "The answer took too long")
	Internal        = Define("server.internal", http.StatusInternalServerError, "Something went wrong inside Agner")
)

// New makes a problem of this kind. Params are given as name, value, name, value.
func (k *Kind) New(detail string, params ...any) *Problem {
	p := &Problem{Kind: k, Detail: detail}
	for i := 0; i+1 < len(params); i += 2 {
		if p.Params == nil {
			p.Params = map[string]any{}
		}
		p.Params[fmt.Sprint(params[i])] = params[i+1]
	}
	return p
}

// Field makes a problem of this kind that blames one field, named in the detail as well as in the params.
func (k *Kind) Field(field string, value any, reason string) *Problem {
	return k.New(fmt.Sprintf("%s %s: %s", field, quote(value), reason), "field", field, "value", value, "reason", reason)
}

func quote(v any) string {
	if s, ok := v.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprint(v)
}

// Because attaches the cause, which goes to the log and never to the caller.
func (p *Problem) Because(err error) *Problem {
	p.cause = err
	return p
}

// Error implements error.
func (p *Problem) Error() string {
	s := p.Kind.Code
	if p.Detail != "" {
		s += ": " + p.Detail
	}
	if p.cause != nil {
		s += ": " + p.cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.cause }

// Is makes errors.Is(err, problem) compare kinds.
func (p *Problem) Is(target error) bool {
	t, ok := target.(*Problem)
	return ok && t.Kind == p.Kind
}

// IsKind reports whether err is a problem of kind k.
func IsKind(err error, k *Kind) bool {
	var p *Problem
	return errors.As(err, &p) && p.Kind == k
}

type problemDocument struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail,omitempty"`
	Code      string         `json:"code"`
	Params    map[string]any `json:"params"`
	RequestID string         `json:"request_id,omitempty"`
}

// WriteProblem sends p as application/problem+json.
func WriteProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	doc := problemDocument{
		Type: "/problems/" + p.Kind.Code, Title: p.Kind.Title, Status: p.Kind.Status, Detail: p.Detail,
		Code: p.Kind.Code, Params: p.Params, RequestID: RequestID(r.Context()),
	}
	if doc.Params == nil {
		doc.Params = map[string]any{}
	}
	body, err := json.Marshal(doc)
	if err != nil { // a param that JSON cannot hold must not hide the problem itself
		doc.Params = map[string]any{}
		body, _ = json.Marshal(doc)
	}
	h := w.Header()
	h.Del("ETag")
	h.Del("Content-Disposition")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Kind.Status)
	_, _ = w.Write(append(body, '\n')) // the caller is gone if this fails, and nobody is left to tell
}

// WriteError sends err as the problem it deserves: itself if it is one, else what its type says, else server.internal,
// whose cause is logged and not shown.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(r.Context(), err)
	if p.cause != nil {
		level := slog.LevelInfo
		if p.Kind.Status >= http.StatusInternalServerError && !errors.Is(r.Context().Err(), context.Canceled) {
			level = slog.LevelError // a caller who left is no fault of ours
		}
		loggerFrom(r.Context()).Log(r.Context(), level, "request failed",
			"request_id", RequestID(r.Context()), "code", p.Kind.Code, "error", MaskNumbers(p.cause.Error()))
	}
	WriteProblem(w, r, p)
}

func problemOf(ctx context.Context, err error) *Problem {
	var p *Problem
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &large):
		return BodyTooLarge.New(fmt.Sprintf("at most %d bytes are accepted", large.Limit), "limit_bytes", large.Limit).Because(err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return TimedOut.New("").Because(err)
	}
	return Internal.New("").Because(err)
}
