package db

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/db/value"
)

func TestEveryTableRoundTrips(t *testing.T) {
	s, ctx := open(t), t.Context()
	site := must[Site](t)(s.Sites().Create(ctx, Site{
		Name: " Haifa ", Zone: "Asia/Jerusalem", WeekStart: 7,
		Opening:  []Window{{Weekdays: []int{7, 1, 1}, From: "08:00", To: "12:30"}, {Weekdays: []int{7}, From: "13:00", To: "24:00"}},
		Holidays: []Holiday{{Date: "1999-09-20", Name: "Yom Kippur"}, {Date: "1999-09-11", Windows: []Hour{{From: "09:00", To: "12:00"}}}},
	}))
	want := Site{
		Head: Head{ID: site.ID, Version: 1, CreatedAt: site.CreatedAt, UpdatedAt: site.CreatedAt}, NaturalName: "Haifa", Name: "Haifa", Zone: "Asia/Jerusalem", WeekStart: 7,
		Opening:  []Window{{Weekdays: []int{1, 7}, From: "08:00", To: "12:30"}, {Weekdays: []int{7}, From: "13:00", To: "24:00"}},
		Holidays: []Holiday{{Date: "1999-09-11", Windows: []Hour{{From: "09:00", To: "12:00"}}}, {Date: "1999-09-20", Name: "Yom Kippur", Windows: []Hour{}}},
	}
	if d := cmp.Diff(want, site); d != "" {
		t.Errorf("created site (-want +got):\n%s", d)
	}
	if d := cmp.Diff(want, must[Site](t)(s.Sites().Get(ctx, site.ID))); d != "" {
		t.Errorf("stored site (-want +got):\n%s", d)
	}
	group := must[Group](t)(s.Groups().Create(ctx, Group{Name: "Retail", SiteID: site.ID}))
	stream := must[Stream](t)(s.Streams().Create(ctx, Stream{Name: "Loans"}))
	queue := must[Queue](t)(s.Queues().Create(ctx, Queue{Name: "PS", SiteID: site.ID, GroupID: group.ID, StreamID: stream.ID}))
	if queue.Channel != "voice" || queue.NaturalName != "PS" {
		t.Errorf("queue %+v", queue)
	}
	code := must[Code](t)(s.Codes().Create(ctx, Code{QueueID: queue.ID, Code: "42"}))
	if code.Label != "42" {
		t.Errorf("code %+v", code)
	}
	team := must[Team](t)(s.Teams().Create(ctx, Team{Name: "Blue"}))
	act := must[Activity](t)(s.Activities().Create(ctx, Activity{Name: "ski", Paid: true, States: []string{"offline"}, Shrinkage: "out_of_office", CostShare: 1.25}))
	for _, got := range []struct{ a, b any }{
		{group, must[Group](t)(s.Groups().Get(ctx, group.ID))}, {stream, must[Stream](t)(s.Streams().Get(ctx, stream.ID))},
		{queue, must[Queue](t)(s.Queues().Get(ctx, queue.ID))}, {code, must[Code](t)(s.Codes().Get(ctx, code.ID))},
		{team, must[Team](t)(s.Teams().Get(ctx, team.ID))}, {act, must[Activity](t)(s.Activities().Get(ctx, act.ID))},
	} {
		if d := cmp.Diff(got.a, got.b); d != "" {
			t.Errorf("created and stored differ:\n%s", d)
		}
	}
}

