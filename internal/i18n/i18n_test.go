package i18n

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFilesAreFlatAndWithoutDuplicates(t *testing.T) {
	for _, l := range Locales {
		b, err := files.ReadFile(l + ".json")
		if err != nil {
			t.Fatal(err)
		}
		dec := json.NewDecoder(bytes.NewReader(b))
		if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
			t.Fatalf("%s.json: begins with %v, %v", l, tok, err)
		}
		seen := map[string]bool{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				t.Fatalf("%s.json: %v", l, err)
			}
			value, err := dec.Token()
			if _, ok := value.(string); err != nil || !ok {
				t.Fatalf("%s.json: %v is %v (%v), want a text", l, key, value, err)
			}
			if name := key.(string); seen[name] {
				t.Errorf("%s.json: %s is given twice", l, name)
			} else {
				seen[name] = true
			}
		}
	}
}

func TestEveryTextParses(t *testing.T) {
	for _, l := range Locales {
		if _, err := load(l); err != nil {
			t.Error(err)
		}
	}
}

func TestLanguagesHaveTheSameKeysAndParameters(t *testing.T) {
	c := catalogue()
	for _, l := range Locales[1:] {
		for key, en := range c[English] {
			m, ok := c[l][key]
			if !ok {
				t.Errorf("%s.json lacks %s", l, key)
				continue
			}
			if d := cmp.Diff(en.Params(), m.Params()); d != "" {
				t.Errorf("%s.json: %s has other parameters than English:\n%s", l, key, d)
			}
		}
		for key := range c[l] {
			if _, ok := c[English][key]; !ok {
				t.Errorf("%s.json has %s, which English lacks", l, key)
			}
		}
	}
}

