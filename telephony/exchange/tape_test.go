package exchange

import (
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/recording"
	"github.com/agner-platform/agner/telephony/sipua"
	"github.com/agner-platform/agner/telephony/voicemail"
)

// TestVoicemail: a menu takes a message, which is sealed and told of.
func TestVoicemail(t *testing.T) {
	customer := newPhone(t, "127.0.0.2", 400)
	b := &book{more: make(chan struct{}, 1)}
	publish := func(f []event.Event) error { b.Publish(f); return nil }
	dir := t.TempDir()
	store, err := recording.Open(recording.Config{Dir: filepath.Join(dir, "r"), Identity: filepath.Join(dir, "id"), Node: "switch", Publish: publish})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	mail := voicemail.New(voicemail.Config{Store: store, Publish: publish})
	t.Cleanup(func() { mail.Close() })
	s := testSetup("a1")
	s.Flows = append(s.Flows, Flow{Name: "box", Text: "name: box\nstart: v\nnodes:\n  v: {kind: voicemail, box: Support}\n"})
	s.Numbers = append(s.Numbers, Number{Number: "602", Flow: "box"})
	sip := sipua.Default()
	sip.UDP, sip.Realm = "127.0.0.1:0", realm
	x, err := Start(Config{
		Node: "switch", SIP: sip, Media: media.Config{Host: netip.MustParseAddr("127.0.0.1")}, Sink: b, Voice: voice{}, Setup: s, Recordings: store, Voicemail: mail,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	customer.dial(x, "call", "602", "")
	take(t, customer.line, "the answer")
	customer.hears(1000) // the tone
	b.await(t, "recording.started", kind(event.KindRecordingStarted))
	<-time.After(2 * time.Second) // a message
	if err := customer.ua().Bye("call", ""); err != nil {
		t.Fatal(err)
	}
	left := b.await(t, "voicemail.left", kind(event.KindVoicemailLeft)).Payload.(*event.VoicemailLeft)
	if m, err := store.Meta(left.Ref); err != nil || m.Kind != recording.Message || left.LengthUs < 1_500_000 {
		t.Errorf("message %+v, %v", m, err)
	}
}

// TestRecordedQueue: calls of a queue are recorded from the agent's answer on, with a
// pause in between.
func TestRecordedQueue(t *testing.T) {
	customer, agent := newPhone(t, "127.0.0.2", 400), newPhone(t, "127.0.0.3", 1000)
	b := &book{more: make(chan struct{}, 1)}
	dir := t.TempDir()
	store, err := recording.Open(recording.Config{
		Dir: filepath.Join(dir, "r"), Identity: filepath.Join(dir, "id"), Node: "switch", Publish: func(f []event.Event) error { b.Publish(f); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	s := testSetup("a1")
	s.Record = []Recording{{Queue: "Support"}}
	sip := sipua.Default()
	sip.UDP, sip.Realm = "127.0.0.1:0", realm
	x, err := Start(Config{
		Node: "switch", SIP: sip, Media: media.Config{Host: netip.MustParseAddr("127.0.0.1")}, Sink: b, Voice: voice{}, Setup: s, Recordings: store,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	register(t, x, agent, "7a1")
	if err := x.SetState(t.Context(), "a1", event.Available, "", "test"); err != nil {
		t.Fatal(err)
	}
	customer.dial(x, "call", "601", "")
	take(t, agent.line, "the agent's call")
	agent.hears(400)
	started := b.await(t, "recording.started", kind(event.KindRecordingStarted))
	if started.Queue != "q1" || started.Agent != "a1" {
		t.Errorf("recording of %+v", started)
	}
	if err := x.Pause("a1", true); err != nil {
		t.Fatal(err)
	}
	if err := x.Pause("a1", false); err != nil {
		t.Fatal(err)
	}
	b.await(t, "recording.resumed", kind(event.KindRecordingResumed))
	if err := customer.ua().Bye("call", ""); err != nil {
		t.Fatal(err)
	}
	done := b.await(t, "recording.finished", kind(event.KindRecordingFinished))
	audio, err := store.Audio(done.Payload.(*event.RecordingFinished).Ref)
	if err != nil {
		t.Fatal(err)
	}
	audio.Close()
	if err := x.Pause("a1", true); err == nil {
		t.Error("paused a call that is over")
	}
}
