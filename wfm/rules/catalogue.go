package rules

import "slices"

// Rule is one promise a schedule keeps.
type Rule struct {
	Name  string `json:"name"`  // stable, lower case with underscores
	Words string `json:"words"` // one sentence a planner understands
	Hard  bool   `json:"hard"`  // broken: the schedule may not be published
}

// Names of the rules.
const (
	Known           = "known"            // refers to things the instance has
	Complete        = "complete"         // one roster for everybody
	OneShiftADay    = "one_shift_a_day"  // never two shifts on a day
	DaysPerWeek     = "days_per_week"    // contract days
	StartWindow     = "start_window"     // starts the contract allows
	StartSpread     = "start_spread"     // start times within a week
	MinRest         = "min_rest"         // rest between shifts
	BreakCount      = "break_count"      // every break is there
	BreakWindow     = "break_window"     // breaks within their windows
	BreakOverlap    = "break_overlap"    // breaks do not overlap
	DayOff          = "day_off"          // granted days off
	Succession      = "succession"       // forbidden following shifts
	MaxShiftsOfType = "max_shifts"       // shifts per type
	MinMinutes      = "min_minutes"      // contract's least work
	MaxMinutes      = "max_minutes"      // contract's most work
	MaxConsecutive  = "max_consecutive"  // longest run of work
	MinConsecutive  = "min_consecutive"  // shortest run of work
	MinDaysOff      = "min_days_off"     // shortest run of days off
	MaxWeekends     = "max_weekends"     // weekends worked
	Cover           = "cover"            // enough people at every hour
	ShiftLength     = "shift_length"     // shortest and longest shift
	Requirement     = "requirement"      // exactly as many as asked for
	RestTwoDays     = "two_days_off"     // two days off in a row each week
	OffInSix        = "off_in_six"       // a day off in any six days
	FreeWeekend     = "free_weekend"     // one weekend of three is free
	MaxNights       = "max_nights"       // nights in a row
	OffAfterNights  = "off_after_nights" // rest after nights
	WithinHorizon   = "within_horizon"   // nothing after the last hour
	OneContract     = "one_contract"     // one contract per week
	DayMinutes      = "day_minutes"      // most work a day
	SplitGap        = "split_gap"        // gap between the blocks of a split shift
	SplitConsent    = "split_consent"    // split shifts only with consent
	MicroCap        = "micro_cap"        // short blocks a day
	Availability    = "availability"     // times a person can work
	Holiday         = "holiday"          // public holidays
	Pattern         = "pattern"          // rotating pattern
	BreakLegal      = "break_legal"      // legal minimum of breaks
	OnGrid          = "on_grid"          // times on the grid of slots
	LeaveQuota      = "leave_quota"      // absences per date
	OvertimeUse     = "overtime"         // minutes beyond the contract
	Preferred       = "preference"       // wishes
	FairWeekends    = "fair_weekends"    // weekends shared evenly
	FairNights      = "fair_nights"      // nights shared evenly
	TeamTogether    = "team_together"    // meetings at one time
	Occupancy       = "occupancy"        // ceiling of an interval
	HighRun         = "high_run"         // run of strained intervals
	Breather        = "breather"         // pause after phone time
	Variety         = "variety"          // more than one kind of work
	ActivityPlaced  = "activity_placed"  // off-phone work has its time
)

var catalogue = []Rule{
	{Known, "The schedule names only people, shifts and days that exist.", true},
	{Complete, "Everybody has a row in the schedule, and only one.", true},
	{OneShiftADay, "Nobody works two shifts on one day.", true},
	{DaysPerWeek, "Everybody works as many days in the week as the contract says.", true},
	{StartWindow, "A shift starts when the contract lets it start.", true},
	{StartSpread, "The start times of one person's week lie close together.", true},
	{MinRest, "Between two shifts there is enough rest.", true},
	{BreakCount, "Every shift has all the breaks of its contract.", true},
	{BreakWindow, "A break lies within its window of the shift.", true},
	{BreakOverlap, "Two breaks of a shift do not overlap.", true},
	{DayOff, "Nobody works on a day that was granted off.", true},
	{Succession, "Some shifts may not follow each other from one day to the next.", true},
	{MaxShiftsOfType, "Nobody works a kind of shift more often than allowed.", true},
	{MinMinutes, "Everybody works at least the agreed time.", true},
	{MaxMinutes, "Nobody works more than the agreed time.", true},
	{MaxConsecutive, "Nobody works too many days in a row.", true},
	{MinConsecutive, "Nobody works fewer days in a row than agreed.", true},
	{MinDaysOff, "Days off come in runs that are long enough.", true},
	{MaxWeekends, "Nobody works on more weekends than agreed.", true},
	{Cover, "Enough people are there at every hour.", true},
	{ShiftLength, "A shift is neither too short nor too long.", true},
	{Requirement, "Each shift of each day has exactly as many people as asked for.", true},
	{RestTwoDays, "Every week has two days off in a row.", true},
	{OffInSix, "Any six days in a row hold a day off.", true},
	{FreeWeekend, "Of any three weekends one is free.", true},
	{MaxNights, "Nobody works more than three nights in a row.", true},
	{OffAfterNights, "After nights comes a day off.", true},
	{WithinHorizon, "No shift runs beyond the last hour that is planned.", true},
	{OneContract, "Everybody works by one contract in a week.", true},
	{DayMinutes, "Nobody works longer on a day than agreed.", true},
	{SplitGap, "The gap in a split shift is neither too short nor too long.", true},
	{SplitConsent, "Only those who agreed to split shifts work them.", true},
	{MicroCap, "Short blocks stay under the daily limit.", true},
	{Availability, "Nobody works outside the times they can.", true},
	{Holiday, "Nobody works on a public holiday of their site.", true},
	{Pattern, "A rotating contract keeps to its pattern of weeks.", true},
	{BreakLegal, "Long work has the breaks the law asks for.", true},
	{OnGrid, "Work begins and ends on the grid of slots.", true},
	{LeaveQuota, "No more people are on leave than the quota allows.", false},
	{OvertimeUse, "Overtime stays within what the contract allows.", true},
	{Preferred, "Wishes are kept where they can be.", false},
	{FairWeekends, "Those who worked many weekends are spared.", false},
	{FairNights, "Those who worked many nights are spared.", false},
	{TeamTogether, "A meeting of a team finds everybody at once.", false},
	{Occupancy, "Nobody is kept busier than is good for long.", false},
	{HighRun, "Strained intervals do not follow each other for long.", false},
	{Breather, "Nobody is on the phone too long without a pause.", false},
	{Variety, "People with several skills work with more than one.", false},
	{ActivityPlaced, "Meetings and training find a place in the schedule.", false},
}

// All returns the catalogue in its reading order.
func All() []Rule { return slices.Clone(catalogue) }

// Find returns the rule of that name.
func Find(name string) (Rule, bool) {
	i := slices.IndexFunc(catalogue, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		return Rule{}, false
	}
	return catalogue[i], true
}

// Violation is one broken rule.
type Violation struct {
	Rule string `json:"rule"`          // a name of the catalogue
	Who  string `json:"who,omitempty"` // person, or the instance's part
	Day  int    `json:"day"`           // day from 0, -1 when it is about no single day
	Text string `json:"text"`          // what is wrong, with the figures
}
