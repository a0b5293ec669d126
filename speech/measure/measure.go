// Package measure says how a conversation went: who talked how much, who waited,
// who cut whom.
//
// Everything is computed from *spans*, the stretches in which a party speaks, given
// by a transcript, by the switch, or found in the sound by Detect. With exact spans
// the measures are exact.
//
//	talk              sum of a party's spans, pauses below Bridge included
//	crosstalk         time in which two or more parties talk
//	silence           time in which nobody does
//	dead air          silences of DeadAir or longer between speech; hold excluded
//	hold              silences of Hold or longer, unless the switch says better
//	interruption      B begins while A has talked for a moment and still talks, and A
//	                  stops before B does: B cut A
//	monologue         from a party's first to last word with nobody else saying more
//	                  than a Backchannel ("mm-hm") and no dead air in between
//	first word        from the start of the sound
//	response          from the end of the other's talk to the start of one's own
//	speech rate       words per minute of talk; needs words
//
// All times are seconds from the start of the sound, to the millisecond.
package measure

import (
	"cmp"
	"math"
	"slices"
)

// Limits, in seconds.
const (
	Bridge      = 1.0  // a shorter pause belongs to the talk: people breathe and think
	DeadAir     = 3.0  // silence that customers notice
	Hold        = 10.0 // silence nobody stands without being told
	Backchannel = 1.0  // longer than this is taking the floor
	settled     = 1.0  // talk that can be interrupted has lasted this long
	kept        = 0.5  // the interrupter goes on at least this long after the other stopped
)

// Span is a stretch of time.
type Span struct {
	Start float64 `json:"start"`
	End   float64 `json:"end"`
}

func (s Span) length() float64 { return s.End - s.Start }

// Party is the input: who spoke when, and optionally how many words.
type Party struct {
	Name  string
	Spans []Span
	Words int
}

// Side are the measures of one party.
type Side struct {
	Party         string   `json:"party"`
	Talk          float64  `json:"talk_s"`
	Share         float64  `json:"talk_share"` // of all talk
	FirstWord     *float64 `json:"first_word_s"`
	Monologue     Span     `json:"longest_monologue"`
	MonologueS    float64  `json:"longest_monologue_s"`
	Response      *float64 `json:"mean_response_s"`
	SpeechRate    *float64 `json:"words_per_minute,omitempty"`
	Interruptions int      `json:"interruptions"` // made
	Spans         []Span   `json:"spans"`
}

// Interruption says who cut whom.
type Interruption struct {
	At      float64 `json:"at"`
	By      string  `json:"by"`
	Of      string  `json:"of"`
	Overlap float64 `json:"overlap_s"`
}

// Result are all measures.
type Result struct {
	Duration       float64        `json:"duration_s"`
	Sides          []Side         `json:"parties"`
	Crosstalk      float64        `json:"crosstalk_s"`
	Overlaps       []Span         `json:"overlaps"`
	Silence        float64        `json:"silence_s"`
	LongestSilence Span           `json:"longest_silence"`
	DeadAir        float64        `json:"dead_air_s"`
	DeadAirs       []Span         `json:"dead_airs"`
	Hold           float64        `json:"hold_s"`
	Holds          []Span         `json:"holds"`
	Interruptions  []Interruption `json:"interruptions"`
}

// Of computes the measures of a conversation that lasted duration seconds.
func Of(duration float64, parties []Party) Result {
	r := Result{Duration: ms(duration), Overlaps: []Span{}, DeadAirs: []Span{}, Holds: []Span{}, Interruptions: []Interruption{}}
	spans := make([][]Span, len(parties))
	total := 0.0
	for i, p := range parties {
		spans[i] = bridge(p.Spans)
		total += sum(spans[i])
	}
	r.Overlaps = overlaps(spans)
	r.Crosstalk = ms(sum(r.Overlaps))
	r.silences(union(spans), duration)
	r.interruptions(parties, spans)
	for i, p := range parties {
		r.Sides = append(r.Sides, r.side(p, spans, i, total))
	}
	for i := range r.Overlaps {
		r.Overlaps[i] = Span{ms(r.Overlaps[i].Start), ms(r.Overlaps[i].End)}
	}
	return r
}

// side fills in what concerns one party.
func (r *Result) side(p Party, spans [][]Span, i int, total float64) Side {
	own := spans[i]
	others := union(append(slices.Clone(spans[:i]), spans[i+1:]...))
	s := Side{Party: p.Name, Talk: ms(sum(own)), Spans: []Span{}}
	for _, x := range own {
		s.Spans = append(s.Spans, Span{ms(x.Start), ms(x.End)})
	}
	for _, x := range r.Interruptions {
		if x.By == p.Name {
			s.Interruptions++
		}
	}
	if len(own) == 0 {
		return s
	}
	first := ms(own[0].Start)
	s.FirstWord, s.Share = &first, ms(sum(own)/total)
	m := monologue(own, others)
	s.Monologue, s.MonologueS = Span{ms(m.Start), ms(m.End)}, ms(m.length())
	s.Response = response(own, others)
	if p.Words > 0 {
		rate := ms(float64(p.Words) / sum(own) * 60)
		s.SpeechRate = &rate
	}
	return s
}

