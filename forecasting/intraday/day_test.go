package intraday_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/agner-platform/agner/forecasting"
	"github.com/agner-platform/agner/forecasting/intraday"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
)

// noon is a Thursday at twelve: eight weeks of four to ten calls a quarter hour from 8 to 18, by the day, and today twelve a quarter hour since eight.
func noon(t *testing.T) (*forecasting.Service, string) {
	t.Helper()
	zone, err := interval.LoadZone("Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 5, 7, 12, 0, 0, 0, zone)
	store, err := db.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l, err := lake.Open(t.Context(), lake.Config{Dir: t.TempDir(), Threads: 1, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	site, err := store.Sites().Create(t.Context(), db.Site{Name: "Tallinn", Zone: "Europe/Tallinn"})
	if err != nil {
		t.Fatal(err)
	}
	q, err := store.Queues().Create(t.Context(), db.Queue{Name: "Support", SiteID: site.ID})
	if err != nil {
		t.Fatal(err)
	}
	var rows lake.Rows
	n := 0
	for day := -56; day <= 0; day++ {
		for slot := 32; slot < 72 && (day < 0 || slot < 48); slot++ {
			calls := 4 + (day*day*13)%5 + (slot*7)%3 // busier and quieter days
			if day == 0 {
				calls = 12
			}
			for k := range calls {
				at := time.Date(2026, 5, 7+day, slot/4, slot%4*15, k*40, 0, zone).UnixMicro()
				n++
				rows.Visits = append(rows.Visits, project.Visit{Visit: fmt.Sprint("v", n), Interaction: fmt.Sprint("i", n), Queue: q.ID, Channel: "voice", JoinedAt: at,
					AnsweredAt: at + 5e6, LeftAt: at + 5e6, WaitUs: project.Some(5_000_000), HandledAt: at + 300e6, TalkUs: project.Some(240_000_000), WrapUs: project.Some(60_000_000), Exit: "answered"})
			}
		}
	}
	if err := l.Load(context.Background(), &rows); err != nil {
		t.Fatal(err)
	}
	room := forecasting.New(forecasting.Config{Store: store, Lake: l, Zone: zone, Now: func() time.Time { return now }})
	t.Cleanup(func() {
		room.Close()
		if err := errors.Join(l.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	if err := room.Start(t.Context(), forecasting.Ask{}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(2 * time.Minute); room.Progress().State == "running"; {
		if time.Now().After(deadline) {
			t.Fatal("the run does not end")
		}
		<-time.After(20 * time.Millisecond)
	}
	return room, q.ID
}

// TestDay: twice the usual calls since eight move the rest of the day, a schedule for the usual is projected to miss, and
// agents more are found to lift it.
func TestDay(t *testing.T) {
	room, queue := noon(t)
	staff := func(per float64) intraday.Schedule {
		return func(_ context.Context, _ string, _, _ int64, n int) (*intraday.Planned, error) {
			p := &intraday.Planned{Agents: make([]float64, n), Pauses: make([]float64, n)}
			for i := range n {
				p.Agents[i], p.Pauses[i] = per, 1
			}
			return p, nil
		}
	}
	d, err := intraday.New(room, staff(3)).Day(t.Context(), queue)
	if err != nil {
		t.Fatal(err)
	}
	if d.Date != "2026-05-07" || d.Now != "12:00" || d.Staff != "schedule" || len(d.Slots) != 40 {
		t.Fatalf("%+v", d)
	}
	last := d.Slots[30]
	if *last.Reforecast < 1.3**last.Forecast || last.Actual != nil {
		t.Errorf("at %s: forecast %.1f, reforecast %.1f", last.Clock, *last.Forecast, *last.Reforecast)
	}
	if first := d.Slots[0]; first.Reforecast != nil || first.Actual == nil || *first.Actual != 12 {
		t.Errorf("the past is what came: %+v", first)
	}
	if !last.Alert || *last.SL > 0.7 || len(d.Remedies) < 3 {
		t.Errorf("three agents: %+v, remedies %+v", last, d.Remedies)
	}
	best := 0.0
	for _, r := range d.Remedies {
		if *r.SL <= *r.Before {
			t.Errorf("a remedy that does not help: %+v", r)
		}
		best = max(best, *r.SL)
	}
	if best < 0.8 {
		t.Errorf("nothing is enough: %+v", d.Remedies)
	}
	if d, err = intraday.New(room, staff(12)).Day(t.Context(), queue); err != nil || len(d.Remedies) > 0 {
		t.Errorf("twelve agents: %+v, %v", d.Remedies, err)
	}
	played, err := intraday.New(room, nil).Play(t.Context(), queue, "", "2026-05-08", forecasting.What{})
	if err != nil || len(played.Slots) != 40 || played.SL == nil || *played.SL < 0.7 || math.Abs(*played.SL-*played.Formula) > 0.12 {
		t.Errorf("tomorrow's requirement played: %+v, %v", played, err)
	}
	if d, err = intraday.New(room, nil).Day(t.Context(), queue); err != nil || d.Staff != "required" || d.Slots[30].Alert {
		t.Errorf("without a schedule: %s, %v", d.Staff, err)
	}
}
