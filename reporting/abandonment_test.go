package reporting_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
	"github.com/agner-platform/agner/reporting"
	"github.com/google/go-cmp/cmp"
)

func TestAbandonment(t *testing.T) {
	c := newCentre(t)
	priority := func(p int64) func(*lake.Visit) { return func(v *lake.Visit) { v.Priority = p } }
	left := func(position int64) func(*lake.Visit) {
		return func(v *lake.Visit) { v.PositionExit = project.Some(position) }
	}
	c.visit("q1", at("09:00:00"), event.Answered, 0, priority(1))
	c.visit("q1", at("09:01:00"), event.Answered, 100*sec, priority(1))
	c.visit("q1", at("09:02:00"), event.Abandoned, 5*sec, priority(1), party("p1"), left(2))
	c.visit("q1", at("09:10:00"), event.Abandoned, 50*sec, priority(2), party("p1"), left(1)) // 8 minutes after the first
	c.visit("q1", at("10:40:00"), event.Abandoned, 150*sec, priority(2), party("p2"))
	c.visit("q1", at("11:30:00"), event.Answered, 0, party("p2")) // 50 minutes later
	c.visit("q1", at("12:00:00"), event.TimedOut, 200*sec)
	a, err := c.open().Abandonment(context.Background(), day(interval.Half))
	if err != nil {
		t.Fatal(err)
	}
	type parts = []reporting.Part
	for name, pair := range map[string][2]any{
		"by priority": {parts{{Key: "0", Offered: 2, Rate: 0}, {Key: "1", Offered: 3, Abandoned: 1, Rate: 1. / 3}, {Key: "2", Offered: 2, Abandoned: 2, Rate: 1}}, a.ByPriority},
		"by position": {parts{{Key: "1", Offered: 1, Abandoned: 1, Rate: 1}, {Key: "2", Offered: 1, Abandoned: 1, Rate: 1}}, a.ByPosition},
		"by attempt":  {parts{{Key: "0", Offered: 2, Abandoned: 2, Rate: 1}, {Key: "1", Offered: 2, Abandoned: 1, Rate: .5}}, a.ByAttempt},
		"by hour": {parts{
			{Key: "09:00", Offered: 4, Abandoned: 2, Rate: .5}, {Key: "10:00", Offered: 1, Abandoned: 1, Rate: 1},
			{Key: "11:00", Offered: 1}, {Key: "12:00", Offered: 1},
		}, a.ByHour},
		"by queue": {parts{{Key: "Private", Offered: 7, Abandoned: 3, Rate: 3. / 7}}, a.ByQueue},
		// p1 called again after 8 minutes, p2 after 50; after p1's second call nobody did.
		"redial": {reporting.Redial{Identified: 3, Within10m: 1. / 3, Within1h: 2. / 3, Within1d: 2. / 3}, a.Redial},
		"within": {[]reporting.WithinShare{
			{TS: 15, Abandoned: 1. / 3, Answered: 2. / 3}, {TS: 60, Abandoned: 2. / 3, Answered: 2. / 3}, {TS: 180, Abandoned: 1, Answered: 1},
		}, a.Within},
		"met": {[]reporting.MetPart{
			{Met: true, Intervals: 1, Offered: 1}, {Met: false, Intervals: 3, Offered: 6, Abandoned: 3, Rate: .5},
		}, a.ByMet},
		"counts": {[]int64{7, 3, 1, 5}, []int64{a.Offered, a.Abandoned, a.ShortAbandoned, a.Queued}},
		"means":  {[]reporting.Number{205. / 3, 100, 505. / 3}, []reporting.Number{a.MeanAbandonS, a.MeanAnswerS, a.ThetaS}},
	} {
		if diff := cmp.Diff(pair[0], pair[1], cmp.Comparer(func(x, y reporting.Number) bool { return math.Abs(float64(x-y)) < 1e-9 })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	var gone, answered int64
	for _, b := range a.Histogram {
		gone, answered = gone+b.Abandoned, answered+b.Answered
	}
	if gone != 3 || answered != 1 || a.Histogram[0].ToS != 5 || a.Histogram[0].Abandoned != 1 {
		t.Errorf("histogram %+v", a.Histogram)
	}
}

// The number of an attempt is a matter of time, not of the order in which calls were imported: here the day before comes
// last, and another queue, and calls more than a day apart do not count.
func TestAttemptsInAnyOrder(t *testing.T) {
	c := newCentre(t)
	c.visit("q1", at("10:00:00"), event.Abandoned, 5*sec, party("p1"))              // 2 before
	c.visit("q2", at("11:00:00"), event.Answered, 5*sec, party("p1"))               // none for this queue
	c.visit("q1", at("09:00:00"), event.Answered, 5*sec, party("p1"))               // 1 before
	c.visit("q1", on("1999-10-04", "12:00:00"), event.Answered, 5*sec, party("p1")) // out of range: counts for the others
	c.visit("q1", on("1999-10-04", "08:59:59"), event.Answered, 5*sec, party("p1")) // too early for all
	c.visit("q1", at("12:00:00"), event.Answered, 5*sec)                            // unknown
	a, err := c.open().Abandonment(context.Background(), day(interval.Half))
	if err != nil {
		t.Fatal(err)
	}
	want := []reporting.Part{{Key: "0", Offered: 1}, {Key: "1", Offered: 1}, {Key: "2", Offered: 1, Abandoned: 1, Rate: 1}}
	if diff := cmp.Diff(want, a.ByAttempt); diff != "" {
		t.Errorf("by attempt (-want +got):\n%s", diff)
	}
}

// Nothing in the lake: every list is there, every figure missing rather than zero.
func TestAbandonmentOfNothing(t *testing.T) {
	a, err := newCentre(t).open().Abandonment(context.Background(), reporting.Params{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"rate":null`, `"median_patience_s":null`, `"theta_s":null`, `"survival":[]`, `"hazard":[]`, `"within_10m":null`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// A made-up centre in which callers hang up half as readily after a date, while it also got busier: the comparison at
// equal wait must find the half, and the plain rates must not.
func TestBeforeAfter(t *testing.T) {
	c := newCentre(t)
	change := interval.Date{Year: 1999, Month: 10, Day: 5}
	for d := -14; d < 14; d++ {
		start := change.AddDays(d).Start(mustZone()) + 9*60*minute
		waits := int64(60) // seconds until answered
		every := int64(4)  // of so many callers one hangs up half-way
		if d >= 0 {
			waits, every = 200, 8
		}
		for i := range int64(40) {
			at := start + i*minute
			if i%every == 0 {
				c.visit("q1", at, event.Abandoned, (waits/2)*sec)
			} else {
				c.visit("q1", at, event.Answered, waits*sec)
			}
		}
	}
	// Before, 1 of 4 hangs up at 30 s; after, 1 of 8 at 100 s. At equal wait nobody compares at 100 s, so callers who
	// hang up at 30 s are added after, half as many as before.
	for d := range 14 {
		start := change.AddDays(d).Start(mustZone()) + 9*60*minute
		for i := range int64(5) {
			c.visit("q1", start+i*6*minute+30*sec, event.Abandoned, 30*sec)
		}
	}
	got, err := c.open().BeforeAfter(context.Background(), reporting.Params{}, "1999-10-05", 14)
	if err != nil {
		t.Fatal(err)
	}
	// Hazard at 30 s: 10 of 40 a day before, 5 of 45 after: ratio (5/45)/(10/40) = 0.444.
	if hr := float64(got.HazardRatio); math.Abs(hr-4.0/9) > .02 || got.Lo > got.HazardRatio || got.Hi >= 1 || got.P > 1e-6 {
		t.Errorf("hazard ratio %v (%v–%v), p %v; want 0.444", got.HazardRatio, got.Lo, got.Hi, got.P)
	}
	// 14 days hold each weekday twice on both sides, and the callers come in the two half hours from 9:00.
	if got.Strata != 14 || got.Before.Offered != 560 || got.After.Offered != 630 || got.Before.Abandoned != 140 {
		t.Errorf("%d strata, before %+v, after %+v", got.Strata, got.Before, got.After)
	}
}

func TestKPI(t *testing.T) {
	c := newCentre(t)
	c.set.AgentHour, c.set.LineMinute, c.set.RevenueMonth = 36, .5, 31*100_000
	c.dim("codes", "c1", db.Code{Head: head("c1"), Code: "loan", Label: "Loans"})
	c.dim("agent_terms", "a2", db.AgentTerms{AgentID: "a2", WageCents: 7200})
	ask := func(i string) {
		c.rows.Codes = append(c.rows.Codes, project.Code{Interaction: i, Code: "c1", At: at("10:00:00")})
	}
	c.visit("q1", at("09:00:00"), event.Answered, 30*sec, party("p1"), interaction("i1"))
	c.visit("q1", at("15:00:00"), event.Answered, 30*sec, party("p1"), interaction("i2"), agent("a2")) // p1 again: i1 was not resolved
	c.visit("q1", at("09:30:00"), event.Answered, 0, party("p2"), interaction("i3"), func(v *lake.Visit) { v.TransferredTo = "q2" })
	c.visit("q1", at("09:40:00"), event.Answered, 0, interaction("i4")) // anonymous
	c.visit("q1", on("1999-10-04", "09:00:00"), event.Abandoned, 90*sec)
	c.visit("q1", on("1999-10-20", "09:00:00"), event.Answered, 0, party("p3")) // the lake's last call: i1 … i4 are old enough
	ask("i1")
	ask("i3")
	c.span("a1", "available", at("09:00:00"), at("10:00:00"), "")
	c.span("a1", "meal", at("10:00:00"), at("11:00:00"), "") // not paid
	c.span("a2", "break", at("09:00:00"), at("09:30:00"), "")
	now = time.Date(1999, 12, 1, 0, 0, 0, 0, mustZone())
	t.Cleanup(func() { now = time.Date(1999, 10, 5, 20, 0, 0, 0, mustZone()) })
	k, err := c.open().KPI(context.Background(), day(interval.Half), "previous")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, i := range k.Items {
		got[i.Name] = fmt.Sprintf("%.4f before %.4f n %d", i.Value, i.Previous, i.N)
	}
	// Known callers: i1 (repeated), i2 (no later contact of p1), i3 (transferred): one of three resolved.
	// Cost: an hour of a1 at 36, half an hour of a2 at 72; line: 60 s of wait and 400 s of talk at 0.5 a minute.
	cost := 36 + 36 + 460.0/60*.5
	want := map[string]string{
		"offered": "4.0000 before 1.0000 n 4", "fcr_proxy": "0.3333 before NaN n 3", "transfer_rate": "0.2500 before NaN n 4",
		"abandon_rate": "0.0000 before 1.0000 n 4", "asa_s": "15.0000 before NaN n 4", "aht_s": "120.0000 before NaN n 4",
		"cost_per_call": fmt.Sprintf("%.4f before NaN n 4", math.Round(cost*100)/100/4), "csat": "NaN before NaN n 0",
		"cost_share": fmt.Sprintf("%.4f before NaN n 10000000", cost/100_000),
	}
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s: %s, want %s", name, got[name], w)
		}
	}
	if r := k.Resolution; r.Known != 3 || r.Pending != 0 || r.AnonymousShare != .25 {
		t.Errorf("resolution %+v", r)
	}
	if diff := cmp.Diff([]reporting.Reason{{Code: "loan", Label: "Loans", Volume: 2, AHTS: 120, Repeats: 1, Transfers: 1}}, k.Reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	if k.Compared.From != "1999-10-04T00:00:00+02:00" || len(k.Trend) != 1 || k.Trend[0]["offered"] != int64(4) {
		t.Errorf("compared %+v, trend %v", k.Compared, k.Trend)
	}
}

func TestAgentsAndDistribution(t *testing.T) {
	c := newCentre(t)
	c.dim("agents", "a1", db.Agent{Head: head("a1"), Name: "Mari"})
	c.dim("agents", "a2", db.Agent{Head: head("a2"), Name: "Jaan"})
	c.dim("teams", "t1", db.Team{Head: head("t1"), Name: "North"})
	c.dim("agent_terms", "a1", db.AgentTerms{AgentID: "a1", TeamID: "t1"})
	for i := range int64(3) {
		c.visit("q1", at("09:00:00")+i*minute, event.Answered, 0)
	}
	c.visit("q2", at("09:05:00"), event.Answered, 0, agent("a2"))
	c.rows.Offers = []project.Offer{
		{Offer: "o1", Queue: "q1", Agent: "a1", MadeAt: at("09:00:00"), EndedAt: at("09:00:05"), Result: "accepted"},
		{Offer: "o2", Queue: "q1", Agent: "a1", MadeAt: at("09:01:00"), EndedAt: at("09:01:20"), Result: "missed"},
	}
	c.span("a1", "talking", at("09:00:00"), at("09:10:00"), "q1")
	c.span("a1", "available", on("1999-10-04", "23:00:00"), at("00:30:00"), "") // half an hour of it is today's
	s := c.open()
	r, err := s.Agents(context.Background(), day(interval.Day))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != 2 || r.Rows[1].Name != "Mari" || r.Rows[1].Team != "North" {
		t.Fatalf("rows %+v", r.Rows)
	}
	mari := r.Rows[1]
	if mari.Handled != 3 || mari.Offers != 2 || mari.Missed != 1 || mari.AHTS != 120 || mari.Occupancy != .25 {
		t.Errorf("Mari %+v", mari)
	}
	if diff := cmp.Diff([]reporting.StateTime{{State: "available", Seconds: 1800}, {State: "talking", Seconds: 600}}, mari.States); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	d, err := s.Distribution(context.Background(), day(interval.Day))
	if err != nil || d.Gini != .25 || d.CV != .5 || len(d.Rows) != 2 || d.Rows[0].Share != .75 {
		t.Errorf("distribution %+v (%v)", d, err)
	}
	p := day(interval.Day)
	p.Scope.Teams = []string{"t1"}
	if r, err := s.Agents(context.Background(), p); err != nil || len(r.Rows) != 1 || r.Rows[0].Agent != "a1" {
		t.Errorf("the team North sees %+v (%v)", r, err)
	}
	if calls, err := s.Calls(context.Background(), p, reporting.CallFilter{}); err != nil || len(calls.Rows) != 3 {
		t.Errorf("the team North sees %d calls (%v)", len(calls.Rows), err)
	}
}
