package astcdr

import (
	"os"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/ingest/feed/feedtest"
	"github.com/agner-platform/agner/internal/interval"
)

func cases(t testing.TB) (cdr, cel feedtest.Case) {
	t.Helper()
	loc, err := interval.LoadZone("Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	f := Formats()
	return feedtest.Case{Format: f[0], Zone: loc}, feedtest.Case{Format: f[1], Zone: loc}
}

// TestGolden holds the mapping of both formats.
func TestGolden(t *testing.T) {
	cdr, cel := cases(t)
	cdr.Golden(t, "testdata/master.csv")
	cel.Golden(t, "testdata/cel.csv")
}

// TestTail finds uniqueid and linkedid in every combination of optional columns.
func TestTail(t *testing.T) {
	for _, c := range []struct{ columns, unique, linked string }{
		{"", "", ""}, {"1.1", "1.1", ""}, {"pbx-1.1|note", "pbx-1.1", ""}, {"note", "", ""},
		{"1.2||peer|1.1|7", "1.2", "1.1"}, {"1.2|peer|1.1|7", "1.2", "1.1"}, {"peer|1.1|7", "", "1.1"}, {"note|peer|1.1|7", "", "1.1"},
	} {
		var f []string
		if c.columns != "" {
			f = strings.Split(c.columns, "|")
		}
		if unique, linked := tail(f); unique != c.unique || linked != c.linked {
			t.Errorf("tail(%s) = %q, %q; want %q, %q", c.columns, unique, linked, c.unique, c.linked)
		}
	}
}

func FuzzMap(f *testing.F) {
	for _, name := range []string{"master.csv", "cel.csv"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	cdr, cel := cases(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range []feedtest.Case{cdr, cel} {
			for line := range strings.SplitSeq(c.Map(t, text), "\n") {
				if strings.HasPrefix(line, "  INVALID:") && !strings.Contains(line, "at most") {
					t.Error(line)
				}
			}
		}
	})
}
