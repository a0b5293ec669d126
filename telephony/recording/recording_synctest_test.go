package recording

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/media/tone"
	"github.com/agner-platform/agner/telephony/recording/seal"
)

// ledger collects facts.
type ledger struct {
	mu    sync.Mutex
	facts []event.Event // protected by mu
	fail  error         // protected by mu
}

func (l *ledger) publish(list []event.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return l.fail
	}
	l.facts = append(l.facts, list...)
	return nil
}

func (l *ledger) kinds() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, e := range l.facts {
		out = append(out, strings.TrimPrefix(string(e.Kind), "recording."))
	}
	return strings.Join(out, " ")
}

func (l *ledger) check(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.facts {
		if err := e.Validate(); err != nil {
			t.Error(err)
		}
	}
}

func store(t *testing.T, dir string) (*Store, *ledger) {
	t.Helper()
	l := &ledger{}
	s, err := Open(Config{Dir: filepath.Join(dir, "recordings"), Identity: filepath.Join(dir, "id"), Node: "switch", Publish: l.publish})
	if err != nil {
		t.Fatal(err)
	}
	return s, l
}

var head = Head{Interaction: "i1", Queue: "sales", Agent: "a1", Party: "p1"}

func begin(t *testing.T, s *Store, p Policy) *Session {
	t.Helper()
	r, err := s.Begin(head, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// mouth is a leg that speaks in a tone.
type mouth struct {
	sine  tone.Sine
	codec g711.Codec
	seq   uint16
	track func(media.Heard)
}

func speak(track func(media.Heard), hz float64, c g711.Codec) *mouth {
	return &mouth{sine: tone.Sine{Hz: hz, Level: 8000}, codec: c, seq: 65530, track: track}
}

func (m *mouth) frame() {
	var f [media.Samples]int16
	m.sine.Read(f[:])
	m.seq++
	m.track(media.Heard{Codec: m.codec, Payload: m.codec.Encode(nil, f[:]), Seq: m.seq, Timestamp: uint32(m.seq) * media.Samples})
}

// talk lets time pass in frames.
func talk(d time.Duration, mouths ...*mouth) {
	for range d / media.Frame {
		time.Sleep(media.Frame)
		for _, m := range mouths {
			m.frame()
		}
	}
}

// hear returns both channels of a recording.
func hear(t *testing.T, s *Store, id string) (left, right []int16) {
	t.Helper()
	a, err := s.Audio(id)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := io.ReadAll(a)
	if err != nil {
		t.Fatal(err)
	}
	for b = b[44:]; len(b) >= 4; b = b[4:] {
		left = append(left, int16(binary.LittleEndian.Uint16(b)))
		right = append(right, int16(binary.LittleEndian.Uint16(b[2:])))
	}
	return left, right
}

func at(from, to float64, s []int16) []int16 { return s[int(from*seal.Rate):int(to*seal.Rate)] }

func silent(s []int16) bool {
	return !slices.ContainsFunc(s, func(v int16) bool { return v < -32 || v > 32 })
}

// TestConversation records both sides, with a pause in which nothing is kept.
func TestConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, facts := store(t, t.TempDir())
		defer s.Close()
		r := begin(t, s, Policy{Name: "all"})
		var pauses []bool
		r.Watch(func(on bool) { pauses = append(pauses, on) })
		customer, agent := speak(r.Track(Caller), 400, g711.ALaw), speak(r.Track(Agent), 1000, g711.MuLaw)
		talk(2*time.Second, customer, agent)
		if err := r.Pause("a1"); err != nil {
			t.Fatal(err)
		}
		talk(2*time.Second, customer, agent)
		if err := r.Resume("a1"); err != nil {
			t.Fatal(err)
		}
		talk(1500*time.Millisecond, customer, agent)
		r.Finish()
		<-r.Done()
		left, right := hear(t, s, r.ID())
		if len(left) < 55*seal.Rate/10-10 || len(left) > 55*seal.Rate/10+10 {
			t.Errorf("%d samples", len(left))
		}
		for _, span := range [][2]float64{{0.5, 1.9}, {4.1, 5.4}} {
			if !tone.Hears(at(span[0], span[1], left), 400) || tone.Hears(at(span[0], span[1], left), 1000) {
				t.Errorf("left from %v: not the caller", span)
			}
			if !tone.Hears(at(span[0], span[1], right), 1000) || tone.Hears(at(span[0], span[1], right), 400) {
				t.Errorf("right from %v: not the agent", span)
			}
		}
		if !silent(at(2.03, 3.97, left)) || !silent(at(2.03, 3.97, right)) {
			t.Error("the pause is not silent")
		}
		if !slices.Equal(pauses, []bool{true, false}) {
			t.Errorf("told of pauses %v", pauses)
		}
		if got := facts.kinds(); got != "started paused resumed finished" {
			t.Errorf("facts %s", got)
		}
		facts.check(t)
		fin := facts.facts[3].Payload.(*event.RecordingFinished)
		m, err := s.Meta(r.ID())
		if err != nil || fin.SHA256 != m.SHA256 || fin.URI != "agner://switch/"+r.ID() || m.Dropped != 0 {
			t.Errorf("finished %+v, meta %+v, %v", fin, m, err)
		}
	})
}

