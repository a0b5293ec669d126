// Package compile makes the switch's snapshot of what people arranged in the set-up
// database. What cannot be used is left out and named, so that one broken menu does
// not keep the others from their callers.
package compile

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/phone"
	"github.com/agner-platform/agner/internal/db/value"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/exchange"
	"github.com/agner-platform/agner/telephony/ivr"
	"github.com/agner-platform/agner/telephony/routing"
	"github.com/agner-platform/agner/telephony/trunk"
)

// Defaults of a queue whose routing nobody has set.
const (
	defaultWrapUp = 30 * interval.Second // time to note what the call was about
	missedBreak   = 10 * interval.Second // before an agent who missed a call is rung again
	maxMissed     = 3                    // missed in a row: the agent is not at the desk
)

// compiler gathers what the snapshot is made of.
type compiler struct {
	out     exchange.Setup
	queues  map[string]db.Queue
	sites   map[string]db.Site
	flows   map[string]string // id → name, of those that can be used
	version int64
	notes   []string
}

// Setup makes the snapshot; the notes name what was left out.
func Setup(ctx context.Context, s *db.Store) (exchange.Setup, []string, error) {
	c := &compiler{queues: map[string]db.Queue{}, sites: map[string]db.Site{}, flows: map[string]string{}}
	c.out.Names, c.out.Labels, c.out.Zone = map[string]string{}, map[string]string{}, "UTC"
	for _, step := range []func(context.Context, *db.Store) error{c.places, c.agents, c.menus, c.lines} {
		if err := step(ctx, s); err != nil {
			return c.out, nil, fmt.Errorf("compile telephony set-up: %w", err)
		}
	}
	c.out.Version, c.out.ACD.Version = c.version, c.version
	return c.out, c.notes, nil
}

func (c *compiler) saw(h db.Head) { c.version = max(c.version, int64(h.UpdatedAt), int64(h.RetiredAt)) }

func (c *compiler) note(format string, args ...any) {
	c.notes = append(c.notes, fmt.Sprintf(format, args...))
}

// places compiles the queues of all sites.
func (c *compiler) places(ctx context.Context, s *db.Store) error {
	sites, err := s.Sites().List(ctx)
	if err != nil {
		return err
	}
	oldest := db.Site{}
	for _, site := range sites {
		c.saw(site.Head)
		c.sites[site.ID] = site
		if oldest.ID == "" || site.CreatedAt < oldest.CreatedAt {
			oldest, c.out.Zone = site, site.Zone
		}
	}
	queues, err := s.Queues().List(ctx)
	if err != nil {
		return err
	}
	rows, err := phone.Routings(s).List(ctx)
	if err != nil {
		return err
	}
	routed := map[string]phone.Routing{}
	for _, r := range rows {
		c.saw(r.Head)
		routed[r.QueueID] = r
	}
	for _, q := range queues {
		c.saw(q.Head)
		if q.Channel == "voice" {
			c.queues[q.ID] = q
			c.out.Names[q.Name] = q.ID
		}
	}
	codes, err := c.codes(ctx, s)
	if err != nil {
		return err
	}
	for _, q := range queues {
		if q.Channel != "voice" {
			continue
		}
		about := exchange.Queue{ID: q.ID, Name: q.Name, Codes: slices.Concat(codes[""], codes[q.ID])}
		box := exchange.Box{Queue: q.ID, Name: q.Name}
		cfg := acd.QueueConfig{ID: q.ID, Site: q.SiteID, WrapUpUs: defaultWrapUp, ExtendUs: defaultWrapUp, ExtendMax: 3, MissedUs: missedBreak}
		cfg.Hours = opening(c.sites[q.SiteID], q)
		if r, ok := routed[q.ID]; ok {
			c.route(&cfg, r)
			c.options(&cfg, &r.Options)
			o := r.Options
			about.Language, about.Pop, about.Confirm = o.Language, o.PopURL, o.Callback.Confirm
			if cfg.MustCode && len(about.Codes) == 0 {
				cfg.MustCode = false
				c.note("queue %s: options.code_required has no effect: the queue has no wrap-up codes", q.Name)
			}
			box.Mail, box.Attach, box.Keep = o.MessageMail, o.MessageWave, days(o.MessageKeep)
			box.Redact, box.Language = o.Redact, spoken(o)
		}
		c.out.ACD.Queues = append(c.out.ACD.Queues, cfg)
		c.out.Boxes = append(c.out.Boxes, box)
		c.out.Queues = append(c.out.Queues, about)
	}
	return nil
}

