package httpapi

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// requestNote is what the layers inside learn about a request and the access log outside wants to know. One goroutine
// serves a request, so it needs no lock.
type requestNote struct {
	route, user string
}

func note(ctx context.Context) *requestNote {
	if n, ok := ctx.Value(noteKey).(*requestNote); ok {
		return n
	}
	return &requestNote{} // outside a Router: noted for nobody
}

// loggerFrom gives the logger of the router that serves ctx.
func loggerFrom(ctx context.Context) *slog.Logger {
	if l, ok := ctx.Value(loggerKey).(*slog.Logger); ok {
		return l
	}
	return slog.Default()
}

// identify gives the request an id, its logger and its note.
func (rt *Router) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := ""
		if rt.opt.TrustID {
			id = r.Header.Get("X-Request-Id")
		}
		if !wellFormedID(id) {
			id = rand.Text()
		}
		w.Header().Set("X-Request-Id", id)
		ctx := WithRequestID(r.Context(), id)
		ctx = context.WithValue(ctx, loggerKey, rt.opt.Logger)
		ctx = context.WithValue(ctx, noteKey, &requestNote{})
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// wellFormedID keeps what somebody else chose out of our logs unless it looks like an id of ours.
func wellFormedID(id string) bool {
	if len(id) < 8 || len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}

// observe writes one access log line and one metrics sample per request.
func (rt *Router) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		sw := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(sw, r)
		n, took := note(r.Context()), time.Since(start)
		rt.opt.Metrics.observe(r.Method, n.route, sw.code(), took)
		rt.opt.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("request_id", RequestID(r.Context())),
			slog.String("method", r.Method),
			slog.String("path", MaskNumbers(r.URL.Path)),
			slog.String("query", maskQuery(r.URL.Query())),
			slog.String("route", n.route),
			slog.Int("status", sw.code()),
			slog.Int64("bytes", sw.bytes),
			slog.Duration("took", took),
			slog.String("user", n.user),
			slog.String("remote", RemoteHost(r)),
		)
	})
}

// recoverPanics turns a panic into server.internal, unless the answer has begun: then the connection is cut, so that
// nobody takes half an answer for a whole one.
func (rt *Router) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			rt.opt.Logger.Error("panic while serving", "request_id", RequestID(r.Context()),
				"route", note(r.Context()).route, "panic", v, "stack", string(debug.Stack()))
			if sw, ok := w.(*statusWriter); ok && sw.status != 0 {
				panic(http.ErrAbortHandler)
			}
			WriteProblem(w, r, Internal.New(""))
		}()
		next.ServeHTTP(w, r)
	})
}

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(code int) {
	if w.status == 0 && code >= 200 {
		w.status = code
	}
	w.ResponseWriter.WriteHeader(code)
}

// Write implements http.ResponseWriter.
func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}

// Metrics counts requests by method, route pattern and status. A nil *Metrics counts nothing.
type Metrics struct {
	seconds *prometheus.HistogramVec
}

// NewMetrics registers the request metrics of one role.
func NewMetrics(reg prometheus.Registerer, role string) (*Metrics, error) {
	labels := prometheus.Labels{"role": role}
	m := &Metrics{
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "agner_http_request_seconds", Help: "Time to serve a request, by method, route pattern and status.",
			ConstLabels: labels, Buckets: []float64{.001, .005, .02, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"method", "route", "status"}),
	}
	if err := reg.Register(m.seconds); err != nil {
		return nil, fmt.Errorf("register request metrics: %w", err)
	}
	return m, nil
}

func (m *Metrics) observe(method, route string, status int, took time.Duration) {
	if m == nil {
		return
	}
	if route == "" {
		route, method = "none", "any" // unknown paths and methods are the caller's choice and must not make new series
	}
	m.seconds.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}
