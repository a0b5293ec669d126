package door

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

type secureKey struct{}

// Behind believes the proxies in front of this door: the caller's address is the last one in X-Forwarded-For that is not
// such a proxy's, and X-Forwarded-Proto says whether the browser used TLS. From anyone else both headers are ignored,
// because anyone can write them. With always, browsers are known to use TLS whatever the headers say.
func Behind(proxies []netip.Prefix, always bool, next http.Handler) http.Handler {
	trusted := func(addr string) bool {
		ip, err := netip.ParseAddr(strings.TrimSpace(addr))
		return err == nil && slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure := always || r.TLS != nil
		host, port, err := net.SplitHostPort(r.RemoteAddr)
		if err == nil && trusted(host) {
			secure = secure || r.Header.Get("X-Forwarded-Proto") == "https"
			out := *r // a copy: the server's own request must keep its peer
			out.RemoteAddr = net.JoinHostPort(caller(r, host, trusted), port)
			r = &out
		}
		if secure {
			r = r.WithContext(context.WithValue(r.Context(), secureKey{}, true))
		}
		next.ServeHTTP(w, r)
	})
}

// caller walks X-Forwarded-For from its end: each proxy appended whom it heard, so all before the first stranger may be
// made up.
func caller(r *http.Request, peer string, trusted func(string) bool) string {
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		ip, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return peer
		}
		if peer = ip.String(); !trusted(peer) {
			return peer
		}
	}
	return peer
}

// secure reports whether the browser reached us over TLS.
func secure(r *http.Request) bool {
	return r.TLS != nil || r.Context().Value(secureKey{}) != nil
}
