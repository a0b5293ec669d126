package door

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimiterSlowsGuessing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l LoginLimiter
		for i := range guessing.free {
			if ok, wait := l.Allow("admin", "192.0.2.1"); !ok {
				t.Fatalf("attempt %d had to wait %s", i, wait)
			}
		}
		want := time.Second
		for range 12 {
			ok, wait := l.Allow("Admin ", "192.0.2.1") // the same name, however typed
			if ok || wait != want {
				t.Fatalf("allowed %v, wait %s, want %s", ok, wait, want)
			}
			<-time.After(wait)
			if ok, wait := l.Allow("admin", "192.0.2.1"); !ok {
				t.Fatalf("after waiting: %s more", wait)
			}
			want = min(2*want, guessing.longest)
		}
	})
}

func TestLimiterDoesNotLockOutFromAfar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l LoginLimiter
		for i := range 1000 {
			l.Allow("admin", fmt.Sprintf("198.51.100.%d", i))
		}
		ok, wait := l.Allow("admin", "127.0.0.1")
		if !ok && wait > botnet.longest {
			t.Errorf("the owner has to wait %s", wait)
		}
		<-time.After(wait)
		if ok, _ := l.Allow("admin", "127.0.0.1"); !ok {
			t.Error("the owner is still locked out")
		}
	})
}

func TestLimiterBoundsASource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := LoginLimiter{PerMinute: 30}
		if l.pace() != 2*time.Second {
			t.Errorf("pace %s", l.pace())
		}
		allowed := 0
		for i := range 1000 {
			if ok, _ := l.Allow(fmt.Sprintf("user%d", i), "192.0.2.1"); ok {
				allowed++
			}
		}
		if allowed != loginBurst {
			t.Errorf("%d names tried from one source at once, want %d", allowed, loginBurst)
		}
		<-time.After(l.pace())
		if ok, _ := l.Allow("another", "192.0.2.1"); !ok {
			t.Error("no attempt after the pause")
		}
		if ok, _ := l.Allow("another", "192.0.2.2"); !ok {
			t.Error("another source is held up too")
		}
	})
}

func TestLimiterForgetsAfterSuccessAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l LoginLimiter
		for range guessing.free {
			l.Allow("mari", "a")
		}
		l.Succeed("MARI", "a")
		if ok, _ := l.Allow("mari", "a"); !ok {
			t.Error("success did not clear the failures")
		}
		for range guessing.free {
			l.Allow("jaan", "b")
		}
		<-time.After(loginForget + time.Second)
		for range guessing.free {
			if ok, _ := l.Allow("jaan", "b"); !ok {
				t.Error("an hour did not clear the failures")
			}
		}
	})
}

func TestLimiterStaysSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l LoginLimiter
		for i := range 3 * loginMaxTracked {
			l.Allow(fmt.Sprint("u", i), fmt.Sprint("s", i))
		}
		if n := max(len(l.pairs), len(l.users), len(l.sources)); n > loginMaxTracked {
			t.Errorf("%d records", n)
		}
	})
}
