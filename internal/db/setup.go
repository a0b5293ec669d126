package db

import "github.com/agner-platform/agner/internal/db/value"

// Site is a place with one time zone and one set of opening hours. No opening
// windows means always open.
type Site struct {
	Head
	NaturalName string    `json:"natural_name" db:"natural_name,fixed"`
	Name        string    `json:"name" db:"name"`
	Zone        string    `json:"zone" db:"zone"`             // IANA name
	WeekStart   int       `json:"week_start" db:"week_start"` // ISO weekday, 1 Monday … 7 Sunday
	Opening     []Window  `json:"opening" db:"opening,json"`
	Holidays    []Holiday `json:"holidays" db:"holidays,json"`
}

// Check normalises and validates the site.
func (s *Site) Check() error {
	if err := naming(&s.NaturalName, &s.Name); err != nil {
		return err
	}
	if err := value.Zone("zone", s.Zone); err != nil {
		return err
	}
	if s.WeekStart == 0 {
		s.WeekStart = 1
	}
	if err := value.Between("week_start", s.WeekStart, 1, 7); err != nil {
		return err
	}
	s.Opening = noNil(s.Opening)
	if err := value.Windows("opening", s.Opening); err != nil {
		return err
	}
	s.Holidays = noNil(s.Holidays)
	return value.Holidays(s.Holidays)
}

// Group gathers queues for reports.
type Group struct {
	Head
	Name   string `json:"name" db:"name"`
	SiteID string `json:"site_id" db:"site_id,null"`
}

// Check normalises and validates the group.
func (g *Group) Check() error { return value.Name("name", &g.Name) }

// Stream is a work stream: what planners forecast.
type Stream struct {
	Head
	Name    string `json:"name" db:"name"`
	Channel string `json:"channel" db:"channel"`
}

// Check normalises and validates the stream.
func (s *Stream) Check() error {
	if err := value.Name("name", &s.Name); err != nil {
		return err
	}
	return channel(&s.Channel)
}

// Queue is a waiting line. No opening windows means the site's hours.
type Queue struct {
	Head
	NaturalName string   `json:"natural_name" db:"natural_name,fixed"`
	Name        string   `json:"name" db:"name"`
	SiteID      string   `json:"site_id" db:"site_id"`
	GroupID     string   `json:"group_id" db:"group_id,null"`
	StreamID    string   `json:"stream_id" db:"stream_id,null"` // where no stream rule says otherwise
	Channel     string   `json:"channel" db:"channel"`
	Opening     []Window `json:"opening" db:"opening,json"`
}

// Check normalises and validates the queue.
func (q *Queue) Check() error {
	if err := naming(&q.NaturalName, &q.Name); err != nil {
		return err
	}
	if q.SiteID == "" {
		return value.Wrong("site_id", "", "must not be empty")
	}
	if err := channel(&q.Channel); err != nil {
		return err
	}
	q.Opening = noNil(q.Opening)
	return value.Windows("opening", q.Opening)
}

// Team is a group of agents under one supervisor.
type Team struct {
	Head
	Name   string `json:"name" db:"name"`
	SiteID string `json:"site_id" db:"site_id,null"`
}

// Check normalises and validates the team.
func (t *Team) Check() error { return value.Name("name", &t.Name) }

// Agent is a person who handles contacts. Team, contract and wage are dated: [AgentTerms].
type Agent struct {
	Head
	NaturalName string `json:"natural_name" db:"natural_name,fixed"`
	Name        string `json:"name" db:"name"`
	Extension   string `json:"extension" db:"extension"`
}

// Check normalises and validates the agent.
func (a *Agent) Check() error {
	if err := naming(&a.NaturalName, &a.Name); err != nil {
		return err
	}
	return value.Text("extension", &a.Extension)
}

// Skill is something an agent can do for callers; levels are dated: [AgentSkill].
type Skill struct {
	Head
	Name string `json:"name" db:"name"`
}

// Check normalises and validates the skill.
func (s *Skill) Check() error { return value.Name("name", &s.Name) }

// Activity is one entry of the catalogue shared by schedule, adherence, shrinkage and calendars.
type Activity struct {
	Head
	Name      string   `json:"name" db:"name"`
	Paid      bool     `json:"paid" db:"paid"`
	States    []string `json:"states" db:"states,json"`    // agent states that adhere to it
	Reasons   []string `json:"reasons" db:"reasons,json"`  // if any: only with one of these reasons
	Shrinkage string   `json:"shrinkage" db:"shrinkage"`   // none, in_office, out_of_office, unplanned
	CostShare float64  `json:"cost_share" db:"cost_share"` // of the wage, 0 to 10 (overtime is above 1)
}

var (
	agentStates = []string{"offline", "available", "reserved", "talking", "hold", "wrap_up", "break", "meal", "training", "meeting", "other"}
	shrinkages  = []string{"none", "in_office", "out_of_office", "unplanned"}
	channels    = []string{"voice", "chat", "email", "sms", "video", "callback"}
)

// Check normalises and validates the activity.
func (a *Activity) Check() error {
	if err := value.Name("name", &a.Name); err != nil {
		return err
	}
	a.States, a.Reasons = noNil(a.States), noNil(a.Reasons)
	for _, st := range a.States {
		if err := value.OneOf("states", st, agentStates); err != nil {
			return err
		}
	}
	for i := range a.Reasons {
		if err := value.Name("reasons", &a.Reasons[i]); err != nil {
			return err
		}
	}
	if err := value.OneOf("shrinkage", a.Shrinkage, shrinkages); err != nil {
		return err
	}
	return value.Between("cost_share", a.CostShare, 0, 10)
}

// Code is a wrap-up code: a contact reason, for one queue or (QueueID empty) for all.
type Code struct {
	Head
	QueueID string `json:"queue_id" db:"queue_id,null,fixed"`
	Code    string `json:"code" db:"code,fixed"`
	Label   string `json:"label" db:"label"`
}

// Check normalises and validates the code; a code without label is its own.
func (c *Code) Check() error {
	if err := value.Name("code", &c.Code); err != nil {
		return err
	}
	if c.Label == "" {
		c.Label = c.Code
	}
	return value.Name("label", &c.Label)
}

// naming settles the natural name at creation and checks both names.
func naming(natural, name *string) error {
	if err := value.Name("name", name); err != nil {
		return err
	}
	if *natural == "" {
		*natural = *name
	}
	return value.Name("natural_name", natural)
}

func channel(c *string) error {
	if *c == "" {
		*c = "voice"
	}
	return value.OneOf("channel", *c, channels)
}

// noNil makes an absent list an empty one, so that JSON shows [] and rows compare equal.
func noNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
