package sample

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
)

func options(t testing.TB, months int, scale float64) Options {
	t.Helper()
	loc, err := interval.LoadZone("Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	return Options{Seed: 7, Until: interval.Date{Year: 2026, Month: time.November, Day: 22}, Months: months, Zone: loc, Scale: scale}
}

// day sums up one local day of a queue.
type day struct{ offered, answered, within, abandoned int }

// audit checks the invariants of the event model on a stream.
type audit struct {
	t       *testing.T
	opt     Options
	last    int64
	n       int
	visits  map[string]*seen
	offers  map[string]bool // made and without a result
	calls   map[string]bool // offered and not ended
	agents  map[string]*busy
	joined  int
	exits   map[event.Exit]int
	blocked map[event.BlockReason]int
	kinds   map[event.Kind]int
	days    map[string]map[interval.Date]*day
	waiting map[string]int // by queue, without those that ring
	idle    map[string]int // eligible agents who are available, by queue
	bump    [2][2]int      // hang-ups within 5 s after the second announcement, announcements; before and after the better one
	told    map[string]int64
}

type seen struct {
	queue    string
	joinedAt int64
	ringing  bool
	answered int64
	left     bool
	handled  bool
}

type busy struct {
	state event.State
	since int64
	visit string // being handled
	crew  int
}

func newAudit(t *testing.T, o Options) *audit {
	a := &audit{
		t: t, opt: o, visits: map[string]*seen{}, offers: map[string]bool{}, calls: map[string]bool{}, agents: map[string]*busy{},
		exits: map[event.Exit]int{}, blocked: map[event.BlockReason]int{}, kinds: map[event.Kind]int{}, days: map[string]map[interval.Date]*day{},
		waiting: map[string]int{}, idle: map[string]int{}, told: map[string]int64{},
	}
	for _, p := range people(o.Scale) {
		a.agents[p.id] = &busy{state: event.Offline, since: StoryOf(o).First.Start(o.Zone), crew: p.crew}
	}
	return a
}

// emit is what Generate calls.
func (a *audit) emit(e event.Event) error {
	if err := e.Validate(); err != nil {
		a.t.Fatalf("%s: %v", interval.Format(a.opt.Zone, e.At), err)
	}
	if e.At < a.last {
		a.t.Fatalf("%s comes after %s", interval.Format(a.opt.Zone, e.At), interval.Format(a.opt.Zone, a.last))
	}
	if e.At > a.last {
		a.settled()
	}
	if e.Source != Source || e.Site != SiteID {
		a.t.Fatalf("%+v is not labelled", e)
	}
	a.last, a.n = e.At, a.n+1
	a.kinds[e.Kind]++
	switch p := e.Payload.(type) {
	case *event.CallOffered:
		a.require(!a.calls[e.Interaction], e, "call offered twice")
		a.calls[e.Interaction] = true
	case *event.CallEnded:
		a.require(a.calls[e.Interaction], e, "call ended twice or never offered")
		delete(a.calls, e.Interaction)
	case *event.QueueBlocked:
		a.blocked[p.Reason]++
	case *event.AgentStateChanged:
		a.state(&e, p)
	default:
		a.visit(&e)
	}
	return nil
}

// settled checks what must hold whenever time goes on.
func (a *audit) settled() {
	for q, n := range a.waiting {
		a.require(n == 0 || a.idle[q] == 0, event.Event{Queue: q, At: a.last}, "somebody waits beside an idle agent")
	}
}

func (a *audit) require(ok bool, e event.Event, what string) {
	if !ok {
		a.t.Helper()
		a.t.Fatalf("%s: %s: %s %s visit %s agent %s", what, interval.Format(a.opt.Zone, e.At), e.Kind, e.Queue, e.Visit, e.Agent)
	}
}

func (a *audit) state(e *event.Event, p *event.AgentStateChanged) {
	b := a.agents[e.Agent]
	a.require(p.From == b.state && p.SpentUs == e.At-b.since, *e, "states have a gap")
	a.require(p.From != p.To, *e, "no change")
	for _, l := range crews[b.crew].serves {
		if p.From == event.Available {
			a.idle[lines[l].id]--
		}
		if p.To == event.Available {
			a.idle[lines[l].id]++
		}
	}
	if p.To == event.Reserved {
		a.require(b.visit == "" && b.state == event.Available, *e, "an agent with a contact gets another")
		b.visit = e.Visit
	}
	if p.To == event.Available || p.To == event.OtherState || p.To == event.Offline {
		b.visit = ""
	}
	if p.To == event.Talking || p.To == event.OnHold || p.To == event.WrapUp {
		a.require(b.visit == e.Visit, *e, "an agent handles another visit than was offered")
	}
	b.state, b.since = p.To, e.At
}

func (a *audit) visit(e *event.Event) {
	v := a.visits[e.Visit]
	switch p := e.Payload.(type) {
	case *event.QueueJoined:
		a.require(v == nil, *e, "joined twice")
		a.visits[e.Visit] = &seen{queue: e.Queue, joinedAt: e.At}
		a.joined++
		a.waiting[e.Queue]++
		a.on(e.Queue, e.At).offered++
		a.require(p.Position >= 1 && p.Position <= p.Waiting+1, *e, "impossible position")
	case *event.OfferMade:
		a.require(!v.ringing && !v.left, *e, "offered while ringing or gone")
		v.ringing, a.offers[e.Offer] = true, true
		a.waiting[v.queue]--
	case *event.OfferMissed, *event.OfferDeclined, *event.OfferWithdrawn, *event.OfferAccepted:
		a.require(a.offers[e.Offer], *e, "an offer has two results or none was made")
		delete(a.offers, e.Offer)
		v.ringing = false
		a.waiting[v.queue]++
	case *event.QueueLeft:
		a.leave(e, p, v)
	case *event.QueueAnnounced:
		if p.What == "message" {
			a.told[e.Visit] = e.At
			a.bump[a.era(e.At)][1]++
		}
	case *event.VisitHandled:
		a.require(v.left && !v.handled && v.answered == p.AnsweredAt && v.joinedAt == p.JoinedAt, *e, "handled does not fit")
		a.require(p.AnsweredAt+p.TalkUs+p.HoldUs+p.WrapUpUs == e.At, *e, "talk, hold and wrap-up do not add up")
		v.handled = true
	}
}

func (a *audit) leave(e *event.Event, p *event.QueueLeft, v *seen) {
	a.require(!v.left && !v.ringing && v.joinedAt == p.JoinedAt && p.WaitUs == e.At-v.joinedAt, *e, "left does not fit joined")
	v.left = true
	a.waiting[v.queue]--
	a.exits[p.Exit]++
	d := a.on(e.Queue, p.JoinedAt)
	switch p.Exit {
	case event.Answered:
		v.answered = e.At
		d.answered++
		if p.WaitUs <= 20*second {
			d.within++
		}
	case event.Abandoned:
		d.abandoned++
		if told, ok := a.told[e.Visit]; ok && e.At-told <= 5*second {
			a.bump[a.era(told)][0]++
		}
	}
	delete(a.told, e.Visit)
}

// era is 1 from the better announcement on.
func (a *audit) era(at int64) int {
	if at >= StoryOf(a.opt).Message.Start(a.opt.Zone) {
		return 1
	}
	return 0
}

func (a *audit) on(queue string, at int64) *day {
	if a.days[queue] == nil {
		a.days[queue] = map[interval.Date]*day{}
	}
	d := interval.DateOf(a.opt.Zone, at)
	if a.days[queue][d] == nil {
		a.days[queue][d] = &day{}
	}
	return a.days[queue][d]
}

// finish checks that everything is closed and the books balance.
func (a *audit) finish() {
	a.settled()
	if len(a.calls) != 0 || len(a.offers) != 0 {
		a.t.Errorf("%d calls and %d offers are open at the end", len(a.calls), len(a.offers))
	}
	sum := 0
	for _, n := range a.exits {
		sum += n
	}
	if sum != a.joined {
		a.t.Errorf("%d joined, %d left: %v", a.joined, sum, a.exits)
	}
	for id, v := range a.visits {
		if !v.left || v.answered != 0 != v.handled {
			a.t.Errorf("visit %s is not closed: %+v", id, v)
		}
	}
	for id, b := range a.agents {
		if b.state != event.Offline {
			a.t.Errorf("agent %s is %s at the end", id, b.state)
		}
	}
}

// run generates and audits.
func run(t *testing.T, o Options) *audit {
	t.Helper()
	a := newAudit(t, o)
	if err := Generate(o, a.emit); err != nil {
		t.Fatal(err)
	}
	a.finish()
	return a
}

func TestInvariants(t *testing.T) {
	for _, o := range []Options{options(t, 1, 0.05), options(t, 2, 1), options(t, 1, 4)} {
		run(t, o)
	}
}

func TestRealisticFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("fifteen months take a few seconds")
	}
	o := Defaults(options(t, 1, 1).Zone, interval.Date{Year: 2026, Month: time.November, Day: 22})
	a := run(t, o)
	t.Logf("%d events, %d visits, exits %v, blocked %v, kinds %v", a.n, a.joined, a.exits, a.blocked, a.kinds)
	if a.n > 6_000_000 || a.joined < 200_000 {
		t.Errorf("%d events for %d visits", a.n, a.joined)
	}
	for _, l := range lines {
		sum, low, high := day{}, 0, 0
		for _, d := range a.days[l.id] {
			sum.offered, sum.answered, sum.within, sum.abandoned = sum.offered+d.offered, sum.answered+d.answered, sum.within+d.within, sum.abandoned+d.abandoned
			if sl := float64(d.within) / float64(d.offered); sl < 0.7 {
				low++
			} else if sl > 0.9 {
				high++
			}
		}
		sl, abandoned := float64(sum.within)/float64(sum.offered), float64(sum.abandoned)/float64(sum.offered)
		t.Logf("%-22s offered %6d, within 20 s %.3f, abandoned %.3f; days %d, below 70 %% %d, above 90 %% %d", l.name, sum.offered, sl, abandoned, len(a.days[l.id]), low, high)
		if sl < 0.70 || sl > 0.95 || abandoned < 0.03 || abandoned > 0.09 {
			t.Errorf("%s: service level %.3f, abandonment %.3f", l.name, sl, abandoned)
		}
		if low == 0 || high == 0 {
			t.Errorf("%s: every day is alike: %d below 70 %%, %d above 90 %%", l.name, low, high)
		}
	}
	before, after := share(a.bump[0]), share(a.bump[1])
	t.Logf("hang-ups within 5 s of the second announcement: %.3f before, %.3f after %s", before, after, StoryOf(o).Message)
	if before < 2*after || before < 0.05 {
		t.Errorf("the better announcement does not show: %.3f and %.3f", before, after)
	}
	for _, x := range []event.Exit{event.Answered, event.Abandoned, event.Overflowed, event.TimedOut, event.Voicemail, event.NoAgents} {
		if a.exits[x] == 0 && x != event.NoAgents {
			t.Errorf("nobody left by %s", x)
		}
	}
	checkStory(t, o, a)
}