// TestForgottenPause ends by itself.
func TestForgottenPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, facts := store(t, t.TempDir())
		defer s.Close()
		r := begin(t, s, Policy{MaxPause: 30 * time.Second})
		if err := r.Pause("a1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(29 * time.Second)
		if r.State() != Paused {
			t.Error("resumed too early")
		}
		time.Sleep(2 * time.Second)
		if r.State() != Running {
			t.Error("not resumed")
		}
		if got := facts.kinds(); got != "paused started resumed" && got != "started paused resumed" {
			t.Errorf("facts %s", got)
		}
		if p, ok := facts.facts[2].Payload.(*event.RecordingResumed); !ok || p.By != byLimit || p.PausedUs < 30_000_000 {
			t.Errorf("resumed %+v", facts.facts[2].Payload)
		}
	})
}

// TestConsent: nothing is kept before, and nothing at all without.
func TestConsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s, facts := store(t, dir)
		defer s.Close()
		r := begin(t, s, Policy{Consent: ByKey})
		customer := speak(r.Track(Caller), 400, g711.ALaw)
		talk(2*time.Second, customer)
		facts.fail = errors.New("disk full")
		if r.Consent("key") == nil || r.State() != Asking {
			t.Error("recording begins although the consent is not durable")
		}
		facts.fail = nil
		if err := r.Consent("key"); err != nil {
			t.Fatal(err)
		}
		talk(time.Second, customer)
		r.Finish()
		<-r.Done()
		if left, _ := hear(t, s, r.ID()); len(left) > seal.Rate+100 {
			t.Errorf("%d samples: what was said before the consent is kept", len(left))
		}
		if got := facts.kinds(); got != "consented started finished" {
			t.Errorf("facts %s", got)
		}

		no := begin(t, s, Policy{Consent: ByKey})
		talk(time.Second, speak(no.Track(Caller), 400, g711.ALaw))
		if err := no.Refuse("key"); err != nil {
			t.Fatal(err)
		}
		<-no.Done()
		if _, err := s.Meta(no.ID()); !errors.Is(err, ErrNone) {
			t.Errorf("a refused recording: %v", err)
		}

		late := begin(t, s, Policy{}) // recorded on another ground, then refused
		talk(2*time.Second, speak(late.Track(Caller), 400, g711.ALaw))
		if err := late.Refuse("spoken"); err != nil {
			t.Fatal(err)
		}
		<-late.Done()
		if _, err := s.Audio(late.ID()); !errors.Is(err, ErrErased) {
			t.Errorf("refused while running: %v", err)
		}
	})
}

// TestCrash kills the store in the middle: at most the second that ran is lost.
func TestCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s, _ := store(t, dir)
		r := begin(t, s, Policy{})
		talk(3700*time.Millisecond, speak(r.Track(Caller), 400, g711.ALaw))
		crashed := filepath.Join(t.TempDir())
		if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil { // the disk as a crash would leave it
			t.Fatal(err)
		}
		r.Finish()
		<-r.Done()
		s.Close()

		after, facts := store(t, crashed)
		defer after.Close()
		left, _ := hear(t, after, r.ID())
		if len(left) < 27*seal.Rate/10 || !tone.Hears(left, 400) {
			t.Errorf("%d samples are left of 3.7 s", len(left))
		}
		m, err := after.Meta(r.ID())
		if err != nil || !m.Repaired || !m.Finished || facts.kinds() != "finished" {
			t.Errorf("meta %+v, facts %s, %v", m, facts.kinds(), err)
		}
	})
}

