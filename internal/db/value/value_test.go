package value

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestWindowsAreRefusedExactlyWhenTheyOverlap(t *testing.T) {
	clock := func(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }
	rapid.Check(t, func(t *rapid.T) {
		var ws []Window
		used := map[[2]int]bool{} // weekday, quarter hour
		overlap := false
		for range rapid.IntRange(0, 5).Draw(t, "windows") {
			from := rapid.IntRange(0, 95).Draw(t, "from")
			to := rapid.IntRange(from+1, 96).Draw(t, "to")
			days := rapid.SliceOfNDistinct(rapid.IntRange(1, 7), 1, 3, rapid.ID).Draw(t, "days")
			for _, d := range days {
				for q := from; q < to; q++ {
					overlap = overlap || used[[2]int{d, q}]
					used[[2]int{d, q}] = true
				}
			}
			ws = append(ws, Window{Weekdays: days, From: clock(from * 15), To: clock(to * 15)})
		}
		err := Windows("opening", ws)
		if (err != nil) != overlap {
			t.Fatalf("%+v: %v, want overlap %v", ws, err, overlap)
		}
		if err != nil && !errors.Is(err, ErrInvalid) {
			t.Fatalf("%v is no ErrInvalid", err)
		}
	})
}

func TestStampSurvivesJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := Stamp(rapid.Int64Range(-62135596800e6, 253402300799e6).Draw(t, "µs")) // years 1 to 9999: what RFC 3339 can say
		b, err := in.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var out Stamp
		if err := out.UnmarshalJSON(b); err != nil || out != in {
			t.Fatalf("%d became %s became %d, %v", in, b, out, err)
		}
	})
}

func TestBetweenRefusesNaN(t *testing.T) {
	zero := 0.0
	for _, v := range []float64{zero / zero, 1 / zero, -0.001, 1.001} {
		if err := Between("share", v, 0, 1); err == nil {
			t.Errorf("%v passes for a share", v)
		}
	}
	for _, v := range []float64{0, 0.5, 1} {
		if err := Between("share", v, 0, 1); err != nil {
			t.Error(err)
		}
	}
}

func FuzzName(f *testing.F) {
	for _, s := range []string{"", " a ", "\xff", "a\x00", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		name := in
		if Name("name", &name) != nil {
			return
		}
		again := name
		if err := Name("name", &again); err != nil || again != name || name == "" {
			t.Errorf("%q was accepted as %q and then %q, %v", in, name, again, err)
		}
	})
}
