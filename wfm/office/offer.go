package office

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/planning"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/wfm/extra"
	"github.com/agner-platform/agner/wfm/rules"
)

// What a claim can run into.
var (
	ErrClosed = errors.New("the offer is closed")
	ErrFull   = errors.New("every place is taken")
	ErrSkill  = errors.New("the offer asks for a skill that the person has not")
)

// Offered is an offer as one agent sees it.
type Offered struct {
	planning.Offer
	Mine   string          `json:"mine"`   // state of the own claim, empty without one
	Taken  int             `json:"taken"`  // places
	Broken []rules.Finding `json:"broken"` // rules that taking it would break; empty: it can be claimed
	Reason string          `json:"reason"` // why it cannot be claimed, where no rule says it: closed, full, skill, taken, no_work, not_planned
}

// Offer puts hours of a published schedule up: to take on, or to give up.
func (s *Service) Offer(ctx context.Context, o planning.Offer) (planning.Offer, error) {
	f, err := s.published(ctx, o.Schedule)
	if err != nil {
		return o, err
	}
	axis := f.p.Axis()
	from := axis.Minute(o.Start.Time())
	if d := axis.DayOf("", from); d < 0 || d >= axis.Days() || from%f.p.Slot != 0 {
		return o, &db.FieldError{Field: "start", Value: o.Start.Time().Format(time.RFC3339), Reason: "want a slot of the schedule's horizon"}
	}
	if o.Start.Time().Before(s.cfg.Now()) {
		return o, &db.FieldError{Field: "start", Value: o.Start.Time().Format(time.RFC3339), Reason: "lies in the past"}
	}
	if o.Skill != "" && !slices.ContainsFunc(f.p.Agents, func(a rules.Agent) bool { return slices.Contains(a.Skills, o.Skill) }) {
		return o, &db.FieldError{Field: "skill", Value: o.Skill, Reason: "nobody of the schedule has it"}
	}
	if o.Closes == 0 {
		o.Closes = o.Start
	}
	return s.plan.NewOffer(ctx, o)
}

