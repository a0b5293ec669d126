package ingest_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// maxRecord is the largest event the journal takes.
const maxRecord = 1 << 20

// TestStateFits keeps as much open as a hostile log can, with names that do not
// pack, and wants every marker to fit the journal.
func TestStateFits(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('!' + rnd.IntN(90))
			if b[i] == '|' || b[i] == '"' || b[i] == '\\' {
				b[i] = 'x'
			}
		}
		return string(b)
	}
	var text strings.Builder
	for i := range int64(9000) {
		at, call, agent := 1767600000+i/100, noise(120), noise(70)
		fmt.Fprintf(&text, "%d|NONE|%s|%s|ADDMEMBER|\n", at, noise(150), agent)
		fmt.Fprintf(&text, "%d|%s|q|NONE|ENTERQUEUE||%s|1\n", at, call, noise(50))
		if i%3 == 0 {
			fmt.Fprintf(&text, "%d|%s|q|%s|CONNECT|1|x|1\n%d|%s|q|%s|COMPLETECALLER|1|1|1\n", at, call, agent, at, call, agent)
		}
	}
	j := &journal{}
	f := only(t, j.mustRun(t, ingest.Options{Files: []string{write(t, "queue_log", text.String())}, WrapUpCap: time.Hour}))
	largest := 0
	for i := range j.events {
		e := &j.events[i]
		b, err := event.AppendBinary(nil, e)
		if err != nil {
			t.Fatal(err)
		}
		largest = max(largest, len(b))
	}
	if largest > maxRecord || largest < 300<<10 {
		t.Errorf("largest marker has %d KiB, want between 300 and 1024", largest>>10)
	}
	if f.Mapped < 9000 {
		t.Errorf("%s %+v %+v", f.Counts, f.Problems, f.Warnings)
	}
	// The index must read back what was packed.
	x := j.index(t)
	e, ok := x.Newest("/queue_log/")
	if !ok || len(e.Checkpoint.State) < 100<<10 || e.Checkpoint.Position.Lines != f.LastLine {
		t.Errorf("checkpoint read back: %v, %d bytes of state", ok, len(e.Checkpoint.State))
	}
	if !feed.IsMarker(&j.events[len(j.events)-1]) {
		t.Error("last event is no marker")
	}
}
