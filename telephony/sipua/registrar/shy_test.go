package registrar

import (
	"testing"
	"time"
)

func TestOldPhonesAreChallengedWithMD5(t *testing.T) {
	var s shy
	now := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	f := func(source, agent string, after time.Duration, want bool) {
		t.Helper()
		if got := s.challenged(source, agent, now.Add(after)); got != want {
			t.Errorf("%s %s after %s: MD5 only %v, want %v", source, agent, after, got, want)
		}
	}
	f("192.0.2.1:5060", "", 0, false)
	f("192.0.2.1:5060", "", time.Minute, true) // it did not answer
	f("192.0.2.2:5060", "", time.Minute, false)
	s.Answered("192.0.2.1:5060", `Digest username="7001", algorithm=MD5`)
	f("192.0.2.1:5060", "", 2*time.Minute, true)
	s.Answered("192.0.2.1:5060", `Digest username="7001", algorithm=SHA-256`)
	f("192.0.2.1:5060", "", 2*time.Minute, false)
	f("192.0.2.2:5060", "", 3*time.Hour, false) // long ago
	f("192.0.2.3:5060", "baresip v1.0.0 (x86_64/linux)", 0, true)
	f("192.0.2.3:5060", "", time.Minute, true) // its INVITE does not say what it is
	f("192.0.2.4:5060", "baresip v3.1.0 (x86_64/linux)", 0, false)
	both := NewAuth(Default("agner"), nil).Challenge(now, false)
	if len(both) != 2 || len(md5Only(both)) != 1 {
		t.Errorf("%v, of which MD5 %v", both, md5Only(both))
	}
}
