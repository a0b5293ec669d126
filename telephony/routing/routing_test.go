package routing

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestExpr(t *testing.T) {
	ann := Skills{"lang=fr": 3, "tier": 2, "sales": 1, "off": 0, "agent=ann": 1}
	for _, c := range []struct {
		text string
		want bool
		fit  int64
	}{
		{"", true, 0},
		{"sales", true, 1},
		{"off", false, 0},
		{"nobody", false, 0},
		{"lang=fr", true, 3},
		{"lang=de", false, 0},
		{"lang = fr >= 3", true, 3},
		{"lang=fr>3", false, 3},
		{"tier>=2", true, 2},
		{"tier=2", true, 2},
		{"tier != 2", false, 2},
		{"tier < 3 and sales", true, 3},
		{"lang=de OR tier>=2", true, 2},
		{"lang=de OR tier>=2 AND nobody", false, 2}, // AND binds stronger
		{"(lang=fr OR lang=de) AND NOT nobody", true, 3},
		{"not not sales", true, 0},
		{"nobody<=0", true, 0},
		{"agent=ann", true, 1},
		{"eesti_keel.õppija", false, 0},
	} {
		e, err := ParseExpr(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if got := e.Match(ann); got != c.want {
			t.Errorf("%q: Match = %v, want %v", c.text, got, c.want)
		}
		if got := e.Fit(ann); got != c.fit {
			t.Errorf("%q: Fit = %d, want %d", c.text, got, c.fit)
		}
	}
}

func TestExprMistakes(t *testing.T) {
	for _, c := range []struct {
		text string
		at   int
	}{
		{"AND", 0}, {"sales AND", 9}, {"(sales", 6}, {"sales)", 5}, {"tier>=", 6}, {"tier>=x", 6}, {"5", 0}, {"sales sales", 6},
		{"lang=", 5}, {"lang=)", 5}, {"sales & tier", 6}, {"tier>=99999999999", 6}, {"NOT", 3}, {"a=\xff", 2},
		{strings.Repeat("(", 100) + "a" + strings.Repeat(")", 100), maxDepth + 1},
		{strings.Repeat("a OR ", 500) + "a", 0},
	} {
		_, err := ParseExpr(c.text)
		var bad *ExprError
		if !errors.As(err, &bad) || !errors.Is(err, ErrExpr) {
			t.Errorf("%q: %v, want an ExprError", c.text, err)
			continue
		}
		if bad.At != c.at {
			t.Errorf("%q: %v: wrong at %d, want %d", c.text, err, bad.At, c.at)
		}
	}
}

func FuzzExpr(f *testing.F) {
	f.Add("lang=fr AND (tier>=2 OR NOT x)")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ParseExpr(text)
		if err != nil {
			return
		}
		again, err := ParseExpr(e.String())
		if err != nil || again.Match(Skills{"tier": 2}) != e.Match(Skills{"tier": 2}) {
			t.Errorf("%q does not survive String: %v", text, err)
		}
	})
}

// TestAll joins terms so that each keeps its meaning.
func TestAll(t *testing.T) {
	e, err := All([]string{"a OR b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	if e.Match(Skills{"a": 1}) || !e.Match(Skills{"b": 1, "c": 1}) {
		t.Errorf("All = %q does not ask for each term", e)
	}
	if _, err := All([]string{"a) OR (b"}); err == nil {
		t.Error("a term with a stray bracket was accepted")
	}
}

func drawPlace(t *rapid.T, name string) Place {
	return Place{
		Priority: rapid.Int64Range(-5, 5).Draw(t, name+"p"), At: rapid.Int64Range(0, 20).Draw(t, name+"at"), Seq: rapid.Uint64Range(0, 9).Draw(t, name+"seq"),
	}
}

// TestOrderIsTotal: of two places with different Seq exactly one is ahead, and being
// ahead is transitive.
func TestOrderIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Order{AgeUs: rapid.Int64Range(0, 4).Draw(t, "age")}
		a, b, c := drawPlace(t, "a"), drawPlace(t, "b"), drawPlace(t, "c")
		if a.Seq != b.Seq && o.Ahead(a, b) == o.Ahead(b, a) {
			t.Fatalf("%+v and %+v: neither or both ahead", a, b)
		}
		if o.Ahead(a, b) && o.Ahead(b, c) && !o.Ahead(a, c) {
			t.Fatalf("not transitive: %+v %+v %+v", a, b, c)
		}
		// Score and Ahead agree about callers of one queue, whenever they are asked.
		now := rapid.Int64Range(20, 99).Draw(t, "now")
		if o.AgeUs > 0 && o.Score(a, 0, now) > o.Score(b, 0, now)+1e-9 && !o.Ahead(a, b) {
			t.Fatalf("%+v scores above %+v but is not ahead", a, b)
		}
	})
}

