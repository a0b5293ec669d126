package httpapi

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

const (
	defaultMaxBody = 1 << 20          // a set-up document is a few KiB; uploads say their own limit
	defaultTimeout = 30 * time.Second // longer than the slowest report on 50 M calls should take
	// Unlimited lifts a body limit or a timeout: uploads are bounded by progress instead.
	Unlimited = -1
	// idleTransfer ends an unlimited upload or stream that stopped moving, so that it cannot hold a connection for ever.
	idleTransfer = time.Minute
)

// Policy says who may use a route, and within which bounds. The zero value admits any signed-in caller.
type Policy struct {
	Action    string   // what is done, as the audit and the log name it: "setup.queues.write"
	Public    bool     // nobody needs to sign in
	Roles     []string // one of these is needed; empty: any signed-in caller
	Grant     string   // needed on top of the role
	Loopback  bool     // callers on this machine need no identity (metrics)
	Sensitive bool     // recorded in the audit before the handler runs

	BeforePasswordChange bool          // may be used while the password must be changed
	MaxBody              int64         // bytes; 0: 1 MiB; Unlimited
	Timeout              time.Duration // 0: 30 s; Unlimited
}

// AuditEntry is one line of the audit about an access to a sensitive route.
type AuditEntry struct {
	User, Action, Method, Path, Query, RequestID, Remote string
}

// Auditor records accesses. An error means that nothing was recorded.
type Auditor interface {
	Audit(ctx context.Context, e AuditEntry) error
}

// Options configure a Router.
type Options struct {
	// Authenticate says who calls; nil, nil means nobody in particular. Its error refuses the request.
	Authenticate func(*http.Request) (*Identity, error)
	Auditor      Auditor                         // required as soon as one route is Sensitive
	Logger       *slog.Logger                    // nil: slog.Default()
	Metrics      *Metrics                        // nil: none
	Wrap         func(http.Handler) http.Handler // middleware inside the access log: compression at the public door
	TrustID      bool                            // keep the X-Request-Id of the caller (roles behind the public door)
}

// Router serves routes that each have a policy. Register everything before serving.
type Router struct {
	mux      *chi.Mux
	policies map[string]Policy // by "METHOD /pattern"
	opt      Options
	handler  http.Handler
}

// HandlerFunc is a handler that returns its error, which WriteError then sends.
type HandlerFunc func(http.ResponseWriter, *http.Request) error

// ServeHTTP implements http.Handler.
func (f HandlerFunc) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := f(w, r); err != nil {
		WriteError(w, r, err)
	}
}

// NewRouter makes a router without routes.
func NewRouter(opt Options) *Router {
	if opt.Logger == nil {
		opt.Logger = slog.Default()
	}
	rt := &Router{mux: chi.NewMux(), policies: map[string]Policy{}, opt: opt}
	rt.mux.NotFound(func(w http.ResponseWriter, r *http.Request) {
		WriteProblem(w, r, NotFound.New("no such path", "path", MaskNumbers(r.URL.Path)))
	})
	rt.mux.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		WriteProblem(w, r, BadMethod.New("", "method", r.Method))
	})
	var h http.Handler = http.HandlerFunc(rt.guard)
	h = rt.recoverPanics(h)
	if opt.Wrap != nil {
		h = opt.Wrap(h)
	}
	rt.handler = rt.identify(rt.observe(h))
	return rt
}

// Handle adds a route. The pattern is chi's: "/setup/queues/{id}", "/files/*". It panics on a repeated route and on a
// sensitive one without an auditor, which can only happen at start.
func (rt *Router) Handle(method, pattern string, p Policy, h http.Handler) {
	key := method + " " + pattern
	if _, ok := rt.policies[key]; ok {
		panic("httpapi: route " + key + " added twice")
	}
	if p.Sensitive && rt.opt.Auditor == nil {
		panic("httpapi: route " + key + " is sensitive but the router has no auditor")
	}
	rt.policies[key] = p
	rt.mux.Method(method, pattern, h)
}

// HandleFunc adds a route whose handler returns its error.
func (rt *Router) HandleFunc(method, pattern string, p Policy, h func(http.ResponseWriter, *http.Request) error) {
	rt.Handle(method, pattern, p, HandlerFunc(h))
}

// Routes gives the underlying tree, for tests that hold it against documents.
func (rt *Router) Routes() chi.Routes { return rt.mux }

// PolicyOf gives the policy of a route as registered.
func (rt *Router) PolicyOf(method, pattern string) (Policy, bool) {
	p, ok := rt.policies[method+" "+pattern]
	return p, ok
}