// Offers lists what an agent may claim from now on, with what stands against it.
func (s *Service) Offers(ctx context.Context, agent string) ([]Offered, error) {
	now := s.cfg.Now()
	list, err := s.plan.Offers(ctx, db.StampOf(now), db.StampOf(now.AddDate(0, 3, 0)))
	if err != nil {
		return nil, err
	}
	out := []Offered{}
	read := map[string]*force{}
	for _, o := range list {
		f := read[o.Schedule]
		if f == nil {
			if f, err = s.published(ctx, o.Schedule); err != nil {
				return nil, err
			}
			read[o.Schedule] = f
		}
		if f.p.Agent(agent) == nil {
			continue
		}
		x := Offered{Offer: o, Taken: o.Taken(), Broken: []rules.Finding{}}
		for _, c := range o.Claims {
			if c.Agent == agent {
				x.Mine = c.State
			}
		}
		x.Claims = nil // who else wants it is not theirs to know
		if _, err := s.try(f, &o, agent); err != nil {
			var broken *BrokenError
			if errors.As(err, &broken) {
				x.Broken = broken.Findings
			} else {
				x.Reason = why(err)
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// why names the reason of a refusal, for pages in any language; broken rules come with sentences of their own.
func why(err error) string {
	names := map[string]error{"closed": ErrClosed, "full": ErrFull, "skill": ErrSkill, "taken": extra.ErrTaken, "no_work": extra.ErrNoWork, "not_planned": extra.ErrNoTerms}
	for name, known := range names {
		if errors.Is(err, known) {
			return name
		}
	}
	return err.Error()
}

// published reads a schedule with its version in force.
func (s *Service) published(ctx context.Context, id string) (*force, error) {
	row, err := s.plan.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if row.Published == 0 {
		return nil, ErrNoShift
	}
	v, err := s.plan.Version(ctx, id, row.Published)
	if err != nil {
		return nil, err
	}
	p, err := Problem(row.Problem)
	if err != nil {
		return nil, err
	}
	plan, err := Plan(v.Body)
	if err != nil {
		return nil, err
	}
	return &force{row, p, plan}, nil
}

// try gives the schedule with an offer's hours taken by an agent, if no rule is broken that is kept now.
func (s *Service) try(f *force, o *planning.Offer, agent string) (*rules.Schedule, error) {
	a := f.p.Agent(agent)
	switch {
	case a == nil:
		return nil, extra.ErrNoTerms
	case o.State != planning.OfferOpen || s.cfg.Now().After(o.Closes.Time()):
		return nil, ErrClosed
	case o.Taken() >= o.Places:
		return nil, ErrFull
	case o.Skill != "" && !slices.Contains(a.Skills, o.Skill):
		return nil, ErrSkill
	}
	return f.with(o, agent)
}

// with applies an offer to a copy of the schedule and checks the person.
func (f *force) with(o *planning.Offer, agent string) (*rules.Schedule, error) {
	now, err := clone(f.plan)
	if err != nil {
		return nil, err
	}
	if err := apply(f.p, now, o, agent); err != nil {
		return nil, err
	}
	if broken := f.broken(now, agent); len(broken) > 0 {
		return nil, &BrokenError{broken}
	}
	return now, nil
}

// apply puts an offer's hours into a schedule.
func apply(p *rules.Problem, s *rules.Schedule, o *planning.Offer, agent string) error {
	from := p.Axis().Time("", p.Axis().Minute(o.Start.Time()))
	if o.Kind == planning.Extra {
		return extra.Add(p, s, agent, from, o.Minutes)
	}
	_, err := extra.Free(s, agent, from, o.Minutes, rules.GivenUp)
	return err
}

// broken are the hard rules that a schedule breaks for people and that are kept now.
func (f *force) broken(now *rules.Schedule, agents ...string) []rules.Finding {
	broken := []rules.Finding{}
	for _, id := range agents {
		before := f.p.JudgeAgent(id, of(f.plan, id))
		for _, x := range f.p.JudgeAgent(id, of(now, id)) {
			known := slices.ContainsFunc(before, func(y rules.Finding) bool { return x.Rule == y.Rule && x.Date == y.Date })
			if x.Hard && !known {
				broken = append(broken, x)
			}
		}
	}
	return broken
}

const claimTries = 8 // while others change the schedule or the offer

// Claim claims a place of an offer: granted at once where the first has it, else a bid that waits for the close.
func (s *Service) Claim(ctx context.Context, id, agent string) (planning.Offer, error) {
	for try := 1; ; try++ {
		o, err := s.claim(ctx, id, agent)
		if !errors.Is(err, db.ErrConflict) || try == claimTries {
			return o, err
		}
	}
}

func (s *Service) claim(ctx context.Context, id, agent string) (planning.Offer, error) {
	o, err := s.plan.Offer(ctx, id)
	if err != nil {
		return o, err
	}
	for _, c := range o.Claims {
		if c.Agent == agent && (c.State == planning.Granted || c.State == planning.Waiting) {
			return o, nil // asking twice changes nothing
		}
	}
	f, err := s.published(ctx, o.Schedule)
	if err != nil {
		return o, err
	}
	now, err := s.try(f, &o, agent)
	if err != nil {
		return o, err
	}
	if o.Rule == planning.Seniority {
		return s.plan.Judge(ctx, id, o.Version, o.State, planning.Claim{Agent: agent, State: planning.Waiting})
	}
	return s.grant(ctx, f, &o, agent, now)
}

// grant gives a place and publishes the schedule with it, both or neither.
func (s *Service) grant(ctx context.Context, f *force, o *planning.Offer, agent string, now *rules.Schedule) (planning.Offer, error) {
	state := planning.OfferOpen
	if o.Taken()+1 >= o.Places && o.Rule == planning.FirstCome {
		state = planning.OfferClosed
	}
	claim := planning.Claim{Agent: agent, State: planning.Granted}
	for _, c := range o.Claims {
		if c.Agent == agent && c.State == planning.Waiting {
			claim.At = c.At // a bid keeps its time
		}
	}
	err := s.amend(ctx, f, now, func(draft *rules.Schedule) error { return apply(f.p, draft, o, agent) }, "claim of "+o.Kind+" hours",
		s.plan.Judging(o.ID, o.Version, state, claim))
	if err != nil {
		return *o, err
	}
	return s.plan.Offer(ctx, o.ID)
}

// amend publishes a changed schedule in force. A draft that is what was in force goes along; another one is a planner's
// work, to which the change is applied if it fits and which otherwise stays as it is. The steps belong to the same
// transaction.
func (s *Service) amend(ctx context.Context, f *force, now *rules.Schedule, change func(*rules.Schedule) error, note string, steps ...planning.Step) error {
	row, err := s.plan.Get(ctx, f.row.ID)
	if err != nil {
		return err
	}
	if row.Version != f.row.Version {
		return db.ErrConflict
	}
	body, err := json.Marshal(now)
	if err != nil {
		return err
	}
	was, err := json.Marshal(f.plan)
	if err != nil {
		return err
	}
	draft := json.RawMessage(body)
	if stored, err := Plan(row.Draft); err != nil {
		return err
	} else if text, err := json.Marshal(stored); err != nil {
		return err
	} else if !bytes.Equal(text, was) {
		draft = nil
		if change(stored) == nil {
			if draft, err = json.Marshal(stored); err != nil {
				return err
			}
		}
	}
	judged, err := judge(planning.Schedule{ID: row.ID, Problem: row.Problem, Draft: body})
	if err != nil {
		return err
	}
	after, err := s.plan.Amend(ctx, row.ID, row.Version, body, draft, note, judged.Figures.Cost, steps...)
	if err != nil {
		return err
	}
	return s.announce(ctx, f.p, after)
}

// announce tells the journal that a version is in force.
func (s *Service) announce(ctx context.Context, p *rules.Problem, row planning.Schedule) error {
	if s.cfg.Publish == nil {
		return nil
	}
	axis := p.Axis()
	e := event.New(s.cfg.Now().UnixMicro(), &event.SchedulePublished{
		Version: fmt.Sprintf("%s/%d", row.ID, row.Published), FromAt: axis.Time("", 0).UnixMicro(),
		ToAt: axis.Time("", axis.DayStart(axis.Days())).UnixMicro(), Agents: int64(len(p.Agents)),
	})
	if err := s.cfg.Publish(ctx, e); err != nil {
		return fmt.Errorf("tell the journal: %w", err)
	}
	return nil
}

// Unclaim takes a waiting bid back; what was granted is the planner's to undo.
func (s *Service) Unclaim(ctx context.Context, id, agent string) (planning.Offer, error) {
	o, err := s.plan.Offer(ctx, id)
	if err != nil {
		return o, err
	}
	for _, c := range o.Claims {
		if c.Agent == agent && c.State == planning.Waiting {
			return s.plan.Judge(ctx, id, o.Version, o.State, planning.Claim{Agent: agent, State: planning.Withdrawn})
		}
	}
	return o, &db.FieldError{Field: "claim", Value: agent, Reason: "only a bid that waits can be taken back"}
}

// CloseOffer ends an offer of the version named. Withdrawn, it gives nothing more; closed, its bids are weighed: the
// longest with us first, each checked against every rule as the schedule stands then.
func (s *Service) CloseOffer(ctx context.Context, id string, version int64, state string) (planning.Offer, error) {
	o, err := s.plan.Offer(ctx, id)
	if err != nil {
		return o, err
	}
	if o.Version != version {
		return o, db.ErrConflict
	}
	if o.State != planning.OfferOpen {
		return o, ErrClosed
	}
	if state == planning.OfferWithdrawn {
		return s.plan.Judge(ctx, id, o.Version, state, refused(o.Claims, planning.OfferWithdrawn)...)
	}
	if o, err = s.weigh(ctx, o); err != nil {
		return o, err
	}
	return s.plan.Judge(ctx, id, o.Version, planning.OfferClosed, refused(o.Claims, why(ErrFull))...)
}

func refused(list []planning.Claim, why string) []planning.Claim {
	var out []planning.Claim
	for _, c := range list {
		if c.State == planning.Waiting {
			c.State, c.Reason = planning.Refused, why
			out = append(out, c)
		}
	}
	return out
}

// weigh grants bids while there are places.
func (s *Service) weigh(ctx context.Context, o planning.Offer) (planning.Offer, error) {
	f, err := s.published(ctx, o.Schedule)
	if err != nil {
		return o, err
	}
	years := func(agent string) float64 {
		if a := f.p.Agent(agent); a != nil {
			return a.Seniority
		}
		return 0
	}
	for _, bid := range o.Bids(years) {
		if o.Taken() >= o.Places {
			break
		}
		if f, err = s.published(ctx, o.Schedule); err != nil {
			return o, err
		}
		now, err := f.with(&o, bid.Agent)
		if err != nil {
			bid.State, bid.Reason = planning.Refused, why(err)
			if o, err = s.plan.Judge(ctx, o.ID, o.Version, o.State, bid); err != nil {
				return o, err
			}
			continue
		}
		if o, err = s.grant(ctx, f, &o, bid.Agent, now); err != nil {
			return o, err
		}
	}
	return o, nil
}

// CloseDue closes the offers whose time is over.
func (s *Service) CloseDue(ctx context.Context) error {
	list, err := s.plan.Due(ctx, db.StampOf(s.cfg.Now()))
	for i := range list {
		if _, e := s.CloseOffer(db.As(ctx, db.Actor{Name: "offers"}), list[i].ID, list[i].Version, planning.OfferClosed); e != nil && !errors.Is(e, db.ErrConflict) {
			err = errors.Join(err, fmt.Errorf("close offer %s: %w", list[i].ID, e))
		}
	}
	return err
}
