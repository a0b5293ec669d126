package series_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/forecasting/series"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/google/go-cmp/cmp"
)

func read(t testing.TB, text string, minutes int, zone string) (*series.Series, series.Notes) {
	t.Helper()
	o := series.Options{Time: "start", Value: "calls", Minutes: minutes}
	if zone != "" {
		loc, err := interval.LoadZone(zone)
		if err != nil {
			t.Fatal(err)
		}
		o.Zone = loc
	}
	s, notes, err := series.Read(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return s, notes
}

// weeks writes rows of every step between two clock minutes on the given weekdays.
func weeks(n, step, from, to int, days string, value func(day, minute int) string) string {
	var b strings.Builder
	b.WriteString("start,calls\n")
	start := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC) // a Monday
	for d := range 7 * n {
		if !strings.Contains(days, fmt.Sprint((d%7)+1)) {
			continue
		}
		for m := from; m < to; m += step {
			if v := value(d, m); v != "" {
				fmt.Fprintf(&b, "%s,%s\n", start.AddDate(0, 0, d).Add(time.Duration(m)*time.Minute).Format("2006-01-02T15:04"), v)
			}
		}
	}
	return b.String()
}

func always(v string) func(int, int) string { return func(int, int) string { return v } }

func TestSumsFinerRows(t *testing.T) {
	s, notes := read(t, weeks(4, 10, 8*60, 17*60, "12345", always("2")), 30, "")
	if v, st := s.At(0, 16); v != 6 || st != series.Observed {
		t.Errorf("08:00: %g %v, want 6 observed", v, st)
	}
	if _, st := s.At(0, 15); st != series.Closed {
		t.Errorf("07:30 is %v, want closed", st)
	}
	if _, st := s.At(5, 16); st != series.Closed {
		t.Errorf("Saturday is %v, want closed", st)
	}
	if len(notes) != 0 {
		t.Errorf("notes %v", notes)
	}
}

// The three states stay apart: a zero is a value, an absent row in open hours is
// missing, an absent row outside them is closed.
func TestStates(t *testing.T) {
	text := weeks(6, 30, 8*60, 17*60, "12345", func(d, m int) string {
		switch {
		case d == 14 && m == 10*60:
			return "" // absent
		case d == 14 && m == 11*60:
			return "0"
		case d == 15 && m == 10*60:
			return "-4"
		case d == 15 && m == 11*60:
			return "oops"
		case d == 15 && m == 12*60:
			return "1e12"
		}
		return "5"
	})
	s, notes := read(t, text, 30, "")
	var got []string
	for _, at := range [][2]int{{14, 20}, {14, 22}, {15, 20}, {15, 22}, {15, 24}, {15, 30}, {15, 40}} {
		_, st := s.At(at[0], at[1])
		got = append(got, st.String())
	}
	want := []string{"missing", "observed", "missing", "missing", "missing", "observed", "closed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(notes) != 3 || notes[0].Line == 0 {
		t.Errorf("notes %v, want one each for negative, not a number, absurd", notes)
	}
}

func TestPartialSlotsAreLeftOut(t *testing.T) {
	// 17:00–17:05 exists, the rest of its half hour never does.
	text := weeks(4, 5, 8*60, 17*60+5, "12345", always("3"))
	s, notes := read(t, text, 30, "")
	if _, st := s.At(0, 34); st != series.Closed {
		t.Errorf("17:00 is %v, want closed", st)
	}
	if len(notes) != 1 || notes[0].Count != 20 {
		t.Errorf("notes %v, want 20 slots left out", notes)
	}
}

func TestZerosOmitted(t *testing.T) {
	text := weeks(6, 30, 8*60, 17*60, "12345", func(d, m int) string {
		if (d+m/30)%3 == 0 && m != 8*60 && m != 16*60+30 {
			return ""
		}
		return "1"
	})
	s, notes := read(t, text, 30, "")
	zero := 0
	for d := range s.Days {
		v, st := s.Row(d)
		for i := range v {
			if st[i] == series.Observed && v[i] == 0 {
				zero++
			}
			if st[i] == series.Missing {
				t.Fatalf("%s %s is missing", s.Date(d), s.Clock(i))
			}
		}
	}
	if zero == 0 || len(notes) == 0 {
		t.Errorf("%d zeros filled in, notes %v", zero, notes)
	}
}

