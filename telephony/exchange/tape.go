package exchange

import (
	"fmt"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/recording"
)

// agreed notes what a menu learnt about consent.
func (s *session) agreed(facts []event.Event) {
	for i := range facts {
		switch facts[i].Kind {
		case event.KindRecordingConsented:
			s.consented = true
		case event.KindRecordingRefused:
			s.refused = true
		}
	}
}

// record begins to record when an agent has the caller.
func (s *session) record(queue string) {
	rule, ok := s.x.plan.Load().Recorded[queue]
	if s.x.cfg.Recordings == nil || !ok || s.refused || rule.Consent && !s.consented || s.tape() != nil {
		return
	}
	tape, err := s.x.cfg.Recordings.Begin(
		recording.Head{Interaction: s.call.Interaction, Leg: s.caller, Queue: queue, Agent: s.agent, Party: s.party},
		recording.Policy{Name: queue, MaxPause: rule.MaxPause, Keep: rule.Keep, Redact: rule.Redact, Language: rule.Language},
	)
	if err != nil {
		s.x.cfg.Log.Error("recording", "interaction_id", s.call.Interaction, "error", err)
		return
	}
	s.call.Record(tape)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recording = tape
}

// tape is the recording that runs, or nil.
func (s *session) tape() *recording.Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.recording
}

// Pause keeps what an agent's caller says and types out of the recording, or ends that.
func (x *Exchange) Pause(agent string, on bool) error {
	s, _ := x.talker(agent)
	if s == nil || s.tape() == nil {
		return fmt.Errorf("%w of agent %q that is recorded", ErrNoCall, agent)
	}
	if on {
		return s.tape().Pause(agent)
	}
	return s.tape().Resume(agent)
}
