// Package phrase words what waiting callers are told – their place, how long it will
// take – in English, Chinese and Estonian, for a speech engine: numbers stay digits,
// which every voice reads in its own language.
//
// A language that has no words here gets English; [Lang] says which one that is, so
// that the voice fits the words.
package phrase

import (
	"fmt"
	"strings"
	"time"
)

// words are the sentences of one language.
type words struct {
	position, soon, within, about, between string
}

var all = map[string]words{
	"en": {
		"You are number %d in the queue.", "Your call will be answered within a minute.",
		"Your call will be answered within %d minutes.", "Your call will be answered in about %d minutes.", "Your call will be answered in %d to %d minutes.",
	},
	"zh": {
		"您在队列中排第%d位。", "您的来电将在一分钟内接听。",
		"您的来电将在%d分钟内接听。", "您的来电大约在%d分钟后接听。", "您的来电将在%d到%d分钟后接听。",
	},
	"et": {
		"Teie koht järjekorras on %d.", "Teie kõnele vastatakse minuti jooksul.",
		"Teie kõnele vastatakse %d minuti jooksul.", "Teie kõnele vastatakse umbes %d minuti pärast.", "Teie kõnele vastatakse %d kuni %d minuti pärast.",
	},
}

// Lang returns the language whose words a language tag gets.
func Lang(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if _, ok := all[base]; ok {
		return base
	}
	return "en"
}

// Position says a caller's place, from 1.
func Position(tag string, n int64) string { return fmt.Sprintf(all[Lang(tag)].position, n) }

// Wait says a range of waiting time, in whole minutes and rounded to the caller's
// disadvantage: nobody minds being answered early.
func Wait(tag string, low, high time.Duration) string {
	w := all[Lang(tag)]
	lo, hi := int64(low/time.Minute), int64((high+time.Minute-1)/time.Minute)
	switch {
	case hi <= 1:
		return w.soon
	case lo < 1:
		return fmt.Sprintf(w.within, hi)
	case lo >= hi:
		return fmt.Sprintf(w.about, hi)
	}
	return fmt.Sprintf(w.between, lo, hi)
}
