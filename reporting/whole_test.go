package reporting_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/reporting"
	"github.com/agner-platform/agner/reporting/metric"
	"github.com/google/go-cmp/cmp"
)

// secondSite adds a site in another zone (two hours west of Jerusalem in October: London) with one queue.
func (c *centre) secondSite() {
	c.dim("sites", "s2", db.Site{Head: head("s2"), Name: "London", Zone: "Europe/London", WeekStart: 1})
	c.dim("queue_groups", "g2", db.Group{Head: head("g2"), Name: "Travel", SiteID: "s2"})
	c.dim("queues", "q9", db.Queue{Head: head("q9"), Name: "Flights", SiteID: "s2", GroupID: "g2", Channel: "voice"})
}

func kpiItems(t *testing.T, s *reporting.Service, p reporting.Params) (map[string]float64, *reporting.KPI) {
	t.Helper()
	k, err := s.KPI(context.Background(), p, "")
	if err != nil {
		t.Fatal(err)
	}
	items := map[string]float64{}
	for _, i := range k.Items {
		items[i.Name] = float64(i.Value)
	}
	return items, k
}

// A caller whom one group passes on to another counts in both and once in what is above them: the total of the groups,
// the heatmap of all, the key figures. Queues count visits, and every report says which.
func TestTotalsCountContactsOnce(t *testing.T) {
	c := newCentre(t)
	c.dim("queue_groups", "g3", db.Group{Head: head("g3"), Name: "Loans", SiteID: "s1"})
	c.queue("q3", "Mortgages", "g3")
	c.visit("q1", at("09:29:50"), event.Overflowed, 15*sec, interaction("i1"))
	c.visit("q3", at("09:30:05"), event.Answered, 10*sec, interaction("i1"))
	c.visit("q1", at("09:40:00"), event.Abandoned, 50*sec)
	s := c.open()
	p := day(interval.Half)
	p.By = reporting.ByGroup
	r := level(t, s, p)
	if tot := &r.Totals.Sums; len(r.Rows) != 3 || tot[metric.Offered] != 2 || tot[metric.Answered] != 1 || tot[metric.Overflowed] != 0 || tot[metric.LongestUs] != 50*sec {
		t.Errorf("by group: %v", lines(r))
	}
	// The contact waited 25 s from its first join: a miss, so neither of two was in time.
	if met, judged := r.Totals.Met(); met || !judged || r.Totals.Sums[metric.AnsweredInT] != 0 || r.Params.Counts != "contacts" {
		t.Errorf("by group: met %v/%v, params %+v", met, judged, r.Params)
	}
	items, k := kpiItems(t, s, day(interval.Half))
	if items["offered"] != 2 || items["abandon_rate"] != .5 || k.Counts != "contacts" || k.Trend[0]["offered"] != int64(2) {
		t.Errorf("key figures of the whole: %v, trend %v", items, k.Trend)
	}
	p = day(interval.Half)
	p.Queues = []string{"q1"}
	if items, k := kpiItems(t, s, p); items["offered"] != 2 || items["abandon_rate"] != .5 || k.Counts != "visits" {
		t.Errorf("key figures of a queue: %v, counting %s", items, k.Counts)
	}
	a, err := s.Abandonment(context.Background(), day(interval.Half))
	if err != nil || a.Offered != 3 || a.Params.Counts != "visits" {
		t.Errorf("abandonment: %d of %s (%v)", a.Offered, a.Params.Counts, err)
	}
	live, err := s.Live(context.Background(), reporting.Scope{})
	if err != nil || live.Totals.Offered != 2 {
		t.Errorf("live: %d offered today (%v), want 2 contacts", live.Totals.Offered, err)
	}
}

// occupancyOf reads the occupancy of a report's first row and of its total.
func occupancyOf(r *reporting.ServiceLevel) (row, total float64) {
	f, _ := metric.Lookup("occupancy")
	return f.Of(&r.Rows[0].Sums), f.Of(&r.Totals.Sums)
}

