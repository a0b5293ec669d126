package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/sse"
	"github.com/agner-platform/agner/telephony/exchange"
	"github.com/agner-platform/agner/telephony/exchange/live"
	"github.com/agner-platform/agner/telephony/exchange/plan"
)

const (
	beat = 15 * time.Second // below the idle time-out of the usual proxies
	life = 10 * time.Minute // a session that was ended loses its streams within it
)

// stream follows the state until the reader leaves or the stream's life is over. tell
// returns what the reader is to know of a state.
func (a *API) stream(w http.ResponseWriter, r *http.Request, tell func(l *exchange.Live) []sse.Event) error {
	watch := a.sw.Watch()
	defer watch.Close()
	ctx, cancel := context.WithTimeout(r.Context(), life)
	defer cancel()
	s, err := sse.NewStream(w, r)
	for err == nil {
		quiet, stop := context.WithTimeout(ctx, beat)
		l, next := watch.Next(quiet)
		stop()
		switch {
		case ctx.Err() != nil:
			return nil // the reader has gone, or comes again
		case errors.Is(next, context.DeadlineExceeded):
			err = s.Beat()
			continue
		}
		for _, e := range tell(l) {
			if err = s.Send(e); err != nil {
				break
			}
		}
	}
	return nil // the reader has gone: there is nobody to tell
}

// message makes an event; what it tells can always be encoded.
func message(name string, at time.Time, v any) []sse.Event {
	data, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return []sse.Event{{ID: strconv.FormatInt(at.UnixMicro(), 10), Name: name, Data: data}}
}

// events tells those who watch of queues and agents within their scope.
func (a *API) events(w http.ResponseWriter, r *http.Request) error {
	id := httpapi.IdentityFrom(r.Context())
	var told *exchange.Live
	return a.stream(w, r, func(l *exchange.Live) []sse.Event {
		now := a.seen(id, l)
		before := told
		told = &now
		if before == nil {
			return message("snapshot", now.At, now)
		}
		if c, changed := live.Diff(before, &now); changed {
			return message("changed", now.At, c)
		}
		return nil
	})
}

// mine returns an agent's row as the agent may see it: without who listens.
func mine(l *exchange.Live, agent string) (exchange.LiveAgent, bool) {
	g, ok := l.Find(agent)
	g.Watched = nil
	return g, ok
}

// errMember tells an agent who serves no queue.
func errMember() error {
	return errUnknown.New("the switch does not know this agent: it is a member of no queue")
}

// Pop is a contact that rings at an agent or was connected.
type Pop struct {
	Stage       string            `json:"stage"`
	Interaction string            `json:"interaction"`
	Visit       string            `json:"visit"`
	Queue       string            `json:"queue"`
	QueueName   string            `json:"queue_name"`
	Channel     string            `json:"channel"`
	Caller      string            `json:"caller,omitempty"`
	Attributes  map[string]string `json:"attributes,omitempty"`
	URL         string            `json:"url,omitempty"`
}

// popOf returns what there is to show of an agent's contact, if there is one.
func popOf(l *exchange.Live, g *exchange.LiveAgent) (Pop, bool) {
	p := Pop{Caller: g.Caller, Attributes: g.Attributes, URL: g.Pop}
	switch {
	case g.Contact != nil && (g.Contact.Stage == "talking" || g.Contact.Stage == "hold"):
		c := g.Contact
		p.Stage, p.Interaction, p.Visit, p.Queue, p.Channel = "connected", c.Interaction, c.Visit, c.Queue, c.Channel
	case g.Offer != nil:
		o := g.Offer
		p.Stage, p.Interaction, p.Visit, p.Queue, p.Channel = "ringing", o.Interaction, o.Visit, o.Queue, o.Channel
	default:
		return p, false
	}
	for _, q := range l.Queues {
		if q.ID == p.Queue {
			p.QueueName = q.Name
		}
	}
	return p, true
}

// ownEvents tells an agent of the own state and contacts.
func (a *API) ownEvents(w http.ResponseWriter, r *http.Request) error {
	agent, err := own(r)
	if err != nil {
		return err
	}
	first, err := a.sw.Live(r.Context())
	if err != nil {
		return err
	}
	if _, ok := mine(&first, agent); !ok {
		return errMember()
	}
	var told exchange.LiveAgent
	popped := ""
	return a.stream(w, r, func(l *exchange.Live) []sse.Event {
		g, ok := mine(l, agent)
		if !ok || reflect.DeepEqual(g, told) {
			return nil
		}
		told = g
		out := message("agent", l.At, g)
		p, ok := popOf(l, &g)
		if ok && popped != p.Visit+p.Stage {
			out = append(out, message("pop", l.At, p)...)
		}
		if popped = ""; ok {
			popped = p.Visit + p.Stage
		}
		return out
	})
}

// line is a trunk as pages see it.
type line struct {
	Name       string     `json:"name"`
	Alive      bool       `json:"alive"`
	Registered bool       `json:"registered"`
	Until      *time.Time `json:"until,omitempty"`
	Error      string     `json:"error,omitempty"`
	RoundTrip  float64    `json:"round_trip"` // seconds
}

// lines tells how trunks and phones are.
func (a *API) lines(w http.ResponseWriter, _ *http.Request) error {
	trunks := []line{}
	for _, t := range a.sw.Trunks() {
		l := line{Name: t.Name, Alive: t.Alive, Registered: t.Registered, Error: t.Error, RoundTrip: t.RoundTrip.Seconds()}
		if !t.Until.IsZero() {
			l.Until = &t.Until
		}
		trunks = append(trunks, l)
	}
	return httpapi.WriteJSON(w, http.StatusOK, map[string]any{"trunks": trunks, "phones": a.sw.Phones(), "codes": plan.Services()})
}
