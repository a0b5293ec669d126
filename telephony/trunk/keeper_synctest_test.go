package trunk

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/agner-platform/agner/telephony/call"
)

// provider is a SIP double with function fields.
type provider struct {
	mu       sync.Mutex
	asked    []time.Duration // lifetimes, protected by mu
	at       []time.Time     // protected by mu
	register func(n int) (time.Duration, error)
	ping     func() error
}

func (p *provider) Register(_ context.Context, _ call.Target, d time.Duration) (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked, p.at = append(p.asked, d), append(p.at, time.Now())
	return p.register(len(p.asked))
}

func (p *provider) Ping(context.Context, call.Target) (time.Duration, error) {
	return 7 * time.Millisecond, p.ping()
}

func TestRegistration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &provider{ping: func() error { return nil }, register: func(n int) (time.Duration, error) {
			if n <= 2 {
				return 0, errors.New("status 503")
			}
			return 100 * time.Second, nil
		}}
		k := NewKeeper(p, nil)
		began := time.Now()
		line := Line{Name: "out", Target: call.Target{URI: "sip:u@provider"}, Register: true}
		k.Set([]Line{line})
		synctest.Wait()
		if s := k.Status(); len(s) != 1 || s[0].Registered || !s[0].Alive {
			t.Errorf("status %+v", s)
		}
		time.Sleep(100 * time.Second)
		k.Set([]Line{line}) // the same: nothing begins anew
		synctest.Wait()
		var at []time.Duration
		p.mu.Lock()
		for _, t := range p.at {
			at = append(at, t.Sub(began))
		}
		p.mu.Unlock()
		// 5 s and 10 s after failures, then at four fifths of what the provider granted
		if want := []time.Duration{0, 5 * time.Second, 15 * time.Second, 95 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("registered at %v, want %v", at, want)
		}
		if s := k.Status(); !s[0].Registered || s[0].Error != "" || s[0].RoundTrip != 7*time.Millisecond {
			t.Errorf("status %+v", s)
		}
		if err := k.Close(); err != nil {
			t.Fatal(err)
		}
		if last := p.asked[len(p.asked)-1]; last != 0 {
			t.Errorf("the registration was not taken back: %s", last)
		}
	})
}

func TestDeadLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		dead := false
		p := &provider{ping: func() error {
			mu.Lock()
			defer mu.Unlock()
			if dead {
				return errors.New("no answer")
			}
			return nil
		}}
		k := NewKeeper(p, nil)
		defer k.Close()
		k.Set([]Line{{Name: "out"}})
		synctest.Wait()
		mu.Lock()
		dead = true
		mu.Unlock()
		time.Sleep(defaultPing + time.Second)
		if s := k.Status(); s[0].Alive || s[0].Error == "" {
			t.Errorf("status %+v", s)
		}
		k.Set(nil)
		if len(k.Status()) != 0 {
			t.Error("a line that is not wanted is looked after")
		}
	})
}