func TestOptimisticConcurrency(t *testing.T) {
	s, ctx := open(t), t.Context()
	a := must[Team](t)(s.Teams().Create(ctx, Team{Name: "Blue"}))
	mine, theirs := a, a
	mine.Name, theirs.Name = "Red", "Green"
	mine = must[Team](t)(s.Teams().Update(ctx, mine))
	if mine.Version != 2 || mine.CreatedAt != a.CreatedAt {
		t.Errorf("updated %+v", mine)
	}
	_, err := s.Teams().Update(ctx, theirs)
	wantErr(t, err, ErrConflict)
	_, err = s.Teams().Retire(ctx, a.ID, 1)
	wantErr(t, err, ErrConflict)
	if got := must[Team](t)(s.Teams().Get(ctx, a.ID)); got.Name != "Red" || got.RetiredAt != 0 {
		t.Errorf("stored %+v", got)
	}
	_, err = s.Teams().Update(ctx, Team{Head: Head{ID: "team_none", Version: 1}, Name: "x"})
	wantErr(t, err, ErrNotFound)
	_, err = s.Teams().Get(ctx, "")
	wantErr(t, err, ErrNotFound)
}

func TestRetireAndRestore(t *testing.T) {
	s, ctx := open(t), t.Context()
	a := must[Skill](t)(s.Skills().Create(ctx, Skill{Name: "Russian"}))
	r := must[Skill](t)(s.Skills().Retire(ctx, a.ID, a.Version))
	if r.RetiredAt == 0 || r.Version != 2 {
		t.Errorf("retired %+v", r)
	}
	if again := must[Skill](t)(s.Skills().Retire(ctx, a.ID, 77)); again.Version != 2 {
		t.Errorf("retired twice: %+v", again)
	}
	if l := must[[]Skill](t)(s.Skills().List(ctx)); len(l) != 0 {
		t.Errorf("in use: %+v", l)
	}
	if l := must[[]Skill](t)(s.Skills().List(ctx, WithRetired())); len(l) != 1 {
		t.Errorf("all: %+v", l)
	}
	r.Name, r.RetiredAt = "Russisch", 0
	if u := must[Skill](t)(s.Skills().Update(ctx, r)); u.RetiredAt == 0 {
		t.Error("an update brought a retired row back")
	}
	if u := must[Skill](t)(s.Skills().Restore(ctx, a.ID, 3)); u.RetiredAt != 0 || u.Version != 4 {
		t.Errorf("restored %+v", u)
	}
}

func TestNaturalNamesSurviveRenaming(t *testing.T) {
	s, ctx := open(t), t.Context()
	site := must[Site](t)(s.EnsureSite(ctx, "Main", "UTC"))
	q := must[Queue](t)(s.EnsureQueue(ctx, "600", site.ID))
	q.Name, q.NaturalName = "Sales", "stolen"
	q = must[Queue](t)(s.Queues().Update(ctx, q))
	if q.NaturalName != "600" {
		t.Errorf("natural name became %q", q.NaturalName)
	}
	if again := must[Queue](t)(s.EnsureQueue(ctx, " 600 ", site.ID)); again.ID != q.ID || again.Name != "Sales" {
		t.Errorf("ensured %+v, want the renamed queue", again)
	}
	other := must[Site](t)(s.EnsureSite(ctx, "Other", "UTC"))
	if q2 := must[Queue](t)(s.EnsureQueue(ctx, "600", other.ID)); q2.ID == q.ID {
		t.Error("two sites share a queue")
	}
	must[Queue](t)(s.Queues().Retire(ctx, q.ID, q.Version))
	if again := must[Queue](t)(s.EnsureQueue(ctx, "600", site.ID)); again.ID != q.ID {
		t.Error("an import made a second queue beside a retired one")
	}
	_, err := s.Queues().Create(ctx, Queue{Name: "600", SiteID: site.ID})
	wantErr(t, err, ErrExists)
	_, err = s.EnsureQueue(ctx, "700", "site_none")
	wantErr(t, err, ErrReference)
	a := must[Code](t)(s.EnsureCode(ctx, "", "7"))
	b := must[Code](t)(s.EnsureCode(ctx, q.ID, "7"))
	if a.ID == b.ID || must[Code](t)(s.EnsureCode(ctx, "", "7")).ID != a.ID || must[Code](t)(s.EnsureCode(ctx, q.ID, " 7")).ID != b.ID {
		t.Error("codes of one queue and of all queues are confused")
	}
	for range 2 {
		must[Group](t)(s.EnsureGroup(ctx, "g", site.ID))
		must[Stream](t)(s.EnsureStream(ctx, "st"))
		must[Team](t)(s.EnsureTeam(ctx, "tm", ""))
		must[Skill](t)(s.EnsureSkill(ctx, "sk"))
		must[Agent](t)(s.EnsureAgent(ctx, "SIP/101"))
	}
}

