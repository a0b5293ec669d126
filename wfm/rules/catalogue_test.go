package rules

import (
	"strings"
	"testing"
)

func TestCatalogueSpeaksPlainly(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range All() {
		if seen[r.Name] {
			t.Errorf("rule %q is listed twice", r.Name)
		}
		seen[r.Name] = true
		if r.Name != strings.ToLower(r.Name) || strings.ContainsAny(r.Name, " -") {
			t.Errorf("rule %q: names are lower case with underscores", r.Name)
		}
		if !strings.HasSuffix(r.Words, ".") || strings.Contains(r.Words, "_") || len(r.Words) < 20 {
			t.Errorf("rule %q: %q is no sentence", r.Name, r.Words)
		}
	}
}

func TestFind(t *testing.T) {
	if r, ok := Find(MinRest); !ok || r.Name != MinRest {
		t.Errorf("Find(%q) = %v, %v", MinRest, r, ok)
	}
	if _, ok := Find("nonsense"); ok {
		t.Error("Find(nonsense) found something")
	}
	all := All()
	all[0].Name = "changed"
	if All()[0].Name == "changed" {
		t.Error("All hands out the catalogue itself")
	}
}
