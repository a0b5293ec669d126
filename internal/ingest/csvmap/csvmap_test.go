package csvmap

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/ingest/feed"
	"github.com/agner-platform/agner/internal/ingest/feed/feedtest"
)

func rich(t testing.TB) feedtest.Case {
	t.Helper()
	text, err := os.ReadFile("testdata/rich.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return feedtest.Case{Format: Format(), Profile: feed.Profile{Text: text}}
}

// TestGolden holds the meaning of every field of a profile.
func TestGolden(t *testing.T) { rich(t).Golden(t, "testdata/rich.csv") }

// TestTechnionRows holds the mapping of one row of each kind.
func TestTechnionRows(t *testing.T) {
	feedtest.Case{Format: Format(), Profile: feed.Profile{Name: "technion"}}.Golden(t, "testdata/technion.csv")
}

// TestProfileRefused names the field that is wrong.
func TestProfileRefused(t *testing.T) {
	good, err := os.ReadFile("testdata/rich.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{`delimiter: ";"`, `delimiter: ";;"`, "delimiter"},
		{"exit: blocked", "exit: moon", "outcome.rules[4].exit"},
		{"joined: [queued]", "joined: []", "joined"},
		{"stamps: DD.MM.YYYY hh:mm:ss", "stamps: soon", "stamps"},
		{"unit: min", "unit: fortnights", "hold.unit"},
		{"zone: Europe/Tallinn", "zone: Mars/Base", "zone"},
		{"dnis: number", "dnsi: number", "dnsi"},
		{"dnis: number", "dnis: nosuch", "nosuch"},
		{"ivr: {flow: main, entered: menu,", "ivr: {flow: main,", "ivr"},
		{"queue: {column: group, rest: General}", "queue: {}", "queue.column"},
		{"answered: [picked]\nleft: [gone]\n", "", "wait"},
	} {
		text := strings.Replace(string(good), c.old, c.new, 1)
		if text == string(good) {
			t.Fatalf("profile has no %q", c.old)
		}
		_, err := open(feed.Setup{Profile: feed.Profile{Text: []byte(text)}, Clock: feed.NewClock(nil, nil)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that names %s", c.new, err, c.want)
		}
	}
	_, err = open(feed.Setup{Profile: feed.Profile{Text: []byte(strings.Replace(string(good), "zone: Europe/Tallinn\n", "", 1))}, Clock: feed.NewClock(nil, nil)})
	if !errors.Is(err, feed.ErrZone) {
		t.Errorf("local stamps without a zone: %v", err)
	}
}

// TestStamps reads each kind of stamp.
func TestStamps(t *testing.T) {
	for _, c := range []struct{ kind, in string }{
		{"iso", "2026-05-04T06:00:00Z"}, {"epoch", "1777874400"}, {"epoch_ms", "1777874400000"}, {"epoch_us", "1777874400000000"},
		{"YYYY/MM/DD hh:mm:ssZ", "2026/05/04 09:00:00+0300"}, {"M/D/YYYY HH:mm:ss AM Z", "5/4/2026 06:00:00 AM +0000"},
	} {
		read, err := stampReader(c.kind)
		if err != nil {
			t.Fatal(err)
		}
		s, err := read(c.in)
		if err != nil {
			t.Errorf("%s %s: %v", c.kind, c.in, err)
			continue
		}
		at, err := feed.NewClock(nil, nil).Lead(s)
		if want := time.Date(2026, 5, 4, 6, 0, 0, 0, time.UTC).UnixMicro(); err != nil || at != want {
			t.Errorf("%s %s = %d, %v; want %d", c.kind, c.in, at, err, want)
		}
	}
}

func FuzzMap(f *testing.F) {
	for _, name := range []string{"rich.csv", "technion.csv"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	c := rich(f)
	f.Fuzz(func(t *testing.T, text string) {
		for line := range strings.SplitSeq(c.Map(t, text), "\n") {
			if strings.HasPrefix(line, "  INVALID:") && !strings.Contains(line, "at most") {
				t.Error(line)
			}
		}
	})
}

func FuzzProfile(f *testing.F) {
	b, err := os.ReadFile("testdata/rich.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(b))
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := ParseProfile([]byte(text)); err == nil && len(p.Joined) == 0 {
			t.Error("a profile without joined was taken")
		}
	})
}
