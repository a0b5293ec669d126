package httpapi

import (
	"net/url"
	"slices"
	"strings"
)

const (
	maskFrom = 7 // digits: shorter runs are years, ids and extensions; the shortest subscriber numbers have seven
	maskKeep = 2 // digits left at the end, enough to tell two numbers apart in a log
)

// maskedParams hold what a person typed to find a person.
var maskedParams = []string{"number", "phone", "caller", "callee", "q"}

// secretParams never belong in a URL; a log must not keep them if they come anyway.
var secretParams = []string{"token", "password", "secret", "access_token", "authorization"}

// MaskNumbers replaces the digits of everything that looks like a telephone number: seven or more digits that no letter
// touches. The last two stay.
func MaskNumbers(s string) string {
	var out []byte
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && isDigit(s[j]) {
			j++
		}
		if j == i {
			i++
			continue
		}
		touched := i > 0 && isLetter(s[i-1]) || j < len(s) && isLetter(s[j])
		if j-i >= maskFrom && !touched {
			if out == nil {
				out = []byte(s)
			}
			for k := i; k < j-maskKeep; k++ {
				out[k] = '*'
			}
		}
		i = j
	}
	if out == nil {
		return s
	}
	return string(out)
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }

// maskQuery writes the query for the log: keys sorted, numbers masked, search terms and secrets left out.
func maskQuery(q url.Values) string {
	keys := make([]string, 0, len(q))
	for k := range q {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var b strings.Builder
	for _, k := range keys {
		for _, v := range q[k] {
			if b.Len() > 0 {
				b.WriteByte('&')
			}
			b.WriteString(MaskNumbers(k))
			b.WriteByte('=')
			lower := strings.ToLower(k)
			if slices.Contains(maskedParams, lower) || slices.Contains(secretParams, lower) {
				b.WriteString("***")
				continue
			}
			b.WriteString(MaskNumbers(v))
		}
	}
	return b.String()
}