func TestEverythingKnownIsRefusedWithItsField(t *testing.T) {
	s, ctx := open(t), t.Context()
	site := must[Site](t)(s.EnsureSite(ctx, "Main", "UTC"))
	f := func(field string, err error) {
		t.Helper()
		var fe *FieldError
		if !errors.Is(err, ErrInvalid) || !errors.As(err, &fe) || fe.Field != field {
			t.Errorf("%v, want a FieldError of %s", err, field)
		}
	}
	create := func(v Site) error {
		if v.Name == "" {
			v.Name = "n"
		}
		if v.Zone == "" {
			v.Zone = "UTC"
		}
		_, err := s.Sites().Create(ctx, v)
		return err
	}
	f("zone", create(Site{Zone: "Mars/Olympus"}))
	f("zone", create(Site{Zone: "Local"}))
	f("zone", create(Site{Zone: "../../etc/passwd"}))
	f("week_start", create(Site{WeekStart: 8}))
	w := func(from, to string, days ...int) Site {
		return Site{Opening: []Window{{Weekdays: days, From: from, To: to}}}
	}
	f("opening.weekdays", create(w("08:00", "09:00")))
	f("opening.weekdays", create(w("08:00", "09:00", 0)))
	f("opening.from", create(w("8:00", "09:00", 1)))
	f("opening.from", create(w("25:00", "09:00", 1)))
	f("opening.to", create(w("08:00", "08:00", 1)))
	f("opening.to", create(w("22:00", "06:00", 1)))
	f("opening", create(Site{Opening: []Window{{Weekdays: []int{1, 2}, From: "08:00", To: "12:00"}, {Weekdays: []int{2}, From: "11:59", To: "13:00"}}}))
	f("holidays.date", create(Site{Holidays: []Holiday{{Date: "2026-02-30"}}}))
	f("holidays.date", create(Site{Holidays: []Holiday{{Date: "2026-02-03"}, {Date: "2026-02-03"}}}))
	f("holidays.windows", create(Site{Holidays: []Holiday{{Date: "2026-02-03", Windows: []Hour{{From: "08:00", To: "12:00"}, {From: "08:00", To: "09:00"}}}}}))
	for _, name := range []string{"", " \t", "a\x00b", "a\nb", "\xff\xfe", strings.Repeat("é", value.MaxName+1)} {
		_, err := s.EnsureAgent(ctx, name)
		f("name", err)
	}
	must[Agent](t)(s.EnsureAgent(ctx, strings.Repeat("é", value.MaxName)))
	_, err := s.Queues().Create(ctx, Queue{Name: "q"})
	f("site_id", err)
	_, err = s.Queues().Create(ctx, Queue{Name: "q", SiteID: site.ID, Channel: "fax"})
	f("channel", err)
	_, err = s.Activities().Create(ctx, Activity{Name: "x", Shrinkage: "lost"})
	f("shrinkage", err)
	_, err = s.Activities().Create(ctx, Activity{Name: "x", Shrinkage: "none", States: []string{"asleep"}})
	f("states", err)
	_, err = s.Activities().Create(ctx, Activity{Name: "x", Shrinkage: "none", CostShare: -1})
	f("cost_share", err)
	_, err = s.Users().Create(ctx, User{Login: "a b"})
	f("login", err)
	_, err = s.Users().Create(ctx, User{Login: "a", Locale: "de"})
	f("locale", err)
	_, err = s.Grants().Create(ctx, Grant{UserID: "u", Role: "root"})
	f("role", err)
	_, err = s.Grants().Create(ctx, Grant{UserID: "u", Role: "viewer", Scope: "site"})
	f("scope_id", err)
	_, err = s.Grants().Create(ctx, Grant{UserID: "u", Role: "admin", Scope: "site", ScopeID: site.ID})
	f("scope", err)
	_, err = s.Queues().List(ctx, Where("name; DROP TABLE queues", 1))
	f("filter", err)
	if n := must[AuditProof](t)(s.VerifyAudit(ctx)).Count; n != 2 {
		t.Errorf("%d changes recorded, want the site and one agent", n)
	}
}

