package search

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/speech/phrase"
)

func open(t testing.TB, dir string) *Index {
	t.Helper()
	x, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

var said = []Turn{
	{Interaction: "a", Number: 0, Speaker: "agent", Start: 0, End: 3, Text: "Good morning how may I help", Mood: "positive", Score: 0.6, At: 100, Queue: "q1", Agent: "ann", Recording: "r1", Party: "p1"},
	{Interaction: "a", Number: 1, Speaker: "customer", Start: 4, End: 8, Text: "I want to cancel my account today", Mood: "negative", Score: -0.5, Pause: 1, At: 100, Queue: "q1", Agent: "ann", Recording: "r1", Party: "p1"},
	{Interaction: "b", Number: 0, Speaker: "customer", Start: 61, End: 70, Text: "the account was fine and there is nothing at all I would cancel", Mood: "neutral", At: 200, Queue: "q2", Agent: "bob", Party: "p2"},
	{Interaction: "c", Number: 0, Speaker: "customer", Start: 1, End: 2, Text: "我要退款", Mood: "negative", At: 300, Queue: "q2", Agent: "bob", Language: "zh", Party: "p3"},
	{Interaction: "c", Number: 1, Speaker: "agent", Start: 3, End: 4, Text: "退了一个款", At: 300, Queue: "q2", Agent: "bob", Language: "zh", Party: "p3"},
}

func TestSearch(t *testing.T) {
	x := open(t, filepath.Join(t.TempDir(), "i"))
	if err := x.Add(said, "analytics:7"); err != nil {
		t.Fatal(err)
	}
	f := func(q Query, want ...string) Result {
		t.Helper()
		q.Limit = 10
		res, err := x.Search(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range res.Hits {
			got = append(got, fmt.Sprintf("%s%d", h.Interaction, h.Number))
		}
		if !cmp.Equal(got, want) || res.Total != uint64(len(want)) || res.Bound {
			t.Errorf("%+v: %v of %d", q, got, res.Total)
		}
		return res
	}
	neg, sixty := -0.1, 60.0
	f(Query{}, "c0", "c1", "b0", "a0", "a1")
	f(Query{Text: "cancel"}, "b0", "a1")
	f(Query{Text: `"cancel my account"`}, "a1")
	res := f(Query{Text: "cancel NEAR/5 account"}, "a1")
	if want := []Piece{{"I want to ", false}, {"cancel my account", true}, {" today", false}}; !cmp.Equal(res.Hits[0].Pieces, want) {
		t.Errorf("%+v", res.Hits[0].Pieces)
	}
	if want := []Count{{"customer", 1}}; !cmp.Equal(res.Facets["speaker"], want) {
		t.Errorf("%+v", res.Facets)
	}
	f(Query{Text: "cancle~"})
	f(Query{Text: "cansel~"}, "b0", "a1")
	f(Query{Text: "退款"}, "c0")
	f(Query{Text: "account AND NOT cancel NEAR/5 account"}, "b0")
	f(Query{Text: "NOT account"}, "c0", "c1", "a0")
	f(Query{Speaker: "agent"}, "c1", "a0")
	f(Query{Queues: []string{"q1"}}, "a0", "a1")
	f(Query{ScopeQueues: []string{"q2"}, Text: "cancel"}, "b0")
	f(Query{ScopeQueues: []string{"q2"}, Queues: []string{"q1"}})
	f(Query{From: 100, To: 200}, "a0", "a1")
	f(Query{MaxScore: &neg}, "a1")
	f(Query{MinStart: &sixty}, "b0")
	f(Query{Language: "zh", Mood: "negative"}, "c0")
	for _, bad := range []Query{{Limit: 0}, {Limit: MaxLimit + 1}, {Limit: 1, Offset: -1}, {Limit: 1, Text: `"`}} {
		if _, err := x.Search(context.Background(), bad); !errors.Is(err, ErrQuery) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// TestAgreesWithMatch: the index finds exactly the turns in which the text holds.
func TestAgreesWithMatch(t *testing.T) {
	x := open(t, filepath.Join(t.TempDir(), "i"))
	rng := rand.New(rand.NewPCG(6, 1))
	vocabulary := strings.Fields("bill card cancel account refund please thanks wrong order late")
	var turns []Turn
	for i := range 400 {
		var words []string
		for range 1 + rng.IntN(12) {
			words = append(words, vocabulary[rng.IntN(len(vocabulary))])
		}
		turns = append(turns, Turn{Interaction: fmt.Sprint("i", i), Text: strings.Join(words, " "), At: int64(i)})
	}
	if err := x.Add(turns, ""); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"bill", `"bill card"`, "bill NEAR/2 card", "NOT bill", "(bill OR refund) AND NOT (card NEAR/1 late)", "bil~ thanks", "refunt~ OR late", "NOT (refunt~ NEAR/0 bill)"} {
		text, err := phrase.ParseText(q)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, x := range turns {
			if _, ok := phrase.Match(text, x.Text); ok {
				want++
			}
		}
		got, err := x.Search(context.Background(), Query{Text: q, Limit: MaxLimit})
		if err != nil || got.Total != uint64(want) || want == 0 {
			t.Errorf("%s: %d, want %d: %v", q, got.Total, want, err)
		}
	}
}

func TestCallAndErase(t *testing.T) {
	x := open(t, filepath.Join(t.TempDir(), "i"))
	if err := errors.Join(x.Add(said, "n:1"), x.Add(said, "n:2")); err != nil { // again changes nothing
		t.Fatal(err)
	}
	got, err := x.Call(context.Background(), "a")
	if err != nil || !cmp.Equal(got, said[:2]) {
		t.Errorf("%v\n%s", err, cmp.Diff(got, said[:2]))
	}
	if n, err := x.Erase("p1"); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := x.Call(context.Background(), "a"); !errors.Is(err, ErrNone) {
		t.Errorf("erased: %v", err)
	}
	if n, err := x.Turns(); err != nil || n != 3 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := x.Erase(""); !errors.Is(err, ErrQuery) {
		t.Errorf("nobody: %v", err)
	}
}

func TestReopenAndDamage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "i")
	x, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(x.Add(said, "n:5"), x.Close()); err != nil {
		t.Fatal(err)
	}
	if x, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	if v, err := x.Vector(); v != "n:5" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	if err := x.b.SetInternal(formatKey, []byte("0")); err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if x, err = Open(dir); err != nil { // another format
		t.Fatal(err)
	}
	if n, err := x.Turns(); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "index_meta.json"), []byte("?"), 0o600); err != nil {
		t.Fatal(err)
	}
	y := open(t, dir)
	if v, err := y.Vector(); v != "" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
}
