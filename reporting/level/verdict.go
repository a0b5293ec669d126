package level

import (
	"time"

	"github.com/agner-platform/agner/reporting/metric"
	"github.com/agner-platform/agner/reporting/plan"
)

// verdict adds up how the segments of a row did against their targets.
type verdict struct {
	met, judged int64         // answered in time, and those that count
	need        float64       // how many had to be
	within      time.Duration // of the target; −1 where it changed
}

func (v *verdict) add(s *metric.Sums, r plan.Rule) {
	den := s[metric.Offered] - s[metric.ShortAbandoned] - s[metric.NeutralExits] - s[metric.WaitingInT]
	if den <= 0 {
		return
	}
	within := time.Duration(r.Within) * time.Microsecond
	if v.judged > 0 && v.within != within {
		within = -1
	}
	v.within = within
	v.judged += den
	v.met += s[metric.AnsweredInT]
	v.need += r.Share * float64(den)
}

func (v *verdict) merge(o *verdict) {
	if o.judged == 0 {
		return
	}
	if v.judged > 0 && v.within != o.within {
		v.within = -1
	} else {
		v.within = o.within
	}
	v.met, v.judged, v.need = v.met+o.met, v.judged+o.judged, v.need+o.need
}

// ok reports whether the target was met, and whether there was anything to judge. 80 % of 5 calls are 4 calls, whatever
// floating point makes of .8 × 5.
func (v *verdict) ok() (met, judged bool) { return float64(v.met) >= v.need-1e-9, v.judged > 0 }
