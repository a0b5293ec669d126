package b2bua

import (
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/mix"
	"github.com/agner-platform/agner/telephony/media/tone"
)

// play plays to a leg for ever. The lock is held.
func (c *Call) play(id string, s media.Source) {
	if l := c.legs[id]; l != nil && s != nil {
		l.media.Play(s, nil)
	}
}

// Ringing is what an agent hears while a colleague's phone rings: 425 Hz, 1 s on and
// 4 s off (ETSI EN 300 001 section 1.7.8, in most of Europe and in China).
func Ringing() media.Source {
	data := make([]int16, 5*tone.Rate)
	(&tone.Sine{Hz: 425, Level: 4000}).Read(data[:tone.Rate])
	return &media.Samples16{Data: data, Loop: true}
}

// beeps asks for the key where no question was recorded: two short tones, a pause.
func beeps() media.Source {
	data := make([]int16, 2*tone.Rate)
	for _, at := range []int{0, tone.Rate / 4} {
		(&tone.Sine{Hz: 900, Level: 8000}).Read(data[at : at+tone.Rate/8])
	}
	return &media.Samples16{Data: data, Loop: true}
}

// audio carries out commands about who hears what. The lock is held.
func (c *Call) audio(cmd call.Command) {
	if c.mixer != nil {
		c.mixer.Close()
		c.mixer = nil
	}
	r := c.sw.relay
	switch cmd := cmd.(type) {
	case call.Bridge:
		if a, b := c.legs[cmd.A], c.legs[cmd.B]; a != nil && b != nil {
			r.Bridge(a.media, b.media)
		}
	case call.Unbridge:
		if l := c.legs[cmd.Leg]; l != nil {
			r.Part(l.media)
		}
	case call.PlayHold:
		if l := c.legs[cmd.Leg]; l != nil {
			r.Part(l.media)
			if c.sw.music != nil {
				l.media.Play(c.sw.music(), nil)
			}
		}
	case call.Mix:
		c.mix(cmd)
	}
}

// mix joins three or more legs.
func (c *Call) mix(cmd call.Mix) {
	var list []*media.Leg
	var ids []string
	for _, id := range cmd.Legs {
		if l := c.legs[id]; l != nil {
			list, ids = append(list, l.media), append(ids, id)
		}
	}
	c.mixer = c.sw.relay.Mix(list, matrix(ids, cmd.Watches))
}

// matrix says who hears whom: everybody everybody, except that a supervisor is heard
// by the agent alone (whisper) or by nobody (listen).
func matrix(legs []string, watches []call.Watch) mix.Matrix {
	m := mix.Conference(len(legs))
	for _, w := range watches {
		for speaker, id := range legs {
			if id != w.Leg {
				continue
			}
			for listener, to := range legs {
				if w.Mode == event.Listen || w.Mode == event.Whisper && to != w.Agent {
					m[listener][speaker] = false
				}
			}
		}
	}
	return m
}
