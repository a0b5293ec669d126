package door

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/httpapi"
)

func TestBehind(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	f := func(peer, forwarded, proto string, always bool, want string, wantSecure bool) {
		t.Helper()
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = peer
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		r.Header.Set("X-Forwarded-Proto", proto)
		w := httptest.NewRecorder()
		Behind(proxies, always, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got := httpapi.RemoteHost(r); got != want {
				t.Errorf("from %s for %q: caller %q, want %q", peer, forwarded, got, want)
			}
			SetSession(w, r, "x", 1e9)
		})).ServeHTTP(w, r)
		if got := strings.Contains(w.Header().Get("Set-Cookie"), "; Secure"); got != wantSecure {
			t.Errorf("from %s by %q: secure %v", peer, proto, got)
		}
	}
	f("10.1.2.3:5", "192.0.2.1", "https", false, "192.0.2.1", true)
	f("10.1.2.3:5", "203.0.113.9, 192.0.2.1, 10.0.0.7", "http", false, "192.0.2.1", false) // the first was made up
	f("[::1]:5", "2001:db8::1", "https", false, "2001:db8::1", true)
	f("10.1.2.3:5", "", "", false, "10.1.2.3", false)
	f("10.1.2.3:5", "rubbish", "https", false, "10.1.2.3", true)
	f("192.0.2.7:5", "127.0.0.1", "https", false, "192.0.2.7", false) // a stranger's word
	f("192.0.2.7:5", "", "", true, "192.0.2.7", true)
}