// One site has one occupancy, whichever way it is asked for; queues of agents who serve others too have none.
func TestOccupancyIsOneRule(t *testing.T) {
	c := newCentre(t)
	c.secondSite()
	c.queue("q3", "Loans", "g1")
	c.visit("q1", at("09:00:00"), event.Answered, 0, agent("a1"))
	c.visit("q2", at("09:00:00"), event.Answered, 0, agent("a1")) // a1 serves two queues
	c.visit("q3", at("09:00:00"), event.Answered, 0, agent("a2")) // a2 one
	c.span("a1", "talking", at("09:00:00"), at("09:30:00"), "q1")
	c.span("a1", "available", at("09:30:00"), at("10:00:00"), "")
	c.span("a2", "talking", at("09:00:00"), at("09:10:00"), "q3")
	c.span("a2", "available", at("09:10:00"), at("10:00:00"), "")
	c.span("a3", "available", at("09:00:00"), at("10:00:00"), "") // of the site, without a call
	s := c.open()
	const site, loans = 40. / 180, 10. / 60
	none := math.NaN()
	ask := func(by reporting.By, change func(*reporting.Params)) [2]float64 {
		p := day(interval.Total)
		p.By = by
		change(&p)
		row, total := occupancyOf(level(t, s, p))
		return [2]float64{row, total}
	}
	bound := func(queues ...string) func(*reporting.Params) {
		return func(p *reporting.Params) { p.Scope = reporting.Scope{Sites: []string{"s1"}, Queues: queues} }
	}
	for name, pair := range map[string][2][2]float64{
		"by site":              {{site, site}, ask(reporting.BySite, func(*reporting.Params) {})},
		"by site, that site":   {{site, site}, ask(reporting.BySite, func(p *reporting.Params) { p.Sites = []string{"Haifa"} })},
		"by queue, that site":  {{loans, site}, ask(reporting.ByQueue, func(p *reporting.Params) { p.Sites = []string{"Haifa"} })},
		"by site, its loans":   {{loans, loans}, ask(reporting.BySite, func(p *reporting.Params) { p.Queues = []string{"q3"} })},
		"by site, one of two":  {{none, none}, ask(reporting.BySite, func(p *reporting.Params) { p.Queues = []string{"q1"} })},
		"by site, both":        {{30. / 60, 30. / 60}, ask(reporting.BySite, func(p *reporting.Params) { p.Queues = []string{"q1", "q2"} })},
		"by queue, one of two": {{none, none}, ask(reporting.ByQueue, func(p *reporting.Params) { p.Queues = []string{"q1"} })},
		"bound to the site":    {{site, site}, ask(reporting.BySite, bound("q1", "q2", "q3"))},
		"bound to some queues": {{30. / 60, 30. / 60}, ask(reporting.BySite, bound("q1", "q2"))},
		"bound to a queue":     {{none, none}, ask(reporting.BySite, bound("q1"))},
	} {
		if diff := cmp.Diff(pair[0], pair[1], cmp.Comparer(func(a, b float64) bool { return near(a, b) || math.IsNaN(a) && math.IsNaN(b) })); diff != "" {
			t.Errorf("%s: row and total (-want +got):\n%s", name, diff)
		}
	}
	for _, sites := range [][]string{nil, {"Haifa"}} {
		p := day(interval.Half)
		p.Sites = sites
		if items, _ := kpiItems(t, s, p); !near(items["occupancy"], site) {
			t.Errorf("key figures of sites %v: occupancy %v, want %v", sites, items["occupancy"], site)
		}
	}
}

// The zone is that of the queues that count; over several zones it is the instance's, and each queue's target holds by
// its own clock.
func TestZonesOfSeveralSites(t *testing.T) {
	c := newCentre(t)
	c.secondSite()
	// 09:00 to 10:00 in London is 10:00 to 11:00 in Jerusalem and 08:00 to 09:00 UTC on this day.
	window := db.TargetOverride{Window: db.Window{Weekdays: []int{1, 2, 3, 4, 5}, From: "09:00", To: "10:00"}, Share: .9, Within: 60 * sec}
	c.target("q1", 0, .8, 20*time.Second, window)
	c.target("q9", 0, .8, 20*time.Second, window)
	london := func(v *lake.Visit) { v.Site = "s2" }
	c.visit("q1", at("09:30:00"), event.Answered, 40*sec)         // inside Jerusalem's window
	c.visit("q9", at("09:30:00"), event.Answered, 40*sec, london) // 08:30 in London: outside
	c.visit("q9", at("10:30:00"), event.Answered, 40*sec, london) // 09:30 in London: inside
	s := c.open()
	for name, want := range map[string]struct {
		change func(*reporting.Params)
		zone   string
	}{
		"all":           {func(*reporting.Params) {}, "UTC"},
		"a queue":       {func(p *reporting.Params) { p.Queues = []string{"Flights"} }, "Europe/London"},
		"a site":        {func(p *reporting.Params) { p.Sites = []string{"s1"} }, zone},
		"a group":       {func(p *reporting.Params) { p.Groups = []string{"Travel"} }, "Europe/London"},
		"bound":         {func(p *reporting.Params) { p.Scope.Queues = []string{"q9"} }, "Europe/London"},
		"bound to site": {func(p *reporting.Params) { p.Scope.Sites = []string{"s1"} }, zone},
	} {
		p := day(interval.Half)
		want.change(&p)
		if r := level(t, s, p); r.Range.Zone != want.zone {
			t.Errorf("%s: zone %s, want %s", name, r.Range.Zone, want.zone)
		}
	}
	for _, size := range []interval.Size{interval.Half, interval.Hour, interval.Day} {
		met := map[string]int64{}
		for _, row := range level(t, s, day(size)).Rows {
			met[row.Name] += row.Sums[metric.AnsweredInT]
		}
		if diff := cmp.Diff(map[string]int64{"Private": 1, "Flights": 1}, met); diff != "" {
			t.Errorf("%s: answered within each queue's own T (-want +got):\n%s", size, diff)
		}
	}
}

