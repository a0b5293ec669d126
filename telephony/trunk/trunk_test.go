package trunk

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func meter(t testing.TB, l Limits) *Meter {
	t.Helper()
	m := NewMeter(time.UTC)
	if err := m.Set("out", l); err != nil {
		t.Fatal(err)
	}
	return m
}

var estonia = Limits{
	Home: "372", Countries: []string{"372", "44"}, PerMinute: 3, Concurrent: 2, DailyCost: 1_000_000,
	Rates: []Rate{{"", 900_000}, {"372", 20_000}, {"3725", 100_000}},
}

func TestCountries(t *testing.T) {
	for number, want := range map[string]error{
		"+372 6123456": nil, "6123456": nil, "0044 20 7946 0000": nil, "+1 900 555 0100": ErrCountry, "00881 6 1234": ErrCountry,
		"alice": ErrCountry, "": ErrCountry, "+": ErrCountry, "+0372": ErrCountry,
	} {
		if err := meter(t, estonia).Admit("out", "c", number, noon); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", number, err, want)
		}
	}
	if err := NewMeter(time.UTC).Admit("out", "c", "+3726123456", noon); !errors.Is(err, ErrOff) {
		t.Errorf("without limits: %v", err)
	}
	nowhere := estonia
	nowhere.Countries = nil
	if err := meter(t, nowhere).Admit("out", "c", "+3726123456", noon); !errors.Is(err, ErrCountry) {
		t.Errorf("without countries: %v", err)
	}
}

func TestRates(t *testing.T) {
	m := meter(t, estonia)
	for i, want := range []error{nil, nil, ErrConcurrent} {
		if err := m.Admit("out", string(rune('a'+i)), "6123456", noon); !errors.Is(err, want) {
			t.Errorf("call %d: %v, want %v", i, err, want)
		}
	}
	m.End("a", noon)
	m.End("b", noon)
	if err := m.Admit("out", "d", "6123456", noon); err != nil {
		t.Error(err)
	}
	m.End("d", noon)
	if err := m.Admit("out", "e", "6123456", noon.Add(59*time.Second)); !errors.Is(err, ErrRate) {
		t.Errorf("fourth call in a minute: %v", err)
	}
	if err := m.Admit("out", "e", "6123456", noon.Add(time.Minute)); err != nil {
		t.Error(err)
	}
}

func TestCost(t *testing.T) {
	m := meter(t, estonia)
	if err := m.Admit("out", "a", "+372 5550000", noon); err != nil { // 0.10 a minute, 1.00 a day
		t.Fatal(err)
	}
	m.Answered("a", noon)
	if over := m.Over(noon.Add(10 * time.Minute)); len(over) != 0 {
		t.Errorf("over after 10 minutes: %v", over)
	}
	if over := m.Over(noon.Add(10*time.Minute + time.Second)); !slices.Equal(over, []string{"a"}) {
		t.Errorf("over after the eleventh began: %v", over)
	}
	m.End("a", noon.Add(9*time.Minute+30*time.Second)) // ten minutes: all of it
	if err := m.Admit("out", "b", "6123456", noon.Add(time.Hour)); !errors.Is(err, ErrCost) {
		t.Errorf("when all is spent: %v", err)
	}
	if err := m.Admit("out", "b", "6123456", noon.Add(12*time.Hour)); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

// TestNeverAbove: whatever calls come, what was admitted stays within the limits.
func TestNeverAbove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := NewMeter(time.UTC)
		if err := m.Set("out", estonia); err != nil {
			t.Fatal(err)
		}
		now, open := noon, []string{}
		for i := range rapid.IntRange(1, 80).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "s")) * time.Second)
			id := string(rune(i))
			switch {
			case len(open) > 0 && rapid.Bool().Draw(t, "end"):
				m.End(open[0], now)
				open = open[1:]
			case m.Admit("out", id, rapid.SampledFrom([]string{"6123456", "5550000", "+4420", "+1900"}).Draw(t, "to"), now) == nil:
				m.Answered(id, now)
				open = append(open, id)
			}
			for _, id := range m.Over(now) {
				m.End(id, now)
				open = slices.DeleteFunc(open, func(o string) bool { return o == id })
			}
			if len(open) > estonia.Concurrent {
				t.Fatalf("%d at once", len(open))
			}
			if spent := m.accounts["out"].spent; spent > estonia.DailyCost+2*900_000 { // each call may pass by the minute that runs
				t.Fatalf("spent %d", spent)
			}
		}
	})
}

func TestBadLimits(t *testing.T) {
	for name, change := range map[string]func(*Limits){
		"home": func(l *Limits) { l.Home = "+372" }, "countries": func(l *Limits) { l.Countries = []string{"EE"} }, "rate": func(l *Limits) { l.PerMinute = 0 },
		"price": func(l *Limits) { l.Rates = []Rate{{"372", -1}} }, "prefix": func(l *Limits) { l.Rates = []Rate{{"00", 1}} }, "cost": func(l *Limits) { l.DailyCost = -1 },
	} {
		l := estonia
		change(&l)
		if err := NewMeter(time.UTC).Set("out", l); !errors.Is(err, ErrLimits) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
