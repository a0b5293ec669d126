package phrase

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestWait(t *testing.T) {
	for _, tt := range []struct {
		tag       string
		low, high time.Duration
		want      string
	}{
		{"en", 0, 40 * time.Second, "Your call will be answered within a minute."},
		{"en-GB", 20 * time.Second, 61 * time.Second, "Your call will be answered within 2 minutes."},
		{"", 3 * time.Minute, 3 * time.Minute, "Your call will be answered in about 3 minutes."},
		{"zh-Hant", 2 * time.Minute, 5 * time.Minute, "您的来电将在2到5分钟后接听。"},
		{"et", 2 * time.Minute, 5 * time.Minute, "Teie kõnele vastatakse 2 kuni 5 minuti pärast."},
		{"fr", 2 * time.Minute, 5 * time.Minute, "Your call will be answered in 2 to 5 minutes."},
	} {
		if got := Wait(tt.tag, tt.low, tt.high); got != tt.want {
			t.Errorf("Wait(%q, %s, %s) = %q, want %q", tt.tag, tt.low, tt.high, got, tt.want)
		}
	}
	for tag := range all {
		for _, text := range []string{Offer(tag, ""), Offer(tag, "2"), Promised(tag), Confirm(tag), Take(tag), Message(tag), NoMessage(tag), NotThrough(tag), NotReached(tag)} {
			if text == "" || strings.Contains(text, "%") || tag != "en" && text == Promised("en") {
				t.Errorf("%s: %q", tag, text)
			}
		}
	}
	if Position("et", 7) != "Teie koht järjekorras on 7." || Lang("fr") != "en" || Lang("zh-Hans") != "zh" {
		t.Error("position or language")
	}
}

// TestSpoken asks espeak-ng whether it has a voice for each language and reads the
// number as a word of that language, not as nothing.
func TestSpoken(t *testing.T) {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("espeak-ng is not installed")
	}
	for tag, voice := range map[string]string{"en": "en", "zh": "cmn", "et": "et"} {
		sounds := func(text string) string {
			out, err := exec.Command("espeak-ng", "-q", "-x", "-v", voice, text).CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v: %s", tag, err, out)
			}
			return strings.TrimSpace(string(out))
		}
		if one, two := sounds(Position(tag, 1)), sounds(Position(tag, 12)); one == "" || one == two {
			t.Errorf("%s: %q and %q", tag, one, two)
		}
	}
}