// TestOvertake: the priority found puts the caller ahead, one less does not.
func TestOvertake(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Order{AgeUs: rapid.Int64Range(0, 4).Draw(t, "age")}
		p, q := drawPlace(t, "p"), drawPlace(t, "q")
		p.Seq, q.Seq = 2, 1
		p.Priority = o.Overtake(p, q)
		if !o.Ahead(p, q) {
			t.Fatalf("%+v is not ahead of %+v", p, q)
		}
		p.Priority--
		if o.AgeUs > 0 && o.Ahead(p, q) {
			t.Fatalf("one point less would do: %+v, %+v", p, q)
		}
	})
}

func TestStages(t *testing.T) {
	fr, _ := ParseExpr("fr")
	s := Stages{{0, fr}, {30, Expr{}}}
	for _, c := range []struct {
		waited int64
		need   string
		next   int64
	}{{0, "fr", 30}, {29, "fr", 30}, {30, "", 0}, {99, "", 0}} {
		need, next := s.At(c.waited)
		if need.String() != c.need || next != c.next {
			t.Errorf("At(%d) = %q, %d, want %q, %d", c.waited, need, next, c.need, c.next)
		}
	}
	if need, next := (Stages{{10, fr}}).At(5); need != nil || next != 10 {
		t.Errorf("before the first stage: %v, %d", need, next)
	}
}

func TestTiers(t *testing.T) {
	tiers := Tiers{StepUs: 30}
	for _, c := range []struct {
		waited       int64
		lowest, tier int
		next         int64
	}{{0, 1, 1, 30}, {29, 1, 1, 30}, {30, 1, 2, 60}, {0, 3, 3, 90}, {-5, 1, 1, 30}} {
		tier, next := tiers.Open(c.waited, c.lowest)
		if tier != c.tier || next != c.next {
			t.Errorf("Open(%d, %d) = %d, %d, want %d, %d", c.waited, c.lowest, tier, next, c.tier, c.next)
		}
	}
	if tier, next := (Tiers{}).Open(0, 1); tier < 1000 || next != 0 {
		t.Errorf("without steps: %d, %d", tier, next)
	}
}

// TestBetter sorts the same four agents by every strategy.
func TestBetter(t *testing.T) {
	list := []Candidate{
		{Agent: "ann", Tier: 1, Order: 1, IdleSince: 40, Calls: 2, BusyUs: 30, SignedUs: 100, Fit: 5, Draw: 3, Price: 2},
		{Agent: "bob", Tier: 1, Order: 2, AfterLast: true, IdleSince: 10, Calls: 9, BusyUs: 10, SignedUs: 20, Fit: 1, Draw: 1, Price: 1},
		{Agent: "cid", Tier: 1, Order: 3, AfterLast: true, IdleSince: 30, Calls: 2, BusyUs: 0, SignedUs: 0, Fit: 5, Draw: 2, Price: 3},
		{Agent: "dan", Tier: 2, Order: 0, IdleSince: 0, Calls: 0, Fit: 9, Draw: 0},
	}
	for s, want := range map[Strategy]string{
		"": "bob cid ann dan", LongestIdle: "bob cid ann dan", Sequential: "ann bob cid dan", Circular: "bob cid ann dan",
		FewestCalls: "cid ann bob dan", LeastOccupied: "cid ann bob dan", Simultaneous: "ann bob cid dan", Random: "bob cid ann dan",
		Skilled: "cid ann bob dan", Advised: "bob ann cid dan",
	} {
		got := slices.Clone(list)
		slices.SortFunc(got, func(a, b Candidate) int {
			if s.Better(&a, &b) {
				return -1
			}
			return 1
		})
		var names []string
		for _, c := range got {
			names = append(names, c.Agent)
		}
		if strings.Join(names, " ") != want {
			t.Errorf("%q: %v, want %s", s, names, want)
		}
	}
	if err := Strategy("best").Check(); !errors.Is(err, ErrStrategy) {
		t.Errorf("Check = %v", err)
	}
}

// TestDrawIsFair: over many offers each of three agents draws lowest about equally
// often. 3,000 draws: the share's deviation is below 0.9 %, so 4 % is beyond chance.
func TestDrawIsFair(t *testing.T) {
	wins := map[string]int{}
	for n := range uint64(3000) {
		best := "ann"
		for _, a := range []string{"bob", "cid"} {
			if Draw(7, n, a) < Draw(7, n, best) {
				best = a
			}
		}
		wins[best]++
	}
	for a, n := range wins {
		if n < 880 || n > 1120 {
			t.Errorf("%s won %d of 3000", a, n)
		}
	}
}
