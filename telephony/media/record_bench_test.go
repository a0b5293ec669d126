package media_test

import (
	"path/filepath"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/recording"
)

// BenchmarkRelayRecorded is BenchmarkRelay with every call recorded in stereo, sealed
// and synced to the disk.
func BenchmarkRelayRecorded(b *testing.B) {
	dir := b.TempDir()
	store, err := recording.Open(recording.Config{
		Dir: filepath.Join(dir, "r"), Identity: filepath.Join(dir, "id"), Node: "bench", Publish: func([]event.Event) error { return nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	var tapes []*recording.Session
	media.RunRelay(b, func(caller, agent *media.Leg) {
		tape, err := store.Begin(recording.Head{Interaction: "bench"}, recording.Policy{})
		if err != nil {
			b.Fatal(err)
		}
		caller.Record(tape.Track(recording.Caller))
		agent.Record(tape.Track(recording.Agent))
		tapes = append(tapes, tape)
	})
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
	dropped := int64(0)
	for _, tape := range tapes {
		m, err := store.Meta(tape.ID())
		if err != nil || !m.Finished {
			b.Fatalf("a recording is not whole: %+v, %v", m, err)
		}
		dropped += m.Dropped
	}
	b.ReportMetric(float64(dropped), "samples-dropped")
}
