package door

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"time"

	"github.com/agner-platform/agner/internal/httpapi"
)

const (
	proxyDial = 2 * time.Second // a Unix socket answers at once or not at all
	proxyIdle = 16              // connections kept to one role
)

// Proxy hands requests on to one role over its Unix socket, with the caller's identity asserted.
type Proxy struct {
	role      string
	signer    *httpapi.Signer
	transport *http.Transport
	reverse   *httputil.ReverseProxy
}

// NewProxy makes the way to the role that listens on the socket; the role's name is the audience of the assertions.
func NewProxy(role, socket string, signer *httpapi.Signer) *Proxy {
	p := &Proxy{role: role, signer: signer}
	p.transport = &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: proxyDial}).DialContext(ctx, "unix", socket)
		},
		MaxIdleConnsPerHost: proxyIdle,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true, // the public door encodes for the browser
	}
	p.reverse = &httputil.ReverseProxy{
		Rewrite:        p.rewrite,
		Transport:      p.transport,
		FlushInterval:  -1, // event streams must not wait in a buffer
		ErrorHandler:   p.failed,
		ModifyResponse: p.answered,
		ErrorLog:       slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // failed reports with the request id
	}
	return p
}

// Close ends idle connections.
func (p *Proxy) Close() { p.transport.CloseIdleConnections() }

// Reachable reports whether somebody listens on the role's socket.
func (p *Proxy) Reachable(ctx context.Context) bool {
	c, err := p.transport.DialContext(ctx, "unix", "")
	if err != nil {
		return false
	}
	_ = c.Close() // nothing was written
	return true
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := httpapi.IdentityFrom(r.Context())
	if id == nil {
		httpapi.WriteProblem(w, r, httpapi.Unauthenticated.New(""))
		return
	}
	asserted := *id
	asserted.RequestID = httpapi.RequestID(r.Context())
	text, err := p.signer.Sign(p.role, &asserted)
	if err != nil {
		httpapi.WriteError(w, r, err)
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), assertionKey{}, text))
	p.reverse.ServeHTTP(w, r)
}

type assertionKey struct{}

// rewrite runs after hop-by-hop headers are gone, so "Connection: X-Agner-Assertion" cannot remove what is set here.
func (p *Proxy) rewrite(pr *httputil.ProxyRequest) {
	out := pr.Out
	out.URL.Scheme, out.URL.Host, out.Host = "http", p.role, p.role
	stripIdentity(out.Header)
	for _, name := range []string{"Cookie", "Authorization", CSRFHeader, "Forwarded", "X-Forwarded-For", "Accept-Encoding"} {
		out.Header.Del(name) // the role trusts the assertion alone; credentials end at the public door
	}
	text, _ := pr.In.Context().Value(assertionKey{}).(string)
	out.Header.Set(httpapi.AssertionHeader, text)
	out.Header.Set("X-Request-Id", httpapi.RequestID(pr.In.Context()))
	out.Header.Set("X-Forwarded-For", httpapi.RemoteHost(pr.In))
}

// answered drops what only this door may say.
func (p *Proxy) answered(resp *http.Response) error {
	for _, name := range []string{"Set-Cookie", "X-Request-Id", "Content-Security-Policy", "Strict-Transport-Security"} {
		resp.Header.Del(name)
	}
	return nil
}

// failed says which part is down, and that it is worth asking again.
func (p *Proxy) failed(w http.ResponseWriter, r *http.Request, err error) {
	var large *http.MaxBytesError
	var op *net.OpError
	switch {
	case errors.As(err, &large):
		httpapi.WriteError(w, r, err)
	case errors.Is(err, context.DeadlineExceeded):
		httpapi.WriteError(w, r, httpapi.RoleTimeout.New("", "role", p.role).Because(err))
	case errors.Is(r.Context().Err(), context.Canceled):
		panic(http.ErrAbortHandler) // the caller left; there is nobody to answer
	case errors.As(err, &op) && op.Op == "dial":
		w.Header().Set("Retry-After", "1")
		httpapi.WriteError(w, r, httpapi.RoleDown.New(p.role+" does not answer on its socket", "role", p.role).Because(err))
	default:
		w.Header().Set("Retry-After", "1")
		httpapi.WriteError(w, r, httpapi.RoleDown.New(p.role+" broke off before it answered", "role", p.role).Because(err))
	}
}