func TestHostileNamesAreOnlyNames(t *testing.T) {
	s, ctx := open(t), t.Context()
	for _, name := range []string{`'; DROP TABLE agents; --`, `$1`, `%`, `{"a":1}`, `</script>`, `Ülo Õun`, `客服`} {
		a := must[Agent](t)(s.EnsureAgent(ctx, name))
		if got := must[Agent](t)(s.Agents().Get(ctx, a.ID)); got.Name != name {
			t.Errorf("%q became %q", name, got.Name)
		}
	}
	if l := must[[]Agent](t)(s.Agents().List(ctx)); len(l) != 7 {
		t.Errorf("%d agents", len(l))
	}
}

func TestDatedRowsHoldUntilTheNext(t *testing.T) {
	s, ctx := open(t), t.Context()
	ag := must[Agent](t)(s.EnsureAgent(ctx, "Mari"))
	other := must[Agent](t)(s.EnsureAgent(ctx, "Jaan"))
	red, blue := must[Team](t)(s.EnsureTeam(ctx, "red", "")), must[Team](t)(s.EnsureTeam(ctx, "blue", ""))
	put := func(agent string, from Stamp, team string) AgentTerms {
		return must[AgentTerms](t)(s.Terms().Put(ctx, AgentTerms{AgentID: agent, DatedHead: DatedHead{ValidFrom: from}, TeamID: team, WageCents: 1250}))
	}
	put(ag.ID, 2000, blue.ID)
	put(ag.ID, 1000, red.ID)
	end := put(ag.ID, 3000, "")
	put(other.ID, Always, blue.ID)
	f := func(at Stamp, want ...string) {
		t.Helper()
		got := []string{}
		for _, r := range must[[]AgentTerms](t)(s.Terms().AsOf(ctx, at, Where("agent_id", ag.ID))) {
			got = append(got, r.TeamID)
		}
		if d := cmp.Diff(append([]string{}, want...), got); d != "" {
			t.Errorf("at %d (-want +got):\n%s", at, d)
		}
	}
	f(0)
	f(999)
	f(1000, red.ID)
	f(1999, red.ID)
	f(2000, blue.ID)
	f(3000, "")
	f(1<<60, "")
	if all := must[[]AgentTerms](t)(s.Terms().AsOf(ctx, 1500)); len(all) != 2 {
		t.Errorf("%d agents have terms, want 2", len(all))
	}
	if h := must[[]AgentTerms](t)(s.Terms().History(ctx, Where("agent_id", ag.ID))); len(h) != 3 || h[0].ValidFrom != 1000 || h[2].ValidFrom != 3000 {
		t.Errorf("history %+v", h)
	}
	if err := s.Terms().Remove(ctx, end); err != nil {
		t.Fatal(err)
	}
	f(3000, blue.ID)
	wantErr(t, s.Terms().Remove(ctx, end), ErrConflict)
}

