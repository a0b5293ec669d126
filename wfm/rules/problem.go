package rules

import "github.com/agner-platform/agner/wfm/rules/axis"

// Format is the format name of own weeks.
const Format = "agner_week"

// Kinds of contracts.
const (
	Fixed    = "fixed"     // one start per shift
	Rotating = "rotating"  // a pattern of weeks
	Flexible = "flexible"  // a window of starts
	PartTime = "part_time" // a band of minutes per week
	Split    = "split"     // two blocks with a gap, with consent
	Micro    = "micro"     // short blocks, several a day
	Tilted   = "tilted"    // another length on every weekday
)

var kinds = []string{Fixed, Rotating, Flexible, PartTime, Split, Micro, Tilted}

// Problem is a week (or several) to be planned. Clock times are local times of the
// agent's site, dates local dates, lengths minutes.
type Problem struct {
	Format     string             `json:"format"`
	Name       string             `json:"name"`
	Zone       string             `json:"zone"`                   // where no site says otherwise
	From       string             `json:"from"`                   // first date
	Days       int                `json:"days"`                   // length of the horizon
	Slot       int                `json:"slot_minutes,omitempty"` // 15 without it
	Prices     Prices             `json:"prices"`
	Sites      []Site             `json:"sites,omitempty"`
	Lines      []Line             `json:"lines"`
	Contracts  []Contract         `json:"contracts"`
	Agents     []Agent            `json:"agents"`
	Activities []Activity         `json:"activities,omitempty"`
	Legal      []LegalBreak       `json:"legal_breaks,omitempty"`
	Wellbeing  Wellbeing          `json:"wellbeing,omitzero"`
	Rules      map[string]Setting `json:"rules,omitempty"` // changes to hard or soft, by rule
	Leave      []Quota            `json:"leave_quotas,omitempty"`

	axis *axis.Axis
}

// Prices are what cover costs, in the unit of wages, per hour. Short cover is
// convex: the first missing tenth of a requirement costs Under, what is missing
// beyond it Under·Steep.
type Prices struct {
	Under float64 `json:"under"`
	Over  float64 `json:"over"`
	Steep float64 `json:"steep,omitempty"` // 1 without it
}

// Site is a place with a zone of its own.
type Site struct {
	ID       string   `json:"id"`
	Zone     string   `json:"zone"`
	Holidays []string `json:"holidays,omitempty"` // dates on which nobody of the site works
}

// Line is one requirement: agents with the skill (of one site, if named) per slot of the horizon,
// counted in elapsed time from the first midnight, so that a day of 23 hours has fewer slots.
type Line struct {
	ID     string    `json:"id"`
	Skill  string    `json:"skill"`
	Site   string    `json:"site,omitempty"`
	Need   []int     `json:"need"`
	Load   []float64 `json:"load,omitempty"`   // erlangs, for the occupancy ceiling
	Weight float64   `json:"weight,omitempty"` // of its price; 1 without it
	Basis  string    `json:"basis,omitempty"`  // what need was made from, for people to read
}

// Band bounds a quantity; a Max of 0 is no limit.
type Band struct {
	Min int `json:"min,omitempty"`
	Max int `json:"max,omitempty"`
}

// Contract says how its people may work.
type Contract struct {
	Name        string      `json:"name"`
	Kind        string      `json:"kind"`
	Shifts      []ShiftKind `json:"shifts"`
	Pattern     [][]string  `json:"pattern,omitempty"`      // rotating: weeks of seven shift names, "" is off
	WeekMinutes Band        `json:"week_minutes,omitzero"`  // paid, per week
	WeekDays    Band        `json:"week_days,omitzero"`     // days worked per week
	DayMinutes  int         `json:"day_minutes,omitempty"`  // most paid minutes a day
	MinRest     int         `json:"min_rest,omitempty"`     // 660 without it
	MaxRun      int         `json:"max_run,omitempty"`      // days in a row; 6 without it
	OffTogether int         `json:"off_together,omitempty"` // a run of days off this long in every week
	MaxWeekends int         `json:"max_weekends,omitempty"` // weekends worked in the horizon
	MaxNights   int         `json:"max_nights,omitempty"`   // nights in a row
	StartSpread int         `json:"start_spread,omitempty"` // latest less earliest start of a week
	Wage        float64     `json:"wage"`                   // per paid hour
	ShiftPrice  float64     `json:"shift_price,omitempty"`  // per shift, such as the second commute of a split one
	Overtime    Overtime    `json:"overtime,omitzero"`
	TimeOff     Overtime    `json:"time_off,omitzero"` // voluntary, below the least minutes
}

// Overtime is minutes a week beyond (or below) the contract and what an hour costs.
type Overtime struct {
	Minutes int     `json:"minutes"`
	Price   float64 `json:"price"` // per hour, instead of nothing
}