// A site or group that there is not is refused, and so is one beyond the scope: the answers do not differ.
func TestUnknownSitesAndGroups(t *testing.T) {
	c := newCentre(t)
	c.secondSite()
	c.visit("q1", at("09:00:00"), event.Answered, 0)
	s := c.open()
	refused := func(name, field string, change func(*reporting.Params)) string {
		t.Helper()
		p := day(interval.Half)
		change(&p)
		_, err := s.ServiceLevel(context.Background(), p)
		var bad *reporting.ParamError
		if !errors.As(err, &bad) || bad.Field != field {
			t.Errorf("%s: %v, want %s refused", name, err, field)
			return ""
		}
		return bad.Reason
	}
	unknown := refused("unknown site", "site", func(p *reporting.Params) { p.Sites = []string{"Narva"} })
	beyond := refused("site beyond", "site", func(p *reporting.Params) { p.Sites, p.Scope.Sites = []string{"London"}, []string{"s1"} })
	queue := refused("site beyond queues", "site", func(p *reporting.Params) { p.Sites, p.Scope.Queues = []string{"London"}, []string{"q1"} })
	if unknown != beyond || unknown != queue {
		t.Errorf("reasons %q, %q, %q tell them apart", unknown, beyond, queue)
	}
	refused("unknown group", "group", func(p *reporting.Params) { p.Groups = []string{"Cars"} })
	refused("group beyond", "group", func(p *reporting.Params) { p.Groups, p.Scope.Queues = []string{"Travel"}, []string{"q1"} })
	p := day(interval.Half)
	p.Sites, p.Groups, p.Scope.Queues = []string{"Haifa"}, []string{"Bank"}, []string{"q1"}
	if r := level(t, s, p); r.Totals.Sums[metric.Offered] != 1 {
		t.Errorf("the caller's own site and group: %v", lines(r))
	}
}

// Without a range a report covers what was asked for, and a clock that went wrong does not stretch it.
func TestRangeOfTheChosenQueues(t *testing.T) {
	c := newCentre(t)
	c.secondSite()
	c.visit("q1", at("09:00:00"), event.Answered, 0)
	c.visit("q1", on("2147-01-01", "00:00:00"), event.Answered, 0)
	c.visit("q1", on("1970-01-02", "00:00:00"), event.Answered, 0)
	c.visit("q9", on("1999-03-01", "12:00:00"), event.Answered, 0)
	s := c.open()
	r := level(t, s, reporting.Params{Sites: []string{"Haifa"}, Size: interval.Total})
	if want := (reporting.Range{From: "1999-10-05T00:00:00+02:00", To: "1999-10-06T00:00:00+02:00", Zone: zone}); r.Range != want {
		t.Errorf("range of the site %+v", r.Range)
	}
	meta, err := s.Meta(context.Background(), reporting.Scope{Queues: []string{"q9"}})
	if err != nil || *meta.DataRange != (reporting.DataRange{From: "1999-03-01", To: "1999-03-01"}) {
		t.Errorf("a caller bound to a queue is told of the range %+v (%v)", meta.DataRange, err)
	}
	if meta, err := s.Meta(context.Background(), reporting.Scope{Queues: []string{"q2"}}); err != nil || meta.DataRange != nil {
		t.Errorf("a caller bound to a queue without calls is told of the range %+v (%v)", meta.DataRange, err)
	}
}

