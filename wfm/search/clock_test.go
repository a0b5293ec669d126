package search

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestWorkEndsTheSearch(t *testing.T) {
	c := NewClock(context.Background(), Options{Work: 2})
	c.Spend(1)
	if c.Done() || c.Share() != 0.5 {
		t.Errorf("half way: share %v", c.Share())
	}
	c.Spend(1)
	if !c.Done() || !c.Deterministic() || c.Stopped(false) != "work" || c.Stopped(true) != "proven" {
		t.Errorf("done %v, stopped %q", c.Done(), c.Stopped(false))
	}
}

func TestTheWallClockIsAPromise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClock(context.Background(), Options{Time: 10 * time.Second})
		c.Spend(8) // of 8.5 planned
		if c.Done() || !c.Deterministic() {
			t.Error("an undisturbed machine was called late")
		}
		<-time.After(11 * time.Second) // the bubble's clock, which does not wait
		if !c.Done() || c.Deterministic() || c.Stopped(false) != "time" {
			t.Errorf("after the limit: done %v, stopped %q", c.Done(), c.Stopped(false))
		}
	})
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := NewClock(ctx, Options{})
	cancel()
	if !c.Done() || c.Deterministic() || c.Stopped(false) != "cancelled" {
		t.Errorf("cancelled: %v, %q", c.Done(), c.Stopped(false))
	}
}

func TestReportsCarryTheBestBound(t *testing.T) {
	var got Progress
	c := NewClock(context.Background(), Options{Progress: func(p Progress) { got = p }})
	c.Raise(90)
	c.Raise(80)
	c.Report("phase", 100)
	if got.Bound != 90 || got.Cost != 100 || got.Gap() != 0.1 {
		t.Errorf("%+v, gap %v", got, got.Gap())
	}
	if Gap(0, 0) != 0 || Gap(5, 7) != 0 {
		t.Error("a cost at its bound has a gap")
	}
}