func share(n [2]int) float64 { return float64(n[0]) / float64(n[1]) }

// checkStory looks for what the story says happened.
func checkStory(t *testing.T, o Options, a *audit) {
	s := StoryOf(o)
	offered := func(q string, d interval.Date) float64 {
		if v := a.days[q][d]; v != nil {
			return float64(v.offered)
		}
		return 0
	}
	usual := (offered("smp_q_support", s.Outage.AddDays(-7)) + offered("smp_q_support", s.Outage.AddDays(7))) / 2
	if got := offered("smp_q_support", s.Outage); got < 1.5*usual {
		t.Errorf("outage day: %.0f calls, usual %.0f", got, usual)
	}
	campaign, before := 0.0, 0.0
	for i := range 14 {
		campaign += offered("smp_q_sales", s.CampaignFrom.AddDays(i))
		before += offered("smp_q_sales", s.CampaignFrom.AddDays(i-14))
	}
	if campaign < 1.3*before {
		t.Errorf("campaign: %.0f calls after %.0f", campaign, before)
	}
	twice := map[string]int{}
	for _, h := range s.Holidays {
		twice[h.Name]++
		got, week := offered("smp_q_support", h.Date), offered("smp_q_support", h.Date.AddDays(-7))
		if h.Closed && got != 0 || !h.Closed && week > 100 && got > 0.8*week {
			t.Errorf("%s %s: %.0f calls, a week before %.0f", h.Name, h.Date, got, week)
		}
	}
	n := 0
	for _, k := range twice {
		if k == 2 {
			n++
		}
	}
	if n == 0 {
		t.Error("no holiday comes twice")
	}
}