// Wages are those of the day, what is paid is the catalogue's, and a site has a cost of its own.
func TestCostOfTheDay(t *testing.T) {
	c := newCentre(t)
	c.secondSite()
	c.dim("activities", "act1", db.Activity{Head: head("act1"), Name: "meal", Paid: true, States: []string{"meal"}, CostShare: .5})
	c.dim("activities", "act2", db.Activity{Head: head("act2"), Name: "break", States: []string{"break"}})
	c.dim("activities", "act3", db.Activity{Head: head("act3"), Name: "first aid", Paid: true, States: []string{"break"}, Reasons: []string{"first_aid"}, CostShare: 2})
	noon := on("1999-10-06", "00:00:00")
	for _, w := range []struct{ from, cents int64 }{{0, 1000}, {noon, 2000}} {
		row := db.AgentTerms{AgentID: "a1", WageCents: w.cents}
		row.ValidFrom = db.Stamp(w.from)
		c.dim("agent_terms", "a1/"+row.ValidFrom.Time().String(), row)
	}
	c.visit("q1", at("09:00:00"), event.Answered, 0)
	c.visit("q9", at("09:00:00"), event.Answered, 0, agent("b1"))
	c.span("a1", "available", on("1999-10-05", "23:00:00"), on("1999-10-06", "01:00:00"), "") // 10 before midnight, 20 after
	c.span("a1", "meal", at("12:00:00"), at("13:00:00"), "")                                  // 5
	c.span("a1", "break", at("13:00:00"), at("14:00:00"), "")                                 // not paid
	c.rows.AgentSpans = append(c.rows.AgentSpans,
		lake.AgentSpan{Agent: "a1", Site: "s1", State: "break", Reason: "first_aid", FromAt: at("14:00:00"), ToAt: at("15:00:00")}, // 20
		lake.AgentSpan{Agent: "b1", Site: "s2", State: "available", FromAt: at("09:00:00"), ToAt: at("10:00:00")})                  // nobody knows
	now = time.Date(1999, 12, 1, 0, 0, 0, 0, mustZone())
	t.Cleanup(func() { now = time.Date(1999, 10, 5, 20, 0, 0, 0, mustZone()) })
	s := c.open()
	p := reporting.Params{From: "1999-10-05", To: "1999-10-07", Sites: []string{"Haifa"}}
	if items, _ := kpiItems(t, s, p); !near(items["cost_per_call"], 55) {
		t.Errorf("cost of the site's only call %v, want 55", items["cost_per_call"])
	}
	p.Sites = nil
	if items, _ := kpiItems(t, s, p); !math.IsNaN(items["cost_per_call"]) {
		t.Errorf("cost with an unknown wage %v, want none", items["cost_per_call"])
	}
}

// Two queues of one name stay two, and their sites tell them apart.
func TestQueuesOfOneName(t *testing.T) {
	c := newCentre(t)
	c.secondSite()
	c.dim("queues", "q8", db.Queue{Head: head("q8"), Name: "Private", SiteID: "s2", Channel: "voice"})
	c.visit("q1", at("09:00:00"), event.Answered, 0)
	c.visit("q8", at("09:00:00"), event.Abandoned, 30*sec)
	s := c.open()
	var names []string
	for _, row := range level(t, s, day(interval.Total)).Rows {
		names = append(names, row.Name)
	}
	if diff := cmp.Diff([]string{"Private (Haifa)", "Private (London)"}, names); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	a, err := s.Abandonment(context.Background(), day(interval.Half))
	if err != nil || len(a.ByQueue) != 2 || a.ByQueue[1].Key != "Private (London)" || a.ByQueue[1].Rate != 1 {
		t.Errorf("abandonment by queue %+v (%v)", a.ByQueue, err)
	}
	live, err := s.Live(context.Background(), reporting.Scope{})
	if err != nil || live.Queues[1].Queue != "Private (Haifa)" || live.Queues[2].Queue != "Private (London)" {
		t.Errorf("live %+v (%v)", live.Queues, err)
	}
}

// Targets that are equal average to themselves.
func TestTargetIsRound(t *testing.T) {
	c := newCentre(t)
	for i := range int64(30) {
		c.visit([]string{"q1", "q2"}[i%2], at("09:00:00")+i*7*minute, event.Answered, 0)
	}
	r := level(t, c.open(), day(interval.Half))
	if got := r.TotalsRow()["target_sl"]; got != .8 {
		t.Errorf("target of the total %v, want 0.8", got)
	}
}
