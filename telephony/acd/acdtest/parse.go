package acdtest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/routing"
)

// line is one statement of a scenario.
type line struct {
	number int
	at     int64 // µs from the beginning; -1: before it
	word   string
	args   []string
	opts   map[string][]string
	refuse bool
}

// parse reads a scenario.
func parse(text string) ([]line, error) {
	var list []line
	last := int64(-1)
	for i, raw := range strings.Split(text, "\n") {
		tokens, err := split(raw)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		if len(tokens) == 0 {
			continue
		}
		l, err := statement(tokens)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		l.number = i + 1
		if l.at < last {
			return nil, fmt.Errorf("line %d: at %v: goes back in time", i+1, time.Duration(l.at)*time.Microsecond)
		}
		last = l.at
		list = append(list, l)
	}
	return list, nil
}

// split cuts a line into words; quotes keep blanks, # begins a comment.
func split(s string) ([]string, error) {
	var list []string
	var word strings.Builder
	quoted, inside := false, false
	for _, r := range s {
		switch {
		case r == '"':
			quoted, inside = !quoted, true
		case quoted:
			word.WriteRune(r)
		case r == '#':
			if inside {
				list = append(list, word.String())
			}
			return list, nil
		case r == ' ' || r == '\t' || r == '\r':
			if inside {
				list = append(list, word.String())
				word.Reset()
				inside = false
			}
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	if quoted {
		return nil, fmt.Errorf("a quote is not closed")
	}
	if inside {
		list = append(list, word.String())
	}
	return list, nil
}

// optionWords may appear before an "=": anything else with one is an argument.
var optionWords = map[string]bool{}

func init() {
	for _, w := range strings.Fields(`strategy weight priority age ring ring_max wrap extend extend_max code within missed declined tier_step own need relax
		max_wait on_timeout on_empty on_full on_closed on_long full entry entry_wait leave hours zone except announce every say callback_offer attempts retry box
		queues skills max_missed missed_state voice answers patience handle wrap_up head_start predicted by to wait from until at state within key value reserve hold`) {
		optionWords[w] = true
	}
}

func statement(tokens []string) (line, error) {
	l := line{at: -1, opts: map[string][]string{}}
	if tokens[0] == "at" {
		if len(tokens) < 3 {
			return l, fmt.Errorf("at: needs a time and a statement")
		}
		at, err := span(tokens[1])
		if err != nil {
			return l, err
		}
		l.at, tokens = at, tokens[2:]
	}
	if tokens[0] == "refused" && len(tokens) > 1 {
		l.refuse, tokens = true, tokens[1:]
	}
	l.word = tokens[0]
	for _, t := range tokens[1:] {
		k, v, ok := strings.Cut(t, "=")
		if base, _, _ := strings.Cut(k, "."); ok && optionWords[base] {
			l.opts[k] = append(l.opts[k], v)
		} else {
			l.args = append(l.args, t)
		}
	}
	return l, nil
}

// span reads a duration, "90s", "4m" or "1h30m", in µs.
func span(s string) (int64, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration such as 90s", s)
	}
	return d.Microseconds(), nil
}

// reader reads options and remembers the first mistake.
type reader struct {
	opts map[string][]string
	used map[string]bool
	err  error
}

func (l *line) reader() *reader { return &reader{opts: l.opts, used: map[string]bool{}} }

func (r *reader) text(name string) string {
	r.used[name] = true
	if v := r.opts[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

func (r *reader) fail(name string, err error) {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("%s: %w", name, err)
	}
}

func (r *reader) span(name string, def int64) int64 {
	s := r.text(name)
	if s == "" {
		return def
	}
	us, err := span(s)
	r.fail(name, err)
	return us
}

func (r *reader) number(name string) int64 {
	s := r.text(name)
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	r.fail(name, err)
	return n
}

func (r *reader) list(name string) []string {
	s := r.text(name)
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func (r *reader) expr(name, s string) routing.Expr {
	e, err := routing.ParseExpr(s)
	r.fail(name, err)
	return e
}

// action reads "queue:other", "number:…", "voicemail", "callback", "message:…" or "hang_up".
func (r *reader) action(name string) acd.Action {
	do, target, _ := strings.Cut(r.text(name), ":")
	if do == "hang_up" {
		do = ""
	}
	return acd.Action{Do: setup.Do(do), Target: target}
}

// done reports the first mistake, or an option that means nothing here.
func (r *reader) done() error {
	for name := range r.opts {
		if !r.used[name] {
			r.fail(name, fmt.Errorf("is not an option here"))
		}
	}
	return r.err
}

// queue reads a queue's settings.
func (l *line) queue() (acd.QueueConfig, error) {
	if len(l.args) != 1 {
		return acd.QueueConfig{}, fmt.Errorf("queue: needs one name")
	}
	r := l.reader()
	q := acd.QueueConfig{
		ID: l.args[0], Strategy: routing.Strategy(r.text("strategy")), Weight: r.number("weight"), Priority: r.number("priority"), AgeUs: r.span("age", 0),
		RingUs: r.span("ring", 0), RingMax: int(r.number("ring_max")), OwnUs: r.span("own", 0), Tiers: routing.Tiers{StepUs: r.span("tier_step", 0)},
		WrapUpUs: r.span("wrap", 0), ExtendUs: r.span("extend", 0), ExtendMax: int(r.number("extend_max")), MustCode: r.text("code") == "must", MissedUs: r.span("missed", 0), DeclinedUs: r.span("declined", 0),
		VoicemailBox: r.text("box"), Leave: setup.Need(r.text("leave")), MaxWaitUs: r.span("max_wait", 0),
		Entry:     acd.Entry{Need: setup.Need(r.text("entry")), MaxWaiting: int(r.number("full")), MaxWaitUs: r.span("entry_wait", 0)},
		OnTimeout: r.action("on_timeout"), OnEmpty: r.action("on_empty"), OnFull: r.action("on_full"), OnClosed: r.action("on_closed"), OnLong: r.action("on_long"),
		Callback: acd.Callbacks{OfferUs: r.span("callback_offer", 0), Attempts: r.number("attempts"), RetryUs: r.span("retry", 0), WithinUs: r.span("within", 0)},
		Announce: acd.Announcements{FirstUs: r.span("announce", 0), EveryUs: r.span("every", 0)},
	}
	for _, what := range r.list("say") {
		q.Announce.Position = q.Announce.Position || what == "position"
		q.Announce.Wait = q.Announce.Wait || what == "wait"
	}
	r.stages(&q)
	r.keys(&q)
	if week := r.text("hours"); week != "" {
		days, times, _ := strings.Cut(week, " ")
		q.Hours = &acd.Opening{Zone: r.text("zone"), Week: map[string][]string{days: strings.Fields(times)}}
		if q.Hours.Zone == "" {
			q.Hours.Zone = "UTC"
		}
	}
	return q, r.done()
}

func (r *reader) stages(q *acd.QueueConfig) {
	if need := r.text("need"); need != "" {
		q.Need = append(q.Need, routing.Stage{Need: r.expr("need", need)})
	}
	r.used["relax"] = true
	for _, s := range r.opts["relax"] {
		after, expr, _ := strings.Cut(s, ":")
		us, err := span(after)
		r.fail("relax", err)
		q.Need = append(q.Need, routing.Stage{AfterUs: us, Need: r.expr("relax", expr)})
	}
}

func (r *reader) keys(q *acd.QueueConfig) {
	for name := range r.opts {
		if key, ok := strings.CutPrefix(name, "key."); ok {
			if q.Keys == nil {
				q.Keys = map[string]acd.Action{}
			}
			q.Keys[key] = r.action(name)
		}
	}
}

// agent reads an agent's settings: queues=sales,support:2 (tier), skills=fr:3,vip.
func (l *line) agent() (acd.AgentConfig, int64, error) {
	if len(l.args) != 1 {
		return acd.AgentConfig{}, 0, fmt.Errorf("agent: needs one name")
	}
	r := l.reader()
	a := acd.AgentConfig{ID: l.args[0], Skills: r.skills(), MaxMissed: r.number("max_missed"), MissedState: event.State(r.text("missed_state"))}
	for _, q := range r.list("queues") {
		name, tier, _ := strings.Cut(q, ":")
		m := acd.Membership{Queue: name, Tier: 1}
		if tier != "" {
			n, err := strconv.Atoi(tier)
			r.fail("queues", err)
			m.Tier = n
		}
		a.Queues = append(a.Queues, m)
	}
	if r.text("voice") != "" {
		n := int(r.number("voice"))
		a.Voice = &n
	}
	return a, r.span("answers", -1), r.done()
}

func (r *reader) skills() routing.Skills {
	var sk routing.Skills
	for _, s := range r.list("skills") {
		name, level, ok := cutLast(s, ":")
		n := int64(1)
		if ok {
			var err error
			n, err = strconv.ParseInt(level, 10, 64)
			r.fail("skills", err)
		}
		if sk == nil {
			sk = routing.Skills{}
		}
		sk[name] = n
	}
	return sk
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
