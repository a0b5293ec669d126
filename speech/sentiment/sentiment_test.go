package sentiment

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func score(t *testing.T, lang Lang, text string) Score {
	t.Helper()
	m, err := For(lang)
	if err != nil {
		t.Fatal(err)
	}
	return m.Score(text)
}

func TestPlainCases(t *testing.T) {
	for _, tt := range []struct {
		lang Lang
		text string
		want Label
	}{
		{English, "Thank you so much, you have been wonderful and very helpful!", Positive},
		{English, "This is the worst service I have ever had, I am really angry.", Negative},
		{English, "I love it.", Positive},
		{English, "I am not happy with this at all.", Negative},
		{English, "That was not good.", Negative},
		{English, "", Neutral},
		{English, "zxqv", Neutral},
		{Chinese, "服务很好，非常满意，谢谢！", Positive},
		{Chinese, "太差了，质量很烂，再也不买了", Negative},
		{Chinese, "", Neutral},
	} {
		if got := score(t, tt.lang, tt.text); got.Label != tt.want {
			t.Errorf("%s %q: %+v, want %s", tt.lang, tt.text, got, tt.want)
		}
	}
}

// TestEvidence holds that a score shows its own words, strongest first.
func TestEvidence(t *testing.T) {
	got := score(t, English, "The agent was wonderful, thank you!")
	if len(got.Evidence) == 0 || len(got.Evidence) > shown || !slices.ContainsFunc(got.Evidence, func(e Evidence) bool { return strings.Contains(e.Text, "wonderful") }) {
		t.Errorf("%+v", got)
	}
	if got := score(t, Chinese, "服务非常满意"); !slices.ContainsFunc(got.Evidence, func(e Evidence) bool { return strings.Contains(e.Text, "满意") }) {
		t.Errorf("%+v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		m, err := For(English)
		if err != nil {
			t.Fatal(err)
		}
		text := rapid.String().Draw(t, "text")
		got := m.Score(text)
		if got.Score < -1 || got.Score > 1 || math.IsNaN(got.Score) {
			t.Fatalf("%q scores %g", text, got.Score)
		}
		if d := cmp.Diff(got, m.Score(text)); d != "" {
			t.Fatalf("%q scores differently: %s", text, d)
		}
		for i := 1; i < len(got.Evidence); i++ {
			if math.Abs(got.Evidence[i].Weight) > math.Abs(got.Evidence[i-1].Weight) {
				t.Fatalf("evidence of %q is not in order: %v", text, got.Evidence)
			}
		}
	})
}

func TestFeatures(t *testing.T) {
	texts := func(lang Lang, in string) string {
		var out []string
		for _, f := range Features(lang, in) {
			out = append(out, f.Text)
		}
		return strings.Join(out, "|")
	}
	if got := texts(English, "Don't worry"); got != "do|do n't|do n't worry|n't|n't worry|worry" {
		t.Error(got)
	}
	if got := texts(Chinese, "很好！OK"); got != "很|很好|很好!|好|好!|好!ok|!|!ok|ok" {
		t.Error(got)
	}
	if slices.Equal(negated(words("not good")), words("not good")) {
		t.Error("a negation leaves no mark")
	}
	if got := negated(words("not bad . good")); got[3] != "good" {
		t.Errorf("a negation goes beyond its sentence: %q", got)
	}
}

func TestFile(t *testing.T) {
	m := New(English, 0.25, map[uint32]float64{7: 1, 9: -2, 1: 0.5})
	got, err := Read(English, m.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(m.w, got.w, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 0.01 })); d != "" || !slices.Equal(m.keys, got.keys) || got.bias != 0.25 {
		t.Errorf("keys %v, bias %g\n%s", got.keys, got.bias, d)
	}
	b := m.Bytes()
	for i := range b {
		if _, err := Read(English, b[:i]); !errors.Is(err, ErrModel) {
			t.Fatalf("%d of %d bytes are read: %v", i, len(b), err)
		}
	}
	if _, err := For("tlh"); !errors.Is(err, ErrLanguage) {
		t.Errorf("Klingon: %v", err)
	}
}

func BenchmarkScore(b *testing.B) {
	m, err := For(English)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		m.Score("I have been waiting for forty minutes and nobody could tell me what is going on with my order")
	}
}
