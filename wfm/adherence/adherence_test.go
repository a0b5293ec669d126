package adherence

import (
	"testing"

	"pgregory.net/rapid"
)

const min1 = int64(60e6)

func clock(h, m int64) int64 { return (h*60 + m) * min1 }

// TestOracle is numbers.md's: scheduled 9 to 10, worked 9:15 to 10:15.
func TestOracle(t *testing.T) {
	r := Judge([]Span{{clock(9, 0), clock(10, 0), Work}}, []Actual{{clock(9, 15), clock(10, 15), "available", ""}}, Default, clock(12, 0))
	if *r.Raw != 0.75 || *r.Conformance != 1 || *r.Forgave != 0.75 {
		t.Errorf("adherence %g, forgiven %g, conformance %g; want 75 %%, 75 %%, 100 %%", *r.Raw, *r.Forgave, *r.Conformance)
	}
	if len(r.Deviations) != 1 || r.Deviations[0] != (Deviation{clock(9, 0), clock(9, 15), Work, "offline", false}) {
		t.Errorf("deviations %+v", r.Deviations)
	}
}

// TestForgiveness: a call from 9:55 runs to 10:07 into a break to 10:15; seven minutes are forgiven,
// not the three after it that were not a break.
func TestForgiveness(t *testing.T) {
	plan := []Span{{clock(9, 0), clock(10, 0), Work}, {clock(10, 0), clock(10, 15), "break"}, {clock(10, 15), clock(11, 0), Work}}
	done := []Actual{
		{clock(9, 0), clock(9, 55), "available", ""}, {clock(9, 55), clock(10, 5), "talking", "c1"}, {clock(10, 5), clock(10, 7), "wrap_up", "c1"},
		{clock(10, 7), clock(10, 10), "available", ""}, {clock(10, 10), clock(10, 15), "break", ""}, {clock(10, 15), clock(11, 0), "available", ""},
	}
	r := Judge(plan, done, Default, clock(11, 0))
	if r.Forgiven != 7*min1 || r.Adhered != 110*min1 {
		t.Errorf("forgiven %d min, adhered %d min; want 7 and 110", r.Forgiven/min1, r.Adhered/min1)
	}
	late := append([]Actual{}, done...)
	late[1].From = clock(10, 1) // began in the break: nobody had to take it
	late[0].To = clock(10, 1)
	if r := Judge(plan, late, Default, clock(11, 0)); r.Forgiven != 0 {
		t.Errorf("a call that began in the break was forgiven %d min", r.Forgiven/min1)
	}
}

// TestExceptionsKeepBoth: the plan stays, the version with the exception is judged beside it.
func TestExceptionsKeepBoth(t *testing.T) {
	plan := []Span{{clock(9, 0), clock(10, 0), Work}}
	now := Except(plan, []Span{{clock(9, 30), clock(9, 45), "meeting"}, {clock(8, 0), clock(9, 10), "training"}})
	want := []Span{{clock(9, 0), clock(9, 10), "training"}, {clock(9, 10), clock(9, 30), Work}, {clock(9, 30), clock(9, 45), "meeting"}, {clock(9, 45), clock(10, 0), Work}}
	if len(now) != len(want) {
		t.Fatalf("got %+v", now)
	}
	for i := range want {
		if now[i] != want[i] {
			t.Errorf("span %d: %+v, want %+v", i, now[i], want[i])
		}
	}
	if len(plan) != 1 || plan[0].Activity != Work {
		t.Error("the plan was changed")
	}
}

func TestNow(t *testing.T) {
	plan := []Span{{clock(9, 0), clock(10, 0), Work}}
	done := []Actual{{clock(8, 50), clock(9, 20), "available", ""}, {clock(9, 20), clock(9, 40), "break", ""}}
	planned, actual, since := Now(plan, done, Default, clock(9, 30))
	if planned != Work || actual != "break" || since != clock(9, 20) {
		t.Errorf("got %s, %s since %d", planned, actual, since/min1)
	}
	if _, _, since := Now(plan, done, Default, clock(9, 10)); since != 0 {
		t.Error("adhering, but deviating since", since)
	}
}

// TestBooksBalance: adhered, forgiven and deviating time add up to what was scheduled, whatever was done.
func TestBooksBalance(t *testing.T) {
	states := []string{"available", "talking", "wrap_up", "break", "meal", "offline"}
	rapid.Check(t, func(r *rapid.T) {
		var plan []Span
		var done []Actual
		for at := int64(0); at < 100; {
			n := rapid.Int64Range(1, 20).Draw(r, "n")
			if a := rapid.SampledFrom([]string{"", Work, Work, "break", "meal"}).Draw(r, "activity"); a != "" {
				plan = append(plan, Span{at, at + n, a})
			}
			at += n
		}
		for at := int64(0); at < 100; {
			n := rapid.Int64Range(1, 20).Draw(r, "n")
			done = append(done, Actual{at, at + n, rapid.SampledFrom(states).Draw(r, "state"), rapid.SampledFrom([]string{"a", "b"}).Draw(r, "contact")})
			at += n
		}
		res := Judge(plan, done, Default, rapid.Int64Range(0, 120).Draw(r, "now"))
		off := int64(0)
		for _, d := range res.Deviations {
			if !d.Forgave {
				off += d.To - d.From
			}
		}
		if res.Adhered+res.Forgiven+off != res.Scheduled {
			r.Fatalf("%d adhered + %d forgiven + %d off ≠ %d scheduled", res.Adhered, res.Forgiven, off, res.Scheduled)
		}
	})
}
