package sample

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
)

const second = interval.Second

// Generate invents the history and gives its events to emit in time order. It
// stops at the first error of emit and returns it.
func Generate(o Options, emit func(event.Event) error) error {
	if err := o.Validate(); err != nil {
		return err
	}
	cal, err := newCalendar(o)
	if err != nil {
		return fmt.Errorf("sample calendar: %w", err)
	}
	s := &sim{
		opt: o, cal: cal, rng: rand.New(rand.NewPCG(o.Seed, 0x5a3f1e)), emit: emit,
		end: o.Until.Start(o.Zone), customers: int(40000 * math.Max(0.02, o.Scale)),
	}
	s.now = cal.story.First.Start(o.Zone)
	s.message = cal.story.Message.Start(o.Zone)
	if err := s.open(); err != nil {
		return err
	}
	for d := cal.story.First; d.Before(o.Until) && s.err == nil; d = d.AddDays(1) {
		s.now = max(s.now, d.Start(o.Zone))
		s.arrivals(d)
		s.rota(d)
		s.run(d.AddDays(1).Start(o.Zone))
	}
	s.run(math.MaxInt64)
	return s.err
}

// sim is the state of the centre. One goroutine owns it.
type sim struct {
	opt       Options
	cal       *calendar
	rng       *rand.Rand
	emit      func(event.Event) error
	err       error
	heap      timers
	now       int64
	end       int64 // no call arrives from here on
	message   int64 // from here on the second announcement is the better one
	customers int
	ids       int64
	queues    []*queue
	agents    []*agent
}

// queue is one line with its waiting callers, next to be served first.
type queue struct {
	line    *line
	index   int
	hours   *interval.Hours
	waiting []*visit
	agents  []*agent // who may serve it
	staffed int      // of them signed in
}

// open sets the centre up.
func (s *sim) open() error {
	rows, err := SetUp(s.opt)
	if err != nil {
		return err
	}
	if s.opt.SetUp {
		for _, r := range rows {
			s.send(r.changed(s.now))
		}
	}
	for i := range lines {
		s.queues = append(s.queues, &queue{line: &lines[i], index: i, hours: s.cal.hours[i]})
	}
	for _, p := range people(s.opt.Scale) {
		a := &agent{person: p, state: event.Offline, since: s.now}
		for _, l := range crews[p.crew].serves {
			a.queues = append(a.queues, s.queues[l])
			s.queues[l].agents = append(s.queues[l].agents, a)
		}
		s.agents = append(s.agents, a)
	}
	return s.err
}

// run does what is due before the instant.
func (s *sim) run(before int64) {
	for s.err == nil && len(s.heap.list) > 0 && s.heap.list[0].at < before {
		t := s.heap.pop()
		s.now = t.at
		t.do()
	}
}

// in does something later.
func (s *sim) in(us int64, do func()) { s.heap.push(s.now+max(us, 0), do) }

// send completes an event and passes it on.
func (s *sim) send(e event.Event) {
	if s.err != nil {
		return
	}
	e.Source, e.Site = Source, SiteID
	s.err = s.emit(e)
}

// fact is the event of a payload now.
func (s *sim) fact(p event.Payload) event.Event { return event.New(s.now, p) }

func (s *sim) id(kind string) string {
	s.ids++
	return fmt.Sprintf("smp_%s_%08d", kind, s.ids)
}

// chance is true with probability p.
func (s *sim) chance(p float64) bool { return s.rng.Float64() < p }

// between draws evenly from lo to hi seconds, in µs.
func (s *sim) between(lo, hi float64) int64 {
	return int64((lo + (hi-lo)*s.rng.Float64()) * float64(second))
}

// exponential draws with a mean in seconds, in µs.
func (s *sim) exponential(mean float64) int64 {
	return int64(s.rng.ExpFloat64() * mean * float64(second))
}

// lognormal draws with a mean in seconds and a shape, in µs.
func (s *sim) lognormal(mean, sigma float64) int64 {
	return int64(mean * math.Exp(sigma*s.rng.NormFloat64()-sigma*sigma/2) * float64(second))
}

// poisson draws by Knuth's product method, in pieces so that e^−λ stays in range.
func (s *sim) poisson(lambda float64) int {
	n := 0
	for ; lambda > 0; lambda -= 50 {
		limit := math.Exp(-math.Min(lambda, 50))
		for p := s.rng.Float64(); p > limit; p *= s.rng.Float64() {
			n++
		}
	}
	return n
}

// arrivals draws the first-time callers of a day.
func (s *sim) arrivals(d interval.Date) {
	for _, q := range s.queues {
		if q.line.perDay == 0 {
			continue
		}
		noise := math.Exp(0.08 * s.rng.NormFloat64())
		slots := s.cal.slots(s.opt.Zone, q.index, d)
		for _, sl := range slots {
			// The menu keeps some callers, and repeats come on top.
			for range s.poisson(sl.planned * s.cal.actual(q.index, d, sl.hour) * noise) {
				s.heap.push(sl.start+s.rng.Int64N(30*interval.Minute), func() { s.call(q, s.party(), 0) })
			}
		}
		if len(slots) > 0 { // some call when nobody is there
			closed := slots[len(slots)-1].start + 30*interval.Minute
			for range s.poisson(0.012 * s.cal.planned(q.index, d)) {
				s.heap.push(closed+s.between(0, 5400), func() { s.call(q, s.party(), 0) })
			}
		}
	}
}

// party draws a caller: some are anonymous, and some call far more than others.
func (s *sim) party() string {
	if s.chance(0.06) {
		return ""
	}
	u := s.rng.Float64()
	return fmt.Sprintf("smp_p_%06d", int(u*u*float64(s.customers)))
}
