package staffing

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestInstances runs the instances named in AGNER_STAFFING (such as 4,5,6) with
// the nominal core seconds of AGNER_WORK; the results stand in docs/scheduling.md.
func TestInstances(t *testing.T) {
	list := os.Getenv("AGNER_STAFFING")
	if list == "" {
		t.Skip("long: set AGNER_STAFFING=4,5,6 and AGNER_WORK=60")
	}
	work, err := strconv.ParseFloat(os.Getenv("AGNER_WORK"), 64)
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(name)
		if err != nil {
			t.Fatal(err)
		}
		solve(t, n, work)
	}
}