// route puts the set routing into a queue.
func (c *compiler) route(q *acd.QueueConfig, r phone.Routing) {
	q.Strategy, q.Weight = routing.Strategy(r.Strategy), int64(r.Weight)
	q.RingUs, q.WrapUpUs, q.MaxWaitUs = us(r.RingS), us(r.WrapUpS), us(r.MaxWaitS)
	q.Entry = acd.Entry{Need: setup.Need(r.Entry), MaxWaiting: r.MaxWaiting}
	if r.Record != "" {
		c.out.Record = append(c.out.Record, exchange.Recording{
			Queue: q.ID, Consent: r.Record == "consent", Keep: days(r.KeepDays), MaxPause: time.Duration(r.Options.MaxPauseS * float64(time.Second)),
			Redact: r.Options.Redact, Language: spoken(r.Options),
		})
	}
	if r.AnnounceS > 0 {
		q.Announce = acd.Announcements{FirstUs: us(r.AnnounceS), EveryUs: us(r.AnnounceS), Position: true, Wait: true}
	}
	for _, at := range slices.Sorted(maps.Keys(r.Actions)) {
		a := acd.Action{Do: setup.Do(r.Actions[at].Do), Target: r.Actions[at].Target}
		if id := c.out.Names[a.Target]; a.Do == setup.ToQueue && id != "" {
			a.Target = id
		}
		if a.Do == setup.ToQueue && (c.queues[a.Target].ID == "" || a.Target == q.ID) {
			c.note("queue %s: actions.%s leads to %q, which is not another queue", c.queues[q.ID].Name, at, a.Target)
			continue
		}
		switch at {
		case "timeout":
			q.OnTimeout = a
		case "empty":
			q.OnEmpty = a
		case "full":
			q.OnFull = a
		case "closed":
			q.OnClosed = a
		case "long":
			q.OnLong = a
		default:
			if q.Keys == nil {
				q.Keys = map[string]acd.Action{}
			}
			q.Keys[strings.TrimPrefix(at, "key_")] = a
		}
	}
}

// us turns seconds into what the distributor counts in.
func us(seconds float64) int64 { return int64(seconds * float64(interval.Second)) }

// spoken is the language of a queue's calls: what was said, else that of announcements.
func spoken(o phone.RoutingOptions) string { return cmp.Or(o.Spoken, o.Language) }

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// options puts what a queue may be told besides into it.
func (c *compiler) options(q *acd.QueueConfig, o *phone.RoutingOptions) {
	q.Priority, q.AgeUs, q.RingMax, q.OwnUs, q.Tiers.StepUs = int64(o.Priority), us(o.AgeS), o.RingMax, us(o.OwnS), us(o.TierStepS)
	q.MissedUs, q.DeclinedUs = setup.Or(us(o.MissedS), q.MissedUs), us(o.DeclinedS)
	q.ExtendUs, q.ExtendMax = setup.Or(us(o.ExtendS), q.ExtendUs), int(setup.Or(int64(o.ExtendMax), int64(q.ExtendMax)))
	q.MustCode, q.Leave, q.Entry.MaxWaitUs = o.CodeRequired, setup.Need(o.Leave), us(o.PredictedS)
	q.Callback = acd.Callbacks{OfferUs: us(o.Callback.OfferAfterS), Attempts: int64(o.Callback.Attempts), RetryUs: us(o.Callback.RetryS), WithinUs: us(o.Callback.WithinS)}
	for _, n := range o.Need {
		expr, err := routing.ParseExpr(n.Skills)
		if err != nil {
			c.note("queue %s: options.need after %g s is not used: %v", c.queues[q.ID].Name, n.AfterS, err)
			continue
		}
		q.Need = append(q.Need, routing.Stage{AfterUs: us(n.AfterS), Need: expr})
	}
	if q.MustCode && q.WrapUpUs == 0 {
		c.note("queue %s: options.code_required has no effect: the queue gives no time for wrap-up", c.queues[q.ID].Name)
	}
}

// codes returns the wrap-up codes by queue, those for all queues under "".
func (c *compiler) codes(ctx context.Context, s *db.Store) (map[string][]exchange.Code, error) {
	rows, err := s.Codes().List(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string][]exchange.Code{}
	for _, r := range rows {
		c.saw(r.Head)
		out[r.QueueID] = append(out[r.QueueID], exchange.Code{ID: r.ID, Code: r.Code, Label: r.Label})
	}
	return out, nil
}

// limits turns set limits into those of the switch; nil: its own.
func limits(l *phone.TrunkLimits) *trunk.Limits {
	if !l.Set() {
		return nil
	}
	millionths := func(units float64) int64 { return int64(math.Round(units * 1e6)) }
	out := &trunk.Limits{Home: l.Home, Countries: l.Countries, PerMinute: l.PerMinute, Concurrent: l.Concurrent, DailyCost: millionths(l.DailyCost)}
	for _, r := range l.Rates {
		out.Rates = append(out.Rates, trunk.Rate{Prefix: r.Prefix, PerMinute: millionths(r.PerMinute)})
	}
	return out
}

