package staffing

import (
	"github.com/agner-platform/agner/wfm/format"
)

// off is a day without a shift.
const off = int8(-1)

// row is one employee's horizon.
type row []int8

// model is an instance made ready for counting.
type model struct {
	in       *format.Staffing
	days     int
	types    int
	length   []int    // units per shift type
	follows  [][]bool // follows[j][k]: k may come the day after j
	staff    []person
	need     []int // requirement per day·types+type
	under    []int
	over     []int
	constant int // weights of all shift-on requests: paid unless granted
}

// person is an employee made ready.
type person struct {
	price       []int  // of working, per day·types+type, from requests
	free        []bool // days granted off
	minUnits    int
	maxUnits    int
	minRun      int
	maxRun      int
	minOff      int
	maxWeekends int
	maxShifts   []int
}

func newModel(in *format.Staffing) *model {
	m := &model{in: in, days: in.Days, types: len(in.Shifts)}
	unit := 0
	for _, t := range in.Shifts {
		unit = gcd(unit, t.Length)
	}
	for _, t := range in.Shifts {
		m.length = append(m.length, t.Length/unit)
		allowed := make([]bool, m.types)
		for k := range allowed {
			allowed[k] = true
		}
		for _, f := range t.Forbidden {
			allowed[in.ShiftIndex(f)] = false
		}
		m.follows = append(m.follows, allowed)
	}
	for _, day := range in.Covers {
		for _, c := range day {
			m.need = append(m.need, c.Requirement)
			m.under = append(m.under, c.Under)
			m.over = append(m.over, c.Over)
		}
	}
	for i := range in.Staff {
		m.staff = append(m.staff, m.person(&in.Staff[i], unit))
	}
	return m
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func (m *model) person(e *format.Employee, unit int) person {
	p := person{
		price: make([]int, m.days*m.types), free: make([]bool, m.days),
		minUnits: max(0, (e.MinMinutes+unit-1)/unit), maxUnits: e.MaxMinutes / unit,
		minRun: max(1, e.MinConsecutive), maxRun: min(max(1, e.MaxConsecutive), m.days), minOff: max(1, e.MinDaysOff),
		maxWeekends: e.MaxWeekends, maxShifts: e.MaxShifts,
	}
	if e.MaxConsecutive < 1 {
		p.maxUnits = 0
	}
	for _, d := range e.DaysOff {
		p.free[d] = true
	}
	for _, q := range e.On {
		p.price[q.Day*m.types+m.in.ShiftIndex(q.Shift)] -= q.Weight
		m.constant += q.Weight
	}
	for _, q := range e.Off {
		p.price[q.Day*m.types+m.in.ShiftIndex(q.Shift)] += q.Weight
	}
	return p
}

// rowPrice is what a row costs by its requests.
func (m *model) rowPrice(e int, r row) int {
	sum := 0
	for d, k := range r {
		if k != off {
			sum += m.staff[e].price[d*m.types+int(k)]
		}
	}
	return sum
}

// roster is a row for everybody with its cover and cost.
type roster struct {
	m    *model
	rows []row
	have []int
	cost int
}

func newRoster(m *model) *roster {
	r := &roster{m: m, have: make([]int, m.days*m.types)}
	for range m.staff {
		empty := make(row, m.days)
		for d := range empty {
			empty[d] = off
		}
		r.rows = append(r.rows, empty)
	}
	r.recount()
	return r
}

// recount computes cover and cost afresh.
func (r *roster) recount() {
	clear(r.have)
	r.cost = r.m.constant
	for e, w := range r.rows {
		r.cost += r.m.rowPrice(e, w)
		for d, k := range w {
			if k != off {
				r.have[d*r.m.types+int(k)]++
			}
		}
	}
	for i, h := range r.have {
		r.cost += r.m.under[i]*max(0, r.m.need[i]-h) + r.m.over[i]*max(0, h-r.m.need[i])
	}
}

// set gives employee e shift k on day d and keeps the cost.
func (r *roster) set(e, d int, k int8) {
	m := r.m
	if old := r.rows[e][d]; old != off {
		i := d*m.types + int(old)
		r.cost -= m.staff[e].price[i]
		if r.have[i]--; r.have[i] < m.need[i] {
			r.cost += m.under[i]
		} else {
			r.cost -= m.over[i]
		}
	}
	r.rows[e][d] = k
	if k != off {
		i := d*m.types + int(k)
		r.cost += m.staff[e].price[i]
		if r.have[i]++; r.have[i] > m.need[i] {
			r.cost += m.over[i]
		} else {
			r.cost -= m.under[i]
		}
	}
}

// add is the price of one more person on a shift.
func (r *roster) add(i int) int {
	if r.have[i] < r.m.need[i] {
		return -r.m.under[i]
	}
	return r.m.over[i]
}

// clone copies a roster.
func (r *roster) clone() *roster {
	c := &roster{m: r.m, have: append([]int(nil), r.have...), cost: r.cost}
	for _, w := range r.rows {
		c.rows = append(c.rows, append(row(nil), w...))
	}
	return c
}

// solution writes a roster in the format's words.
func (r *roster) solution() []format.StaffingRoster {
	var out []format.StaffingRoster
	for e, w := range r.rows {
		o := format.StaffingRoster{ID: r.m.in.Staff[e].ID, Shifts: make([]string, r.m.days)}
		for d, k := range w {
			if k != off {
				o.Shifts[d] = r.m.in.Shifts[k].ID
			}
		}
		out = append(out, o)
	}
	return out
}
