package registrar

import (
	"strings"
	"sync"
	"time"
)

// shy remembers which sources did not answer a challenge that names SHA-256 beside
// MD5. RFC 8760 lets a phone choose, but old ones (libre before 3.0, many desk
// phones) give up at an algorithm they do not know: they are challenged with MD5
// alone from the second time on.
type shy struct {
	mu   sync.Mutex
	open map[string]time.Time // when a source was first challenged and has not answered since, protected by mu
}

const (
	shyFor  = 2 * time.Hour // longer than any registration lasts: a phone is asked the same way again
	shyMost = 10_000        // sources remembered
)

// challenged notes a challenge and reports whether it should name MD5 only.
func (s *shy) challenged(source, agent string, now time.Time) bool {
	old := strings.HasPrefix(agent, "baresip v0.") || strings.HasPrefix(agent, "baresip v1.") // known to give up: no need to try
	s.mu.Lock()
	defer s.mu.Unlock()
	at, silent := s.open[source]
	if silent = silent && now.Sub(at) < shyFor; silent && !old {
		return true
	}
	if s.open == nil || len(s.open) >= shyMost {
		s.open = map[string]time.Time{}
	}
	s.open[source] = now
	return silent || old
}

// Answered notes right credentials; whoever used SHA-256 gets the choice again.
func (s *shy) Answered(source, header string) {
	if !strings.Contains(strings.ToUpper(header), "SHA-256") {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, source)
}

// md5Only drops the other challenges.
func md5Only(challenges []string) []string {
	var out []string
	for _, c := range challenges {
		if strings.Contains(c, "algorithm=MD5") {
			out = append(out, c)
		}
	}
	return out
}

// ChallengeTo is Challenge for a source that says it is agent: where it did not answer
// before, or is known not to, the challenge names MD5 only. fresh is a request
// without credentials.
func (a *Auth) ChallengeTo(source, agent string, fresh bool, now time.Time, stale bool) []string {
	all := a.Challenge(now, stale)
	if fresh && a.challenged(source, agent, now) {
		return md5Only(all)
	}
	return all
}
