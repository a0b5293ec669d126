package plan

import (
	"testing"

	"github.com/agner-platform/agner/internal/i18n"
	"github.com/agner-platform/agner/wfm/rules"
)

// TestEveryRuleIsWorded: each sentence of the rules is the English text of the pages, and
// every language has one.
func TestEveryRuleIsWorded(t *testing.T) {
	for name, text := range rules.Sentences {
		key := "rule." + name
		if !i18n.Has(key) {
			t.Errorf("%s has no text", key)
			continue
		}
		if got := i18n.Text(i18n.English, key, nil); got != text {
			t.Errorf("%s: pages say %q, rules %q", key, got, text)
		}
	}
}