func TestDatedRowsAreVersioned(t *testing.T) {
	s, ctx := open(t), t.Context()
	ag := must[Agent](t)(s.EnsureAgent(ctx, "Mari"))
	sk := must[Skill](t)(s.EnsureSkill(ctx, "et"))
	row := must[AgentSkill](t)(s.SkillLevels().Put(ctx, AgentSkill{AgentID: ag.ID, SkillID: sk.ID, Level: 3}))
	_, err := s.SkillLevels().Put(ctx, AgentSkill{AgentID: ag.ID, SkillID: sk.ID, Level: 4})
	wantErr(t, err, ErrExists)
	row.Level = 1
	newer := must[AgentSkill](t)(s.SkillLevels().Put(ctx, row))
	if newer.Version != 2 {
		t.Errorf("version %d", newer.Version)
	}
	_, err = s.SkillLevels().Put(ctx, row)
	wantErr(t, err, ErrConflict)
	_, err = s.SkillLevels().Put(ctx, AgentSkill{AgentID: "ag_none", SkillID: sk.ID, Level: 1})
	wantErr(t, err, ErrReference)
	_, err = s.SkillLevels().Put(ctx, AgentSkill{AgentID: ag.ID, SkillID: sk.ID, DatedHead: DatedHead{ValidFrom: -1}})
	wantErr(t, err, ErrInvalid)
	_, err = s.SkillLevels().Put(ctx, AgentSkill{AgentID: ag.ID, SkillID: sk.ID, DatedHead: DatedHead{ValidFrom: 5}, Level: 11})
	wantErr(t, err, ErrInvalid)
}

func TestTargets(t *testing.T) {
	s, ctx := open(t), t.Context()
	site := must[Site](t)(s.EnsureSite(ctx, "Main", "UTC"))
	q := must[Queue](t)(s.EnsureQueue(ctx, "PS", site.ID))
	sec := time.Second.Microseconds()
	in := QueueTarget{QueueID: q.ID, Share: 0.8, Within: 20 * sec, Short: 10 * sec, Overrides: []TargetOverride{
		{Window{Weekdays: []int{1, 2, 3, 4, 5}, From: "09:00", To: "12:00"}, 0.9, 10 * sec},
		{Window{Weekdays: []int{1}, From: "08:00", To: "24:00"}, 0.7, 160 * sec},
	}}
	must[QueueTarget](t)(s.Targets().Put(ctx, in))
	got := must[[]QueueTarget](t)(s.Targets().AsOf(ctx, Stamp(1e15)))[0]
	f := func(day, minute int, share float64, within int64) {
		t.Helper()
		if sh, w := got.At(day, minute); sh != share || w != within*sec {
			t.Errorf("weekday %d minute %d: %v within %d µs", day, minute, sh, w)
		}
	}
	f(1, 7*60+59, 0.8, 20)
	f(1, 8*60, 0.7, 160)
	f(1, 9*60, 0.9, 10)
	f(1, 12*60, 0.7, 160)
	f(2, 11*60+59, 0.9, 10)
	f(2, 12*60, 0.8, 20)
	f(7, 10*60, 0.8, 20)
	for _, bad := range []QueueTarget{
		{QueueID: q.ID, Share: 1.1}, {QueueID: q.ID, Share: -0.1}, {QueueID: q.ID, Within: -1}, {QueueID: q.ID, Short: -1},
		{QueueID: q.ID, Overrides: []TargetOverride{{Window{Weekdays: []int{1}, From: "9", To: "10:00"}, 0.5, 1}}},
		{QueueID: q.ID, Overrides: []TargetOverride{{Window{Weekdays: []int{1}, From: "09:00", To: "10:00"}, 2, 1}}},
	} {
		_, err := s.Targets().Put(ctx, bad)
		wantErr(t, err, ErrInvalid)
	}
}

