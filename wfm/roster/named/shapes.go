package named

import (
	"time"

	"github.com/agner-platform/agner/wfm/rules"
)

// Bounds of one day's work.
const (
	maxBlocks = 4
	maxBreaks = 6
)

// pause is a break of a shape, in slots from the first start.
type pause struct {
	b                         *rules.Break
	earliest, latest, minutes int // in slots
}

// shape is a shift kind with one length.
type shape struct {
	ct      *rules.Contract
	kind    *rules.ShiftKind
	starts  []int // slots after midnight
	length  int   // slots of the first block
	days    [7]bool
	breaks  []pause
	seconds []int // slots
	gapMin  int
	gapMax  int
	paid    int // slots of the first block
}

// day is one day's work, or none.
type day struct {
	sh     *shape // nil: off
	clock  int16  // first start, slots after midnight
	blocks int8
	from   [maxBlocks]int16 // slots of the axis
	length [maxBlocks]int16
	breaks [maxBreaks]int16 // slots of the axis
	paid   int16            // slots
	cost   float32          // what it costs beside cover
	night  bool
}

// end is the slot after the last.
func (o *day) end() int { return int(o.from[o.blocks-1] + o.length[o.blocks-1]) }

// shapesOf lists the shapes of a contract.
func shapesOf(p *rules.Problem, c *rules.Contract) []*shape {
	var out []*shape
	for i := range c.Shifts {
		k := &c.Shifts[i]
		seen := map[int]*shape{}
		for wd := time.Sunday; wd <= time.Saturday; wd++ {
			for _, l := range k.LengthsOn(wd) {
				s := seen[l]
				if s == nil {
					s = newShape(p, c, k, l)
					seen[l] = s
					out = append(out, s)
				}
				s.days[wd] = true
			}
		}
	}
	return out
}

func newShape(p *rules.Problem, c *rules.Contract, k *rules.ShiftKind, length int) *shape {
	s := &shape{ct: c, kind: k, length: length / p.Slot, paid: k.PaidMinutes(length) / p.Slot}
	for at := rules.Clock(k.From); at <= rules.Clock(k.To); at += k.Step {
		s.starts = append(s.starts, at/p.Slot)
	}
	for i := range k.Breaks {
		if b := &k.Breaks[i]; length > b.Over && len(s.breaks) < maxBreaks {
			s.breaks = append(s.breaks, pause{b, b.Earliest / p.Slot, b.Latest / p.Slot, b.Minutes / p.Slot})
		}
	}
	if k.Second != nil {
		for _, l := range k.Second.Lengths {
			s.seconds = append(s.seconds, l/p.Slot)
		}
		s.gapMin, s.gapMax = (k.Second.GapMin+p.Slot-1)/p.Slot, k.Second.GapMax/p.Slot
	}
	return s
}
