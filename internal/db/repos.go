package db

import (
	"context"
	"errors"
	"fmt"
)

// The tables, in one place. Users and grants are private: who may sign in is nothing the journal has to know.
var (
	sitesTable      = NewTable[Site]("sites", "site", "t.name, t.id")
	groupsTable     = NewTable[Group]("queue_groups", "grp", "t.name, t.id")
	streamsTable    = NewTable[Stream]("streams", "str", "t.name, t.id")
	queuesTable     = NewTable[Queue]("queues", "q", "t.name, t.id")
	teamsTable      = NewTable[Team]("teams", "team", "t.name, t.id")
	agentsTable     = NewTable[Agent]("agents", "ag", "t.name, t.id")
	skillsTable     = NewTable[Skill]("skills", "sk", "t.name, t.id")
	activitiesTable = NewTable[Activity]("activities", "act", "t.name, t.id")
	codesTable      = NewTable[Code]("codes", "code", "t.code, t.id")
	usersTable      = hidden(NewTable[User]("users", "u", "t.login, t.id"))
	grantsTable     = hidden(NewTable[Grant]("grants", "gr", "t.user_id, t.role, t.id"))

	termsTable   = NewTable[AgentTerms]("agent_terms", "", "t.agent_id, t.valid_from")
	levelsTable  = NewTable[AgentSkill]("agent_skills", "", "t.agent_id, t.skill_id, t.valid_from")
	targetsTable = NewTable[QueueTarget]("queue_targets", "", "t.queue_id, t.valid_from")
	rulesTable   = NewTable[StreamRule]("stream_rules", "", "t.queue_id, t.number, t.reason, t.valid_from")
)

func hidden[T any](t *Table[T]) *Table[T] {
	t.private = true
	return t
}

// Sites are the sites.
func (s *Store) Sites() Repo[Site] { return Repo[Site]{s, sitesTable} }

// Groups are the queue groups.
func (s *Store) Groups() Repo[Group] { return Repo[Group]{s, groupsTable} }

// Streams are the work streams.
func (s *Store) Streams() Repo[Stream] { return Repo[Stream]{s, streamsTable} }

// Queues are the queues.
func (s *Store) Queues() Repo[Queue] { return Repo[Queue]{s, queuesTable} }

// Teams are the teams.
func (s *Store) Teams() Repo[Team] { return Repo[Team]{s, teamsTable} }

// Agents are the agents.
func (s *Store) Agents() Repo[Agent] { return Repo[Agent]{s, agentsTable} }

// Skills are the skills.
func (s *Store) Skills() Repo[Skill] { return Repo[Skill]{s, skillsTable} }

// Activities is the activity catalogue.
func (s *Store) Activities() Repo[Activity] { return Repo[Activity]{s, activitiesTable} }

// Codes are the wrap-up codes.
func (s *Store) Codes() Repo[Code] { return Repo[Code]{s, codesTable} }

// Users are the people who may sign in.
func (s *Store) Users() Repo[User] { return Repo[User]{s, usersTable} }

// Grants are the roles users have.
func (s *Store) Grants() Repo[Grant] { return Repo[Grant]{s, grantsTable} }

// Terms are team, contract and wage of agents over time.
func (s *Store) Terms() Dated[AgentTerms] { return Dated[AgentTerms]{s, termsTable} }

// SkillLevels are the agents' skills over time.
func (s *Store) SkillLevels() Dated[AgentSkill] { return Dated[AgentSkill]{s, levelsTable} }

// Targets are the queues' service level targets over time.
func (s *Store) Targets() Dated[QueueTarget] { return Dated[QueueTarget]{s, targetsTable} }

// StreamRules is the mapping queue, number, reason → work stream over time.
func (s *Store) StreamRules() Dated[StreamRule] { return Dated[StreamRule]{s, rulesTable} }

// EnsureSite returns the site with this natural name, made with the zone if new.
func (s *Store) EnsureSite(ctx context.Context, name, zone string) (Site, error) {
	return ensure(ctx, s.Sites(), Site{Name: name, Zone: zone}, func(v *Site) []Filter {
		return []Filter{Where("natural_name", v.NaturalName)}
	})
}

