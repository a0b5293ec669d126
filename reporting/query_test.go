package reporting_test

import (
	"math"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting"
)

// A week earlier is by the wall clock: Israel set its clocks back on 3 September 1999, so 09:00 of 1 September lies
// 169 hours before 09:00 of the 8th.
func TestQueryComparesAcrossTheChangeOfClocks(t *testing.T) {
	c := newCentre(t)
	before, after := on("1999-09-01", "09:00:00"), on("1999-09-08", "09:00:00")
	if hours := (after - before) / (60 * minute); hours != 169 {
		t.Fatalf("%d hours between, want 169: this test's week has no change of clocks", hours)
	}
	for range 3 {
		before += sec
		c.visit("q1", before, event.Answered, 5*sec)
	}
	c.visit("q1", after, event.Answered, 5*sec)
	c.visit("q1", after+sec, event.Abandoned, 60*sec)
	c.visit("q2", after, event.Answered, 5*sec)
	p := reporting.Params{From: "1999-09-08", To: "1999-09-09", Size: interval.Half}
	got, err := c.open().Query(t.Context(), reporting.Query{Params: p, Figures: []string{"offered", "sl"}, LastWeek: true})
	if err != nil {
		t.Fatal(err)
	}
	rows := got.Rows
	offered, was, sl := rows.Column("offered"), rows.Column("offered_last_week"), rows.Column("sl_last_week")
	if rows.Len() != 2 || offered.Ints[0] != 2 || was.Reals[0] != 3 || sl.Reals[0] != 1 {
		t.Errorf("%d rows, Private offered %v, a week earlier %v with sl %v; want 2, 2, 3, 1", rows.Len(), offered.Ints, was.Reals, sl.Reals)
	}
	if !math.IsNaN(was.Reals[1]) {
		t.Errorf("Stock had no calls a week earlier and shows %v", was.Reals[1])
	}
}
