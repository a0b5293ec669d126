package feedtest

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/ingest/feed"
)

var update = flag.Bool("update", false, "write golden files anew")

// Case is one file mapped by one format.
type Case struct {
	Format    feed.Format
	Zone      *time.Location
	WrapUpCap time.Duration
	Profile   feed.Profile
	Template  string
}

// Map maps a text record by record and shows what became of each: the events, or
// why there are none, and warnings.
func (c Case) Map(t testing.TB, text string) string {
	t.Helper()
	var b strings.Builder
	warn := func(reason string) { fmt.Fprintf(&b, "  warning: %s\n", reason) }
	clock := feed.NewClock(c.Zone, warn)
	m, err := c.Format.Open(feed.Setup{
		Stream: "test", Profile: c.Profile, Clock: clock, Names: feed.NewNames(&Directory{}), WrapUpCap: c.WrapUpCap, Template: c.Template, Warn: warn,
	})
	if err != nil {
		t.Fatal(err)
	}
	in, out := feed.NewReader(strings.NewReader(text), 0), &feed.Out{}
	for {
		rec, err := c.Format.Split(in)
		if feed.IsEOF(err) {
			break
		}
		fmt.Fprintf(&b, "line %d\n", in.Line())
		out.Reset()
		out.Begin()
		if err == nil || (errors.Is(err, feed.ErrTorn) && !c.Format.Growing) {
			err = c.one(m, rec, in.Line(), out)
		}
		show(&b, out, err)
	}
	out.Reset()
	out.Begin()
	if err := m.End(out); err != nil {
		t.Fatal(err)
	}
	b.WriteString("end\n")
	show(&b, out, nil)
	return b.String()
}

func (c Case) one(m feed.Mapper, rec []byte, line int64, out *feed.Out) error {
	text, _, err := feed.Text(rec)
	if err != nil {
		return err
	}
	return m.Map(feed.Record{Text: text, Line: line}, out)
}

func show(b *strings.Builder, out *feed.Out, err error) {
	var skip *feed.Skip
	if err != nil {
		out.Discard()
	}
	events, raw := out.Record()
	for i := range events {
		fmt.Fprintf(b, "  %s\n", Line(&events[i]))
		if verr := events[i].Validate(); verr != nil {
			fmt.Fprintf(b, "  INVALID: %v\n", verr)
		}
	}
	switch {
	case errors.Is(err, feed.ErrHeader):
		b.WriteString("  header row\n")
	case errors.As(err, &skip):
		fmt.Fprintf(b, "  skipped: %v\n", err)
	case err != nil:
		fmt.Fprintf(b, "  rejected: %v\n", err)
	case raw:
		b.WriteString("  kept raw\n")
	}
}

// Golden compares what Map shows of a file with the golden file beside it; the
// flag -update writes it anew.
func (c Case) Golden(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	got := c.Map(t, string(text))
	golden := name + ".golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
