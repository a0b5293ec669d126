package compile

import (
	"slices"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/phone"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/exchange"
)

func make1[T any](t *testing.T, r db.Repo[T], row T) T {
	t.Helper()
	out, err := r.Create(db.As(t.Context(), db.Actor{Name: "test"}), row)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSetup compiles two sites with a queue each and everything a queue, a number and
// a trunk may be told.
func TestSetup(t *testing.T) {
	s, err := db.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tallinn := make1(t, s.Sites(), db.Site{Name: "Tallinn", Zone: "Europe/Tallinn"})
	taipei := make1(t, s.Sites(), db.Site{Name: "Taipei", Zone: "Asia/Taipei"})
	support := make1(t, s.Queues(), db.Queue{Name: "Support", SiteID: tallinn.ID})
	orders := make1(t, s.Queues(), db.Queue{Name: "Orders", SiteID: taipei.ID})
	make1(t, s.Codes(), db.Code{Code: "other"})
	make1(t, s.Codes(), db.Code{Code: "sold", Label: "Sold", QueueID: support.ID})
	flow := make1(t, phone.Flows(s), phone.Flow{Name: "main", Text: "name: main\nstart: a\nnodes:\n  a: {kind: enqueue, queue: Support}\n"})
	make1(t, phone.Numbers(s), phone.Number{Number: "600", FlowID: flow.ID, SiteID: tallinn.ID})
	make1(t, phone.Numbers(s), phone.Number{Number: "601", FlowID: flow.ID, SiteID: taipei.ID, Language: "zh"})
	make1(t, phone.Trunks(s), phone.Trunk{Name: "out", Host: "sip.example:5060", Login: "us", Secret: "x", Register: true, Limits: phone.TrunkLimits{
		Home: "372", Countries: []string{"372"}, PerMinute: 5, Concurrent: 2, DailyCost: 1.5, Rates: []phone.TrunkRate{{Prefix: "3725", PerMinute: 0.05}},
	}})
	make1(t, phone.Trunks(s), phone.Trunk{Name: "old", Host: "192.0.2.1"})
	make1(t, phone.Routings(s), phone.Routing{
		QueueID: support.ID, Strategy: "simultaneous", WrapUpS: 60, Record: "always",
		Actions: map[string]phone.RoutingAction{"long": {Do: "queue", Target: "Orders"}, "key_2": {Do: "callback"}},
		Options: phone.RoutingOptions{
			Priority: 2, AgeS: 60, RingMax: 3, OwnS: 20, TierStepS: 15, MissedS: 7, ExtendS: 45, ExtendMax: 2, CodeRequired: true, Leave: "staffed", PredictedS: 600,
			Language: "et", PopURL: "https://crm.example/?p={caller}", MaxPauseS: 90, MessageMail: []string{"boss@example.com"}, MessageKeep: 30,
			Need:     []phone.Need{{Skills: "lang=fr AND tier >= 2"}, {AfterS: 30, Skills: ">="}, {AfterS: 60}},
			Callback: phone.CallbackOptions{OfferAfterS: 120, Attempts: 5, RetryS: 300, WithinS: 7200, Confirm: true},
		},
	})
	make1(t, phone.Routings(s), phone.Routing{QueueID: orders.ID, Options: phone.RoutingOptions{CodeRequired: true}})

	out, notes, err := Setup(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Check(); err != nil {
		t.Error(err)
	}
	if out.Zone != "Europe/Tallinn" {
		t.Errorf("zone %q: the oldest site's is the centre's", out.Zone)
	}
	checkQueue(t, out, support.ID, orders.ID)
	i := slices.IndexFunc(out.Numbers, func(n exchange.Number) bool { return n.Number == "601" })
	if i < 0 || out.Numbers[i].Zone != "Asia/Taipei" || out.Numbers[i].Language != "zh" {
		t.Errorf("numbers %+v", out.Numbers)
	}
	checkTrunks(t, out.Trunks)
	for _, want := range []string{"options.need after 30 s", "gives no time for wrap-up"} {
		if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, want) }) {
			t.Errorf("no note about %q in %q", want, notes)
		}
	}
}

func checkQueue(t *testing.T, out exchange.Setup, support, orders string) {
	t.Helper()
	i := slices.IndexFunc(out.ACD.Queues, func(q acd.QueueConfig) bool { return q.ID == support })
	q := out.ACD.Queues[i]
	want := acd.Callbacks{OfferUs: 120 * interval.Second, Attempts: 5, RetryUs: 300 * interval.Second, WithinUs: 7200 * interval.Second}
	if q.Callback != want || q.Priority != 2 || q.AgeUs != interval.Minute || q.RingMax != 3 || q.OwnUs != 20*interval.Second || q.Tiers.StepUs != 15*interval.Second ||
		q.MissedUs != 7*interval.Second || q.ExtendUs != 45*interval.Second || q.ExtendMax != 2 || !q.MustCode || q.Leave != "staffed" ||
		q.Entry.MaxWaitUs != 10*interval.Minute || q.OnLong.Target != orders || len(q.Need) != 2 || q.Need[0].Need.String() != "lang=fr AND tier >= 2" || !q.Need[1].Need.Empty() {
		t.Errorf("queue %+v", q)
	}
	i = slices.IndexFunc(out.Queues, func(q exchange.Queue) bool { return q.ID == support })
	if a := out.Queues[i]; a.Language != "et" || a.Pop == "" || !a.Confirm || len(a.Codes) != 2 || a.Codes[1].Label != "Sold" {
		t.Errorf("about %+v", a)
	}
	if len(out.Record) != 1 || out.Record[0].MaxPause.Seconds() != 90 {
		t.Errorf("record %+v", out.Record)
	}
	i = slices.IndexFunc(out.Boxes, func(b exchange.Box) bool { return b.Queue == support })
	if b := out.Boxes[i]; len(b.Mail) != 1 || b.Keep.Hours() != 30*24 {
		t.Errorf("box %+v", b)
	}
}

func checkTrunks(t *testing.T, list []exchange.Trunk) {
	t.Helper()
	for _, k := range list {
		switch {
		case k.Name == "old" && (k.Limits != nil || k.Register):
			t.Errorf("trunk without limits: %+v", k)
		case k.Name == "out" && (!k.Register || k.Limits == nil || k.Limits.DailyCost != 1_500_000 || k.Limits.Rates[0].PerMinute != 50_000 || k.Limits.Home != "372"):
			t.Errorf("trunk %+v %+v", k, k.Limits)
		}
	}
}
