package plugin

import (
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

func TestValues(t *testing.T) {
	q := query{Queues: []string{"$__all", " Private ", ""}, Within: "20s"}
	v := q.values(backend.TimeRange{From: time.Date(2026, 3, 29, 0, 59, 59, 1, time.UTC), To: time.Date(2026, 3, 29, 1, 0, 0, 1, time.UTC)})
	const want = "from=2026-03-29T00%3A45%3A00Z&queue=Private&to=2026-03-29T01%3A15%3A00Z&within=20s"
	if v.Encode() != want {
		t.Errorf("%s, want %s", v.Encode(), want)
	}
}

func TestSize(t *testing.T) {
	for panel, want := range map[time.Duration]string{time.Second: "15m", 15 * time.Minute: "15m", 16 * time.Minute: "30m", 2 * time.Hour: "1d", 30 * 24 * time.Hour: "1w"} {
		if got := size("auto", panel); got != want {
			t.Errorf("%v: %s, want %s", panel, got, want)
		}
	}
	if got := size("60m", time.Second); got != "60m" {
		t.Errorf("a chosen size became %s", got)
	}
}

func TestEvents(t *testing.T) {
	var got []string
	err := events(strings.NewReader(": hello\n\nid: 1\nevent: snapshot\ndata: a\ndata: b\n\ndata:c\n\ndata: unfinished\n"), func(b []byte) error {
		got = append(got, string(b))
		return nil
	})
	if err != nil || len(got) != 2 || got[0] != "a\nb\n" || got[1] != "c\n" {
		t.Errorf("%q, %v", got, err)
	}
}