// weekdays by ISO number, as opening hours name them.
var weekdays = [8]string{1: "mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// opening gives a queue its hours: its own, else the site's; no windows mean always.
func opening(site db.Site, q db.Queue) *acd.Opening {
	windows := q.Opening
	if len(windows) == 0 {
		windows = site.Opening
	}
	if len(windows) == 0 {
		return nil
	}
	o := &acd.Opening{Zone: site.Zone, Week: map[string][]string{}, Except: map[string][]string{}}
	for _, w := range windows {
		for _, d := range w.Weekdays {
			o.Week[weekdays[d]] = append(o.Week[weekdays[d]], w.From+"-"+w.To)
		}
	}
	for _, h := range site.Holidays {
		o.Except[h.Date] = hours(h)
	}
	return o
}

func hours(h value.Holiday) []string {
	out := []string{}
	for _, w := range h.Windows {
		out = append(out, w.From+"-"+w.To)
	}
	return out
}

// agents compiles who serves which queue with which skills.
func (c *compiler) agents(ctx context.Context, s *db.Store) error {
	agents, err := s.Agents().List(ctx)
	if err != nil {
		return err
	}
	members, err := phone.Members(s).List(ctx)
	if err != nil {
		return err
	}
	skills, err := skillsOf(ctx, s)
	if err != nil {
		return err
	}
	queues := map[string][]acd.Membership{}
	for _, m := range members {
		c.saw(m.Head)
		if c.queues[m.QueueID].ID != "" {
			queues[m.AgentID] = append(queues[m.AgentID], acd.Membership{Queue: m.QueueID, Tier: m.Tier, Order: int64(m.Place)})
		}
	}
	for _, a := range agents {
		c.saw(a.Head)
		c.out.Labels[a.ID] = a.Name
		if len(queues[a.ID]) > 0 {
			c.out.ACD.Agents = append(c.out.ACD.Agents, acd.AgentConfig{ID: a.ID, Queues: queues[a.ID], Skills: skills[a.ID], MaxMissed: maxMissed})
		}
	}
	return nil
}

// skillsOf returns every agent's skills of today, by the skill's name.
func skillsOf(ctx context.Context, s *db.Store) (map[string]routing.Skills, error) {
	list, err := s.Skills().List(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, k := range list {
		names[k.ID] = strings.ToLower(strings.ReplaceAll(k.Name, " ", "_"))
	}
	levels, err := s.SkillLevels().AsOf(ctx, db.StampOf(time.Now()))
	if err != nil {
		return nil, err
	}
	out := map[string]routing.Skills{}
	for _, l := range levels {
		if names[l.SkillID] == "" {
			continue
		}
		if out[l.AgentID] == nil {
			out[l.AgentID] = routing.Skills{}
		}
		if l.Level > 0 { // in set-up 1 is best; the distributor counts upwards
			out[l.AgentID][names[l.SkillID]] = int64(11 - l.Level)
		}
	}
	return out, nil
}

// menus compiles the flows that can be used.
func (c *compiler) menus(ctx context.Context, s *db.Store) error {
	flows, err := phone.Flows(s).List(ctx)
	if err != nil {
		return err
	}
	known := ivr.Known{Zone: c.out.Zone, Queues: slices.Concat(slices.Collect(maps.Keys(c.out.Names)), slices.Collect(maps.Keys(c.queues)))}
	for _, f := range flows {
		c.saw(f.Head)
		if _, err := ivr.Parse([]byte(f.Text), known); err != nil {
			c.note("flow %s is not used: %v", f.Name, err)
			continue
		}
		c.flows[f.ID] = f.Name
		c.out.Flows = append(c.out.Flows, exchange.Flow{Name: f.Name, Text: f.Text})
	}
	return nil
}

// lines compiles numbers, phones and trunks.
func (c *compiler) lines(ctx context.Context, s *db.Store) error {
	numbers, err := phone.Numbers(s).List(ctx)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		c.saw(n.Head)
		out := exchange.Number{Number: n.Number, Site: n.SiteID, Flow: c.flows[n.FlowID], Zone: c.sites[n.SiteID].Zone, Language: n.Language}
		if c.queues[n.QueueID].ID != "" {
			out.Queue = n.QueueID
		}
		if out.Flow == "" && out.Queue == "" {
			c.note("number %s is not used: it leads nowhere", n.Number)
			continue
		}
		c.out.Numbers = append(c.out.Numbers, out)
	}
	phones, err := phone.Phones(s).List(ctx)
	if err != nil {
		return err
	}
	for _, p := range phones {
		c.saw(p.Head)
		c.out.Phones = append(c.out.Phones, exchange.Phone{User: p.Account, Agent: p.AgentID, MD5: p.HA1MD5, SHA256: p.HA1SHA256, Number: p.Number})
	}
	trunks, err := phone.Trunks(s).List(ctx)
	if err != nil {
		return err
	}
	for _, t := range trunks {
		c.saw(t.Head)
		c.out.Trunks = append(c.out.Trunks, exchange.Trunk{
			Name: t.Name, Prefixes: t.Addresses, Host: t.Host, From: t.From, User: t.Login, Secret: t.Secret,
			Register: t.Register, Limits: limits(&t.Limits),
		})
	}
	return nil
}