// EnsureQueue returns the queue a site's foreign records know by this name, made if new.
func (s *Store) EnsureQueue(ctx context.Context, name, siteID string) (Queue, error) {
	return ensure(ctx, s.Queues(), Queue{Name: name, SiteID: siteID}, func(v *Queue) []Filter {
		return []Filter{Where("natural_name", v.NaturalName), Where("site_id", v.SiteID)}
	})
}

// EnsureAgent returns the agent that foreign records know by this name, made if new.
func (s *Store) EnsureAgent(ctx context.Context, name string) (Agent, error) {
	return ensure(ctx, s.Agents(), Agent{Name: name}, func(v *Agent) []Filter {
		return []Filter{Where("natural_name", v.NaturalName)}
	})
}

// EnsureGroup returns the queue group of this name, made if new.
func (s *Store) EnsureGroup(ctx context.Context, name, siteID string) (Group, error) {
	return ensure(ctx, s.Groups(), Group{Name: name, SiteID: siteID}, func(v *Group) []Filter { return []Filter{Where("name", v.Name)} })
}

// EnsureStream returns the work stream of this name, made if new.
func (s *Store) EnsureStream(ctx context.Context, name string) (Stream, error) {
	return ensure(ctx, s.Streams(), Stream{Name: name}, func(v *Stream) []Filter { return []Filter{Where("name", v.Name)} })
}

// EnsureTeam returns the team of this name, made if new.
func (s *Store) EnsureTeam(ctx context.Context, name, siteID string) (Team, error) {
	return ensure(ctx, s.Teams(), Team{Name: name, SiteID: siteID}, func(v *Team) []Filter { return []Filter{Where("name", v.Name)} })
}

// EnsureSkill returns the skill of this name, made if new.
func (s *Store) EnsureSkill(ctx context.Context, name string) (Skill, error) {
	return ensure(ctx, s.Skills(), Skill{Name: name}, func(v *Skill) []Filter { return []Filter{Where("name", v.Name)} })
}

// EnsureCode returns a queue's wrap-up code (queueID empty: one for all queues), made if new.
func (s *Store) EnsureCode(ctx context.Context, queueID, code string) (Code, error) {
	c := Code{QueueID: queueID, Code: code}
	if err := c.Check(); err != nil {
		return c, err
	}
	find := func(q Querier) (Code, error) {
		row, err := s.Codes().t.Scan(q.QueryRowContext(ctx,
			codesTable.Select()+` WHERE COALESCE(t.queue_id, '') = $1 AND t.code = $2`, queueID, c.Code))
		return row, one(err, "codes", c.Code)
	}
	return findOrCreate(ctx, s.Codes(), c, find)
}

// ensure finds the row by its normalised natural key or creates it.
func ensure[T any](ctx context.Context, r Repo[T], row T, key func(*T) []Filter) (T, error) {
	if err := any(&row).(Row).Check(); err != nil {
		return row, fmt.Errorf("%s: %w", r.t.Name, err)
	}
	filters := append(key(&row), WithRetired())
	return findOrCreate(ctx, r, row, func(q Querier) (T, error) {
		found, err := r.list(ctx, q, filters...)
		if err != nil {
			return row, err
		}
		if len(found) == 0 {
			return row, ErrNotFound
		}
		return found[0], nil
	})
}

// findOrCreate reads first, because almost every call finds; then again under the write lock, because another process may have created.
func findOrCreate[T any](ctx context.Context, r Repo[T], row T, find func(Querier) (T, error)) (T, error) {
	got, err := find(r.s.read)
	if !errors.Is(err, ErrNotFound) {
		return got, err
	}
	err = r.s.Write(ctx, func(tx *Tx) error {
		var err error
		if got, err = find(tx); !errors.Is(err, ErrNotFound) {
			return err
		}
		got = row
		return r.CreateIn(ctx, tx, &got)
	})
	return got, err
}
