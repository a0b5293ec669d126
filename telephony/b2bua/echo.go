package b2bua

import (
	"sync"

	"github.com/agner-platform/agner/telephony/media/g711"
)

// echoBuffer is how much sound an echo keeps: half a second, more is a network that
// has to be waited for.
const echoBuffer = 4000

// echo gives back what it heard.
type echo struct {
	mu  sync.Mutex
	pcm []int16 // protected by mu
}

func (e *echo) hear(c g711.Codec, payload []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pcm = c.Decode(e.pcm, payload)
	if n := len(e.pcm) - echoBuffer; n > 0 {
		e.pcm = append(e.pcm[:0], e.pcm[n:]...)
	}
}

// Next implements media.Source; it lasts until something else plays.
func (e *echo) Next(frame []int16) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := copy(frame, e.pcm)
	clear(frame[n:])
	e.pcm = append(e.pcm[:0], e.pcm[n:]...)
	return true
}

// Echo lets a leg hear itself until something else is played to it.
func (c *Call) Echo(leg string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.legs[leg]; l != nil {
		e := &echo{}
		l.media.Tap(e.hear)
		l.media.Play(e, nil)
	}
}
