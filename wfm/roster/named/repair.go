package named

import (
	"cmp"
	"context"
	"errors"
	"math"
	"time"

	"github.com/agner-platform/agner/wfm/offphone"
	"github.com/agner-platform/agner/wfm/rules"
	"github.com/agner-platform/agner/wfm/search"
)

// ErrForeign tells that a published schedule does not fit its problem.
var ErrForeign = errors.New("the published schedule does not fit the problem")

// Change is what [Repair] may do.
type Change struct {
	Price float64   // of a day that differs; a break that moves costs a tenth
	From  time.Time // days that began before stay
	Most  int       // people moved at most; 0 is a tenth of them
}

// Repair improves a published schedule after the problem changed – an absence, another requirement – with as little change
// as pays: breaks first, since they are cheapest to move, no more people than Change allows, and only days that have not
// begun. Those absent lose their shifts in any case.
func Repair(ctx context.Context, clock *search.Clock, p *rules.Problem, was *rules.Schedule, c Change, seed uint64) (*rules.Schedule, error) {
	k := newDesk(p, search.Rand(seed, 0))
	k.before, k.change = map[string][]day{}, c.Price
	if unknown := k.read(was); len(unknown) > 0 {
		return nil, ErrForeign
	}
	most := cmp.Or(c.Most, max(1, len(k.people)/10))
	k.remove()
	tried, moved := 0, map[*person]bool{}
	for !clock.Done() && ctx.Err() == nil && tried < 4*len(k.people) {
		tried++
		who := k.people[k.rng.IntN(len(k.people))]
		w := k.rng.IntN(k.weeks)
		k.dp.kept = k.kept(w, c.From)
		if len(who.contracts) == 0 || len(moved) >= most && !moved[who] || k.dp.kept == 7 {
			continue
		}
		old, cost := who.weeks[w], k.cost()
		k.place(who, &old, -1)
		k.seat(clock, who, w)
		if k.cost() > cost-1e-6 || who.weeks[w].ct == nil {
			k.place(who, &who.weeks[w], -1)
			who.weeks[w] = old
			k.place(who, &who.weeks[w], 1)
			continue
		}
		moved[who] = true
	}
	k.dp.kept = 0
	out := &rules.Schedule{Format: rules.Format, Problem: p.Name, Seed: seed, Method: "repair", Bound: math.Inf(-1), Shifts: k.shifts()}
	offphone.Keep(was, out)
	k.finish(clock, out, nil)
	out.Bound, out.Gap = 0, 0 // of the repair nothing is proved
	return out, nil
}

// remove takes shifts of absent people out.
func (k *desk) remove() {
	for _, who := range k.people {
		for w := range who.weeks {
			x := &who.weeks[w]
			changed := *x
			gone := false
			for d := range changed.days {
				if at := w*7 + d; at < k.p.Days && who.off[at] && changed.days[d].sh != nil {
					changed.days[d] = day{}
					gone = true
				}
			}
			if gone {
				k.place(who, x, -1)
				changed.cost = k.beside(who, w, &changed)
				*x = changed
				k.place(who, x, 1)
			}
		}
	}
}

// kept is how many days of a week have begun at an instant: they stay.
func (k *desk) kept(w int, from time.Time) int {
	n := 0
	for n < 7 && w*7+n < k.p.Days && !from.IsZero() && k.axis.DayStart(w*7+n) <= k.axis.Minute(from) {
		n++
	}
	return n
}
