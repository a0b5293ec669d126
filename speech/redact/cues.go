package redact

import "strings"

// Kind is the type of what was masked.
type Kind string

// The kinds of masks.
const (
	Card    Kind = "CARD"
	Code    Kind = "CODE" // CVV, PIN, one-time code, password
	Expiry  Kind = "EXPIRY"
	Account Kind = "ACCOUNT"
	Phone   Kind = "PHONE"
	Birth   Kind = "BIRTH"
	Email   Kind = "EMAIL"
	Number  Kind = "NUMBER" // a run without a cue
)

// cues announce a number. Longer ones first: the first that matches counts.
var cues = []struct {
	words string
	kind  Kind
}{
	{"social security", Account}, {"national insurance", Account}, {"sort code", Account}, {"routing number", Account}, {"account number", Account},
	{"policy number", Account}, {"passport number", Account}, {"license number", Account}, {"licence number", Account}, {"member number", Account},
	{"account", Account}, {"iban", Account}, {"ssn", Account},
	{"expiry", Expiry}, {"expiration", Expiry}, {"expires", Expiry}, {"expire", Expiry}, {"valid until", Expiry}, {"valid through", Expiry}, {"good through", Expiry},
	{"security code", Code}, {"security number", Code}, {"verification code", Code}, {"verification number", Code}, {"three digits", Code}, {"four digits", Code}, {"last digits", Code}, {"last four", Code},
	{"on the back", Code}, {"cvv", Code}, {"cvc", Code}, {"c v v", Code}, {"c v c", Code}, {"pin", Code}, {"passcode", Code}, {"password", Code}, {"one-time code", Code}, {"access code", Code},
	{"card", Card}, {"visa", Card}, {"mastercard", Card}, {"master card", Card}, {"amex", Card}, {"american express", Card}, {"long number", Card}, {"sixteen digit", Card}, {"16 digit", Card}, {"credit", Card}, {"debit", Card},
	{"date of birth", Birth}, {"birth date", Birth}, {"birthday", Birth}, {"born", Birth},
	{"phone", Phone}, {"telephone", Phone}, {"mobile", Phone}, {"cell", Phone}, {"call me", Phone}, {"reach me", Phone}, {"call back", Phone}, {"callback", Phone}, {"my number", Phone}, {"your number", Phone}, {"contact number", Phone},
}

// cueAt returns the kind of the cue whose last word is at i.
func cueAt(list []token, i int) (Kind, bool) {
	for _, c := range cues {
		words := strings.Fields(c.words)
		if i+1 < len(words) {
			continue
		}
		match := true
		for k, w := range words {
			got := list[i+1-len(words)+k].word
			match = match && (got == w || got == w+"s" || strings.TrimSuffix(got, "'s") == w)
		}
		if match {
			return c.kind, true
		}
	}
	return "", false
}
