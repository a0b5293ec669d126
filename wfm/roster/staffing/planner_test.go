package staffing

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/agner-platform/agner/wfm/format"
)

// drawOne makes a problem of one employee over at most nine days.
func drawOne(t *rapid.T) *format.Staffing {
	days := rapid.IntRange(6, 9).Draw(t, "days")
	e := format.Employee{
		ID: "A", MaxShifts: []int{rapid.IntRange(0, 4).Draw(t, "most E"), days},
		MinMinutes: 480 * rapid.IntRange(0, 4).Draw(t, "min"), MaxMinutes: 480 * rapid.IntRange(4, 7).Draw(t, "max"),
		MinConsecutive: rapid.IntRange(1, 3).Draw(t, "min run"), MaxConsecutive: rapid.IntRange(3, 5).Draw(t, "max run"),
		MinDaysOff: rapid.IntRange(1, 3).Draw(t, "min off"), MaxWeekends: rapid.IntRange(0, 2).Draw(t, "weekends"),
	}
	if rapid.Bool().Draw(t, "off") {
		e.DaysOff = []int{rapid.IntRange(0, days-1).Draw(t, "day off")}
	}
	in := &format.Staffing{
		Days: days, Staff: []format.Employee{e},
		Shifts: []format.ShiftType{{ID: "E", Length: 480}, {ID: "L", Length: 600, Forbidden: []string{"E"}}},
	}
	for range days {
		in.Covers = append(in.Covers, make([]format.Cover, 2))
	}
	return in
}

// legal asks the scorer.
func legal(in *format.Staffing, r row) bool {
	out := format.StaffingRoster{ID: "A", Shifts: make([]string, in.Days)}
	for d, k := range r {
		if k != off {
			out.Shifts[d] = in.Shifts[k].ID
		}
	}
	return len(in.ScoreSolution(&format.StaffingSolution{Rosters: []format.StaffingRoster{out}}).Violations) == 0
}

// each calls do with every row whose days [from, to) vary and the rest are held.
func each(held row, from, to int, do func(row)) {
	r := append(row(nil), held...)
	for d := from; d < to; d++ {
		r[d] = off
	}
	for {
		do(r)
		d := from
		for ; d < to; d++ {
			if r[d]++; r[d] < 2 {
				break
			}
			r[d] = off
		}
		if d == to {
			return
		}
	}
}

// The planner finds the cheapest legal row, over the whole horizon and in any
// window of a legal row: all rows are tried, and the scorer judges them.
func TestPlannerAgainstAllRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawOne(t)
		m := newModel(in)
		price := make([]float64, in.Days*2)
		for i := range price {
			price[i] = float64(rapid.IntRange(-9, 9).Draw(t, "price"))
		}
		held := make(row, in.Days)
		from, to := 0, in.Days
		for range 2 {
			want, found := math.Inf(1), row(nil)
			each(held, from, to, func(r row) {
				sum := 0.0
				for d := from; d < to; d++ {
					if r[d] != off {
						sum += price[d*2+int(r[d])]
					}
				}
				if sum < want && legal(in, r) {
					want, found = sum, append(row(nil), r...)
				}
			})
			p := newPlanner(m)
			days, got, ok := p.best(task{row: held, from: from, to: to, price: price, limit: math.Inf(1)})
			if ok != (found != nil) || ok && got != want {
				t.Fatalf("days %d to %d: planner %v at %v (%v), of all rows the best is %v at %v", from, to, days, got, ok, found, want)
			}
			if !ok {
				return
			}
			copy(held[from:], days)
			if !legal(in, held) {
				t.Fatalf("row %v is not legal", held)
			}
			for i := range price {
				price[i] = float64(rapid.IntRange(-9, 9).Draw(t, "new price"))
			}
			from = rapid.IntRange(0, in.Days-1).Draw(t, "from")
			to = rapid.IntRange(from+1, in.Days).Draw(t, "to")
		}
	})
}

// The cost kept along is that of a full count.
func TestRosterKeepsCount(t *testing.T) {
	in := instance(t, 2)
	r := newRoster(newModel(in))
	for i := range 5000 {
		r.set(i*7%len(in.Staff), i*11%in.Days, int8(i%3)-1)
		if i%250 == 0 {
			kept := r.cost
			if r.recount(); r.cost != kept {
				t.Fatalf("after %d changes %d, recounted %d", i, kept, r.cost)
			}
		}
	}
}
