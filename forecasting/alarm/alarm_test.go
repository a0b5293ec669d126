package alarm_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/agner-platform/agner/forecasting/alarm"
)

func errorsOf(seed uint64, n, from int, shift float64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([]float64, n)
	for i := range out {
		out[i] = 0.1 * rng.NormFloat64()
		if i >= from {
			out[i] += shift
		}
	}
	return out
}

// A shift of one and a half standard deviations is found within three weeks and dated within a week; without one the alarm
// is silent on at least 97 of 100 series of eight weeks.
func TestShift(t *testing.T) {
	found, dated, wrong := 0, 0, 0
	for seed := range uint64(100) {
		b := alarm.Watch(errorsOf(seed, 41, 20, 0.15), 0.1)
		if b.Alarm && b.Up > b.Down {
			found++
			if b.Since >= 13 && b.Since <= 27 {
				dated++
			}
		}
		if alarm.Watch(errorsOf(seed+1000, 56, 56, 0), 0.1).Alarm {
			wrong++
		}
	}
	if found < 95 || dated < 80 || wrong > 3 {
		t.Errorf("found %d and dated %d of 100 shifts, %d false alarms", found, dated, wrong)
	}
}

// One freak day, however wild, or figures that are no numbers raise nothing.
func TestFreak(t *testing.T) {
	e := errorsOf(3, 40, 40, 0)
	e[39] = 30
	if b := alarm.Watch(e, 0.1); b.Alarm {
		t.Errorf("%+v", b)
	}
	b := alarm.Watch([]float64{math.NaN(), math.Inf(1)}, 0)
	if b.Days != 0 || b.Alarm || b.Since != -1 {
		t.Errorf("%+v", b)
	}
}
