package voice

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/telephony/recording"
)

// tap gives the sound of calls that are recorded to whoever listens on the tape socket.
// What is not recorded, or paused, is not given either. A listener that falls behind
// loses sound; a call never waits.
type tap struct {
	mu        sync.Mutex // protects all below
	listeners map[chan sound]bool
	parts     map[*recording.Session]*[2]sound // not given yet
}

// sound is a line of the stream.
type sound struct {
	Tape        string `json:"tape"`
	Interaction string `json:"interaction"`
	Queue       string `json:"queue,omitempty"`
	Agent       string `json:"agent,omitempty"`
	Language    string `json:"language,omitempty"`
	Side        string `json:"side"`
	At          int64  `json:"at"` // samples from the recording's start
	PCM         []byte `json:"pcm,omitempty"`
	End         bool   `json:"end,omitempty"`
}

const (
	soundBytes  = 1600 // a tenth of a second: what it adds to the delay
	waitingLine = 4000 // lines a listener may fall behind: 10 s of twenty calls
)

var sideNames = map[recording.Side]string{recording.Caller: "customer", recording.Agent: "agent"}

// hear is recording.Config's Live.
func (t *tap) hear(s *recording.Session, side recording.Side, at int64, samples []int16) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.listeners) == 0 {
		clear(t.parts)
		return
	}
	if samples == nil {
		t.finish(s)
		return
	}
	p := t.parts[s]
	if p == nil {
		p = &[2]sound{}
		t.parts[s] = p
	}
	x := &p[side]
	if len(x.PCM) > 0 && x.At+int64(len(x.PCM)/2) != at {
		t.give(*x)
		x.PCM = nil
	}
	if len(x.PCM) == 0 {
		h := s.Head()
		*x = sound{Tape: s.ID(), Interaction: h.Interaction, Queue: h.Queue, Agent: h.Agent, Language: s.Language(), Side: sideNames[side], At: at, PCM: make([]byte, 0, soundBytes)}
	}
	for _, v := range samples {
		x.PCM = binary.LittleEndian.AppendUint16(x.PCM, uint16(v))
	}
	if len(x.PCM) >= soundBytes {
		t.give(*x)
		x.PCM = nil
	}
}

// finish gives what is left of a call, and its end. The lock is held.
func (t *tap) finish(s *recording.Session) {
	p := t.parts[s]
	if p == nil {
		return
	}
	delete(t.parts, s)
	for _, x := range p {
		if len(x.PCM) > 0 {
			t.give(x)
		}
	}
	t.give(sound{Tape: s.ID(), Interaction: s.Head().Interaction, End: true})
}

// give never waits: what a listener has no room for is lost to it. An end takes the place
// of the oldest line, because a call without end would stay on pages. The lock is held.
func (t *tap) give(x sound) {
	for c := range t.listeners {
		select {
		case c <- x:
			continue
		default:
		}
		if !x.End {
			continue
		}
		select {
		case <-c:
		default:
		}
		select {
		case c <- x:
		default:
		}
	}
}

// serve streams one JSON object a line until the listener leaves.
func (t *tap) serve(w http.ResponseWriter, r *http.Request) error {
	c := make(chan sound, waitingLine)
	t.mu.Lock()
	if t.listeners == nil {
		t.listeners, t.parts = map[chan sound]bool{}, map[*recording.Session]*[2]sound{}
	}
	t.listeners[c] = true
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.listeners, c)
	}()
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.WriteHeader(http.StatusOK)
	out, flush := json.NewEncoder(w), http.NewResponseController(w)
	if err := flush.Flush(); err != nil {
		return httpapi.Internal.New("").Because(err)
	}
	for {
		select {
		case <-r.Context().Done():
			return nil
		case x := <-c:
			if out.Encode(x) != nil {
				return nil //nolint:nilerr // the listener has left
			}
			if len(c) == 0 && flush.Flush() != nil {
				return nil
			}
		}
	}
}
