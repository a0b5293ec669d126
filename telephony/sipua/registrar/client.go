package registrar

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
)

// Login is what a client answers a challenge with.
type Login struct{ User, Secret, Method, URI string }

// Answer returns the Authorization value for the best of the challenges, or false
// if none can be answered.
func Answer(challenges []string, l Login) (string, bool) {
	best, rank := map[string]string(nil), len(Algorithms)
	for _, c := range challenges {
		f := fields(c)
		alg := strings.ToUpper(f["algorithm"])
		if alg == "" {
			alg = "MD5"
		}
		if i := slices.Index(Algorithms, alg); i >= 0 && i < rank && f["nonce"] != "" {
			f["algorithm"], best, rank = alg, f, i
		}
	}
	if best == nil {
		return "", false
	}
	alg, cnonce := best["algorithm"], rand.Text()[:12]
	ha1, ha2 := HA1(alg, l.User, best["realm"], l.Secret), digest(alg, l.Method, l.URI)
	out := fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", algorithm=%s`, l.User, best["realm"], best["nonce"], l.URI, alg)
	if best["opaque"] != "" {
		out += fmt.Sprintf(`, opaque="%s"`, best["opaque"])
	}
	if best["qop"] == "" { // RFC 2069
		return out + fmt.Sprintf(`, response="%s"`, digest(alg, ha1, best["nonce"], ha2)), true
	}
	resp := digest(alg, ha1, best["nonce"], "00000001", cnonce, "auth", ha2)
	return out + fmt.Sprintf(`, qop=auth, nc=00000001, cnonce="%s", response="%s"`, cnonce, resp), true
}
