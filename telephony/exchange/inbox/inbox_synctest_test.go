package inbox

import (
	"context"
	"testing"
	"testing/synctest"
)

// TestInbox does things in order, refuses to close while something waits, and says no
// to whoever comes too late.
func TestInbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := New()
		var did []int
		rests := 0
		b.Post(func() { did = append(did, 1) })
		b.Post(func() { did = append(did, 2) })
		if b.CloseIfIdle() {
			t.Error("closed over what waits")
		}
		done := make(chan struct{})
		go func() { b.Run(ctx, func() { rests++ }); close(done) }()
		synctest.Wait()
		if len(did) != 2 || did[0] != 1 || did[1] != 2 || rests != 1 {
			t.Errorf("did %v, rested %d times", did, rests)
		}
		if !b.CloseIfIdle() || b.Post(func() { did = append(did, 3) }) {
			t.Error("takes something after it was closed")
		}
		cancel()
		<-done
		if len(did) != 2 {
			t.Errorf("did %v", did)
		}
	})
}

func TestEndOfTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		b := New()
		b.Run(ctx, func() {})
		if b.Post(func() {}) {
			t.Error("takes something though nobody will do it")
		}
	})
}
