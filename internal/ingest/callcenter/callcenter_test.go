package callcenter

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/ingest/feed/feedtest"
)

// TestGolden holds the mapping of every CC-Action.
func TestGolden(t *testing.T) {
	feedtest.Case{Format: Format()}.Golden(t, "testdata/lines.json")
}

// ids are what depends on a line's number.
var ids = regexp.MustCompile(` [vo]=[0-9a-f]{4}`)

// events strips the numbers of lines, which differ between the encodings.
func events(text string) string {
	var keep []string
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case strings.HasPrefix(line, "line "), strings.Contains(line, "socket protocol"):
		default:
			keep = append(keep, ids.ReplaceAllString(line, ""))
		}
	}
	return strings.Join(keep, "\n")
}

// TestEncodings wants the same events from every way of writing them down.
func TestEncodings(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return events(feedtest.Case{Format: Format()}.Map(t, string(b)))
	}
	want := read("lines.json")
	for _, name := range []string{"plain.txt", "socket_plain.txt", "socket_json.txt", "array.json", "events.xml"} {
		if got := read(name); got != want {
			t.Errorf("%s: events differ from those of lines.json:\n%s", name, got)
		}
	}
}

// TestTorn leaves an event without its end for the next run.
func TestTorn(t *testing.T) {
	for _, text := range []string{
		"Event-Name: CUSTOM\nEvent-Subclass: callcenter%3A%3Ainfo\nCC-Action: member-queue-st",
		`{"Event-Name": "CUSTOM", "CC-Action":`,
		"<event>\n<headers>\n<Event-Name>CUSTOM</Event-Name>",
		"Content-Length: 500\nContent-Type: text/event-plain\n\nEvent-Name: CUSTOM\n",
	} {
		if got := (feedtest.Case{Format: Format()}).Map(t, text); !strings.Contains(got, "last record is not finished") {
			t.Errorf("%q:\n%s", text, got)
		}
	}
}

func FuzzMap(f *testing.F) {
	for _, name := range []string{"lines.json", "plain.txt", "socket_json.txt", "events.xml"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b[:min(len(b), 4000)]))
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := feedtest.Case{Format: Format()}.Map(t, text)
		for line := range strings.SplitSeq(got, "\n") {
			if strings.HasPrefix(line, "  INVALID:") && !strings.Contains(line, "at most") {
				t.Error(line)
			}
		}
	})
}