// ShiftKind is one form a day may have.
type ShiftKind struct {
	Name     string         `json:"name"`
	Weekdays []string       `json:"weekdays,omitempty"` // mon … sun; all without it
	From     string         `json:"from"`               // first start
	To       string         `json:"to,omitempty"`       // last start; From without it
	Step     int            `json:"step,omitempty"`     // between starts; a slot without it
	Lengths  []int          `json:"lengths,omitempty"`  // minutes from start to end
	Length   map[string]int `json:"length,omitempty"`   // tilted: minutes per weekday
	Second   *Second        `json:"second,omitempty"`   // split: the second block
	Micro    *Blocks        `json:"micro,omitempty"`    // micro: several blocks
	Breaks   []Break        `json:"breaks,omitempty"`
}

// Second is the second block of a split shift.
type Second struct {
	Lengths []int `json:"lengths"`
	GapMin  int   `json:"gap_min"`
	GapMax  int   `json:"gap_max"`
}

// Blocks bound the short blocks of a day.
type Blocks struct {
	Most    int `json:"most"`    // blocks a day
	GapMin  int `json:"gap_min"` // between two
	Minutes int `json:"minutes"` // most a day
}

// Break is a pause whose start lies in a window of minutes after the start of the
// first block.
type Break struct {
	Name     string `json:"name"`
	Paid     bool   `json:"paid"`
	Minutes  int    `json:"minutes"`
	Earliest int    `json:"earliest"`
	Latest   int    `json:"latest"`
	Over     int    `json:"over,omitempty"` // only in first blocks longer than this
}

// LegalBreak asks for pauses of at least Minutes in a block longer than Over.
type LegalBreak struct {
	Over    int `json:"over"`
	Minutes int `json:"minutes"`
}

// Agent is one person.
type Agent struct {
	ID         string       `json:"id"`
	Name       string       `json:"name,omitempty"`
	Contracts  []string     `json:"contracts"` // one of them is chosen for each week
	Skills     []string     `json:"skills"`
	Site       string       `json:"site,omitempty"`
	Team       string       `json:"team,omitempty"`
	Phase      int          `json:"phase,omitempty"`     // rotating: which week of the pattern comes first
	Consent    []string     `json:"consent,omitempty"`   // kinds agreed to, such as split
	Seniority  float64      `json:"seniority,omitempty"` // years; weighs preferences
	Available  []Window     `json:"available,omitempty"` // only within these, where any is given
	Absences   []Absence    `json:"absences,omitempty"`
	Preference []Preference `json:"preferences,omitempty"`
	Before     Before       `json:"before,omitzero"`
}

// Window is a stretch of the day on some weekdays.
type Window struct {
	Weekdays []string `json:"weekdays,omitempty"`
	From     string   `json:"from"`
	To       string   `json:"to"` // at or before From: on the next day
}

// Absence is leave or sickness on whole dates, both included.
type Absence struct {
	From string `json:"from"`
	To   string `json:"to"`
	Kind string `json:"kind,omitempty"`
	Paid int    `json:"paid_minutes,omitempty"` // per day, counted towards the week
}

// Preference is a wish: to be off (Off) or to begin within the window.
type Preference struct {
	Window
	Off    bool    `json:"off,omitempty"`
	Weight float64 `json:"weight,omitempty"` // 1 without it
}

// Before is what the weeks before the horizon left behind: the fairness memory.
type Before struct {
	Run      int    `json:"run,omitempty"`      // days worked in a row up to the horizon
	End      string `json:"end,omitempty"`      // RFC 3339, end of the last shift
	Weekends int    `json:"weekends,omitempty"` // weekends worked in the weeks remembered
	Nights   int    `json:"nights,omitempty"`
	Refused  int    `json:"refused,omitempty"` // wishes not granted
}

// Activity is off-phone work to be placed in the cheapest slots of shifts.
type Activity struct {
	Name     string   `json:"name"`
	Minutes  int      `json:"minutes"`
	Agents   []string `json:"agents,omitempty"` // by id; Team names everybody of a team
	Team     string   `json:"team,omitempty"`
	Together bool     `json:"together,omitempty"`
	Within   []Window `json:"within,omitempty"`
}

// Wellbeing bounds the strain of an interval.
type Wellbeing struct {
	MaxOccupancy float64 `json:"max_occupancy,omitempty"` // load / agents
	HighRun      int     `json:"high_run,omitempty"`      // most intervals in a row above 90 % of the ceiling
	Breather     int     `json:"breather,omitempty"`      // most minutes on the phone without a pause
	MinSkills    int     `json:"variety,omitempty"`       // skills a person works with, where they have them
}

// Setting changes a rule for one problem.
type Setting struct {
	Hard   *bool    `json:"hard,omitempty"`
	Weight *float64 `json:"weight,omitempty"` // price of one break of a soft rule
}

// Quota is how many may be absent on a date.
type Quota struct {
	Date string `json:"date"`
	Most int    `json:"most"`
}
