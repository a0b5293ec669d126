// Package role assembles role web, the one public door: pages, signing in, set-up, the audit, and the way to the other
// roles. cmd/agner only opens what Deps names and serves the Handler.
//
//	h, err := role.NewHandler(role.Deps{Store: store, Key: key, Pages: files, Index: index,
//		Sockets: map[string]string{"analytics": filepath.Join(dir, "run", "analytics.sock")}})
//	…
//	defer h.Close()
//	return httpapi.Serve(ctx, listener, h, log)
//
// # Guarantees
//
//   - Every route has a policy (a test walks the tree); what may be asked of another role is listed in proxied.go, and
//     nothing else passes.
//   - Reads of calls, changes of imports and of passwords, and reads of the audit are written to the audit before they
//     are served; without the line no access.
//   - Pages load nothing from elsewhere (Content-Security-Policy).
package role

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/account"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/door"
	"github.com/agner-platform/agner/web/api/auth"
	"github.com/agner-platform/agner/web/api/setup"
)

// Deps are what the role is made of. Store, Key, Pages and Index are required.
type Deps struct {
	Store    *db.Store
	Key      ed25519.PrivateKey   // signs assertions (httpapi.LoadOrCreateKey)
	Sockets  map[string]string    // role → its Unix socket; a role that is not named answers 503
	Pages    fs.FS                // web.Pages
	Index    string               // web.Pages
	Logger   *slog.Logger         // nil: slog.Default()
	Registry *prometheus.Registry // nil: a new one

	Telephony setup.Telephony // the switch's rules; nil: menus and phones cannot be changed

	TrustedProxies  []netip.Prefix // whose X-Forwarded-For and -Proto are believed
	AlwaysTLS       bool           // browsers come by https, whatever the connection says (web.public_url)
	LoginsPerMinute int            // per source address; 0: 10
}

// Handler is role web. Close it when nothing is served any more.
type Handler struct {
	router  *httpapi.Router
	served  http.Handler // the router behind what the proxies in front say
	proxies map[string]*door.Proxy
}

// NewHandler assembles the role.
func NewHandler(d Deps) (*Handler, error) {
	if d.Logger == nil {
		d.Logger = slog.Default()
	}
	if d.Registry == nil {
		d.Registry = prometheus.NewRegistry()
	}
	static, err := door.NewStatic(d.Pages, d.Index)
	if err != nil {
		return nil, err
	}
	signer, err := httpapi.NewSigner(d.Key)
	if err != nil {
		return nil, err
	}
	metrics, err := httpapi.NewMetrics(d.Registry, "web")
	if err != nil {
		return nil, err
	}
	h := &Handler{proxies: map[string]*door.Proxy{}}
	for name, socket := range d.Sockets {
		h.proxies[name] = door.NewProxy(name, socket, signer)
	}
	accounts := auth.NewAccounts(d.Store)
	opt := httpapi.Options{
		Authenticate: door.SessionAuth{Sessions: accounts, Tokens: accounts}.Authenticate,
		Auditor:      auditor{d.Store}, Logger: d.Logger, Metrics: metrics, Wrap: outside,
	}
	rt := httpapi.NewRouter(opt)
	h.router, h.served = rt, door.Behind(d.TrustedProxies, d.AlwaysTLS, rt)
	auth.New(d.Store, d.LoginsPerMinute).Mount(rt)
	setup.New(d.Store, accounts, d.Key.Seed(), d.Telephony).Mount(rt)
	h.mountProxied()
	h.mountOperations(d)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		rt.Handle(method, "/*", httpapi.Policy{Action: "pages", Public: true}, static)
	}
	return h, nil
}

// outside is what every request passes between the access log and its route, the outermost first.
func outside(next http.Handler) http.Handler {
	return door.SecurityHeaders(door.StripIdentity(door.SameOrigin(door.Compress(next))))
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.served.ServeHTTP(w, r) }

// Router gives the routes, for tests.
func (h *Handler) Router() *httpapi.Router { return h.router }

// Close ends the idle connections to the other roles.
func (h *Handler) Close() {
	for _, p := range h.proxies {
		p.Close()
	}
}

// mountOperations adds what supervisors and monitoring ask.
func (h *Handler) mountOperations(d Deps) {
	h.router.HandleFunc("GET", "/healthz", httpapi.Policy{Action: "health", Public: true},
		func(w http.ResponseWriter, _ *http.Request) error {
			return httpapi.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
		})
	h.router.HandleFunc("GET", "/readyz", httpapi.Policy{Action: "ready", Public: true},
		func(w http.ResponseWriter, r *http.Request) error {
			ready, status := h.ready(r.Context(), d.Store), http.StatusOK
			for _, up := range ready {
				if !up {
					status = http.StatusServiceUnavailable
				}
			}
			return httpapi.WriteJSON(w, status, map[string]any{"ready": status == http.StatusOK, "parts": ready})
		})
	policy := httpapi.Policy{Action: "metrics", Loopback: true, Roles: []string{httpapi.RoleAdmin}}
	h.router.Handle("GET", "/metrics", policy, promhttp.HandlerFor(d.Registry, promhttp.HandlerOpts{DisableCompression: true}))
	for name, p := range h.proxies {
		h.router.Handle("GET", "/metrics/"+name, policy, monitored(p))
	}
}

// monitored passes on a scrape from this machine, where nobody signed in: the
// policy has let it through, and the other role wants to know who asks.
func monitored(p http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if httpapi.IdentityFrom(r.Context()) == nil {
			r = r.WithContext(httpapi.WithIdentity(r.Context(), &httpapi.Identity{User: "monitoring"}))
		}
		p.ServeHTTP(w, r)
	})
}

// ready says of each part whether it would answer.
func (h *Handler) ready(ctx context.Context, store *db.Store) map[string]bool {
	_, err := store.CountUsers(ctx)
	parts := map[string]bool{"database": err == nil}
	for name, p := range h.proxies {
		parts[name] = p.Reachable(ctx)
	}
	return parts
}

// auditor writes accesses to the audit of the database.
type auditor struct{ store *db.Store }

// Audit implements httpapi.Auditor.
func (a auditor) Audit(ctx context.Context, e httpapi.AuditEntry) error {
	ctx = db.As(ctx, db.Actor{Name: e.User, Address: e.Remote, RequestID: e.RequestID})
	return a.store.Audit(ctx, db.Entry{Action: e.Action, Object: "route", ObjectID: e.Path,
		Detail: map[string]string{"method": e.Method, "query": e.Query}})
}

// FirstAdmin makes the first administrator on an empty instance and gives the one-time password, which must be changed
// at the first signing in; made is false where there are users already. The caller prints it and forgets it.
func FirstAdmin(ctx context.Context, store *db.Store) (login, password string, made bool, err error) {
	login, password, err = account.New(store).FirstAdmin(ctx)
	if errors.Is(err, account.ErrHasUsers) {
		return "", "", false, nil
	}
	if err != nil {
		return "", "", false, fmt.Errorf("first administrator: %w", err)
	}
	return login, password, true, nil
}
