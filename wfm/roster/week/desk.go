package week

import (
	"math"
	"math/rand/v2"

	"github.com/agner-platform/agner/wfm/format"
)

// none is the start of a day that is not worked.
const none = -1

// maxDays of a week; more are refused by [Solve].
const maxDays = 14

// maxBreaks of a shift are kept in place; more are refused by [Solve].
const maxBreaks = 8

// shift is one day's work: start slot within the day and offsets of breaks.
type shift struct {
	start  int16
	breaks [maxBreaks]int16
}

// agent is one person: a contract and a shift per day.
type agent struct {
	c    *contract
	days []shift
}

// contract is a format.Contract made ready.
type contract struct {
	*format.Contract
	starts   []int
	paid     int  // slots at work: span less breaks
	restful  bool // spread and span alone keep the rest between adjacent days
	inWindow bool // breaks cannot overlap whatever their start
}

// desk holds the roster with its cover and cost.
type desk struct {
	in      *format.Week
	days    int
	slots   int // per day
	total   int // slots of the week
	want    []int32
	have    []int32
	under   int32
	over    int32
	agents  []agent
	cts     []*contract
	cost    int
	energy  int       // what annealing lowers: cost·scale + pull·(have − aim)²
	gain    []int32   // energy of one more agent, per slot; kept with have
	aim     []float64 // cover of the aggregate programme; nil without
	pull    int32
	lean    []int32 // pull·(1 − 2·aim)
	rng     *rand.Rand
	sums    []int32 // scratch
	grid    []option
	row     [maxDays]option
	oldDays []shift
}

func newDesk(in *format.Week, rng *rand.Rand) *desk {
	k := &desk{in: in, days: len(in.Demand), slots: in.Slots(), under: int32(in.Weights.Under), over: int32(in.Weights.Over), rng: rng}
	k.total = k.days * k.slots
	for _, row := range in.Demand {
		for _, v := range row {
			k.want = append(k.want, int32(v))
		}
	}
	k.have, k.gain, k.lean = make([]int32, k.total), make([]int32, k.total), make([]int32, k.total)
	for t := range k.want {
		k.cost += int(k.under) * int(k.want[t])
		k.price(t)
	}
	longest := 0
	for i := range in.Contracts {
		c := &contract{Contract: &in.Contracts[i], starts: in.Contracts[i].Starts(), paid: in.Contracts[i].Span, inWindow: true}
		end := 0
		for _, b := range c.Breaks {
			c.paid -= b.Length
			c.inWindow = c.inWindow && b.Earliest >= end
			end = b.Latest + b.Length
		}
		c.restful = k.slots-c.Span-min(in.Rules.MaxStartSpread, c.LastStart-c.FirstStart) >= in.Rules.MinRest
		longest = max(longest, c.Span)
		k.cts = append(k.cts, c)
		for range c.Agents {
			a := agent{c: c, days: make([]shift, k.days)}
			for d := range a.days {
				a.days[d].start = none
			}
			k.agents = append(k.agents, a)
		}
	}
	k.sums = make([]int32, longest+1)
	return k
}

// more is the cost of one more agent in slot t.
func (k *desk) more(t int) int {
	switch {
	case k.want[t] == 0:
		return 0
	case k.have[t] < k.want[t]:
		return -int(k.under)
	default:
		return int(k.over)
	}
}

// scale is the energy of a unit of cost.
const scale = 16

// price sets the energy of one more agent in slot t.
func (k *desk) price(t int) {
	switch {
	case k.want[t] == 0:
		k.gain[t] = 0
		return
	case k.have[t] < k.want[t]:
		k.gain[t] = -k.under * scale
	default:
		k.gain[t] = k.over * scale
	}
	if k.pull > 0 {
		k.gain[t] += 2*k.pull*k.have[t] + k.lean[t]
	}
}

// follow draws annealing towards the aggregate programme's cover. Without it all
// rosters with the same number of people missing look alike, however far they are
// from one without surplus; 0 lets go.
func (k *desk) follow(pull int32) {
	if k.aim == nil {
		return
	}
	k.pull = pull
	for t := range k.have {
		k.lean[t] = int32(math.Round(float64(pull) * (1 - 2*k.aim[t])))
		k.price(t)
	}
	k.energy = 0 // only differences count
}