// Europe/Tallinn skips 03:00–04:00 on 2026-03-29 and repeats it on 2026-10-25.
func TestClockChanges(t *testing.T) {
	var b strings.Builder
	b.WriteString("start,calls\n")
	for us := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC); us.Before(time.Date(2026, 11, 8, 0, 0, 0, 0, time.UTC)); us = us.Add(30 * time.Minute) {
		fmt.Fprintf(&b, "%s,%d\n", us.Format(time.RFC3339), 10+us.Hour())
	}
	s, _ := read(t, b.String(), 30, "Europe/Tallinn")
	day := func(text string) int {
		d, err := interval.ReadDate(text)
		if err != nil {
			t.Fatal(err)
		}
		return s.Index(d)
	}
	if _, st := s.At(day("2026-03-29"), 6); st != series.Closed {
		t.Errorf("03:00 that the clock skipped is %v", st)
	}
	if v, st := s.At(day("2026-10-25"), 6); st != series.Observed || v != 10.5 {
		t.Errorf("03:00 that came twice: %g %v, want the mean of 10 and 11", v, st)
	}
	if v, _ := s.At(day("2026-07-01"), 6); v != 10 {
		t.Errorf("03:00 in summer time: %g, want 10", v)
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		minutes int
		want    error
		part    string
	}{
		"column":    {"time,calls\n", 30, series.ErrColumn, `"start"; the header has time, calls`},
		"empty":     {"start,calls\n", 30, series.ErrEmpty, ""},
		"nothing":   {"", 30, io.EOF, "read the header"},
		"time":      {"start,calls\nyesterday,3\n", 30, interval.ErrTime, "line 2: column start"},
		"coarse":    {weeks(2, 60, 0, 1440, "1234567", always("3")), 30, series.ErrStep, "60 minutes apart"},
		"odd":       {weeks(2, 30, 0, 1440, "1234567", always("3")), 50, series.ErrStep, ""},
		"two mixed": {weeks(2, 30, 0, 1440, "1234567", always("3")) + strings.TrimPrefix(weeks(2, 30, 0, 1440, "1234567", always("4")), "start,calls\n"), 30, series.ErrDuplicate, ""},
	} {
		_, _, err := series.Read(strings.NewReader(c.text), series.Options{Time: "start", Value: "calls", Minutes: c.minutes})
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%s: %v, want %v with %q", name, err, c.want, c.part)
		}
	}
}

func TestFewDuplicatesAreNoted(t *testing.T) {
	text := weeks(3, 30, 0, 1440, "1234567", always("3")) + "2026-05-05T10:00,8\n"
	s, notes := read(t, text, 30, "")
	if v, _ := s.At(1, 20); v != 8 || len(notes) != 1 {
		t.Errorf("value %g, notes %v", v, notes)
	}
}

func TestOpenHoursOfTheFuture(t *testing.T) {
	s, _ := read(t, weeks(6, 30, 8*60, 17*60, "12345", always("3")), 30, "")
	open := s.Open(s.Days + 3) // six weeks end on Friday: day +3 is a Monday
	if s.Weekday(s.Days+3) != time.Tuesday && s.Weekday(s.Days+3) != time.Monday {
		t.Fatalf("day is a %v", s.Weekday(s.Days+3))
	}
	if !open[16] || open[15] || open[34] {
		t.Errorf("open %v", open)
	}
}

// TestM4Loader reads the M4 hourly series through the loader and repeats the
// published seasonal naive (24): sMAPE 13.912, MASE 1.193.
func TestM4Loader(t *testing.T) {
	dir := os.Getenv("AGNER_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(dir, "calls", "m4_hourly_long.csv.gz")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("test data absent: %v", err)
	}
	f, err := series.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	smape, mase, n := 0.0, 0.0, 0.0
	for i := 1; i < len(rows); {
		var b strings.Builder
		b.WriteString("t,y\n")
		id, train, last := rows[i][0], 0, 0
		for ; i < len(rows) && rows[i][0] == id; i++ {
			fmt.Fprintf(&b, "%s,%s\n", rows[i][1], rows[i][3])
			last++
			if rows[i][2] == "train" {
				train++
			}
		}
		s, _, err := series.Read(strings.NewReader(b.String()), series.Options{Time: "t", Value: "y", Minutes: 60})
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		a, m := naive24(s, train, last)
		smape, mase, n = smape+a, mase+m, n+1
	}
	if math.Abs(smape/n-13.912) > 0.0005 || math.Abs(mase/n-1.193) > 0.0005 {
		t.Errorf("%g series: sMAPE %.3f MASE %.3f, want 13.912 and 1.193", n, smape/n, mase/n)
	}
}

// naive24 repeats the last day of the training part; rows are numbered from 1.
func naive24(s *series.Series, train, last int) (smape, mase float64) {
	at := func(t int) float64 {
		v, _ := s.At(t/24, t%24)
		return v
	}
	scale := 0.0
	for t := 25; t <= train; t++ {
		scale += math.Abs(at(t)-at(t-24)) / float64(train-24)
	}
	for t := train + 1; t <= last; t++ {
		f, y := at(train-23+(t-train-1)%24), at(t)
		smape += 200 * math.Abs(f-y) / (f + y) / float64(last-train)
		mase += math.Abs(f-y) / scale / float64(last-train)
	}
	return smape, mase
}
