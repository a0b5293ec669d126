package metric

import (
	"fmt"
	"slices"

	"github.com/agner-platform/agner/internal/event"
)

// Sum names one number that figures are made of.
type Sum int

// The sums. Those ending in Us are times in µs, all others counts.
const (
	Offered        Sum = iota // joined a queue, served at once included
	Answered                  // reached an agent
	Abandoned                 // the caller hung up waiting or ringing
	TimedOut                  // the queue's longest wait was over
	Overflowed                // moved on elsewhere
	KeyExit                   // left by pressing a key
	NoAgents                  // left because nobody was staffed
	CallbackTaken             // took a callback
	Voicemail                 // left a message
	Withdrawn                 // taken out by a supervisor
	Lost                      // lost by a crash or a restarted log
	Other                     // an exit that this build does not know
	Waiting                   // still in the queue
	Blocked                   // refused at entry: not offered
	AnsweredInT               // answered with a wait of at most T
	AbandonedInT              // abandoned with a wait of at most T
	ShortAbandoned            // abandoned with a wait of at most S
	NeutralExits              // exits that neither meet nor miss the service level
	WaitingInT                // still waiting, for at most T until now
	Waits                     // visits that left: their wait is known
	WaitUs                    // their wait
	WaitAnsweredUs            // wait of the answered
	LongestUs                 // the longest wait: a maximum, not a sum
	Timed                     // handled with a known handling time
	TalkUs
	HoldUs
	WrapUs
	Transferred      // passed on by an agent
	CallbacksReached // callbacks in which the customer was reached
	HandlingUs       // agents' time reserved, talking, on hold and in wrap-up
	AvailableUs      // agents' time ready for a contact
	KnownCaller      // answered, caller known, old enough to judge a repeat
	Resolved         // of these: not transferred and no repeat
	SurveyYes        // "was it resolved?": yes
	SurveyN
	SatisfiedN // 4 or 5 on 1–5
	SatisfactionN
	Promoters  // 9 or 10 on 0–10
	Detractors // 0 to 6 on 0–10
	PromoterN
	CostCents
	RevenueCents
	ScheduledUs
	AdheringUs // scheduled time in which the agent did what was scheduled, at that moment
	ForgivenUs // deviations that a supervisor excused
	WorkedUs   // worked within the day, whenever
	numSums
)

// sumInfo is how a sum is called: its column in SQL and JSON, and its words in formulas.
type sumInfo struct{ column, words string }

var sumInfos = [numSums]sumInfo{
	Offered: {"offered", "offered"}, Answered: {"answered", "answered"}, Abandoned: {"abandoned", "abandoned"},
	TimedOut: {"timed_out", "timed out"}, Overflowed: {"overflowed", "overflowed"}, KeyExit: {"key_exit", "key exits"},
	NoAgents: {"no_agents", "no agents"}, CallbackTaken: {"callback", "callbacks taken"}, Voicemail: {"voicemail", "voicemail"},
	Withdrawn: {"withdrawn", "withdrawn"}, Lost: {"lost", "lost"}, Other: {"other", "other exits"},
	Waiting: {"waiting", "still waiting"}, Blocked: {"blocked", "blocked"},
	AnsweredInT: {"answered_in_t", "answered within T"}, AbandonedInT: {"abandoned_in_t", "abandoned within T"},
	ShortAbandoned: {"short_abandoned", "short abandons"}, NeutralExits: {"neutral_exits", "neutral exits"},
	WaitingInT: {"waiting_in_t", "waiting up to T"}, Waits: {"waits", "visits that left"},
	WaitUs: {"wait_us", "wait of all"}, WaitAnsweredUs: {"wait_answered_us", "wait of answered"}, LongestUs: {"longest_us", "longest wait"},
	Timed: {"timed", "handled with known time"}, TalkUs: {"talk_us", "talk"}, HoldUs: {"hold_us", "hold"}, WrapUs: {"wrap_us", "wrap-up"},
	Transferred: {"transferred", "transferred by an agent"}, CallbacksReached: {"callbacks_reached", "callbacks reached"},
	HandlingUs: {"handling_us", "handling"}, AvailableUs: {"available_us", "available"},
	KnownCaller: {"known_caller", "answered with known caller"}, Resolved: {"resolved", "not transferred and no repeat within N days"},
	SurveyYes: {"survey_yes", "“resolved: yes”"}, SurveyN: {"survey_n", "answers"},
	SatisfiedN: {"satisfied", "4–5 on 1–5"}, SatisfactionN: {"satisfaction_n", "answers"},
	Promoters: {"promoters", "promoters (9–10)"}, Detractors: {"detractors", "detractors (0–6)"}, PromoterN: {"promoter_n", "answers on 0–10"},
	CostCents: {"cost_cents", "(paid agent hours × wage + line cost)"}, RevenueCents: {"revenue_cents", "revenue"},
	ScheduledUs: {"scheduled_us", "scheduled time"}, AdheringUs: {"adhering_us", "scheduled time adhered to at that moment"},
	ForgivenUs: {"forgiven_us", "forgiven time"}, WorkedUs: {"worked_us", "worked time"},
}

// String returns the sum's column name, such as "answered_in_t".
func (s Sum) String() string { return sumInfos[s].column }

// Words returns how formulas call the sum, such as "answered within T".
func (s Sum) Words() string { return sumInfos[s].words }

