package b2bua

import (
	"encoding/binary"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/media/tone"
	"github.com/agner-platform/agner/telephony/recording"
	"github.com/agner-platform/agner/telephony/sipua"
)

// TestRecord records a call through the switch: the caller is left, the agent right,
// and keys pressed during a pause reach nobody.
func TestRecord(t *testing.T) {
	dir := t.TempDir()
	store, err := recording.Open(recording.Config{
		Dir: filepath.Join(dir, "r"), Identity: filepath.Join(dir, "id"), Node: "switch", Publish: func([]event.Event) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	customer, agent := newPhone(t, 400, g711.ALaw), newPhone(t, 1000, g711.MuLaw)
	keys := make(chan string, 9)
	var mu sync.Mutex
	caller, tapes := "", make(chan *recording.Session, 1)
	s, book := startSwitch(t, Hooks{
		Arrived: func(c *Call, e sipua.Invited) {
			mu.Lock()
			caller = e.Leg
			mu.Unlock()
			c.Post(call.Answer{Leg: e.Leg})
			joinAgent(c, e.Leg, agent)
			tape, err := store.Begin(recording.Head{Interaction: c.Interaction}, recording.Policy{})
			if err != nil {
				t.Error(err)
				return
			}
			c.Record(tape)
			tapes <- tape
		},
		Changed: func(c *Call, facts []event.Event) {
			mu.Lock()
			defer mu.Unlock()
			joinAnswered(c, facts, caller)
		},
		Key: func(_ *Call, _, key string) { keys <- key },
	})
	customer.dial(s, "600")
	wait(t, customer.up, "the answer")
	wait(t, agent.up, "the agent's call")
	tape := <-tapes
	customer.hears(1000)
	agent.hears(400)
	if err := tape.Pause("agent"); err != nil {
		t.Fatal(err)
	}
	press := func(key byte) {
		sent := make(chan struct{})
		customer.leg.SendKey(key, 80, func() { customer.talk(); close(sent) })
		<-sent
	}
	press('4')
	agent.hears(400)
	if err := tape.Resume("agent"); err != nil {
		t.Fatal(err)
	}
	press('5')
	if got := wait(t, keys, "the key"); got != "5" {
		t.Errorf("key %q: what was typed in the pause came through", got)
	}
	agent.hears(400)
	for range 10 { // half a second more of both
		customer.hears(1000)
		customer.mu.Lock()
		customer.heard = nil
		customer.mu.Unlock()
	}
	if err := customer.ua().Bye("call", ""); err != nil {
		t.Fatal(err)
	}
	book.balance(t, 2)
	select {
	case <-tape.Done():
	case <-time.After(patience):
		t.Fatal("the recording is not finished with the call")
	}
	left, right := played(t, store, tape.ID())
	last := func(s []int16) []int16 { return s[max(0, len(s)-4000) : len(s)-800] }
	if len(left) < 8000 || !tone.Hears(last(left), 400) || !tone.Hears(last(right), 1000) {
		t.Errorf("%d samples: left must be the caller, right the agent", len(left))
	}
}

// played returns both channels of a recording.
func played(t *testing.T, store *recording.Store, id string) (left, right []int16) {
	t.Helper()
	audio, err := store.Audio(id)
	if err != nil {
		t.Fatal(err)
	}
	defer audio.Close()
	b, err := io.ReadAll(audio)
	if err != nil {
		t.Fatal(err)
	}
	for b = b[44:]; len(b) >= 4; b = b[4:] {
		left = append(left, int16(binary.LittleEndian.Uint16(b)))
		right = append(right, int16(binary.LittleEndian.Uint16(b[2:])))
	}
	return left, right
}