func TestDeterminism(t *testing.T) {
	text := func(seed uint64) []byte {
		o := options(t, 1, 0.1)
		o.Seed, o.SetUp = seed, true
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		if err := Generate(o, func(e event.Event) error { return enc.Encode(&e) }); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	one := text(1)
	if !bytes.Equal(one, text(1)) {
		t.Error("the same seed gives other events")
	}
	if bytes.Equal(one, text(2)) {
		t.Error("another seed gives the same events")
	}
}

func TestHolidaysTwice(t *testing.T) {
	for m := time.January; m <= time.December; m++ {
		o := options(t, 15, 1)
		o.Until = interval.Date{Year: 2026, Month: m, Day: 10}
		n := map[string]int{}
		twice := 0
		for _, h := range StoryOf(o).Holidays {
			if n[h.Name]++; n[h.Name] == 2 {
				twice++
			}
		}
		if twice < 2 {
			t.Errorf("until %s only %d holidays come twice", o.Until, twice)
		}
	}
	// Easter Sundays from the tables of the U.S. Naval Observatory.
	for y, want := range map[int]interval.Date{2024: {Year: 2024, Month: 3, Day: 31}, 2025: {Year: 2025, Month: 4, Day: 20}, 2026: {Year: 2026, Month: 4, Day: 5}} {
		if got := easter(y); got != want {
			t.Errorf("Easter %d is %s, want %s", y, got, want)
		}
	}
}

func TestSetUp(t *testing.T) {
	o := options(t, 15, 1)
	rows, err := SetUp(o)
	if err != nil {
		t.Fatal(err)
	}
	count, ids := map[string]int{}, map[string]bool{}
	for _, r := range rows {
		if key := r.Table + "/" + r.ID; ids[key] {
			t.Errorf("%s comes twice", key)
		} else {
			ids[key] = true
		}
		count[r.Table]++
		var v map[string]any
		if err := json.Unmarshal(r.Values, &v); err != nil {
			t.Fatal(err)
		}
		for ref, table := range map[string]string{"site_id": "sites", "group_id": "queue_groups", "stream_id": "streams", "queue_id": "queues", "agent_id": "agents", "team_id": "teams", "skill_id": "skills"} {
			if id, ok := v[ref].(string); ok && !ids[table+"/"+id] {
				t.Errorf("%s %s refers to %s %s, which does not come before", r.Table, r.ID, ref, id)
			}
		}
	}
	if count["queues"] != 5 || count["agents"] != 60 || count["teams"] != 4 || count["sites"] != 1 {
		t.Errorf("rows: %v", count)
	}
	// Every id that events use is set up.
	err = Generate(options(t, 1, 0.2), func(e event.Event) error {
		for _, ref := range []string{"queues/" + e.Queue, "agents/" + e.Agent} {
			if ref[len(ref)-1] != '/' && !ids[ref] {
				t.Errorf("%s is used and not set up", ref)
			}
		}
		if p, ok := e.Payload.(*event.InteractionCoded); ok && !ids["codes/"+p.Code] {
			t.Errorf("code %s is used and not set up", p.Code)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRefusals(t *testing.T) {
	good := options(t, 1, 0.1)
	for _, change := range []func(*Options){
		func(o *Options) { o.Zone = nil }, func(o *Options) { o.Until = interval.Date{} }, func(o *Options) { o.Months = 0 },
		func(o *Options) { o.Months = 61 }, func(o *Options) { o.Scale = 0 }, func(o *Options) { o.Scale = 21 },
	} {
		o := good
		change(&o)
		if err := Generate(o, func(event.Event) error { return nil }); !errors.Is(err, ErrOptions) {
			t.Errorf("%+v: %v", o, err)
		}
		if _, err := SetUp(o); !errors.Is(err, ErrOptions) {
			t.Errorf("set-up %+v: %v", o, err)
		}
	}
	full := errors.New("disk full")
	n := 0
	if err := Generate(good, func(event.Event) error { n++; return full }); !errors.Is(err, full) || n != 1 {
		t.Errorf("emit failed, Generate gave %v after %d events", err, n)
	}
}

func BenchmarkGenerateMonth(b *testing.B) {
	o := options(b, 1, 1)
	for b.Loop() {
		n := 0
		if err := Generate(o, func(event.Event) error { n++; return nil }); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n), "events")
	}
}
