package sim

import (
	"strconv"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
)

// Caller is a virtual customer.
type Caller struct {
	Join acd.Join
	// PatienceUs is how long it waits, HandleUs how long it talks, WrapUs how long
	// the agent wraps up. Negative: somebody else decides (a test's script).
	PatienceUs, HandleUs, WrapUs int64
	// Draw gives the answer delays of the agents it is offered to; nil: Never.
	Answer func(attempt int) int64

	visit    string
	attempts int
	stays    bool // does not give up, whatever its patience
}

// World is a State in virtual time with the people around it.
type World struct {
	State *acd.State
	// Fact is told every fact, Command every command; nil: nobody.
	Fact    func(*event.Event)
	Command func(acd.Command)

	now     int64
	seq     uint64
	heap    []happening
	callers map[string]*Caller // by interaction
}

// happening is an input that is due.
type happening struct {
	at  int64
	seq uint64
	in  acd.Input
	do  func() // instead of in
}

// NewWorld returns a world at an instant.
func NewWorld(s *acd.State, now int64) *World {
	return &World{State: s, now: now, callers: map[string]*Caller{}}
}

// Now returns the virtual instant.
func (w *World) Now() int64 { return w.now }

// At posts an input at an instant; one in the past is posted next.
func (w *World) At(at int64, in acd.Input) { w.push(happening{at: at, in: in}) }

// Do calls a function at an instant.
func (w *World) Do(at int64, do func()) { w.push(happening{at: at, do: do}) }

// Call lets a caller join now.
func (w *World) Call(c *Caller) error {
	w.callers[c.Join.Interaction] = c
	return w.Post(c.Join)
}

// Post gives the State an input now and answers its commands.
func (w *World) Post(in acd.Input) error {
	r := w.State.Decide(in, w.now)
	if w.Fact != nil {
		for i := range r.Facts {
			w.Fact(&r.Facts[i])
		}
	}
	for _, c := range r.Commands {
		if w.Command != nil {
			w.Command(c)
		}
		w.obey(c)
	}
	return r.Err
}

// RunUntil plays everything that is due up to an instant, and arrives there.
func (w *World) RunUntil(end int64) { w.RunWhile(end, func() bool { return true }) }

// RunWhile plays on as long as going says so, at most up to an instant.
func (w *World) RunWhile(end int64, going func() bool) {
	for going() {
		deadline, ok := w.State.Deadline()
		due := len(w.heap) > 0 && (!ok || w.heap[0].at < deadline)
		switch {
		case due && w.heap[0].at <= end:
			h := w.pop()
			w.now = max(w.now, h.at)
			if h.do != nil {
				h.do()
			} else {
				w.Post(h.in) // what came too late is refused, as in life
			}
		case !due && ok && deadline <= end:
			w.now = max(w.now, deadline)
			w.Post(acd.Tick{})
		default:
			w.now = max(w.now, end)
			return
		}
	}
}

// obey plays the people's part.
func (w *World) obey(c acd.Command) {
	switch c := c.(type) {
	case acd.Wait:
		w.waits(c)
	case acd.Ring:
		w.rings(c)
	case acd.Connect:
		if k := w.callers[c.Interaction]; k != nil && k.HandleUs >= 0 {
			w.At(w.now+k.HandleUs, acd.Finish{Visit: c.Visit, By: event.Customer})
			w.wrapsUp(k, c.Visit, c.Agent)
		}
	case acd.Dial:
		w.dials(c)
	case acd.Divert:
		delete(w.callers, c.Interaction)
	}
}

// dialUs is how long a customer's phone rings until a callback is taken.
const dialUs = 10 * interval.Second

// dials reaches the customer and lets the conversation take its time.
func (w *World) dials(c acd.Dial) {
	k := w.callers[c.Interaction]
	if k == nil || k.HandleUs < 0 {
		return
	}
	w.Do(w.now+dialUs, func() {
		if w.Post(acd.CallbackResult{Visit: c.Visit, Result: "reached"}) == nil {
			w.At(w.now+k.HandleUs, acd.Finish{Visit: c.Visit, By: event.Customer})
			w.wrapsUp(k, c.Visit, c.Agent)
		}
	})
}

// wrapsUp ends the agent's wrap-up early, when it is that of this conversation.
func (w *World) wrapsUp(k *Caller, visit, agent string) {
	if k.WrapUs < 0 {
		return
	}
	w.Do(w.now+k.HandleUs+k.WrapUs, func() {
		delete(w.callers, k.Join.Interaction)
		if a, ok := w.State.Agent(agent); ok && a.Visit == visit && a.State == event.WrapUp {
			w.Post(acd.WrapUpDone{Agent: agent})
		}
	})
}

func (w *World) waits(c acd.Wait) {
	k := w.callers[c.Interaction]
	if k == nil {
		return
	}
	first := k.visit == ""
	k.visit = c.Visit
	if first && k.PatienceUs >= 0 && k.PatienceUs < Never {
		w.Do(w.now+k.PatienceUs, func() { w.givesUp(k) })
	}
}

// givesUp hangs up if the caller still waits, in whatever queue it is by now.
func (w *World) givesUp(k *Caller) {
	if v, ok := w.State.Visit(k.visit); ok && !k.stays && (v.Stage == acd.StageWaiting || v.Stage == acd.StageRinging) {
		delete(w.callers, k.Join.Interaction)
		w.Post(acd.HangUp{Visit: k.visit})
	}
}

func (w *World) rings(c acd.Ring) {
	k := w.callers[c.Interaction]
	if k == nil || k.Answer == nil {
		return
	}
	k.attempts++
	if d := k.Answer(k.attempts); d < Never {
		w.At(w.now+d, acd.Answer{Offer: c.Offer})
	}
}

func (w *World) push(h happening) {
	w.seq++
	h.seq = w.seq
	q := append(w.heap, h)
	i := len(q) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !h.before(&q[up]) {
			break
		}
		q[i] = q[up]
		i = up
	}
	q[i] = h
	w.heap = q
}

func (h *happening) before(g *happening) bool { return h.at < g.at || h.at == g.at && h.seq < g.seq }

func (w *World) pop() happening {
	q := w.heap
	top, n := q[0], len(q)-1
	h := q[n]
	q[n] = happening{}
	q = q[:n]
	w.heap = q
	for i := 0; n > 0; {
		down := 2*i + 1
		if down < n && down+1 < n && q[down+1].before(&q[down]) {
			down++
		}
		if down >= n || h.before(&q[down]) {
			q[i] = h
			break
		}
		q[i] = q[down]
		i = down
	}
	return top
}

// Name returns the interaction id of call n of stream i.
func Name(stream int, n uint64) string {
	b := make([]byte, 0, 16)
	b = strconv.AppendInt(append(b, 's'), int64(stream), 10)
	return string(strconv.AppendUint(append(b, '-'), n, 10))
}
