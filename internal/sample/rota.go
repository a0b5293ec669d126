package sample

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
)

// rota plans a day's shifts, team by team, for the volume the planner expected.
func (s *sim) rota(d interval.Date) {
	for c := range crews {
		need, starts := s.need(c, d)
		if len(need) == 0 {
			continue
		}
		for _, begin := range shifts(need) {
			s.shift(c, d, starts[0]+int64(begin)*30*interval.Minute, starts[len(starts)-1]+30*interval.Minute)
		}
	}
}

// need returns the agents a team needs in each half hour, and when those begin.
func (s *sim) need(c int, d interval.Date) (need []int, starts []int64) {
	load := map[int64]float64{}
	for _, l := range crews[c].owns {
		line := &lines[l]
		slots, share := s.cal.slots(s.opt.Zone, l, d), 1.0
		if line.perDay == 0 { // what the lines before it pass on
			slots, share = s.cal.slots(s.opt.Zone, 1, d), lines[1].transferShare
		}
		for _, sl := range slots {
			calls := sl.planned * share * 1.03 // repeats on top, the menu's share off
			load[sl.start] += calls * (line.talk*1.02 + line.wrap + 6) / 1800
		}
	}
	for at := range load {
		starts = append(starts, at)
	}
	slices.Sort(starts)
	for _, at := range starts {
		a := load[at]
		need = append(need, int(math.Ceil((a+crews[c].spare*math.Sqrt(a))/0.92))) // pauses take eight in a hundred
	}
	return need, starts
}

// shiftSlots is the length of a shift in half hours.
const shiftSlots = int(shiftLength / (30 * interval.Minute))

// shifts covers the need greedily and returns the first half hour of each shift.
func shifts(need []int) []int {
	staffed := make([]int, len(need))
	var out []int
	for i := range need {
		for staffed[i] < need[i] {
			begin := max(0, min(i, len(need)-shiftSlots))
			for j := begin; j < min(len(need), begin+shiftSlots); j++ {
				staffed[j]++
			}
			out = append(out, begin)
		}
	}
	return out
}

// shift gives a shift to whoever of the team has worked least; some do not come.
func (s *sim) shift(c int, d interval.Date, begin, close int64) {
	a := s.pick(c, d)
	if a == nil {
		return // everybody works already
	}
	a.worked++
	if s.chance(absence) {
		return
	}
	end := min(begin+shiftLength, close)
	s.heap.push(begin-s.between(0, 240), func() { s.signIn(a) })
	third := (end - begin) / 4
	s.heap.push(begin+third+s.between(-900, 900), func() { s.rest(a, pause{event.OnBreak, "", breakLength}) })
	s.heap.push(begin+3*third+s.between(-900, 900), func() { s.rest(a, pause{event.OnBreak, "", breakLength}) })
	if end-begin >= 5*interval.HourUs {
		s.heap.push(begin+2*third+s.between(-2400, 2400), func() { s.rest(a, pause{event.OnMeal, "", mealLength}) })
	}
	switch {
	case d.Weekday() == time.Wednesday && s.chance(0.3):
		s.heap.push(begin+s.between(3600, 7200), func() { s.rest(a, pause{event.InMeeting, "team_meeting", 25 * interval.Minute}) })
	case d.Weekday() == time.Thursday && s.chance(0.1):
		s.heap.push(begin+s.between(3600, 7200), func() { s.rest(a, pause{event.InTraining, "coaching", 30 * interval.Minute}) })
	}
	s.heap.push(end+s.between(0, 120), func() {
		a.leaving = true
		if a.state == event.Available {
			s.idle(a)
		}
	})
}

// pick returns the member of a team who is employed, free that day and has worked
// least, or nil.
func (s *sim) pick(c int, d interval.Date) *agent {
	through := float64(s.cal.story.First.DaysUntil(d)) / float64(s.cal.days)
	var free []*agent
	for _, a := range s.agents {
		if a.crew == c && through >= a.hired && through < a.leaves && a.today != d {
			free = append(free, a)
		}
	}
	if len(free) == 0 {
		return nil
	}
	a := slices.MinFunc(free, func(a, b *agent) int { return cmp.Compare(a.worked, b.worked) })
	a.today = d
	return a
}