func TestStreamRules(t *testing.T) {
	s, ctx := open(t), t.Context()
	site := must[Site](t)(s.EnsureSite(ctx, "Main", "UTC"))
	own, loans, cards := must[Stream](t)(s.EnsureStream(ctx, "own")), must[Stream](t)(s.EnsureStream(ctx, "loans")), must[Stream](t)(s.EnsureStream(ctx, "cards"))
	q := must[Queue](t)(s.Queues().Create(ctx, Queue{Name: "PS", SiteID: site.ID, StreamID: own.ID}))
	put := func(r StreamRule) { t.Helper(); must[StreamRule](t)(s.StreamRules().Put(ctx, r)) }
	put(StreamRule{QueueID: q.ID, Number: "800", StreamID: loans.ID})
	put(StreamRule{Reason: "card", StreamID: cards.ID})
	put(StreamRule{Reason: "card", DatedHead: DatedHead{ValidFrom: 1000}})
	f := func(at Stamp, number, reason, want string) {
		t.Helper()
		if got := ResolveStream(must[[]StreamRule](t)(s.StreamRules().AsOf(ctx, at)), q, number, reason); got != want {
			t.Errorf("at %d number %q reason %q: %s, want %s", at, number, reason, got, want)
		}
	}
	f(1, "", "", own.ID)
	f(1, "800", "", loans.ID)
	f(1, "800", "card", cards.ID)
	f(1000, "800", "card", loans.ID)
	_, err := s.StreamRules().Put(ctx, StreamRule{StreamID: own.ID})
	wantErr(t, err, ErrInvalid)
	_, err = s.StreamRules().Put(ctx, StreamRule{QueueID: "q_none", StreamID: own.ID})
	wantErr(t, err, ErrReference)
}

func TestLastAdministratorStays(t *testing.T) {
	s, ctx := open(t), t.Context()
	boss, clerk := must[User](t)(s.Users().Create(ctx, User{Login: "Boss"})), must[User](t)(s.Users().Create(ctx, User{Login: "clerk"}))
	if boss.Login != "boss" || boss.Name != "boss" {
		t.Errorf("user %+v", boss)
	}
	g := must[Grant](t)(s.Grants().Create(ctx, Grant{UserID: boss.ID, Role: RoleAdmin}))
	_, err := s.Grants().Retire(ctx, g.ID, 1)
	wantErr(t, err, ErrLastAdmin)
	_, err = s.Users().Retire(ctx, boss.ID, 1)
	wantErr(t, err, ErrLastAdmin)
	demoted := g
	demoted.Role = "viewer"
	_, err = s.Grants().Update(ctx, demoted)
	wantErr(t, err, ErrLastAdmin)
	clerk = must[User](t)(s.Users().Retire(ctx, clerk.ID, 1))
	clerk = must[User](t)(s.Users().Restore(ctx, clerk.ID, clerk.Version))
	must[Grant](t)(s.Grants().Create(ctx, Grant{UserID: clerk.ID, Role: RoleAdmin}))
	must[User](t)(s.Users().Retire(ctx, boss.ID, 1))
	_, err = s.Users().Retire(ctx, clerk.ID, clerk.Version)
	wantErr(t, err, ErrLastAdmin)
	_, err = s.Grants().Create(ctx, Grant{UserID: clerk.ID, Role: "supervisor", Scope: "team", ScopeID: "team_none"})
	wantErr(t, err, ErrReference)
}

func TestStampJSON(t *testing.T) {
	f := func(in string, want Stamp, back string) {
		t.Helper()
		var s Stamp
		if err := json.Unmarshal([]byte(in), &s); err != nil || s != want {
			t.Errorf("%s: %d, %v; want %d", in, s, err, want)
		}
		if b, err := json.Marshal(s); err != nil || string(b) != back {
			t.Errorf("%d: %s, %v; want %s", s, b, err, back)
		}
	}
	f(`null`, 0, `null`)
	f(`"1999-10-03T06:00:00+02:00"`, 938923200000000, `"1999-10-03T04:00:00Z"`)
	f(`938923200000001`, 938923200000001, `"1999-10-03T04:00:00.000001Z"`)
	f(`"1970-01-01T00:00:00.0000019Z"`, 1, `"1970-01-01T00:00:00.000001Z"`)
	for _, bad := range []string{`"yesterday"`, `1.5`, `{}`, `true`, `"1999-10-03"`} {
		var s Stamp
		if err := json.Unmarshal([]byte(bad), &s); err == nil {
			t.Errorf("%s became %d", bad, s)
		}
	}
}

func TestIDsAreDistinctAndPlain(t *testing.T) {
	seen := map[string]bool{}
	for range 10000 {
		id := NewID("q")
		if seen[id] || len(id) != 23 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
	}
}
