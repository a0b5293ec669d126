package clean_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/agner-platform/agner/forecasting/calendar"
	"github.com/agner-platform/agner/forecasting/clean"
	"github.com/agner-platform/agner/forecasting/series"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/google/go-cmp/cmp"
)

var monday = interval.Date{Year: 2026, Month: 1, Day: 5}

// history is weeks of weekdays 08:00–18:00 with a daily shape and noise of √.
func history(t testing.TB, weeks int) *series.Series {
	t.Helper()
	s, err := series.New(monday, 7*weeks, 30)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(11, 12))
	for d := range s.Days {
		if d%7 >= 5 {
			continue
		}
		for i := 16; i < 36; i++ {
			mean := 60 + 30*math.Sin(float64(i-16)/20*math.Pi)
			s.Set(d, i, math.Max(0, math.Round(mean+math.Sqrt(mean)*rng.NormFloat64())))
		}
	}
	return s
}

func find(s *series.Series, c *calendar.Calendar) []clean.Mark {
	return clean.Find(s, clean.Compare(s, c))
}

func scaleDay(s *series.Series, d int, f float64) {
	for i := 16; i < 36; i++ {
		v, _ := s.At(d, i)
		s.Set(d, i, math.Round(v*f))
	}
}

func TestQuietHistoryHasNoMarks(t *testing.T) {
	s := history(t, 20)
	if marks := find(s, nil); len(marks) > 1 { // 2,000 slots at 6 σ: hardly ever one
		t.Errorf("marks on clean data: %v", marks)
	}
}

func TestFindsWhatIsWrong(t *testing.T) {
	s := history(t, 20)
	scaleDay(s, 30, 3)
	scaleDay(s, 44, 0.2)
	scaleDay(s, 58, 0)
	for i := 20; i < 24; i++ {
		s.Set(72, i, 0)
	}
	s.Set(87, 25, 700)
	type found struct {
		Day, From, To int
		Reason        clean.Reason
	}
	var got []found
	for _, m := range find(s, nil) {
		got = append(got, found{m.Day, m.From, m.To, m.Reason})
	}
	want := []found{
		{30, 0, 48, clean.High}, {44, 0, 48, clean.Low}, {58, 16, 36, clean.Outage}, {72, 20, 24, clean.Outage}, {87, 25, 26, clean.Spike},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A lasting change is not an outlier: the marks say so and take nothing out.
func TestNewLevelStays(t *testing.T) {
	s := history(t, 20)
	for d := s.Days - 11; d < s.Days; d++ {
		if d%7 < 5 {
			scaleDay(s, d, 2.5)
		}
	}
	marks := find(s, nil)
	levels := 0
	for _, m := range marks {
		if m.Reason == clean.Level {
			levels++
		}
		if m.Takes() && m.Day >= s.Days-11 {
			t.Errorf("taken out: %s", m.Describe(s))
		}
	}
	if levels == 0 {
		t.Error("the new level is not marked")
	}
}

func TestSpecialDaysAreLearnedNotRemoved(t *testing.T) {
	s := history(t, 20)
	scaleDay(s, 58, 0.3)
	c := calendar.New(nil, []calendar.Day{{Date: s.Date(58), Name: "feast", Kind: calendar.Holiday}})
	for _, m := range find(s, c) {
		if m.Day == 58 {
			t.Errorf("the holiday is taken out: %s", m.Describe(s))
		}
	}
	scaleDay(s, 59, 9) // the day after, spoilt: far beyond what a day after can be
	spoilt := false
	for _, m := range find(s, c) {
		spoilt = spoilt || m.Day == 59 && m.Reason == clean.High
	}
	if !spoilt {
		t.Error("a ninefold day after a holiday is believed")
	}
}

func TestGuessCountry(t *testing.T) {
	s := history(t, 52)
	if g, ok := clean.GuessCountry(s); ok {
		t.Errorf("a year without holidays: %+v", g)
	}
	c, err := calendar.Country("EE", 2026, 2027)
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range c.Days() {
		if d := s.Index(day.Date); d >= 0 && d < s.Days && d%7 < 5 {
			scaleDay(s, d, 0.2)
		}
	}
	if g, ok := clean.GuessCountry(s); !ok || g.Code != "EE" || g.Hits != g.Holidays {
		t.Errorf("Estonian holidays: %+v %v", g, ok)
	}
}

func TestApplyAndUndo(t *testing.T) {
	s := history(t, 12)
	scaleDay(s, 30, 3)
	marks := find(s, nil)
	if len(marks) != 1 || !strings.Contains(marks[0].Describe(s), "2026-02-04 00:00–24:00: outlier high") {
		t.Fatalf("%v", marks)
	}
	if _, st := clean.Apply(s, marks).At(30, 20); st != series.Missing {
		t.Errorf("the outlier is %v, want missing", st)
	}
	if v, st := s.At(30, 20); st != series.Observed || v == 0 {
		t.Error("the raw series changed")
	}
	marks[0].Status = clean.Undone
	v, _ := s.At(30, 20)
	if got, _ := clean.Apply(s, marks).At(30, 20); got != v {
		t.Errorf("undone: %g, want %g", got, v)
	}
}
