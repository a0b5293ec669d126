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
	position, soon, within, about, between     string
	offer, offerKey, promised, confirm, take   string
	message, noMessage, notThrough, notReached string
}

var all = map[string]words{
	"en": {
		"You are number %d in the queue.", "Your call will be answered within a minute.",
		"Your call will be answered within %d minutes.", "Your call will be answered in about %d minutes.", "Your call will be answered in %d to %d minutes.",
		"If you would like us to call you back without losing your place, press the key you were told.",
		"If you would like us to call you back without losing your place, press %s.",
		"Thank you. We will call you back. You keep your place. Goodbye.",
		"This is the call you asked for. Please press 1 to be connected.", "A customer is calling. Please press 1 to take the call.",
		"Please leave a message after the tone.", "We cannot take a message right now. Please call again.",
		"The call could not be put through.", "The customer could not be reached.",
	},
	"zh": {
		"您在队列中排第%d位。", "您的来电将在一分钟内接听。",
		"您的来电将在%d分钟内接听。", "您的来电大约在%d分钟后接听。", "您的来电将在%d到%d分钟后接听。",
		"如需我们给您回电并保留您的位置,请按提示的按键。",
		"如需我们给您回电并保留您的位置,请按%s。",
		"谢谢。我们会给您回电,您的位置已保留。再见。",
		"这是您预约的回电。接通请按1。", "有客户来电。接听请按1。",
		"请在提示音后留言。", "现在无法留言,请稍后再打。",
		"电话无法接通。", "无法联系到客户。",
	},
	"et": {
		"Teie koht järjekorras on %d.", "Teie kõnele vastatakse minuti jooksul.",
		"Teie kõnele vastatakse %d minuti jooksul.", "Teie kõnele vastatakse umbes %d minuti pärast.", "Teie kõnele vastatakse %d kuni %d minuti pärast.",
		"Kui soovite, et helistame teile tagasi ja hoiame teie kohta, vajutage teile öeldud klahvi.",
		"Kui soovite, et helistame teile tagasi ja hoiame teie kohta, vajutage %s.",
		"Aitäh. Helistame teile tagasi ja hoiame teie kohta. Head aega.",
		"See on kõne, mida palusite. Ühendamiseks vajutage 1.", "Klient helistab. Vastamiseks vajutage 1.",
		"Palun jätke teade pärast helisignaali.", "Praegu ei saa teadet jätta. Palun helistage hiljem.",
		"Kõnet ei õnnestunud ühendada.", "Klienti ei õnnestunud kätte saada.",
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

// Offer says that a callback may be had, and with which key; "" if it is not known.
func Offer(tag, key string) string {
	if key == "" {
		return all[Lang(tag)].offer
	}
	return fmt.Sprintf(all[Lang(tag)].offerKey, key)
}

// Promised says that the caller will be called back.
func Promised(tag string) string { return all[Lang(tag)].promised }

// Confirm asks somebody who is called back for the key 1.
func Confirm(tag string) string { return all[Lang(tag)].confirm }

// Take asks an agent on a telephone outside for the key 1.
func Take(tag string) string { return all[Lang(tag)].take }

// Message asks for a message; NoMessage says that none is taken.
func Message(tag string) string { return all[Lang(tag)].message }

// NoMessage says that no message is taken.
func NoMessage(tag string) string { return all[Lang(tag)].noMessage }

// NotThrough tells an agent that a call could not be put through.
func NotThrough(tag string) string { return all[Lang(tag)].notThrough }

// NotReached tells an agent that the customer of a callback could not be reached.
func NotReached(tag string) string { return all[Lang(tag)].notReached }
