package wer

import (
	"strconv"
	"strings"
)

var (
	ones = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens = strings.Fields("zero ten twenty thirty forty fifty sixty seventy eighty ninety")
	// scales are the names of powers of a thousand.
	scales = []string{"", "thousand", "million", "billion", "trillion"}
	// ordinals whose form is not the cardinal with -th.
	ordinals = map[string]string{
		"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth",
	}
	currencies = map[string][4]string{
		"$": {"dollar", "dollars", "cent", "cents"}, "£": {"pound", "pounds", "penny", "pence"}, "€": {"euro", "euros", "cent", "cents"},
	}
)

// cardinal returns n in words, without "and".
func cardinal(n int64) string {
	if n < 20 {
		return ones[n]
	}
	if n < 100 {
		return join(tens[n/10], below(n%10))
	}
	if n < 1000 {
		return join(ones[n/100], "hundred", below(n%100))
	}
	scale, unit := 0, int64(1)
	for scale+1 < len(scales) && n/unit >= 1000 {
		scale, unit = scale+1, unit*1000
	}
	return join(cardinal(n/unit), scales[scale], below(n%unit))
}

// below is cardinal, silent about nothing.
func below(n int64) string {
	if n == 0 {
		return ""
	}
	return cardinal(n)
}

func join(words ...string) string { return strings.Join(strings.Fields(strings.Join(words, " ")), " ") }

// digits reads a string of digits one by one.
func digits(s string) string {
	words := make([]string, len(s))
	for i, c := range s {
		words[i] = ones[c-'0']
	}
	return strings.Join(words, " ")
}

// year reads 1100 to 2099 as years are read: nineteen oh four, two thousand five.
func year(n int64) string {
	switch {
	case n%1000 < 10:
		return cardinal(n)
	case n%100 == 0:
		return join(cardinal(n/100), "hundred")
	case n%100 < 10:
		return join(cardinal(n/100), "oh", ones[n%100])
	default:
		return join(cardinal(n/100), cardinal(n%100))
	}
}

// spokenNumber reads 7, 1,200, 3.5, 1845, 21st and digit strings too long to be
// an amount.
func spokenNumber(s string) string {
	bare, ordinal := s, false
	for _, end := range []string{"st", "nd", "rd", "th"} {
		if b, ok := strings.CutSuffix(bare, end); ok {
			bare, ordinal = b, true
		}
	}
	grouped := strings.Contains(bare, ",")
	bare = strings.ReplaceAll(bare, ",", "")
	whole, fraction, _ := strings.Cut(bare, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	var words string
	switch {
	case err != nil, len(whole) > 6 && !grouped, len(whole) > 1 && whole[0] == '0':
		words = digits(whole)
	case len(whole) == 4 && !grouped && n >= 1100 && n < 2100 && fraction == "":
		words = year(n)
	default:
		words = cardinal(n)
	}
	if fraction != "" {
		words += " point " + digits(fraction)
	}
	if ordinal {
		words = nth(words)
	}
	return " " + words + " "
}

// nth makes the last word of a cardinal an ordinal.
func nth(words string) string {
	at := strings.LastIndex(words, " ") + 1
	last := words[at:]
	switch {
	case ordinals[last] != "":
		last = ordinals[last]
	case strings.HasSuffix(last, "y"):
		last = strings.TrimSuffix(last, "y") + "ieth"
	default:
		last += "th"
	}
	return words[:at] + last
}

// spokenMoney reads $5 and $5.20.
func spokenMoney(s string) string {
	m := money.FindStringSubmatch(s)
	names := currencies[m[1]]
	unit := names[1]
	if m[2] == "1" {
		unit = names[0]
	}
	out := spokenNumber(m[2]) + " " + unit
	if cents, err := strconv.ParseInt(m[3], 10, 64); err == nil && cents > 0 {
		unit = names[3]
		if cents == 1 {
			unit = names[2]
		}
		out += " " + cardinal(cents) + " " + unit
	}
	return " " + out + " "
}

// spokenClock reads 10:30 and 7:05.
func spokenClock(s string) string {
	h, m, _ := strings.Cut(s, ":")
	hour, _ := strconv.ParseInt(h, 10, 64)   //nolint:errcheck // the expression admits digits only
	minute, _ := strconv.ParseInt(m, 10, 64) //nolint:errcheck // the expression admits digits only
	switch {
	case minute == 0:
		return " " + cardinal(hour) + " o'clock "
	case minute < 10:
		return " " + cardinal(hour) + " oh " + cardinal(minute) + " "
	default:
		return " " + cardinal(hour) + " " + cardinal(minute) + " "
	}
}
