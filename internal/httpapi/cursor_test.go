package httpapi

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCursorRoundTrip(t *testing.T) {
	c := NewCursors([]byte("key"))
	text := c.Encode("calls?queue=1", "2026-01-01", "id/with,signs")
	got, err := c.Decode("calls?queue=1", text, 2)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"2026-01-01", "id/with,signs"}, got); diff != "" {
		t.Error(diff)
	}
	if got, err := c.Decode("calls", "", 2); got != nil || err != nil {
		t.Errorf("the beginning: %v, %v", got, err)
	}
}

func TestCursorIsBound(t *testing.T) {
	c := NewCursors([]byte("key"))
	text := c.Encode("calls?queue=1", "a", "b")
	for name, try := range map[string]func() ([]string, error){
		"another list":  func() ([]string, error) { return c.Decode("calls?queue=2", text, 2) },
		"another shape": func() ([]string, error) { return c.Decode("calls?queue=1", text, 1) },
		"another key":   func() ([]string, error) { return NewCursors([]byte("other")).Decode("calls?queue=1", text, 2) },
		"cut":           func() ([]string, error) { return c.Decode("calls?queue=1", text[:len(text)-4], 2) },
		"long":          func() ([]string, error) { return c.Decode("calls?queue=1", strings.Repeat("A", cursorMax+1), 2) },
		"no base64":     func() ([]string, error) { return c.Decode("calls?queue=1", "§", 2) },
		"short":         func() ([]string, error) { return c.Decode("calls?queue=1", "AAAA", 2) },
	} {
		if got, err := try(); !IsKind(err, BadCursor) || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	c := NewCursors([]byte("key"))
	good := c.Encode("list", "a", "b")
	for _, seed := range []string{good, "", "AAAA", good + "A", strings.Repeat("A", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := c.Decode("list", text, 2)
		if err == nil && text != "" && text != good {
			t.Errorf("%q decoded as %q", text, got)
		}
	})
}