// Unguarded lists the routes that reached the tree without a policy. They are refused, and a test should say so first.
func (rt *Router) Unguarded() ([]string, error) {
	var bare []string
	err := chi.Walk(rt.mux, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if _, ok := rt.policies[method+" "+route]; !ok {
			bare = append(bare, method+" "+route)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("walk routes: %w", err)
	}
	return bare, nil
}

// ServeHTTP implements http.Handler.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) { rt.handler.ServeHTTP(w, r) }

// guard finds the route, applies its policy, and only then lets the tree serve it.
func (rt *Router) guard(w http.ResponseWriter, r *http.Request) {
	path := r.URL.RawPath // the tree matches the escaped path when there is one; the guard must look at the same
	if path == "" {
		path = r.URL.Path
	}
	pattern := rt.mux.Find(chi.NewRouteContext(), r.Method, path)
	if pattern == "" {
		rt.mux.ServeHTTP(w, r) // answers 404 or 405; no handler of ours runs
		return
	}
	note(r.Context()).route = pattern
	p, ok := rt.policies[r.Method+" "+pattern]
	if !ok {
		WriteProblem(w, r, NoPolicy.New("", "route", pattern))
		return
	}
	r, err := rt.admit(r, p)
	if err != nil {
		WriteError(w, r, err)
		return
	}
	w, r, cancel := bound(w, r, p)
	defer cancel()
	rt.mux.ServeHTTP(w, r)
}

// admit returns the request with its identity, or the reason to refuse it.
func (rt *Router) admit(r *http.Request, p Policy) (*http.Request, error) {
	id, err := rt.who(r, p)
	if err != nil {
		return r, err
	}
	if id != nil {
		note(r.Context()).user = id.User
		r = r.WithContext(WithIdentity(r.Context(), id.narrowed(p.Roles)))
	}
	if err := check(id, p, fromLoopback(r)); err != nil {
		return r, err
	}
	if !p.Sensitive {
		return r, nil
	}
	e := AuditEntry{
		Action: p.Action, Method: r.Method, Path: MaskNumbers(r.URL.Path), Query: maskQuery(r.URL.Query()),
		RequestID: RequestID(r.Context()), Remote: RemoteHost(r),
	}
	if id != nil {
		e.User = id.User
	}
	if err := rt.opt.Auditor.Audit(r.Context(), e); err != nil {
		return r, NoAudit.New("").Because(err)
	}
	return r, nil
}

// who asks for the identity. Broken credentials do not spoil a public route: a stale cookie must not prevent signing in.
func (rt *Router) who(r *http.Request, p Policy) (*Identity, error) {
	if rt.opt.Authenticate == nil {
		return nil, nil
	}
	id, err := rt.opt.Authenticate(r)
	if err != nil && p.Public {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return id, nil
}

func check(id *Identity, p Policy, local bool) error {
	switch {
	case p.Public || p.Loopback && local:
		return nil
	case id == nil:
		return Unauthenticated.New("")
	case id.MustChangePassword && !p.BeforePasswordChange:
		return ChangePassword.New("")
	case len(p.Roles) > 0 && !id.Has(p.Roles...):
		return Forbidden.New("needs one of the roles "+strings.Join(p.Roles, ", "), "roles", p.Roles)
	case p.Grant != "" && !id.Granted(p.Grant):
		return Forbidden.New("needs the grant "+p.Grant, "grant", p.Grant)
	}
	return nil
}

// bound applies the body limit and the deadlines of p.
func bound(w http.ResponseWriter, r *http.Request, p Policy) (http.ResponseWriter, *http.Request, context.CancelFunc) {
	rc := http.NewResponseController(w)
	switch {
	case p.MaxBody == Unlimited:
		r.Body = &movingBody{ReadCloser: r.Body, rc: rc}
	case p.MaxBody == 0:
		r.Body = http.MaxBytesReader(w, r.Body, defaultMaxBody)
	default:
		r.Body = http.MaxBytesReader(w, r.Body, p.MaxBody)
	}
	if p.Timeout == Unlimited {
		return &movingWriter{ResponseWriter: w, rc: rc}, r, func() {}
	}
	d := p.Timeout
	if d == 0 {
		d = defaultTimeout
	}
	if p.MaxBody != Unlimited {
		_ = rc.SetReadDeadline(time.Now().Add(d)) // not every writer has a connection below it
	}
	_ = rc.SetWriteDeadline(time.Now().Add(d + idleTransfer)) // nor for this; the answer may be made at the last moment
	ctx, cancel := context.WithTimeout(r.Context(), d)
	return w, r.WithContext(ctx), cancel
}

// movingBody lets a body be as long as it likes while bytes keep arriving.
type movingBody struct {
	io.ReadCloser
	rc *http.ResponseController
}

// Read implements io.Reader.
func (b *movingBody) Read(p []byte) (int, error) {
	_ = b.rc.SetReadDeadline(time.Now().Add(idleTransfer)) // not every writer has a connection below it
	n, err := b.ReadCloser.Read(p)
	// A deadline left standing would end the handler's context while it works on what it has read.
	_ = b.rc.SetReadDeadline(time.Time{})
	return n, err
}

// movingWriter lets an answer last as long as it likes while the reader takes bytes.
type movingWriter struct {
	http.ResponseWriter
	rc  *http.ResponseController
	own bool // the handler sets deadlines itself
}

// SetWriteDeadline is what http.ResponseController finds first.
func (w *movingWriter) SetWriteDeadline(t time.Time) error {
	w.own = true
	return w.rc.SetWriteDeadline(t)
}

// Write implements http.ResponseWriter.
func (w *movingWriter) Write(p []byte) (int, error) {
	if !w.own {
		_ = w.rc.SetWriteDeadline(time.Now().Add(idleTransfer)) // not every writer has a connection below it
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (w *movingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// RemoteHost gives the peer's address without its port; a Unix socket has none.
func RemoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// fromLoopback reports whether the request was made on this machine and not handed on by a proxy there.
func fromLoopback(r *http.Request) bool {
	if r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
		return false
	}
	host := RemoteHost(r)
	if host == "" || host == "@" {
		return true // a Unix socket peer
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
