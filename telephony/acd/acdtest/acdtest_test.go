package acdtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/doctor"
	"github.com/agner-platform/agner/internal/event"
)

// TestScenarios plays every scenario and lets the doctor look at its facts.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.test")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".test"), func(t *testing.T) {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			inv := doctor.NewInvariants()
			if err := Run(string(text), func(e *event.Event) { inv.Observe(e) }); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			r := inv.Result()
			for _, b := range r.Breaches {
				t.Errorf("%s: %s: %d times, first: %s", f, b.Rule, b.Count, b.What)
			}
			if !r.Books.Balanced() {
				t.Errorf("%s: books: %+v", f, r.Books)
			}
		})
	}
}

// TestScenarioMistakes holds that a scenario which claims something wrong fails, and
// says where.
func TestScenarioMistakes(t *testing.T) {
	const head = "queue sales ring=20s\nagent ann queues=sales\nat 0s sign_in ann\nat 1s call carl sales\n"
	for _, c := range []struct{ name, text, want string }{
		{"wrong claim", head + "at 1s expect waiting sales 2", "line 5: expect waiting sales 2: got 1"},
		{"wrong agent", head + "at 1s expect ringing bob carl", "got ringing at [ann]"},
		{"not refused", head + "at 1s refused answer ann", "line 5: answer was not refused"},
		{"refused", head + "at 1s resume ann", "not possible now"},
		{"unknown statement", "at 1s dance", `"dance" is not a statement`},
		{"unknown claim", head + "at 1s expect joy", `"joy" is not a claim`},
		{"back in time", "at 2s expect waiting a 0\nat 1s expect waiting a 0", "line 2: at 1s: goes back in time"},
		{"bad queue", "queue q strategy=best\nat 0s expect waiting q 0", "unknown strategy"},
		{"bad option", "queue q to=x\nat 0s expect waiting q 0", "to: is not an option here"},
		{"open quote", `queue "q`, "a quote is not closed"},
		{"bad time", "at soon call carl sales", "is not a duration"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Run(c.text, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Run = %v, want an error with %q", err, c.want)
			}
		})
	}
}
