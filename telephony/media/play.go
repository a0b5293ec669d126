package media

import (
	"sync"

	"github.com/agner-platform/agner/telephony/media/dtmf"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/media/jitter"
	"github.com/agner-platform/agner/telephony/media/mix"
	"github.com/agner-platform/agner/telephony/media/tone"
)

// Source gives audio, a frame at a time: it fills the frame and reports whether
// there is more. It is called every 20 ms and must not block.
type Source interface{ Next(frame []int16) bool }

// play is a source on its way to a leg.
type play struct {
	source Source
	done   func()
	first  bool
	frame  [Samples]int16
}

// step sends the next frame and reports whether there is more.
func (p *play) step(l *Leg) bool {
	more := p.source.Next(p.frame[:])
	if _, own := p.source.(*keySource); own { // a key takes the place of audio
		return more
	}
	if more {
		l.send(p.frame[:], p.first)
		p.first = false
	}
	return more
}

// Play sends a source to the far end; done is called at its end, not if it is
// stopped. What played before is stopped.
func (l *Leg) Play(s Source, done func()) {
	r := l.relay
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.players[l] = &play{source: s, done: done, first: true}
	}
}

// StopPlaying stops what plays.
func (l *Leg) StopPlaying() {
	l.relay.mu.Lock()
	defer l.relay.mu.Unlock()
	delete(l.relay.players, l)
}

// Samples16 plays samples at 8 kHz, once or for ever.
type Samples16 struct {
	Data []int16
	Loop bool
	at   int
}

// Next gives the next frame; the last one is filled up with silence.
func (s *Samples16) Next(frame []int16) bool {
	if s.Loop && len(s.Data) > 0 && s.at >= len(s.Data) {
		s.at = 0
	}
	if s.at >= len(s.Data) {
		return false
	}
	n := copy(frame, s.Data[s.at:])
	s.at += n
	clear(frame[n:])
	return true
}

// Endless plays whatever a reader such as tone.Sine or tone.Noise gives.
type Endless struct {
	From interface{ Read(frame []int16) }
}

// Next gives the next frame.
func (e Endless) Next(frame []int16) bool {
	e.From.Read(frame)
	return true
}

// keySource sends a key as telephone-events in the pump's time.
type keySource struct {
	leg  *Leg
	list []dtmf.Packet
	at   int
	base uint32
}

// SendKey sends a key to the far end, held for ms; it interrupts what plays.
func (l *Leg) SendKey(key byte, ms int, done func()) {
	l.mu.Lock()
	base := l.out.ts + Samples
	l.out.ts += uint32(ms*8) + Samples
	l.mu.Unlock()
	r := l.relay
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.players[l] = &play{source: &keySource{leg: l, list: dtmf.Send(key, ms, base), base: base}, done: done}
	}
}

// Next sends what is due and gives no audio of its own.
func (k *keySource) Next([]int16) bool {
	k.at += 20
	for len(k.list) > 0 && k.list[0].AtMs <= k.at {
		k.leg.event(k.list[0], k.base)
		k.list = k.list[1:]
	}
	return len(k.list) > 0
}

// comfort is the level of noise where a party's audio is missing: silence would
// sound like a dead line.
const comfort = 24

// member is a leg in a mix.
type member struct {
	leg    *Leg
	buffer jitter.Buffer // protected by the mixer's lock
	codec  g711.Codec
	noise  tone.Noise
	frame  []int16
	heard  bool
}

// Mixer joins three or more legs: conferences and supervision.
type Mixer struct {
	relay *Relay

	mu      sync.Mutex
	members []*member // protected by mu
	matrix  mix.Matrix
	frames  [][]int16
	sum     [Samples]int16
}

// Mix joins legs; who hears whom is in the order given.
func (r *Relay) Mix(legs []*Leg, m mix.Matrix) *Mixer {
	x := &Mixer{relay: r, matrix: m}
	for _, l := range legs {
		r.Part(l)
		x.members = append(x.members, &member{leg: l, noise: tone.Noise{Level: comfort}, frame: make([]int16, 0, Samples)})
	}
	for _, l := range legs { // when all are known: packets come at once
		l.mixer.Store(x)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mixers[x] = true
	return x
}

// Change changes who hears whom.
func (x *Mixer) Change(m mix.Matrix) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.matrix = m
}

// Remove takes a leg out; the others go on, with its place left empty.
func (x *Mixer) Remove(l *Leg) {
	l.mixer.CompareAndSwap(x, nil)
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, m := range x.members {
		if m.leg == l {
			m.leg = nil
		}
	}
}

// Close ends the mix; its legs are idle.
func (x *Mixer) Close() {
	x.relay.mu.Lock()
	delete(x.relay.mixers, x)
	x.relay.mu.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, m := range x.members {
		if m.leg != nil {
			m.leg.mixer.CompareAndSwap(x, nil)
		}
	}
}

func (x *Mixer) push(l *Leg, seq uint16, payload []byte, c g711.Codec) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, m := range x.members {
		if m.leg == l {
			m.codec, m.heard = c, true
			m.buffer.Push(seq, payload)
		}
	}
}

// step mixes one frame and sends it to everybody.
func (x *Mixer) step() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.frames = x.frames[:0]
	for _, m := range x.members {
		x.frames = append(x.frames, m.next())
	}
	for i, m := range x.members {
		if m.leg != nil {
			x.matrix.Into(x.sum[:], i, x.frames)
			m.leg.send(x.sum[:], false)
		}
	}
}

// next returns a member's next frame: comfort noise where one is missing, nothing
// before the first.
func (m *member) next() []int16 {
	if m.leg == nil || !m.heard {
		return nil
	}
	if p := m.buffer.Pop(); p != nil {
		m.frame = m.codec.Decode(m.frame[:0], p)
		return m.frame
	}
	m.frame = m.frame[:Samples]
	m.noise.Read(m.frame)
	return m.frame
}
