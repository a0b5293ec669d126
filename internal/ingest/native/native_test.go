package native

import (
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/ingest/feed/feedtest"
)

// TestMap rejects with a reason that holds nothing of the record.
func TestMap(t *testing.T) {
	got := feedtest.Case{Format: Format()}.Map(t, `{"kind":"agent.signed_in","at":"2026-05-04T09:00:00+03:00","agent":"a1","node":"other","seq":9,"source":"switch"}
{"kind":"agent.signed_in","at":"1961-04-12T06:07:00Z","agent":"a1"}
{"kind":"agent.signed_in","agent":7}
{"kind":"no.such","at":"2026-05-04T09:00:00Z"}
5550101
{"kind":"agent.signed_in","at":"2026-05-04T09:00:00Z","age`)
	want := `line 1
  2026-05-04T06:00:00Z agent.signed_in agent=a1
line 2
  rejected: time is before 1970
line 3
  rejected: field agent has a value of the wrong type
line 4
  rejected: unknown event kind
line 5
  rejected: not a JSON object
line 6
  rejected: last record is not finished
end
`
	if got != want {
		t.Errorf("got:\n%s", got)
	}
	if strings.Contains(got, "5550101") {
		t.Error("a reason quotes the record")
	}
}

func FuzzMap(f *testing.F) {
	f.Add(`{"kind":"queue.left","at":"2026-05-04T09:00:00Z","payload":{"exit":"answered"}}`)
	f.Fuzz(func(t *testing.T, text string) { (feedtest.Case{Format: Format()}).Map(t, text) })
}
