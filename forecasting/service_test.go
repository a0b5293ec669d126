package forecasting_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/forecasting"
	"github.com/agner-platform/agner/forecasting/judge"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/outlook"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
)

// centre is a room over a lake of made-up calls: queue q is open 08:00–18:00 on weekdays in
// Tallinn, with 12 calls a quarter of an hour on Mondays and 8 else; queue young began three days ago.
type centre struct {
	t     *testing.T
	store *db.Store
	lake  *lake.Lake
	room  *forecasting.Service
	now   time.Time
	facts []event.Event
	q     string
	young string
}

const weeks = 14

func begin(t *testing.T) *centre {
	t.Helper()
	zone, err := interval.LoadZone("Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	c := &centre{t: t, now: time.Date(2026, 5, 7, 11, 0, 0, 0, zone)} // a Thursday
	if c.store, err = db.Open(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if c.lake, err = lake.Open(t.Context(), lake.Config{Dir: t.TempDir(), Threads: 1, Now: func() time.Time { return c.now }}); err != nil {
		t.Fatal(err)
	}
	site, err := c.store.Sites().Create(t.Context(), db.Site{Name: "Tallinn", Zone: "Europe/Tallinn"})
	if err != nil {
		t.Fatal(err)
	}
	for to, name := range map[*string]string{&c.q: "Support", &c.young: "New line"} {
		q, err := c.store.Queues().Create(t.Context(), db.Queue{Name: name, SiteID: site.ID})
		if err != nil {
			t.Fatal(err)
		}
		*to = q.ID
	}
	c.fill(zone)
	c.room = forecasting.New(forecasting.Config{Store: c.store, Lake: c.lake, Zone: zone, Now: func() time.Time { return c.now },
		Publish: func(_ context.Context, list ...event.Event) error {
			for i := range list {
				if err := list[i].Validate(); err != nil { // as the journal does
					return err
				}
			}
			c.facts = append(c.facts, list...)
			return nil
		}})
	t.Cleanup(func() {
		c.room.Close()
		if err := errors.Join(c.lake.Close(), c.store.Close()); err != nil {
			t.Error(err)
		}
	})
	return c
}

func (c *centre) fill(zone *time.Location) {
	c.t.Helper()
	rng := rand.New(rand.NewPCG(7, 11))
	var rows lake.Rows
	n := 0
	add := func(queue string, at time.Time, talk float64) {
		n++
		joined := at.UnixMicro()
		v := project.Visit{Visit: fmt.Sprint("v", n), Interaction: fmt.Sprint("i", n), Queue: queue, Channel: "voice", JoinedAt: joined, LeftAt: joined + 10e6, WaitUs: project.Some(10_000_000), Exit: "abandoned"}
		if rng.IntN(20) > 0 {
			v.Exit, v.AnsweredAt, v.HandledAt = "answered", joined+10e6, joined+10e6+int64(talk*1e6)
			v.TalkUs, v.WrapUs = project.Some(int64(talk*0.8e6)), project.Some(int64(talk*0.2e6))
		}
		rows.Visits = append(rows.Visits, v)
	}
	for day := -7 * weeks; day <= 0; day++ {
		date := time.Date(c.now.Year(), c.now.Month(), c.now.Day()+day, 0, 0, 0, 0, zone)
		if wd := date.Weekday(); wd == time.Saturday || wd == time.Sunday {
			continue
		}
		for slot := 32; slot < 72; slot++ {
			at := time.Date(date.Year(), date.Month(), date.Day(), slot/4, slot%4*15, 0, 0, zone)
			if at.After(c.now) {
				break
			}
			mean := 8
			if date.Weekday() == time.Monday {
				mean = 12
			}
			for range mean + rng.IntN(5) - 2 {
				add(c.q, at.Add(time.Duration(rng.IntN(900))*time.Second), 200)
			}
			if day > -4 && slot%2 == 0 {
				add(c.young, at, 100)
			}
		}
	}
	if err := c.lake.Load(context.Background(), &rows); err != nil {
		c.t.Fatal(err)
	}
}

// run makes a forecast and waits for it.
func (c *centre) run(ask forecasting.Ask) forecasting.Progress {
	c.t.Helper()
	if err := c.room.Start(db.As(c.t.Context(), db.Actor{Name: "planner"}), ask); err != nil {
		c.t.Fatal(err)
	}
	for deadline := time.Now().Add(2 * time.Minute); ; {
		if p := c.room.Progress(); p.State != "running" {
			return p
		}
		if time.Now().After(deadline) {
			c.t.Fatal("the run does not end")
		}
		select {
		case <-c.t.Context().Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestRunAndVerify: a run is published once, announced, near the truth, and made again byte for byte.
func TestRunAndVerify(t *testing.T) {
	c := begin(t)
	p := c.run(forecasting.Ask{})
	if p.State != "done" || p.Done != 2 || len(p.Failed) > 0 {
		t.Fatalf("run: %+v", p)
	}
	if len(c.facts) != 1 || c.facts[0].Kind != event.KindForecastPublished {
		t.Errorf("announced: %+v", c.facts)
	}
	v := must[*forecasting.View](t)(c.room.View(t.Context(), c.q, "", forecasting.Range{}))
	if v.From != "2026-05-11" || v.To != "2026-05-17" || v.Zone != "Europe/Tallinn" {
		t.Errorf("next week is %s to %s in %s", v.From, v.To, v.Zone)
	}
	for i, want := range []float64{480, 320, 320, 320, 320, 0, 0} {
		if d := v.Days[i]; math.Abs(d.Calls-want) > 0.06*want+0.5 || want > 0 && !(d.Low80 < d.Calls && d.Calls < d.High80) {
			t.Errorf("%s: %.1f calls (%.1f to %.1f), want about %.0f", d.Date, d.Calls, d.Low80, d.High80, want)
		}
	}
	for _, s := range v.Slots {
		if s.Clock < "08:00" || s.Clock >= "18:00" || s.AHT == nil || math.Abs(*s.AHT-200) > 5 {
			t.Errorf("slot %s: aht %v", s.Start, s.AHT)
		}
	}
	run, list, err := c.room.Verify(t.Context(), "")
	if err != nil || len(list) != 2 || run.By != "planner" {
		t.Fatalf("verify %+v: %+v, %v", run, list, err)
	}
	for _, x := range list {
		if !x.Same {
			t.Errorf("not the same again: %+v", x)
		}
	}
}

// TestColdStart: three days of a queue take the shape of its sibling and say so.
func TestColdStart(t *testing.T) {
	c := begin(t)
	c.run(forecasting.Ask{})
	v := must[*forecasting.View](t)(c.room.View(t.Context(), c.young, "", forecasting.Range{}))
	if v.Cold != "siblings" {
		t.Errorf("cold start %q", v.Cold)
	}
	if mon, tue := v.Days[0].Calls, v.Days[1].Calls; !(mon > tue && tue > 0) {
		t.Errorf("Monday %.1f, Tuesday %.1f: the sibling's Mondays are busier", mon, tue)
	}
}

// TestOverride: an override changes what is read, never what was published, and is scored later.
func TestOverride(t *testing.T) {
	c := begin(t)
	c.run(forecasting.Ask{})
	o := outlook.Override{QueueID: c.q, Date: "2026-05-12", From: "09:00", To: "10:00", Measure: "calls", Mode: "total", Amount: 100, Why: "letter to all customers", By: "planner"}
	must[outlook.Override](t)(outlook.Overrides(c.store).Create(db.As(t.Context(), db.Actor{Name: "planner"}), o))
	v := must[*forecasting.View](t)(c.room.View(t.Context(), c.q, "", forecasting.Range{}))
	sum, published := 0.0, 0.0
	for _, s := range v.Slots {
		if s.Date == o.Date && "09:00" <= s.Clock && s.Clock < "10:00" {
			sum, published = sum+*s.Calls, published+*s.Published
		}
	}
	if math.Abs(sum-100) > 1e-6 || math.Abs(published-32) > 4 {
		t.Errorf("overridden %.2f, published %.2f", sum, published)
	}
	w := must[*forecasting.Explanation](t)(c.room.Why(t.Context(), c.q, "", o.Date, "09:15"))
	if last := w.Steps[len(w.Steps)-1]; last.What != "override" || last.Name != "planner" || len(w.Steps) != 5 || len(w.Alike) == 0 {
		t.Errorf("why: %+v", w)
	}
	req := must[*forecasting.Requirement](t)(c.room.Require(t.Context(), c.q, "", forecasting.Range{}, forecasting.What{}))
	before, after := 0, 0
	for _, r := range req.Rows {
		if r.Problem != "" || r.Low > r.Agents+1 || r.High < r.Agents-1 {
			t.Errorf("%s: %+v", r.Start, r)
		}
		if r.Date == o.Date && r.Clock == "08:30" {
			before = r.Agents
		}
		if r.Date == o.Date && r.Clock == "09:30" {
			after = r.Agents
		}
	}
	if after <= before {
		t.Errorf("%d agents before, %d under the override", before, after)
	}
	c.now = c.now.AddDate(0, 0, 7)
	a := must[*judge.Accuracy](t)(c.room.Accuracy(t.Context(), c.q, 4))
	if len(a.Overrides) != 1 || a.Overrides[0].Actual != nil {
		t.Errorf("overrides: %+v: nothing came that day, so there is no score", a.Overrides)
	}
}

// TestAccuracy: a forecast of three weeks ago is scored by lead against what came.
func TestAccuracy(t *testing.T) {
	c := begin(t)
	for _, origin := range []string{"2026-04-16", "2026-04-29", "2026-04-28"} {
		c.run(forecasting.Ask{Origin: origin, Queues: []string{c.q}})
	}
	if run := must[outlook.Run](t)(c.room.Outlook().Run(t.Context(), "")); run.Origin != "2026-04-29" {
		t.Errorf("the latest run begins at %s", run.Origin)
	}
	a := must[*judge.Accuracy](t)(c.room.Accuracy(t.Context(), c.q, 4))
	leads := map[int]judge.Score{}
	for _, s := range a.Published {
		leads[s.Lead] = s
	}
	one := leads[1]
	if one.Days != 3 || one.WAPE == nil || *one.WAPE > 0.25 || *one.WAPE < 0.05 || *one.Floor <= 0 {
		t.Errorf("one day ahead: %+v", one)
	}
	if leads[7].Days != 3 || leads[14].Days != 1 {
		t.Errorf("by lead: %+v", leads)
	}
}

// TestWhatIf: a higher target and shrinkage cost people, and the sums follow the rows.
func TestWhatIf(t *testing.T) {
	c := begin(t)
	c.run(forecasting.Ask{Queues: []string{c.q}})
	ask := func(w forecasting.What) *forecasting.Requirement {
		return must[*forecasting.Requirement](t)(c.room.Require(t.Context(), c.q, "", forecasting.Range{}, w))
	}
	base := ask(forecasting.What{})
	share, shrink, none := 0.95, 0.3, 0.0
	if more := ask(forecasting.What{Share: &share}); more.Sums.Agents <= base.Sums.Agents || *more.Sums.SL < 0.95 || *base.Sums.SL < 0.8 {
		t.Errorf("95 %%: %+v, 80 %%: %+v", more.Sums, base.Sums)
	}
	if s := ask(forecasting.What{Shrinkage: &shrink}); s.Sums.Scheduled < base.Sums.Scheduled/0.7-1 {
		t.Errorf("shrinkage: %+v, without %+v", s.Sums, base.Sums)
	}
	if s := ask(forecasting.What{Uncertainty: &none}); s.Sums.Agents > base.Sums.Agents {
		t.Errorf("a certain forecast needs %g hours, an uncertain one %g", s.Sums.Agents, base.Sums.Agents)
	}
}

// TestAdvice covers the next hour of a running centre and nothing else.
func TestAdvice(t *testing.T) {
	c := begin(t)
	if _, err := c.room.Advice(t.Context()); !errors.Is(err, forecasting.ErrNone) {
		t.Errorf("without a forecast: %v", err)
	}
	c.run(forecasting.Ask{})
	a := must[*forecasting.Advice](t)(c.room.Advice(t.Context()))
	q, ok := a.Queues[c.q]
	if !ok || a.MadeAt != c.now.UnixMicro() || !strings.HasPrefix(a.Snapshot, "fc_") || !(q.Value > 0 && q.Value < 0.5) || q.WithinUs != 20e6 || q.HoldUs != 15e6 {
		t.Errorf("advice: %+v", a)
	}
	c.now = c.now.AddDate(0, 6, 0)
	if _, err := c.room.Advice(t.Context()); !errors.Is(err, forecasting.ErrNone) {
		t.Errorf("half a year later: %v", err)
	}
}

// TestBadAsks name what is wrong.
func TestBadAsks(t *testing.T) {
	c := begin(t)
	if p := c.run(forecasting.Ask{Queues: []string{"nobody"}}); p.State != "failed" || !strings.Contains(p.Error, "nobody") {
		t.Errorf("unknown queue: %+v", p)
	}
	if p := c.run(forecasting.Ask{Origin: "yesterday"}); p.State != "failed" || !strings.Contains(p.Error, "yesterday") {
		t.Errorf("bad origin: %+v", p)
	}
	if p := c.run(forecasting.Ask{Origin: "2026-07-01"}); p.State != "failed" || !strings.Contains(p.Error, "2026-07-01") {
		t.Errorf("an origin beyond the data: %+v", p)
	}
	if _, err := c.room.View(t.Context(), c.q, "", forecasting.Range{}); !errors.Is(err, forecasting.ErrNone) {
		t.Errorf("no forecast yet: %v", err)
	}
}