// put adds by (+1 or −1) agents to length slots from slot t of the week, wrapping.
func (k *desk) put(t, length int, by int32) {
	for range length {
		if t >= k.total {
			t -= k.total
		}
		if by > 0 {
			k.energy += int(k.gain[t])
			k.cost += k.more(t)
			k.have[t]++
			k.price(t)
		} else {
			k.have[t]--
			k.price(t)
			k.cost -= k.more(t)
			k.energy -= int(k.gain[t])
		}
		t++
	}
}

// place adds or takes away a shift with its breaks.
func (k *desk) place(c *contract, d int, s *shift, by int32) {
	base := d*k.slots + int(s.start)
	from := 0
	if !c.inWindow {
		k.put(base, c.Span, by)
		for i := range c.Breaks {
			k.put((base+int(s.breaks[i]))%k.total, c.Breaks[i].Length, -by)
		}
		return
	}
	for i := range c.Breaks {
		at := int(s.breaks[i])
		k.put((base+from)%k.total, at-from, by)
		from = at + c.Breaks[i].Length
	}
	k.put((base+from)%k.total, c.Span-from, by)
}

// fit chooses the breaks that cost least for a shift of c on day d from start, and
// returns the price of the whole shift. Equal places are chosen by chance, so that
// annealing drifts through them.
func (k *desk) fit(c *contract, d, start int, out *shift) int32 {
	out.start = int16(start)
	t := d*k.slots + start
	sums := k.sums[:c.Span+1]
	sum := int32(0)
	for i := range c.Span {
		if t >= k.total {
			t -= k.total
		}
		sums[i] = sum
		sum += k.gain[t]
		t++
	}
	sums[c.Span] = sum
	after := 0
	for i := range c.Breaks {
		b := &c.Breaks[i]
		lo, hi := b.Earliest, b.Latest
		if !c.inWindow {
			lo, hi = max(lo, after), c.latest(i)
		}
		at, worth, ties := lo, sums[lo+b.Length]-sums[lo], uint32(1)
		for p := lo + 1; p <= hi; p++ {
			w := sums[p+b.Length] - sums[p]
			if w > worth {
				at, worth, ties = p, w, 1
			} else if w == worth {
				if ties++; k.rng.Uint32()%ties == 0 {
					at = p
				}
			}
		}
		out.breaks[i] = int16(at)
		sum -= worth
		after = at + b.Length
	}
	return sum
}

// latest is the last start of break i that leaves room for those after it.
func (c *contract) latest(i int) int {
	hi := c.Breaks[len(c.Breaks)-1].Latest
	for j := len(c.Breaks) - 2; j >= i; j-- {
		hi = min(c.Breaks[j].Latest, hi-c.Breaks[j].Length)
	}
	if i == len(c.Breaks)-1 {
		return c.Breaks[i].Latest
	}
	return hi
}

// allowed tells whether agent a may start day d at slot start beside its other
// days: spread of starts and rest on both sides, round the week.
func (k *desk) allowed(a *agent, d, start int) bool {
	lo, hi := start, start
	for e := range a.days {
		if s := int(a.days[e].start); e != d && s != none {
			lo, hi = min(lo, s), max(hi, s)
		}
	}
	if hi-lo > k.in.Rules.MaxStartSpread {
		return false
	}
	return a.c.restful || k.rested(a, d, start)
}

// rested checks the rest before and after a shift on day d.
func (k *desk) rested(a *agent, d, start int) bool {
	begin := d*k.slots + start
	need := a.c.Span + k.in.Rules.MinRest
	for gap := 1; gap < k.days; gap++ {
		e := (d + gap) % k.days
		if s := int(a.days[e].start); s != none {
			if (d+gap)*k.slots+s-begin < need {
				return false
			}
			break
		}
	}
	for gap := 1; gap < k.days; gap++ {
		e := (d - gap + k.days) % k.days
		if s := int(a.days[e].start); s != none {
			return begin-((d-gap)*k.slots+s) >= need
		}
	}
	return true
}

// solution writes the roster in the format's words.
func (k *desk) solution() []format.WeekAgent {
	var out []format.WeekAgent
	number := map[*contract]int{}
	for i := range k.agents {
		a := &k.agents[i]
		number[a.c]++
		o := format.WeekAgent{Contract: a.c.Name, Agent: number[a.c], Shifts: []format.WeekShift{}}
		for d := range a.days {
			s := &a.days[d]
			if s.start == none {
				continue
			}
			sh := format.WeekShift{Day: d, Start: int(s.start), Breaks: []int{}}
			for j := range a.c.Breaks {
				sh.Breaks = append(sh.Breaks, int(s.breaks[j]))
			}
			o.Shifts = append(o.Shifts, sh)
		}
		out = append(out, o)
	}
	return out
}
