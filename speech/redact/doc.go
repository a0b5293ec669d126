// Package redact masks what must not stay in a transcript: card, account and phone
// numbers, security codes, expiry dates, PINs, birth dates, e-mail addresses.
//
// It is the net below the real control, which is pausing the recording or typing on
// the keypad. Spoken digits are recognised badly, so nothing depends on a number
// being whole or right: no Luhn check saves one from being masked.
//
// Words: a *digit-like* word is a digit string, a number word ("seven", "oh",
// "double"), or in company of those a word that recognisers write for one ("for",
// "to", "ate"); a *run* is digit-like words with no more than two others between
// them; a *cue* ("card number", "security code") announces one.
//
// What is masked:
//
//   - after a cue, within Window words or the turns that follow within Carry: from
//     the first digit-like word to the last, whole, whatever stands between;
//   - without a cue, a run of MinRun digits or more;
//   - e-mail addresses, written or spoken ("anna dot lee at example dot com");
//
// What is left alone: prices, times of day, percentages, years and ordinals outside
// a cue's window, and short counts.
//
// A Redactor reads the turns of one conversation in order, because the cue is often
// the agent's and the number the customer's. English comes first; the digits
// themselves are masked in any language that writes them as digits.
package redact
