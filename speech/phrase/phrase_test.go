package phrase

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	f := func(query, said string, want bool) {
		t.Helper()
		x, err := ParseText(query)
		if err != nil {
			t.Fatalf("%q: %v", query, err)
		}
		if _, got := Match(x, said); got != want {
			t.Errorf("%q in %q: %v", query, said, got)
		}
	}
	f("cancel account", "I want to CANCEL my account", true)
	f(`"cancel account"`, "cancel my account", false)
	f(`"cancel my account"`, "please cancel my account.", true)
	f("cancel NEAR/1 account", "cancel my account", true)
	f("account NEAR/1 cancel", "cancel my account", true)
	f("cancel NEAR/0 account", "cancel my account", false)
	f(`(refund OR "money back") AND NOT thanks`, "I want my money back", true)
	f(`(refund OR "money back") AND NOT thanks`, "money back, thanks", false)
	f("cancle~", "cancel it", false) // a swap is two letters
	f("cansel~", "cancel it", true)
	f("cansel", "cancel it", false)
	f("subscribtoin~", "my subscription", false)
	f("subscribtion~", "my subscription", true)
	f("don't", "i don’t know", true)
	f("退款", "我要退款", true)
	f("退款", "退了一个款", false)
	f("NOT hello", "good bye", true)
}

func TestMarks(t *testing.T) {
	x, _ := ParseText(`refund OR "my money"`)
	said := "Refund: my money!"
	got, _ := Match(x, said)
	var words []string
	for _, m := range got {
		words = append(words, said[m.Start:m.End])
	}
	if !cmp.Equal(words, []string{"Refund", "my money"}) {
		t.Errorf("%q", words)
	}
}

var dialogue = []Turn{
	{"agent", 0, 4, "Good morning, how may I help?"},
	{"customer", 5, 9, "I would like to cancel my account"},
	{"agent", 10, 20, "I am sorry to hear that"},
	{"customer", 90, 95, "no, please cancel"},
}

func TestRule(t *testing.T) {
	f := func(rule string, want bool, evidence ...int) {
		t.Helper()
		r, err := ParseRule(rule)
		if err != nil {
			t.Fatalf("%q: %v", rule, err)
		}
		got, ok := Holds(r, dialogue, 100)
		if ok != want || !cmp.Equal(got, evidence) {
			t.Errorf("%q: %v %v", rule, ok, got)
		}
	}
	f(`customer said ("cancel" NEAR/5 "account") in first 60s AND NOT agent said "retention offer"`, true, 1)
	f(`customer said ("cancel" NEAR/5 "account") in first 5s`, false)
	f(`agent said cancel`, false)
	f(`anybody said cancel`, true, 1, 3)
	f(`customer said cancel in last 10s`, true, 3)
	f(`customer said account in last 10s`, false)
	f(`NOT agent said "anything else"`, true)
	f(`(agent said sorry OR agent said apologise) AND customer said cancel in last 1m`, true, 2, 3)
}

func TestSyntax(t *testing.T) {
	for _, bad := range []string{"", `"open`, "a AND", "OR b", "a NEAR/99 b", "(a", "a)", "NEAR/2 a", `"!!"`, strings.Repeat("(", 30) + "a", strings.Repeat("NOT ", 40) + "a", strings.Repeat("a ", 2000)} {
		if _, err := ParseText(bad); !errors.Is(err, ErrSyntax) {
			t.Errorf("text %q: %v", short(bad), err)
		}
	}
	for _, bad := range []string{"", "cancel", "boss said x", "agent x", "agent said", "agent said x in", "agent said x in first", "agent said x in first 0s", "agent said x in first 5", "(agent said x", "agent said x in middle 3s"} {
		if _, err := ParseRule(bad); !errors.Is(err, ErrSyntax) {
			t.Errorf("rule %q: %v", bad, err)
		}
	}
}

// TestNotIsTheOpposite holds for every text and turn.
func TestNotIsTheOpposite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a", "b", "c"})
		x := Near{Words{Terms: []string{word.Draw(t, "left")}}, Words{Terms: []string{word.Draw(t, "right")}}, rapid.IntRange(0, 3).Draw(t, "within")}
		said := strings.Join(rapid.SliceOfN(word, 0, 8).Draw(t, "said"), " ")
		_, yes := Match(x, said)
		_, no := Match(Not{x}, said)
		_, mirrored := Match(Near{x.B, x.A, x.Within}, said)
		if yes == no || yes != mirrored {
			t.Fatalf("%v in %q: %v, not: %v, mirrored: %v", x, said, yes, no, mirrored)
		}
	})
}
