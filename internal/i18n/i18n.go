// Package i18n words what people read, in four languages.
//
// The catalogue is one flat JSON file per language, {en,zh-Hans,zh-Hant,et}.json,
// shared with the web pages:
//
//	"area.key": "text with {param} and {n, plural, one {# call} other {# calls}}"
//
// Messages are a subset of ICU MessageFormat: {param}, {n, number}, plural (with
// =N and # for the number) and select (both need "other"), nested as deep as
// wanted; ” is an apostrophe and '{…}' is literal text. web/src/lib/icu.ts reads
// the same grammar; change both together.
//
// Fallbacks: a language without the key shows English, a key without English
// shows itself, a parameter that was not given shows its name in braces. Nothing
// here fails at run time; tests see to it that nothing of this is needed.
package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

//go:embed *.json
var files embed.FS

// English is the language of the fallback.
const English = "en"

// Locales are the languages there are, as BCP 47 tags.
var Locales = []string{English, "zh-Hans", "zh-Hant", "et"}

// catalogue holds the parsed messages per locale and key. A file that cannot be read is left out, so that its language
// falls back to English: the build's tests have to find it, not the person at the screen.
var catalogue = sync.OnceValue(func() map[string]map[string]*Message {
	out := make(map[string]map[string]*Message, len(Locales))
	for _, l := range Locales {
		if m, err := load(l); err == nil {
			out[l] = m
		}
	}
	return out
})

func load(locale string) (map[string]*Message, error) {
	b, err := files.ReadFile(locale + ".json")
	if err != nil {
		return nil, err
	}
	var texts map[string]string
	if err := json.Unmarshal(b, &texts); err != nil {
		return nil, fmt.Errorf("%s.json: %w", locale, err)
	}
	out := make(map[string]*Message, len(texts))
	for key, text := range texts {
		if out[key], err = Parse(text); err != nil {
			return nil, fmt.Errorf("%s.json: %s: %w", locale, key, err)
		}
	}
	return out, nil
}

// Text words a key in a language.
func Text(locale, key string, params map[string]any) string {
	c := catalogue()
	if m, ok := c[locale][key]; ok {
		return m.Format(locale, params)
	}
	if m, ok := c[English][key]; ok {
		return m.Format(English, params)
	}
	return key
}

// Has says whether the catalogue has a key.
func Has(key string) bool {
	_, ok := catalogue()[English][key]
	return ok
}

// Match picks the language that suits a preference best: a tag, or the value of
// an Accept-Language header (RFC 9110, section 12.5.4). English if none does.
func Match(preference string) string {
	best, weight := English, 0.0
	for part := range strings.SplitSeq(preference, ",") {
		tag, rest, _ := strings.Cut(part, ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(rest), "q="); ok {
			f, err := strconv.ParseFloat(v, 64)
			if err != nil || !(f >= 0 && f <= 1) {
				continue
			}
			q = f
		}
		if l := known(strings.TrimSpace(tag)); l != "" && q > weight { // strictly: of equals the first counts
			best, weight = l, q
		}
	}
	return best
}

// known maps a tag to a language of ours, or "". Regions that write traditional characters get them.
func known(tag string) string {
	parts := strings.Split(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	switch parts[0] {
	case "en", "et":
		return parts[0]
	case "zh":
		for _, p := range parts[1:] {
			switch p {
			case "hans":
				return "zh-Hans"
			case "hant", "tw", "hk", "mo":
				return "zh-Hant"
			}
		}
		return "zh-Hans"
	}
	return ""
}