// TestEnds: retention, legal hold, erasing and redaction.
func TestEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s, facts := store(t, dir)
		defer s.Close()
		record := func(p Policy) string {
			r := begin(t, s, p)
			talk(2500*time.Millisecond, speak(r.Track(Caller), 400, g711.ALaw), speak(r.Track(Agent), 1000, g711.ALaw))
			r.Finish()
			<-r.Done()
			return r.ID()
		}
		short, kept := record(Policy{Keep: time.Hour}), record(Policy{})
		if err := s.Hold(short, true, "u1"); err != nil {
			t.Fatal(err)
		}
		if gone, err := s.Expire(time.Now().Add(2 * time.Hour)); err != nil || len(gone) != 0 {
			t.Errorf("expired under hold: %v, %v", gone, err)
		}
		if err := s.Erase(short, "request"); !errors.Is(err, ErrHeld) {
			t.Errorf("erased under hold: %v", err)
		}
		if err := s.Hold(short, false, "u1"); err != nil {
			t.Fatal(err)
		}
		if gone, err := s.Expire(time.Now().Add(2 * time.Hour)); err != nil || !slices.Equal(gone, []string{short}) {
			t.Errorf("expired %v, %v", gone, err)
		}
		if _, err := s.Audio(short); !errors.Is(err, ErrErased) {
			t.Errorf("expired recording: %v", err)
		}

		before, _ := s.Meta(kept)
		old, err := os.ReadFile(filepath.Join(dir, "recordings", time.Now().UTC().Format(dayForm), kept+".rec"))
		if err != nil {
			t.Fatal(err)
		}
		fact, err := s.Redact(kept, []event.Span{{FromUs: 500_000, ToUs: 1_200_000}})
		if err != nil || fact.OldSHA != before.SHA256 || fact.NewSHA == before.SHA256 {
			t.Fatalf("redacted %+v, %v", fact, err)
		}
		left, right := hear(t, s, kept)
		if !silent(at(0.5, 1.2, left)) || !silent(at(0.5, 1.2, right)) || !tone.Hears(at(1.25, 2.4, left), 400) || !tone.Hears(at(0.1, 0.45, right), 1000) {
			t.Error("the redacted span is not silent, or more than it")
		}
		key, err := s.key(kept)
		if err != nil {
			t.Fatal(err)
		}
		r, err := seal.NewReader(bytes.NewReader(old), int64(len(old)), key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Chunk(0); err == nil {
			t.Error("the old sound opens with the new key")
		}
		if erased, held, err := s.EraseParty("p1"); err != nil || !slices.Equal(erased, []string{kept}) || len(held) != 0 {
			t.Errorf("erased %v, held %v, %v", erased, held, err)
		}
		facts.check(t)
	})
}

// TestPackets: loss is silence of the right length, doubled and late packets do no
// harm, and a sender that begins anew is placed where it is heard.
func TestPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := store(t, t.TempDir())
		defer s.Close()
		r := begin(t, s, Policy{})
		m := speak(r.Track(Caller), 400, g711.ALaw)
		talk(time.Second, m)
		for range 25 { // lost on the way: the sender's numbers go on
			time.Sleep(media.Frame)
			m.seq++
		}
		talk(500*time.Millisecond, m)
		m.seq-- // doubled
		m.frame()
		m.seq = 7 // anew
		talk(500*time.Millisecond, m)
		r.Finish()
		<-r.Done()
		left, _ := hear(t, s, r.ID())
		if !silent(at(1.03, 1.48, left)) || !tone.Hears(at(1.55, 1.95, left), 400) || !tone.Hears(at(2.1, 2.45, left), 400) {
			t.Error("packets are not where they were heard")
		}
	})
}
