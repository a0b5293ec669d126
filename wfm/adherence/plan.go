package adherence

import "github.com/agner-platform/agner/wfm/rules"

// Planned is a shift as activities one after the other; where somebody is off by agreement nothing is planned.
func Planned(s *rules.Shift) []Span {
	var out []Span
	for i := range s.Blocks {
		b := &s.Blocks[i]
		at := b.Start.UnixMicro()
		for _, p := range b.Pauses {
			from, name := p.Start.UnixMicro(), p.Name
			if p.Away() { // nothing is planned then
				if from > at {
					out = append(out, Span{From: at, To: from, Activity: Work})
				}
				at = p.End().UnixMicro()
				continue
			}
			if _, ok := Default[name]; !ok {
				name = "break"
				if p.Work {
					name = "meeting"
				}
			}
			if from > at {
				out = append(out, Span{From: at, To: from, Activity: Work})
			}
			out = append(out, Span{From: from, To: p.End().UnixMicro(), Activity: name})
			at = p.End().UnixMicro()
		}
		if end := b.End().UnixMicro(); end > at {
			out = append(out, Span{From: at, To: end, Activity: Work})
		}
	}
	return out
}