func TestTextsAreTidy(t *testing.T) {
	key := regexp.MustCompile(`^[a-z0-9]+(\.[A-Za-z0-9_]+)+$`)
	for _, l := range Locales {
		b, err := files.ReadFile(l + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := json.Unmarshal(b, &texts); err != nil {
			t.Fatal(err)
		}
		for k, v := range texts {
			if !key.MatchString(k) {
				t.Errorf("%s.json: key %q, want area.key", l, k)
			}
			if strings.TrimSpace(v) == "" || strings.TrimSpace(v) != v {
				t.Errorf("%s.json: %s is %q: empty or with blanks around", l, k, v)
			}
		}
	}
}

// Every problem that Go code can report has a text, and every problem text a problem.
func TestEveryProblemIsWorded(t *testing.T) {
	root := filepath.Join("..", "..")
	define := regexp.MustCompile(`\bDefine\("([a-z_]+\.[a-z_]+)"`)
	codes := map[string]bool{}
	for _, dir := range []string{"internal", "web", "reporting", "wfm", "forecasting", "telephony", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "node_modules":
				return fs.SkipDir
			case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			b, err := os.ReadFile(path)
			for _, m := range define.FindAllSubmatch(b, -1) {
				codes[string(m[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(codes) < 20 {
		t.Fatalf("found %d problem codes in the source; has Define moved?", len(codes))
	}
	for code := range codes {
		if !Has("problem." + code) {
			t.Errorf("problem.%s has no text", code)
		}
	}
	for key := range catalogue()[English] {
		if code, ok := strings.CutPrefix(key, "problem."); ok && !codes[code] {
			t.Errorf("%s words a problem that nothing reports", key)
		}
	}
}

func TestFormat(t *testing.T) {
	f := func(text, locale, want string, params map[string]any) {
		t.Helper()
		m, err := Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			return
		}
		if got := m.Format(locale, params); got != want {
			t.Errorf("%q in %s with %v: %q, want %q", text, locale, params, got, want)
		}
	}
	type p = map[string]any
	f("plain", "en", "plain", nil)
	f("", "en", "", nil)
	f("Hello {name}!", "en", "Hello Mari!", p{"name": "Mari"})
	f("Hello { name }!", "en", "Hello Mari!", p{"name": "Mari"})
	f("Hello {name}!", "en", "Hello {name}!", nil)
	f("Hello {name}!", "en", "Hello {name}!", p{"name": nil})
	f("{a}{b}", "en", "12,345", p{"a": 1, "b": "2,345"})
	f("{n, number}", "en", "12,345.5", p{"n": 12345.5})
	f("{n}", "et", "12\u00a0345,5", p{"n": 12345.5})
	f("{id}", "en", "12345", p{"id": "12345"})
	f("{ok}", "en", "true", p{"ok": true})

	const calls = "{n, plural, =0 {no calls} one {# call} other {# calls}}"
	f(calls, "en", "no calls", p{"n": 0})
	f(calls, "en", "1 call", p{"n": int64(1)})
	f(calls, "en", "1,000 calls", p{"n": 1000})
	f(calls, "en", "1.5 calls", p{"n": 1.5})
	f(calls, "en", "2 calls", p{"n": "2"})
	f(calls, "en", "no calls", nil)
	f(calls, "zh-Hans", "1 calls", p{"n": 1})
	f(calls, "et", "1 call", p{"n": 1})
	f("{n,plural,other{#}}", "en", "7", p{"n": 7})

	const who = "{sex, select, female {her} male {his} other {their}} {n, plural, one {call} other {calls}}"
	f(who, "en", "her call", p{"sex": "female", "n": 1})
	f(who, "en", "their calls", p{"sex": "x", "n": 3})
	f(who, "en", "their calls", nil)
	f("{k, select, a {A} other {{n, plural, one {# o} other {x}}}}", "en", "1 o", p{"n": 1, "k": "b"})
	f("{n, plural, one {{k, select, a {'#' a} other {{n} o}}} other {x}}", "en", "1 o", p{"n": 1, "k": "b"})

	f("it's", "en", "it's", nil)
	f("it''s", "en", "it's", nil)
	f("'{name}' is {name}", "en", "{name} is x", p{"name": "x"})
	f("'{name", "en", "{name", nil)
	f("ends with '", "en", "ends with '", nil)
	f("# outside", "en", "# outside", nil)
	f("{n, plural, other {'#' #}}", "en", "# 3", p{"n": 3})
	f("接听 {n} 次", "zh-Hans", "接听 1,234 次", p{"n": 1234})
}

func TestParseRefuses(t *testing.T) {
	f := func(text string, offset int) {
		t.Helper()
		_, err := Parse(text)
		var se *SyntaxError
		if !errors.As(err, &se) || se.Offset != offset {
			t.Errorf("%q: %v, want a syntax error at byte %d", text, err, offset)
		}
	}
	f("}", 0)
	f("a{", 2)
	f("{}", 1)
	f("{ }", 2)
	f("{a", 2)
	f("{a b}", 3)
	f("{a,}", 3)
	f("{a, date}", 8)
	f("{a, number, x}", 10)
	f("{a, plural}", 10)
	f("{a, plural, }", 13)
	f("{a, plural, one {x}}", 20)
	f("{a, plural, other x}", 18)
	f("{a, plural, other {x}", 21)
	f("{a, plural, often {x} other {y}}", 18)
	f("{a, plural, =x {x} other {y}}", 15)
	f("{a, select, x {1} x {2} other {3}}", 20)
	f("{a, select, other {{}}}", 20)
	f("{n, plural, other {{k, select, other {# x}}}}", 38)
	deep := strings.Repeat("{a, select, other {", maxNesting+1)
	f(deep, len(deep))
}

// The expected texts are what Intl.NumberFormat and Intl.PluralRules of Node 20 (ICU 74) give, because the pages show those.
func TestNumbersAsBrowsersShowThem(t *testing.T) {
	in := []float64{0, math.Copysign(0, -1), 1, -1, 999, 1000, 1234, 9999, 10000, 12345.6789, 1234567, -12345, 0.0005, 0.1, 1e15, 123456789012.5, math.Inf(1), math.NaN()}
	west := []string{"0", "-0", "1", "-1", "999", "1,000", "1,234", "9,999", "10,000", "12,345.679", "1,234,567", "-12,345", "0.001", "0.1", "1,000,000,000,000,000", "123,456,789,012.5", "∞", "NaN"}
	et := []string{"0", "−0", "1", "−1", "999", "1000", "1234", "9999", "10 000", "12 345,679", "1 234 567", "−12 345", "0,001", "0,1", "1 000 000 000 000 000", "123 456 789 012,5", "∞", "NaN"}
	for i, n := range in {
		for _, l := range Locales {
			want := west[i]
			if l == "et" {
				want = strings.ReplaceAll(et[i], " ", "\u00a0")
			}
			if got := Number(l, n); got != want {
				t.Errorf("%v in %s: %q, want %q", n, l, got, want)
			}
		}
	}
	for n, want := range map[float64]string{0: "other", 1: "one", -1: "one", 1.5: "other", 2: "other"} {
		for _, l := range []string{"en", "et"} {
			if got := Plural(l, n); got != want {
				t.Errorf("plural of %v in %s: %s, want %s", n, l, got, want)
			}
		}
		if got := Plural("zh-Hant", n); got != "other" {
			t.Errorf("plural of %v in Chinese: %s", n, got)
		}
	}
}

func TestTextFallsBack(t *testing.T) {
	if got := Text("et", "problem.auth.required", nil); got != "Logige kõigepealt sisse." {
		t.Errorf("Estonian: %q", got)
	}
	if got, want := Text("fr", "problem.auth.required", nil), Text("en", "problem.auth.required", nil); got != want {
		t.Errorf("unknown language: %q, want English %q", got, want)
	}
	if got := Text("en", "no.such.key", nil); got != "no.such.key" {
		t.Errorf("unknown key: %q", got)
	}
	if got := Text("en", "problem.auth.too_many_attempts", map[string]any{"wait_s": 1}); !strings.Contains(got, "1 second ") {
		t.Errorf("singular: %q", got)
	}
}

func TestMatch(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := Match(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	f("", "en")
	f("et", "et")
	f("ET-ee", "et")
	f("zh", "zh-Hans")
	f("zh-CN", "zh-Hans")
	f("zh-TW", "zh-Hant")
	f("zh_HK", "zh-Hant")
	f("zh-Hant-CN", "zh-Hant")
	f("zh-Hans-TW", "zh-Hans")
	f("fr, de;q=0.9", "en")
	f("fr, et;q=0.8, en;q=0.7", "et")
	f("en;q=0.5, et;q=0.9", "et")
	f("et;q=0, en;q=0.1", "en")
	f("et;q=2, zh;q=0.1", "zh-Hans")
	f("et;q=NaN", "en")
	f("*", "en")
	f(";;;,,,q=1", "en")
}

// No text crashes the parser, and what it accepts can be formatted in every language.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"a {b}", "{n, plural, =0 {x} one {#} other {{k, select, other {'{'}}}}", "''", "'", "{", "{a,plural,other{'#'#}}", "\xff{\xff}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(text)
		if err != nil {
			var se *SyntaxError
			if !errors.As(err, &se) || se.Offset < 0 || se.Offset > len(text) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		params := map[string]any{}
		for i, p := range m.Params() {
			params[p] = i
		}
		for _, l := range Locales {
			if len(params) == 0 && !strings.ContainsAny(text, "'") {
				if got := m.Format(l, params); got != text {
					t.Errorf("%q without parameters became %q", text, got)
				}
			}
			m.Format(l, params)
			m.Format(l, nil)
		}
		if !slices.IsSorted(m.Params()) {
			t.Errorf("%q: parameters %v", text, m.Params())
		}
	})
}
