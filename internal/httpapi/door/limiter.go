package door

import (
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	loginFree       = 5               // failures in a row before a user name has to wait: people mistype
	loginFirstWait  = time.Second     // doubled with each further failure
	loginLongest    = 5 * time.Minute // an attacker must not lock a person out for longer
	loginForget     = time.Hour       // a quiet name or source starts afresh
	loginPerSource  = 5 * time.Second // one attempt per source each 5 s on average …
	loginBurst      = 20              // … with a burst for an office behind one address
	loginMaxTracked = 20000           // names plus sources held; beyond, the ones quiet for longest go first
)

// LoginLimiter slows down password guessing, per user name and per source address. It does not know which names exist,
// so its answers do not tell. The zero value is ready.
type LoginLimiter struct {
	mu      sync.Mutex // protects all below
	users   map[string]*loginTrack
	sources map[string]*loginTrack
}

type loginTrack struct {
	failures int
	until    time.Time
	seen     time.Time
	bucket   *rate.Limiter
}

// Allow reports whether an attempt may be made now; if not, how long to wait. An allowed attempt counts as a failure
// until Succeed is called, so that many at once cannot slip through together.
func (l *LoginLimiter) Allow(user, source string) (ok bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	u, s := l.track(&l.users, fold(user), now), l.track(&l.sources, source, now)
	if now.Before(u.until) {
		return false, u.until.Sub(now)
	}
	if s.bucket == nil {
		s.bucket = rate.NewLimiter(rate.Every(loginPerSource), loginBurst)
	}
	if !s.bucket.AllowN(now, 1) {
		return false, loginPerSource
	}
	u.failures++
	if over := u.failures - loginFree; over >= 0 {
		u.until = now.Add(min(loginFirstWait<<min(over, 20), loginLongest))
	}
	return true, 0
}

// Succeed forgets the failures of a user who proved the password.
func (l *LoginLimiter) Succeed(user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.users, fold(user))
}

func fold(user string) string { return strings.ToLower(strings.TrimSpace(user)) }

// track finds or makes the record of key; l.mu is held.
func (l *LoginLimiter) track(m *map[string]*loginTrack, key string, now time.Time) *loginTrack {
	if *m == nil {
		*m = map[string]*loginTrack{}
	}
	t := (*m)[key]
	if t == nil || now.Sub(t.seen) > loginForget {
		if len(*m) >= loginMaxTracked {
			prune(*m, now)
		}
		t = &loginTrack{}
		(*m)[key] = t
	}
	t.seen = now
	return t
}

// prune removes what is quiet, and if that is not enough the quietest half.
func prune(m map[string]*loginTrack, now time.Time) {
	for limit := loginForget; len(m) >= loginMaxTracked && limit >= time.Second; limit /= 2 {
		for k, t := range m {
			if now.Sub(t.seen) > limit {
				delete(m, k)
			}
		}
	}
	for k := range m { // a flood within one second: give up half of it, at random
		if len(m) <= loginMaxTracked/2 {
			return
		}
		delete(m, k)
	}
}
