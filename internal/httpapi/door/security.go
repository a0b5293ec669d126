package door

import (
	"net/http"
	"strings"
)

// contentPolicy lets the pages use what this server serves and nothing else: no other host, no inline script or style,
// no frames around us. Icons may be data URLs, because a style sheet may hold them. Recordings play from blobs.
const contentPolicy = "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; object-src 'none'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// SecurityHeaders sets on every answer what a browser needs to be told to be careful.
func SecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), payment=(), usb=(), microphone=(self)")
		if secure(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if strings.HasPrefix(r.URL.Path, "/api/") {
			h.Set("Cache-Control", "no-store") // answers depend on who asks
		}
		next.ServeHTTP(w, r)
	})
}

// identityHeaders is the prefix of every header that tells one role who calls.
const identityHeaders = "X-Agner-"

// StripIdentity removes from an inbound request every header that only the public door may set, in all the spellings
// that some reader might take for them.
func StripIdentity(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stripIdentity(r.Header)
		next.ServeHTTP(w, r)
	})
}

func stripIdentity(h http.Header) {
	for name := range h {
		folded := strings.ReplaceAll(name, "_", "-")
		if len(folded) >= len(identityHeaders) && strings.EqualFold(folded[:len(identityHeaders)], identityHeaders) {
			delete(h, name)
		}
	}
}
