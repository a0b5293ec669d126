package reporting_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
	"github.com/agner-platform/agner/reporting"
	"github.com/agner-platform/agner/reporting/metric"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func level(t *testing.T, s *reporting.Service, p reporting.Params) *reporting.ServiceLevel {
	t.Helper()
	r, err := s.ServiceLevel(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lines writes each row shortly: what a reader compares by eye.
func lines(r *reporting.ServiceLevel) []string {
	var out []string
	for _, row := range append(slices.Clone(r.Rows), &r.Totals) {
		met, judged := row.Met()
		f, _ := metric.Lookup("sl")
		out = append(out, fmt.Sprintf("%s %s offered %d answered %d abandoned %d sl %s met %v/%v", row.Bucket.Label, row.Name,
			row.Sums[metric.Offered], row.Sums[metric.Answered], row.Sums[metric.Abandoned], metric.Format(metric.Share, f.Of(&row.Sums)), met, judged))
	}
	return out
}

func TestServiceLevelRows(t *testing.T) {
	c := newCentre(t)
	c.visit("q1", at("09:00:00"), event.Answered, 20*sec)
	c.visit("q1", at("09:29:59"), event.Answered, 21*sec)
	c.visit("q1", at("09:30:00"), event.Abandoned, 60*sec)
	c.visit("q1", at("09:31:00"), event.Abandoned, 5*sec)
	c.visit("q2", at("09:31:00"), event.Answered, 0)
	c.visit("q2", at("23:59:59"), event.Overflowed, 5*sec)
	c.visit("q1", on("1999-10-06", "00:00:00"), event.Answered, 1*sec) // the next day
	got := lines(level(t, c.open(), day(interval.Half)))
	want := []string{
		"1999-10-05 09:00 Private offered 2 answered 2 abandoned 0 sl 50.00 % met false/true",
		"1999-10-05 09:30 Private offered 2 answered 0 abandoned 2 sl 0.00 % met false/true",
		"1999-10-05 09:30 Stock offered 1 answered 1 abandoned 0 sl 100.00 % met true/true",
		"1999-10-05 23:30 Stock offered 1 answered 0 abandoned 0 sl – met true/false",
		"total total offered 6 answered 3 abandoned 2 sl 50.00 % met false/true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Groups and sites count contacts: a caller who overflows from one queue to the other counts once, from the first join.
func TestContactsCountOnce(t *testing.T) {
	c := newCentre(t)
	c.visit("q1", at("09:29:50"), event.Overflowed, 15*sec, interaction("i1"))
	c.visit("q2", at("09:30:05"), event.Answered, 10*sec, interaction("i1"))
	c.visit("q1", at("09:40:00"), event.Answered, 5*sec)
	s := c.open()
	p := day(interval.Half)
	for _, by := range []reporting.By{reporting.ByGroup, reporting.BySite} {
		p.By = by
		r := level(t, s, p)
		if len(r.Rows) != 2 || r.Totals.Sums[metric.Offered] != 2 || r.Totals.Sums[metric.Answered] != 2 || r.Totals.Sums[metric.Overflowed] != 0 {
			t.Errorf("by %s: %v", by, lines(r))
		}
		// 15 s in the first queue and 10 s in the second: 25 s from the first join, at 09:29:50, beyond T.
		if r.Rows[0].Bucket.Label != "1999-10-05 09:00" || r.Rows[0].Sums[metric.LongestUs] != 25*sec || r.Rows[0].Sums[metric.AnsweredInT] != 0 {
			t.Errorf("by %s: first row %v, longest %d", by, lines(r), r.Rows[0].Sums[metric.LongestUs])
		}
	}
	p.By = reporting.ByQueue
	if r := level(t, s, p); r.Totals.Sums[metric.Offered] != 3 || r.Totals.Sums[metric.Overflowed] != 1 {
		t.Errorf("by queue: %v", lines(r))
	}
}

func TestTargetsOfTheDay(t *testing.T) {
	c := newCentre(t)
	// 80/20 since ever, 70/160 from 6 October, and there 90/10 on weekdays from 9 to 10.
	c.target("q1", 0, .8, 20*time.Second)
	c.target("q1", on("1999-10-06", "00:00:00"), .7, 160*time.Second, db.TargetOverride{
		Window: db.Window{Weekdays: []int{1, 2, 3, 4, 5}, From: "09:00", To: "10:00"}, Share: .9, Within: 10 * sec,
	})
	for _, date := range []string{"1999-10-05", "1999-10-06"} {
		for _, clock := range []string{"09:30:00", "11:00:00"} {
			c.visit("q1", on(date, clock), event.Answered, 15*sec)
			c.visit("q1", on(date, clock)+sec, event.Answered, 100*sec)
		}
	}
	s := c.open()
	p := reporting.Params{From: "1999-10-05", To: "1999-10-07", Size: interval.Half}
	got := lines(level(t, s, p))
	want := []string{
		"1999-10-05 09:30 Private offered 2 answered 2 abandoned 0 sl 50.00 % met false/true",
		"1999-10-05 11:00 Private offered 2 answered 2 abandoned 0 sl 50.00 % met false/true",
		"1999-10-06 09:30 Private offered 2 answered 2 abandoned 0 sl 0.00 % met false/true",
		"1999-10-06 11:00 Private offered 2 answered 2 abandoned 0 sl 100.00 % met true/true",
		"total total offered 8 answered 8 abandoned 0 sl 50.00 % met false/true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("half hours (-want +got):\n%s", diff)
	}
	// The same by day: the day's figure is made with the T of each interval.
	p.Size = interval.Day
	tbl := level(t, s, p).Table()
	if diff := cmp.Diff([]float64{.8, .8}, tbl.Column("target_sl").Reals, cmp.Comparer(near)); diff != "" {
		// 6 October: two calls under .9, two under .7.
		t.Errorf("targets of days (-want +got):\n%s", diff)
	}
	if w := tbl.Column("target_within_s").Reals; w[0] != 20 || !math.IsNaN(w[1]) {
		t.Errorf("T of the days %v, want 20 and none", w)
	}
	// Asking for another T changes the figures and not the target.
	within := 15 * time.Second
	p.Within = &within
	tbl = level(t, s, p).Table()
	if diff := cmp.Diff([]float64{.5, .5}, tbl.Column("sl").Reals, cmp.Comparer(near)); diff != "" {
		t.Errorf("sl within 15 s (-want +got):\n%s", diff)
	}
	if w := tbl.Column("target_within_s").Reals; w[0] != 20 {
		t.Errorf("T of the target became %v", w[0])
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

func TestCredit(t *testing.T) {
	c := newCentre(t)
	c.visit("q1", at("09:29:50"), event.Answered, 20*sec, func(v *lake.Visit) { v.HandledAt = at("10:00:05") })
	c.visit("q1", at("09:29:58"), event.Abandoned, 1*sec)
	s := c.open()
	for credit, want := range map[reporting.Credit][]string{
		reporting.ByArrival: {"1999-10-05 09:00 2"},
		reporting.ByAnswer:  {"1999-10-05 09:00 1", "1999-10-05 09:30 1"},
		reporting.ByEnd:     {"1999-10-05 09:00 1", "1999-10-05 10:00 1"},
	} {
		for _, by := range []reporting.By{reporting.ByQueue, reporting.BySite} {
			p := day(interval.Half)
			p.Credit, p.By = credit, by
			var got []string
			for _, r := range level(t, s, p).Rows {
				got = append(got, fmt.Sprintf("%s %d", r.Bucket.Label, r.Sums[metric.Offered]))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s by %s (-want +got):\n%s", credit, by, diff)
			}
		}
	}
}

func TestOccupancyIsClipped(t *testing.T) {
	c := newCentre(t)
	c.visit("q1", at("09:10:00"), event.Answered, 0)
	c.visit("q1", at("09:40:00"), event.Answered, 0)
	c.visit("q1", at("09:10:00"), event.Answered, 0, agent("a2")) // a2 serves both queues
	c.visit("q2", at("09:10:01"), event.Answered, 0, agent("a2"))
	c.queue("q3", "Loans", "g1")
	c.visit("q3", at("09:10:00"), event.Answered, 0, agent("a4"))
	c.visit("q3", at("09:40:00"), event.Answered, 0, agent("a4"))
	for _, a := range []string{"a1", "a4"} {
		c.span(a, "available", at("09:00:00"), at("09:20:00"), "")
		c.span(a, "talking", at("09:20:00"), at("09:50:00"), "q1") // 10 minutes before half past, 20 after
	}
	c.span("a1", "break", at("09:50:00"), at("10:00:00"), "")
	c.span("a2", "offline", at("08:00:00"), at("09:00:00"), "")
	c.span("a2", "talking", at("09:00:00"), at("09:30:00"), "q1")
	c.span("a3", "talking", at("09:00:00"), at("10:00:00"), "q1") // seen only in a call: nobody knows when a3 was there
	r := level(t, c.open(), day(interval.Half))
	f, _ := metric.Lookup("occupancy")
	got := map[string]string{}
	for _, row := range append(slices.Clone(r.Rows), &r.Totals) {
		got[row.Bucket.Label+" "+row.Name] = metric.Format(metric.Share, f.Of(&row.Sums))
	}
	want := map[string]string{
		"1999-10-05 09:00 Private": "–", // a2 serves it and another
		"1999-10-05 09:30 Private": "–",
		"1999-10-05 09:00 Loans":   "33.33 %", // a4 serves nothing else: 10 of 30 minutes
		"1999-10-05 09:30 Loans":   "100.00 %",
		"1999-10-05 09:00 Stock":   "–",
		"total total":              "69.23 %", // every agent once: 90 of 130 minutes
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDaysOf23And25Hours(t *testing.T) {
	c := newCentre(t)
	// Israel 1999: clocks forward on 2 April at 02:00, back on 3 September at 02:00 (tz database).
	for _, date := range []string{"1999-04-02", "1999-09-03"} {
		start := on(date, "00:00:00")
		next := on(map[string]string{"1999-04-02": "1999-04-03", "1999-09-03": "1999-09-04"}[date], "00:00:00")
		for t := start; t < next; t += 15 * minute {
			c.visit("q1", t, event.Answered, 0)
		}
	}
	s := c.open()
	for date, want := range map[string][2]int{"1999-04-02": {92, 46}, "1999-09-03": {100, 50}} {
		from := interval.Date{Year: 1999, Month: 4, Day: 2}
		if date == "1999-09-03" {
			from = interval.Date{Year: 1999, Month: 9, Day: 3}
		}
		p := reporting.Params{From: date, To: from.AddDays(1).String(), Size: interval.Half}
		r := level(t, s, p)
		if len(r.Rows) != want[1] || r.Totals.Sums[metric.Offered] != int64(want[0]) {
			t.Errorf("%s: %d half hours with %d calls, want %v", date, len(r.Rows), r.Totals.Sums[metric.Offered], want)
		}
		labels := map[string]bool{}
		for _, row := range r.Rows {
			if row.Sums[metric.Offered] != 2 || labels[row.Bucket.Label] {
				t.Errorf("%s has %d calls, or stands twice", row.Bucket.Label, row.Sums[metric.Offered])
			}
			labels[row.Bucket.Label] = true
		}
	}
	p := reporting.Params{From: "1999-03-28", To: "1999-09-05", Size: interval.Day}
	for _, row := range level(t, s, p).Rows {
		if want := int64(map[string]int{"1999-04-02": 92, "1999-09-03": 100}[row.Bucket.Label]); row.Sums[metric.Offered] != want {
			t.Errorf("day %s: %d calls, want %d", row.Bucket.Label, row.Sums[metric.Offered], want)
		}
	}
}

// A report in SQL equals the same visits added up in Go, whatever the size, key and limits.
func TestReportEqualsPlainGo(t *testing.T) {
	c := newCentre(t)
	rnd := rapid.Custom(func(t *rapid.T) []visitSpec {
		return rapid.SliceOfN(rapid.Custom(drawVisit), 300, 300).Draw(t, "visits")
	}).Example(7)
	for _, v := range rnd {
		c.visit(v.queue, v.at, v.exit, v.wait, func(x *lake.Visit) {
			if v.exit == event.Answered {
				x.TalkUs, x.TransferredTo = project.Some(v.talk), v.transferred
				x.HoldUs, x.WrapUs = project.Int{}, project.Some(0)
			}
		})
	}
	s := c.open()
	within, short := 30*time.Second, 4*time.Second
	for _, size := range interval.Sizes {
		p := reporting.Params{From: "1999-10-04", To: "1999-10-08", Size: size, Within: &within, Short: &short}
		r := level(t, s, p)
		want := map[string]metric.Sums{}
		for _, v := range rnd {
			buckets, err := interval.Buckets(mustZone(), on("1999-10-04", "00:00:00"), on("1999-10-08", "00:00:00"), size, time.Sunday)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(buckets, func(b interval.Bucket) bool { return b.Contains(v.at) })
			key := buckets[i].Label + " " + v.queue
			sums := want[key]
			sums.AddVisit(metric.Visit{Exit: v.exit, WaitUs: v.wait, TalkUs: v.talk, Transferred: v.transferred != ""}, metric.Limits{T: 30 * sec, S: 4 * sec})
			want[key] = sums
		}
		got := map[string]metric.Sums{}
		for _, row := range r.Rows {
			got[row.Bucket.Label+" "+row.Key] = row.Sums
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", size, diff)
		}
	}
}

type visitSpec struct {
	queue       string
	at          int64
	exit        event.Exit
	wait, talk  int64
	transferred string
}

func drawVisit(t *rapid.T) visitSpec {
	return visitSpec{
		queue: rapid.SampledFrom([]string{"q1", "q2", "unknown"}).Draw(t, "queue"),
		at:    on("1999-10-04", "00:00:00") + rapid.Int64Range(0, 4*24*60*60-1).Draw(t, "at")*sec,
		exit:  rapid.SampledFrom(append([]event.Exit{"new_exit"}, event.Exits...)).Draw(t, "exit"),
		wait:  rapid.Int64Range(0, 60).Draw(t, "wait") * sec, talk: rapid.Int64Range(0, 3).Draw(t, "talk") * 50 * sec,
		transferred: rapid.SampledFrom([]string{"", "q2"}).Draw(t, "transferred"),
	}
}

func TestScopeBoundsEveryReport(t *testing.T) {
	c := newCentre(t)
	c.queue("q3", "Elsewhere", "")
	c.visit("q1", at("09:00:00"), event.Answered, 0, interaction("mine"))
	c.visit("q3", at("09:00:00"), event.Abandoned, 50*sec, interaction("theirs"), party("p1"))
	s := c.open()
	p := day(interval.Day)
	p.Scope = reporting.Scope{Queues: []string{"q1"}}
	if r := level(t, s, p); r.Totals.Sums[metric.Offered] != 1 || len(r.Rows) != 1 || r.Rows[0].Key != "q1" {
		t.Errorf("service level shows %v", lines(r))
	}
	p.Queues = []string{"Elsewhere"}
	var bad *reporting.ParamError
	if _, err := s.ServiceLevel(context.Background(), p); !errors.As(err, &bad) || bad.Field != "queue" {
		t.Errorf("asking for a queue beyond the scope gives %v, want what an unknown queue gives", err)
	}
	p.Queues = nil
	a, err := s.Abandonment(context.Background(), p)
	if err != nil || a.Offered != 1 || a.Abandoned != 0 || len(a.ByQueue) != 1 || a.Redial.Identified != 0 || a.Queued != 0 {
		t.Errorf("abandonment shows %+v (%v)", a, err)
	}
	calls, err := s.Calls(context.Background(), p, reporting.CallFilter{})
	if err != nil || len(calls.Rows) != 1 || calls.Rows[0].Interaction != "mine" {
		t.Errorf("calls show %+v (%v)", calls, err)
	}
	if _, err := s.Call(context.Background(), p.Scope, "theirs"); !errors.Is(err, reporting.ErrNotFound) {
		t.Errorf("a call beyond the scope gives %v", err)
	}
	if _, err := s.Call(context.Background(), p.Scope, "mine"); err != nil {
		t.Errorf("a call inside the scope gives %v", err)
	}
	meta, err := s.Meta(context.Background(), p.Scope)
	if err != nil || len(meta.Queues) != 1 || meta.Queues[0].ID != "q1" {
		t.Errorf("meta offers %+v (%v)", meta.Queues, err)
	}
}

func TestParametersThatCannotBeUsed(t *testing.T) {
	c := newCentre(t)
	c.visit("q1", at("09:00:00"), event.Answered, 0)
	s := c.open()
	negative := -time.Second
	for field, change := range map[string]func(*reporting.Params){
		"from":   func(p *reporting.Params) { p.From = "5 October" },
		"to":     func(p *reporting.Params) { p.To = "1999-10-05" },
		"queue":  func(p *reporting.Params) { p.Queues = []string{"no'body"} },
		"by":     func(p *reporting.Params) { p.By = "agent" },
		"credit": func(p *reporting.Params) { p.Credit = "luck" },
		"within": func(p *reporting.Params) { p.Within = &negative },
		"bins":   func(p *reporting.Params) { p.Bins = []time.Duration{time.Minute, time.Second} },
	} {
		p := day(interval.Half)
		change(&p)
		_, err := s.ServiceLevel(context.Background(), p)
		var bad *reporting.ParamError
		if !errors.As(err, &bad) || bad.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// Without a range the report covers what there is; without data it is whole and empty.
func TestRangeOfTheData(t *testing.T) {
	c := newCentre(t)
	s := c.open()
	if r := level(t, s, reporting.Params{}); len(r.Rows) != 0 {
		t.Errorf("an empty lake has %v", lines(r))
	}
	c.rows.Reset()
	c.visit("q1", on("1999-01-01", "00:00:02"), event.Answered, 0)
	c.visit("q1", at("09:00:00"), event.Answered, 0)
	if err := c.lake.Load(context.Background(), &c.rows); err != nil {
		t.Fatal(err)
	}
	r := level(t, s, reporting.Params{Size: interval.Total})
	if want := (reporting.Range{From: "1999-01-01T00:00:00+02:00", To: "1999-10-06T00:00:00+02:00", Zone: zone}); r.Range != want || r.Totals.Sums[metric.Offered] != 2 {
		t.Errorf("range %+v with %d calls", r.Range, r.Totals.Sums[metric.Offered])
	}
}

func TestHeatmapAndMissed(t *testing.T) {
	c := newCentre(t)
	c.visit("q1", at("09:00:00"), event.Answered, 5*sec)
	c.visit("q2", at("09:05:00"), event.Answered, 5*sec)
	c.visit("q1", on("1999-10-12", "09:10:00"), event.Abandoned, 50*sec) // a week later, the same slot
	c.visit("q1", on("1999-10-12", "09:30:00"), event.Answered, 0)
	s := c.open()
	p := reporting.Params{From: "1999-10-04", To: "1999-10-18", Size: interval.Half}
	cells := level(t, s, p).Heatmap()
	var got []string
	for _, h := range cells {
		got = append(got, fmt.Sprintf("%d %s %d offered, %d of %d missed", h.Slot.Weekday, h.Slot.Key(), h.Sums[metric.Offered], h.Missed, h.Intervals))
	}
	if diff := cmp.Diff([]string{"2 09:00 3 offered, 1 of 2 missed", "2 09:30 1 offered, 0 of 1 missed"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p.Missed = true
	if r := level(t, s, p); len(r.Rows) != 1 || r.Rows[0].Bucket.Label != "1999-10-12 09:00" {
		t.Errorf("missed intervals %v", lines(r))
	}
}
