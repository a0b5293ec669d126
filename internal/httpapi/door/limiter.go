package door

import (
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	loginForget     = time.Hour // a quiet name or source starts afresh
	loginPerMinute  = 10        // attempts per source on average, where nothing else is said …
	loginBurst      = 20        // … with a burst for an office behind one address
	loginMaxTracked = 20000     // records held of each sort; beyond, the ones quiet for longest go first
)

// backOff says how many failures in a row are free, and how long to wait after each further one.
type backOff struct {
	free           int
	first, longest time.Duration
}

var (
	// guessing is for one name from one source: people mistype, programs guess.
	guessing = backOff{free: 5, first: time.Second, longest: 5 * time.Minute}
	// botnet is for one name from everywhere. It must stay short, or anybody could lock a person out from afar.
	botnet = backOff{free: 50, first: time.Second, longest: 15 * time.Second}
)

// LoginLimiter slows down password guessing, per user name and per source address. It does not know which names exist,
// so its answers do not tell. The zero value is ready.
type LoginLimiter struct {
	PerMinute int // attempts per source address on average; 0: 10

	mu      sync.Mutex // protects all below
	pairs   map[string]*loginTrack
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
	user = fold(user)
	pair, name, from := track(&l.pairs, user+"\x00"+source, now), track(&l.users, user, now), track(&l.sources, source, now)
	if wait = max(pair.until.Sub(now), name.until.Sub(now)); wait > 0 {
		return false, wait
	}
	if from.bucket == nil {
		from.bucket = rate.NewLimiter(rate.Every(l.pace()), loginBurst)
	}
	if !from.bucket.AllowN(now, 1) {
		return false, l.pace()
	}
	pair.fail(now, guessing)
	name.fail(now, botnet)
	return true, 0
}

// pace is the time between attempts of one source.
func (l *LoginLimiter) pace() time.Duration {
	if l.PerMinute <= 0 {
		return time.Minute / loginPerMinute
	}
	return time.Minute / time.Duration(l.PerMinute)
}

func (t *loginTrack) fail(now time.Time, b backOff) {
	t.failures++
	if over := t.failures - b.free; over >= 0 {
		t.until = now.Add(min(b.first<<min(over, 20), b.longest))
	}
}

// Succeed forgets the failures of a user who proved the password, but not those that others made with the name.
func (l *LoginLimiter) Succeed(user, source string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	user = fold(user)
	delete(l.pairs, user+"\x00"+source)
	if t := l.users[user]; t != nil && t.failures > 0 {
		t.failures--
	}
}

func fold(user string) string { return strings.ToLower(strings.TrimSpace(user)) }

// track finds or makes the record of key; the limiter's lock is held.
func track(m *map[string]*loginTrack, key string, now time.Time) *loginTrack {
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
