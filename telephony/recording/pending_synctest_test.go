package recording

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/media/g711"
)

// TestPendingIsHeardByNobody holds that a recording whose policy asks for redaction is
// closed while it runs, when it is over and after a restart, for the store and for
// whoever browses it; and that redaction, and nothing else, opens it, under a new key.
func TestPendingIsHeardByNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s, l := store(t, dir)
		r := begin(t, s, Policy{Redact: true, Language: "en"})
		m := speak(r.Track(Caller), 1000, g711.ALaw)
		for range 100 {
			m.frame()
			time.Sleep(20 * time.Millisecond)
		}
		shelf, err := Browse(Config{Dir: filepath.Join(dir, "recordings"), Identity: filepath.Join(dir, "id")})
		if err != nil {
			t.Fatal(err)
		}
		closed := func(when string) {
			t.Helper()
			for name, open := range map[string]func(string) (*Audio, error){"store": s.Audio, "shelf": shelf.Audio} {
				if a, err := open(r.ID()); !errors.Is(err, ErrPending) {
					t.Errorf("%s, %s: %v, %v, want ErrPending", when, name, a, err)
				}
			}
		}
		closed("while it runs")
		if _, err := s.Redact(r.ID(), nil); !errors.Is(err, ErrState) {
			t.Errorf("redacted while it runs: %v", err)
		}
		r.Finish()
		<-r.Done()
		closed("when it is over")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s, l = store(t, dir); l.kinds() != "" {
			t.Errorf("a restart publishes %q", l.kinds())
		}
		closed("after a restart")

		rec := filepath.Join(dir, "recordings", time.Now().UTC().Format(dayForm), r.ID())
		old, err := os.ReadFile(rec + ".key")
		if err != nil {
			t.Fatal(err)
		}
		if a, err := s.Original(r.ID()); err != nil {
			t.Error(err)
		} else if err := a.Close(); err != nil {
			t.Error(err)
		}
		if _, err := s.Redact(r.ID(), []event.Span{{FromUs: 500_000, ToUs: 1_000_000}}); err != nil {
			t.Fatal(err)
		}
		if key, err := os.ReadFile(rec + ".key"); err != nil || string(key) == string(old) {
			t.Errorf("the key is the old one (%v)", err)
		}
		a, err := shelf.Audio(r.ID())
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		c, err := a.Reader.Chunk(0)
		if err != nil {
			t.Fatal(err)
		}
		heard := func(list []byte) int { // samples of the tone; one in four lies at its zero
			return len(slices.DeleteFunc(slices.Clone(list), func(b byte) bool { return b == g711.ALaw.Silence() }))
		}
		if n := heard(c.Left[4000:]); n > 0 {
			t.Errorf("%d samples can be heard where the copy is to be silent", n)
		}
		if n := heard(c.Left[1600:4000]); n < 1000 {
			t.Errorf("only %d of 2400 samples can be heard before", n)
		}
		if meta, err := s.Meta(r.ID()); err != nil || meta.Redaction != Done || meta.Language != "en" || l.kinds() != "redacted" {
			t.Errorf("%+v, %v, facts %q", meta, err, l.kinds())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