// SumByName finds a sum by its column name.
func SumByName(column string) (Sum, bool) {
	i := slices.IndexFunc(sumInfos[:], func(s sumInfo) bool { return s.column == column })
	return Sum(i), i >= 0
}

// exits maps each exit to the sum that counts it; waiting visits have the exit "".
var exits = map[event.Exit]Sum{
	"": Waiting, event.Answered: Answered, event.Abandoned: Abandoned, event.TimedOut: TimedOut,
	event.Overflowed: Overflowed, event.KeyExit: KeyExit, event.NoAgents: NoAgents, event.ToCallback: CallbackTaken,
	event.Voicemail: Voicemail, event.Withdrawn: Withdrawn, event.Lost: Lost,
}

// ExitSums lists the sums that make up offered, in report order.
var ExitSums = []Sum{Answered, Abandoned, TimedOut, Overflowed, KeyExit, NoAgents, CallbackTaken, Voicemail, Withdrawn, Lost, Other, Waiting}

// neutralInT are the exits that are neutral up to T and a miss beyond it.
var neutralInT = map[event.Exit]bool{
	event.Overflowed: true, event.TimedOut: true, event.KeyExit: true, event.Voicemail: true, event.ToCallback: true,
}

// Limits are the two waits that figures depend on, in µs.
type Limits struct {
	T int64 // answer threshold
	S int64 // longest wait of a short abandon
}

// DefaultLimits are 20 s and 10 s: the trade's usual threshold and the wait below which a hang-up says nothing of the queue.
var DefaultLimits = Limits{T: 20_000_000, S: 10_000_000}

// Visit is what the sums need to know of one visit (or of one contact).
type Visit struct {
	Exit        event.Exit // "" while waiting
	WaitUs      int64      // join to answer or exit; until now while waiting
	TalkUs      int64
	HoldUs      int64
	WrapUs      int64
	Transferred bool
}

// Cell is a set of visits with one exit, as a grouping query returns it.
type Cell struct {
	Exit        event.Exit
	N           int64
	InT, InS    int64 // with a wait of at most T, of at most S
	WaitUs      int64
	LongestUs   int64
	Timed       int64
	TalkUs      int64
	HoldUs      int64
	WrapUs      int64
	Transferred int64
}

// Sums are the numbers of a set of visits, indexed by Sum.
type Sums [numSums]int64

// Cell returns the visit as a set of one.
func (v Visit) Cell(l Limits) Cell {
	c := Cell{Exit: v.Exit, N: 1, WaitUs: v.WaitUs, LongestUs: v.WaitUs}
	c.InT, c.InS = oneIf(v.WaitUs <= l.T), oneIf(v.WaitUs <= l.S)
	if v.Exit == event.Answered {
		c.TalkUs, c.HoldUs, c.WrapUs = v.TalkUs, v.HoldUs, v.WrapUs
		c.Timed = oneIf(v.TalkUs+v.HoldUs+v.WrapUs > 0)
		c.Transferred = oneIf(v.Transferred)
	}
	return c
}

func oneIf(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// AddVisit counts one visit.
func (s *Sums) AddVisit(v Visit, l Limits) { s.AddCell(v.Cell(l)) }

// AddCell counts a set of visits with one exit. It is the one place that knows what each exit means:
//
//   - overflowed, timed out, key exit, voicemail and callback are neutral up to T and a miss beyond;
//   - withdrawn is always neutral: a supervisor decided it;
//   - no agents, lost and unknown exits are misses.
func (s *Sums) AddCell(c Cell) {
	sum, known := exits[c.Exit]
	if !known {
		sum = Other
	}
	s[sum] += c.N
	s[Offered] += c.N
	if sum == Waiting {
		s[WaitingInT] += c.InT
		return // its wait is not over: it enters no mean
	}
	s[Waits] += c.N
	s[WaitUs] += c.WaitUs
	s[LongestUs] = max(s[LongestUs], c.LongestUs)
	switch {
	case sum == Answered:
		s.addAnswered(c)
	case sum == Abandoned:
		s[AbandonedInT] += c.InT
		s[ShortAbandoned] += c.InS
	case sum == Withdrawn:
		s[NeutralExits] += c.N
	case neutralInT[c.Exit]:
		s[NeutralExits] += c.InT
	}
}

func (s *Sums) addAnswered(c Cell) {
	s[AnsweredInT] += c.InT
	s[WaitAnsweredUs] += c.WaitUs
	s[Timed] += c.Timed
	s[TalkUs] += c.TalkUs
	s[HoldUs] += c.HoldUs
	s[WrapUs] += c.WrapUs
	s[Transferred] += c.Transferred
}

// Add merges the sums of another set of visits; the longest wait is the longer one.
func (s *Sums) Add(o *Sums) {
	longest := max(s[LongestUs], o[LongestUs])
	for i := range s {
		s[i] += o[i]
	}
	s[LongestUs] = longest
}

// Check reports, with ErrBooks, sums whose exits and waiting visits do not add up to offered.
func (s *Sums) Check() error {
	var total int64
	for _, e := range ExitSums {
		total += s[e]
	}
	if total != s[Offered] {
		return fmt.Errorf("%w: offered %d, exits and still waiting %d", ErrBooks, s[Offered], total)
	}
	return nil
}
