package demo

import (
	"fmt"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/sample"
)

const (
	slots = 48  // half hours of a day
	floor = 0.3 // of the busiest half hour: at night the pages must move too
)

// Week is how many customers call in each half hour of a week, by queue. It is scaled
// to 1 in its busiest half hour.
type Week struct {
	zone  *time.Location
	share [7][slots][]float64
}

// WeekOf counts the calls of the sample centre's last month before a day.
func WeekOf(zone *time.Location, until time.Time) (*Week, error) {
	w := &Week{zone: zone}
	for d := range w.share {
		for s := range w.share[d] {
			w.share[d][s] = make([]float64, len(queues))
		}
	}
	index := map[string]int{}
	for i, q := range queues {
		index[q.of] = i
	}
	y, m, d := until.In(zone).Date()
	o := sample.Defaults(zone, interval.Date{Year: y, Month: m, Day: d})
	o.Months = 1
	err := sample.Generate(o, func(e event.Event) error {
		if i, ok := index[e.Queue]; ok && e.Kind == event.KindQueueJoined {
			day, slot := w.at(time.UnixMicro(e.At))
			w.share[day][slot][i]++
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("the sample centre's week: %w", err)
	}
	w.scale()
	return w, nil
}

// scale makes the busiest half hour 1, and a quiet one no less than the floor.
func (w *Week) scale() {
	most := 0.0
	for d := range w.share {
		for s := range w.share[d] {
			most = max(most, sum(w.share[d][s]))
		}
	}
	for d := range w.share {
		for s, list := range w.share[d] {
			total := sum(list)
			for i := range list {
				if total/max(most, 1) < floor { // all queues alike, where hardly anybody calls
					w.share[d][s][i] = floor / float64(len(list))
					continue
				}
				list[i] /= most
			}
		}
	}
}

func sum(list []float64) float64 {
	t := 0.0
	for _, v := range list {
		t += v
	}
	return t
}

func (w *Week) at(t time.Time) (day, slot int) {
	t = t.In(w.zone)
	return int(t.Weekday()), t.Hour()*2 + t.Minute()/30
}

// At returns the share of the busiest half hour's calls that each queue gets at an
// instant; their sum is at most 1.
func (w *Week) At(t time.Time) []float64 {
	day, slot := w.at(t)
	return w.share[day][slot]
}
