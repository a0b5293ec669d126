package trunk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Refusals of calls. Their texts are the causes that facts carry.
var (
	ErrOff        = errors.New("trunk_off")        // no limits set: calls out are off
	ErrCountry    = errors.New("country_barred")   // the number is nowhere this trunk may call
	ErrRate       = errors.New("too_many_calls")   // more calls a minute than allowed
	ErrConcurrent = errors.New("trunk_full")       // more calls at once than allowed
	ErrCost       = errors.New("daily_cost_spent") // the day's money is spent
)

// ErrLimits is matched by errors about limits that cannot be used.
var ErrLimits = errors.New("invalid trunk limits")

// Rate is a price by the beginning of a number.
type Rate struct {
	Prefix    string `json:"prefix"`     // digits of E.164 without +, empty: all others
	PerMinute int64  `json:"per_minute"` // in millionths of the currency's unit
}

// Limits bound a trunk.
type Limits struct {
	Home       string   `json:"home"`       // calling code of numbers written without one
	Countries  []string `json:"countries"`  // calling codes (or longer prefixes) that may be called; none: nowhere
	PerMinute  int      `json:"per_minute"` // calls begun
	Concurrent int      `json:"concurrent"`
	DailyCost  int64    `json:"daily_cost"` // in millionths; 0: not bounded
	Rates      []Rate   `json:"rates"`      // the longest prefix counts
}

// Validate names the field and value that cannot be used.
func (l Limits) Validate() error {
	digits := func(field, v string) error {
		if v == "" || strings.Trim(v, "0123456789") != "" || v[0] == '0' {
			return fmt.Errorf("%s = %q: must be digits of E.164 without + and leading zeros: %w", field, v, ErrLimits)
		}
		return nil
	}
	var errs []error
	if l.Home != "" {
		errs = append(errs, digits("home", l.Home))
	}
	for _, c := range l.Countries {
		errs = append(errs, digits("countries", c))
	}
	for _, r := range l.Rates {
		if r.Prefix != "" {
			errs = append(errs, digits("rates[].prefix", r.Prefix))
		}
		if r.PerMinute < 0 {
			errs = append(errs, fmt.Errorf("rates[].per_minute = %d: must not be negative: %w", r.PerMinute, ErrLimits))
		}
	}
	if l.PerMinute < 1 || l.Concurrent < 1 || l.DailyCost < 0 {
		errs = append(errs, fmt.Errorf("per_minute, concurrent, daily_cost = %d, %d, %d: must be at least 1, 1 and 0: %w", l.PerMinute, l.Concurrent, l.DailyCost, ErrLimits))
	}
	return errors.Join(errs...)
}

// E164 returns a number's digits with its calling code, or "" for what is no number.
func (l Limits) E164(number string) string {
	n := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", "/", "", ".", "").Replace(number)
	switch {
	case n == "":
		return ""
	case strings.HasPrefix(n, "+"):
		n = n[1:]
	case strings.HasPrefix(n, "00"):
		n = n[2:]
	default:
		n = l.Home + strings.TrimPrefix(n, "0")
	}
	if len(n) < 3 || strings.Trim(n, "0123456789") != "" || n[0] == '0' {
		return ""
	}
	return n
}

// price returns what a minute to a number costs.
func (l Limits) price(e164 string) int64 {
	best, price := -1, int64(0)
	for _, r := range l.Rates {
		if strings.HasPrefix(e164, r.Prefix) && len(r.Prefix) > best {
			best, price = len(r.Prefix), r.PerMinute
		}
	}
	return price
}

// talk is a call that was admitted.
type talk struct {
	trunk    string
	price    int64 // a minute
	answered time.Time
}

// account is what a trunk has used.
type account struct {
	limits Limits
	starts []time.Time // of the last minute
	active int
	day    time.Time
	spent  int64 // of calls that ended on that day
}

// Meter admits calls. It is safe for concurrent use.
type Meter struct {
	zone *time.Location

	mu       sync.Mutex
	accounts map[string]*account // by trunk, protected by mu
	talks    map[string]*talk    // by call, protected by mu
}

// NewMeter returns a meter whose days begin at midnight of a zone.
func NewMeter(zone *time.Location) *Meter {
	return &Meter{zone: zone, accounts: map[string]*account{}, talks: map[string]*talk{}}
}

// Set sets a trunk's limits; what it has used stays counted.
func (m *Meter) Set(trunk string, l Limits) error {
	if err := l.Validate(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.accounts[trunk]; a != nil {
		a.limits = l
		return nil
	}
	m.accounts[trunk] = &account{limits: l}
	return nil
}

// Admit lets a call to a number begin, or says why not. End must follow.
func (m *Meter) Admit(trunk, id, number string, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.accounts[trunk]
	if a == nil {
		return ErrOff
	}
	to := a.limits.E164(number)
	if to == "" || !slices.ContainsFunc(a.limits.Countries, func(c string) bool { return strings.HasPrefix(to, c) }) {
		return ErrCountry
	}
	a.starts = slices.DeleteFunc(a.starts, func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	price := a.limits.price(to)
	switch {
	case len(a.starts) >= a.limits.PerMinute:
		return ErrRate
	case a.active >= a.limits.Concurrent:
		return ErrConcurrent
	case a.limits.DailyCost > 0 && m.spent(trunk, now)+price > a.limits.DailyCost:
		return ErrCost
	}
	a.starts = append(a.starts, now)
	a.active++
	m.talks[id] = &talk{trunk: trunk, price: price}
	return nil
}

// Answered begins to count a call's cost.
func (m *Meter) Answered(id string, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.talks[id]; t != nil && t.answered.IsZero() {
		t.answered = now
	}
}

// End closes a call; a call that was not admitted is none.
func (m *Meter) End(id string, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.talks[id]
	if t == nil {
		return
	}
	delete(m.talks, id)
	a := m.accounts[t.trunk]
	m.turn(a, now)
	a.active--
	a.spent += m.cost(t, now)
}

// turn begins a new day.
func (m *Meter) turn(a *account, now time.Time) {
	y, mo, d := now.In(m.zone).Date()
	if day := time.Date(y, mo, d, 0, 0, 0, 0, m.zone); !day.Equal(a.day) {
		a.day, a.spent = day, 0
	}
}

// cost is what a call has cost, every minute begun. A call over midnight counts
// whole on the day it ends.
func (m *Meter) cost(t *talk, now time.Time) int64 {
	if t.answered.IsZero() {
		return 0
	}
	return t.price * max(1, int64((now.Sub(t.answered)+time.Minute-1)/time.Minute))
}

// spent is what a trunk has cost today, with what runs.
func (m *Meter) spent(trunk string, now time.Time) int64 {
	a := m.accounts[trunk]
	m.turn(a, now)
	sum := a.spent
	for _, t := range m.talks {
		if t.trunk == trunk {
			sum += max(t.price, m.cost(t, now)) // one that still rings will cost a minute at least
		}
	}
	return sum
}

// Over returns the calls of trunks whose day's money is spent: they must end.
func (m *Meter) Over(now time.Time) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for id, t := range m.talks {
		if limit := m.accounts[t.trunk].limits.DailyCost; limit > 0 && m.spent(t.trunk, now) > limit {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}
