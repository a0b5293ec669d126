package journal

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestVectorText(t *testing.T) {
	for text, want := range map[string]Vector{
		"":                         {},
		"a:12,b:7":                 {"a": 12, "b": 7},
		"a:0":                      {"a": 0},
		"n-1:18446744073709551615": {"n-1": 1<<64 - 1},
	} {
		got, err := ParseVector(text)
		if err != nil || !cmp.Equal(want, got) || got.String() != text {
			t.Errorf("%q: %v, %v, back %q", text, got, err, got.String())
		}
	}
	for _, bad := range []string{",", "a", "a:", ":1", "a:01", "a:+1", "a:-1", "a:1,", "b:1,a:1", "a:1,a:1", "a b:1", "a:18446744073709551616", "a:1 "} {
		if v, err := ParseVector(bad); !errors.Is(err, ErrBadVector) {
			t.Errorf("%q: %v, %v", bad, v, err)
		}
	}
}

func TestVectorProperties(t *testing.T) {
	gen := rapid.MapOf(rapid.StringMatching(`[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,8}`), rapid.Uint64())
	rapid.Check(t, func(t *rapid.T) {
		v := Vector(gen.Draw(t, "v"))
		back, err := ParseVector(v.String())
		if err != nil || !cmp.Equal(v, back) {
			t.Fatalf("%v became %v, %v", v, back, err)
		}
		c := v.Clone()
		if !v.Covers(c) || !v.Covers(nil) {
			t.Fatalf("%v does not cover itself", v)
		}
		c["extra"]++
		if v["extra"] < c["extra"] && v.Covers(c) {
			t.Fatalf("%v covers the larger %v", v, c)
		}
	})
}

func FuzzParseVector(f *testing.F) {
	f.Add("a:12,b:7")
	f.Add("a:1,,")
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := ParseVector(s); err == nil && v.String() != s {
			t.Errorf("%q became %q", s, v.String())
		}
	})
}