// silences fills in the time between the stretches in which anybody talks.
func (r *Result) silences(talk []Span, duration float64) {
	at := 0.0
	for i, s := range append(slices.Clone(talk), Span{max(duration, at), duration}) {
		gap := Span{ms(at), ms(s.Start)}
		at = max(at, s.End)
		if gap.length() <= 0 {
			continue
		}
		r.Silence = ms(r.Silence + gap.length())
		if gap.length() > r.LongestSilence.length() {
			r.LongestSilence = gap
		}
		between := i > 0 && i < len(talk)
		switch {
		case between && gap.length() >= Hold:
			r.Holds, r.Hold = append(r.Holds, gap), ms(r.Hold+gap.length())
		case between && gap.length() >= DeadAir:
			r.DeadAirs, r.DeadAir = append(r.DeadAirs, gap), ms(r.DeadAir+gap.length())
		}
	}
}

// interruptions finds who began while another was talking and outlasted them.
func (r *Result) interruptions(parties []Party, spans [][]Span) {
	for b := range spans {
		for a := range spans {
			if a == b {
				continue
			}
			for _, x := range spans[b] {
				if of, ok := cut(x, spans[a]); ok {
					r.Interruptions = append(r.Interruptions, Interruption{ms(x.Start), parties[b].Name, parties[a].Name, ms(of.End - x.Start)})
				}
			}
		}
	}
	slices.SortFunc(r.Interruptions, func(x, y Interruption) int { return cmp.Compare(x.At, y.At) })
}

// cut returns the span of the other that x interrupted.
func cut(x Span, other []Span) (Span, bool) {
	for _, o := range other {
		if o.Start+settled <= x.Start && x.Start < o.End && x.End >= o.End+kept {
			return o, true
		}
	}
	return Span{}, false
}

// monologue returns the longest stretch in which only backchannels came from others
// and no dead air.
func monologue(own, others []Span) Span {
	best, open := Span{}, own[0]
	for _, s := range own {
		if s.Start-open.End >= DeadAir || took(others, open.Start, s.Start) {
			open = s
		}
		open.End = s.End
		if open.length() > best.length() {
			best = open
		}
	}
	return best
}

// took reports whether anybody took the floor between two times.
func took(others []Span, from, to float64) bool {
	for _, o := range others {
		if o.Start >= from && o.Start < to && o.length() > Backchannel {
			return true
		}
	}
	return false
}

// response is the mean pause before one's own talk after another's; nil if there
// was none.
func response(own, others []Span) *float64 {
	total, n := 0.0, 0
	for i, s := range own {
		before := -1.0
		for _, o := range others {
			if o.End <= s.Start {
				before = max(before, o.End)
			}
		}
		if before < 0 || i > 0 && own[i-1].End > before {
			continue
		}
		total += s.Start - before
		n++
	}
	if n == 0 {
		return nil
	}
	mean := ms(total / float64(n))
	return &mean
}

// bridge sorts spans and joins those with pauses below Bridge.
func bridge(in []Span) []Span { return join(in, Bridge) }

func union(all [][]Span) []Span { return join(slices.Concat(all...), 0) }

func join(in []Span, pause float64) []Span {
	s := slices.Clone(in)
	slices.SortFunc(s, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	var out []Span
	for _, x := range s {
		if x.End <= x.Start {
			continue
		}
		if n := len(out); n > 0 && (x.Start <= out[n-1].End || x.Start-out[n-1].End < pause) {
			out[n-1].End = max(out[n-1].End, x.End)
			continue
		}
		out = append(out, x)
	}
	return out
}

// overlaps returns the stretches in which two or more parties talk.
func overlaps(spans [][]Span) []Span {
	var out []Span
	for a := range spans {
		for b := a + 1; b < len(spans); b++ {
			for _, x := range spans[a] {
				for _, y := range spans[b] {
					out = append(out, Span{max(x.Start, y.Start), min(x.End, y.End)})
				}
			}
		}
	}
	if out = join(out, 0); out == nil {
		return []Span{}
	}
	return out
}

func sum(spans []Span) float64 {
	t := 0.0
	for _, s := range spans {
		t += s.length()
	}
	return t
}

// ms rounds to the millisecond.
func ms(v float64) float64 { return math.Round(v*1000) / 1000 }
