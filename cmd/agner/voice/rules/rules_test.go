package rules

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/web/api/setup"
)

const hello = `name: hello
start: menu
nodes:
  menu: {kind: menu, prompt: "For sales press 1.", choices: {1: sales}, no_match: bye}
  sales: {kind: enqueue, queue: Sales}
  bye: {kind: hangup, prompt: "Goodbye."}
`

func TestCheckFlow(t *testing.T) {
	r := &Rules{}
	got := r.CheckFlow(hello, []string{"Sales"})
	want := setup.FlowReport{Name: "hello", Start: "menu",
		Nodes:    []setup.FlowNode{{Name: "menu", Kind: "menu"}, {Name: "sales", Kind: "enqueue"}, {Name: "bye", Kind: "hangup"}},
		Ways:     []setup.FlowWay{{From: "menu", To: "sales", When: "choices.1", Keyed: true}, {From: "menu", To: "bye", When: "no_match"}},
		Problems: []setup.FlowProblem{}}
	got.Doc = nil // TestFormTextIsRead looks at it
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = r.CheckFlow(strings.Replace(hello, "queue: Sales", "queue: Seals", 1), []string{"Sales"})
	wrong := []setup.FlowProblem{{Line: 5, Node: "sales", Field: "queue", Value: "Seals", Why: "is no known queue"}}
	if diff := cmp.Diff(wrong, got.Problems); diff != "" || got.Name != "" {
		t.Errorf("name %q: %s", got.Name, diff)
	}
}

func TestTryFlow(t *testing.T) {
	at := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	caller := "+3721"
	r := &Rules{}
	f := func(dial, outcome, end string) {
		t.Helper()
		got, err := r.TryFlow(setup.FlowTrial{Text: hello, Dial: dial, At: &at, Caller: &caller}, []string{"Sales"})
		if err != nil || got.Outcome != outcome || got.End != end || len(got.Lines) == 0 {
			t.Errorf("%s: %+v, %v", dial, got, err)
		}
	}
	f("1", "queued", "queue Sales")
	f("hangup", "hung_up", "caller")
	if _, err := r.TryFlow(setup.FlowTrial{Text: hello, Dial: "x"}, nil); err == nil {
		t.Error("x is no key")
	}
}

// TestDigests holds the digests against RFC 2617 section 3.2.2.2 and RFC 7616
// section 3.4.2: H(account:realm:password), computed with md5sum and sha256sum.
func TestDigests(t *testing.T) {
	md5, sha := (&Rules{}).Digests("7001", "secret")
	if md5 != "774e12eb24e9c0ef4e3d0b4f7b164ef8" || sha != "9b49e612bc16a6cb4ff52a322aacf5630d8b5782b403671f887d0d4541bba234" {
		t.Errorf("%s %s", md5, sha)
	}
}

func TestReachable(t *testing.T) {
	for _, c := range [][3]string{
		{"127.0.0.1:5060", "", "127.0.0.1:5060"},
		{"0.0.0.0:5060", "192.0.2.7", "192.0.2.7:5060"},
		{"[::]:5070", "", OwnAddress() + ":5070"},
		{"", "", ""},
	} {
		if got := Reachable(c[0], c[1]); got != c[2] {
			t.Errorf("Reachable(%q, %q) = %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

// TestFormTextIsRead reads the text that the form of the pages writes
// (web/tests/unit/flow.test.ts): it must come back as it went.
func TestFormTextIsRead(t *testing.T) {
	test, err := os.ReadFile("../../../../web/tests/unit/flow.test.ts")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(test), "const TEXT = `")
	text, _, found := strings.Cut(rest, "`;")
	if !found {
		t.Fatal("the page's test has no TEXT any more")
	}
	got, err := json.Marshal((&Rules{}).CheckFlow(strings.ReplaceAll(text, `\\`, `\`), nil).Doc)
	want := `{"name":"hello","start":"menu","zone":"Europe/Tallinn","hours":{"office":{"week":{"mon-fri":["09:00-17:00"]},"except":{}}},"nodes":{` +
		`"menu":{"kind":"menu","prompt":"Yes: press 1, #2 or \"no\".","choices":{"1":"sales"},"no_match":"sales","attempts":2,"barge_in":true},` +
		`"sales":{"kind":"branch","on":"caller","cases":[{"starts":"+372","goto":"menu"}],"else":"menu"}}}`
	if err != nil || string(got) != want {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
}
