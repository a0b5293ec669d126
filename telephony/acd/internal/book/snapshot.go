package book

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/routing"
)

// snapshotFormat is raised when the shape below changes its meaning.
const snapshotFormat = 1

// image is a State as plain data, ordered, so that equal states have equal bytes.
// What follows from the rest and the passage of time is left out: timers, the next
// relaxation, the next announcement, advice.
type image struct {
	Format    int             `json:"format"`
	Now       int64           `json:"now"`
	Node      string          `json:"node"`
	Epoch     int64           `json:"epoch"`
	Seed      uint64          `json:"seed"`
	Version   int64           `json:"version"`
	Minted    uint64          `json:"minted"`
	Joins     uint64          `json:"joins"`
	Queues    []queueImage    `json:"queues"`
	Agents    []agentImage    `json:"agents"`
	Visits    []visitImage    `json:"visits"`
	Offers    []offerImage    `json:"offers,omitempty"`
	Callbacks []callbackImage `json:"callbacks"`
}

type queueImage struct {
	Config    setup.QueueConfig `json:"config"`
	Raw       string            `json:"raw"`
	Retired   bool              `json:"retired"`
	Line      []string          `json:"line,omitempty"`
	LastOrder int64             `json:"last_order"`
	LastAgent string            `json:"last_agent"`
}

type agentImage struct {
	Config   setup.AgentConfig  `json:"config"`
	Raw      string             `json:"raw"`
	Retired  bool               `json:"retired"`
	Members  []setup.Membership `json:"members,omitempty"`
	Skills   routing.Skills     `json:"skills,omitempty"`
	SignedIn bool               `json:"signed_in"`
	SignedAt int64              `json:"signed_at"`
	Only     []string           `json:"only,omitempty"`
	State    event.State        `json:"state"`
	Reason   string             `json:"reason,omitempty"`
	Since    int64              `json:"since"`
	IdleAt   int64              `json:"idle_at"`
	ReadyAt  int64              `json:"ready_at"`
	Missed   int64              `json:"missed"`
	Calls    int64              `json:"calls"`
	BusyUs   int64              `json:"busy_us"`
	Visit    string             `json:"visit"`
	WrapAt   int64              `json:"wrap_at"`
	Extended int                `json:"extended"`
	Next     Pending            `json:"next"`
}

type visitImage struct {
	ID            string        `json:"id"`
	Interaction   string        `json:"interaction"`
	Leg           string        `json:"leg"`
	Party         string        `json:"party"`
	Channel       event.Channel `json:"channel"`
	Queue         string        `json:"queue"`
	JoinedAt      int64         `json:"joined_at"`
	Place         routing.Place `json:"place"`
	Skills        []string      `json:"skills,omitempty"`
	Attempts      int64         `json:"attempts"`
	Offers        []string      `json:"offers,omitempty"`
	Phase         Phase         `json:"phase"`
	Agent         string        `json:"agent"`
	Callback      bool          `json:"callback"`
	AnsweredAt    int64         `json:"answered_at"`
	TalkUs        int64         `json:"talk_us"`
	HoldUs        int64         `json:"hold_us"`
	WrapUs        int64         `json:"wrap_us"`
	HungUpBy      event.Side    `json:"hung_up_by"`
	TransferredTo string        `json:"transferred_to"`
	Code          string        `json:"code,omitempty"`
	NotBefore     int64         `json:"not_before"`
	Told          Told          `json:"told"`
	Held          bool          `json:"held"`
}

type offerImage struct {
	ID     string `json:"id"`
	Visit  string `json:"visit"`
	Agent  string `json:"agent"`
	MadeAt int64  `json:"made_at"`
	Until  int64  `json:"until"`
}

type callbackImage struct {
	Ref         string `json:"ref"`
	Interaction string `json:"interaction"`
	Party       string `json:"party"`
	Queue       string `json:"queue"`
	Keeps       bool   `json:"keeps"`
	RequestedAt int64  `json:"requested_at"`
	FromAt      int64  `json:"from_at"`
	UntilAt     int64  `json:"until_at"`
	ForAt       int64  `json:"for_at"`
	Attempts    int64  `json:"attempts"`
	Visit       string `json:"visit"`
}

// Snapshot returns the state as bytes for the disk. Equal states give equal bytes.
func (s *Book) Snapshot() []byte { return setup.Row(s.image()) }

// Equal reports whether two states are the same, but for the instant they have
// reached and what Snapshot leaves out.
func (s *Book) Equal(t *Book) bool {
	a, b := s.image(), t.image()
	a.Now = b.Now
	return bytes.Equal(setup.Row(a), setup.Row(b))
}

func (s *Book) image() *image {
	m := &image{
		Format: snapshotFormat, Now: s.Now, Node: s.Node, Epoch: s.Epoch, Seed: s.Seed, Version: s.Version, Minted: s.Minted, Joins: s.Joins,
	}
	for _, q := range s.QueueList {
		qi := queueImage{Config: q.QueueConfig, Raw: q.Raw, Retired: q.Retired, LastOrder: q.Last.Order, LastAgent: q.Last.Agent}
		for _, v := range q.Line {
			qi.Line = append(qi.Line, v.ID)
		}
		m.Queues = append(m.Queues, qi)
	}
	for _, a := range s.AgentList {
		m.Agents = append(m.Agents, a.image())
	}
	for _, id := range SortedKeys(s.Visits) {
		m.Visits = append(m.Visits, s.Visits[id].image())
	}
	for _, id := range SortedKeys(s.Offers) {
		o := s.Offers[id]
		m.Offers = append(m.Offers, offerImage{o.ID, o.Visit.ID, o.Agent.ID, o.MadeAt, o.Until})
	}
	for _, id := range SortedKeys(s.Callbacks) {
		c := s.Callbacks[id]
		ci := callbackImage{
			Ref: c.Ref, Interaction: c.Interaction, Party: c.Party, Queue: c.Queue.ID, Keeps: c.Keeps,
			RequestedAt: c.RequestedAt, FromAt: c.FromAt, UntilAt: c.UntilAt, ForAt: c.ForAt, Attempts: c.Attempts,
		}
		if c.Visit != nil {
			ci.Visit = c.Visit.ID
		}
		m.Callbacks = append(m.Callbacks, ci)
	}
	return m
}

func (a *Agent) image() agentImage {
	m := agentImage{
		Config: a.AgentConfig, Raw: a.Raw, Retired: a.Retired, Skills: a.Skills, SignedIn: a.SignedIn, SignedAt: a.SignedAt, Only: a.Only,
		State: a.State, Reason: a.Reason, Since: a.Since, IdleAt: a.IdleAt, ReadyAt: a.ReadyAt, Missed: a.Missed, Calls: a.Calls, BusyUs: a.BusyUs,
		WrapAt: a.WrapAt, Extended: a.Extended, Next: a.Next,
	}
	for _, x := range a.Members {
		m.Members = append(m.Members, setup.Membership{Queue: x.Queue.ID, Tier: x.Tier, Order: x.Order})
	}
	if a.Visit != nil {
		m.Visit = a.Visit.ID
	}
	return m
}

func (v *Visit) image() visitImage {
	m := visitImage{
		ID: v.ID, Interaction: v.Interaction, Leg: v.Leg, Party: v.Party, Channel: v.Channel, Queue: v.Queue.ID, JoinedAt: v.JoinedAt,
		Place: v.Place, Skills: v.Skills, Attempts: v.Attempts, Phase: v.Phase, Callback: v.Callback != nil, AnsweredAt: v.AnsweredAt,
		TalkUs: v.TalkUs, HoldUs: v.HoldUs, WrapUs: v.Wrap, HungUpBy: v.HungUpBy, TransferredTo: v.TransferredTo, Code: v.Code, NotBefore: v.NotBefore, Told: v.Told, Held: v.Held,
	}
	for _, o := range v.Offers {
		m.Offers = append(m.Offers, o.ID)
	}
	if v.Agent != nil {
		m.Agent = v.Agent.ID
	}
	return m
}

// Restore reads a snapshot.
func Restore(b []byte) (*Book, error) {
	var m image
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("restore: %w: %w", ErrFact, err)
	}
	if m.Format != snapshotFormat {
		return nil, fmt.Errorf("restore: %w: format = %d: this build reads %d", ErrFact, m.Format, snapshotFormat)
	}
	return restore(&m)
}

func restore(m *image) (*Book, error) {
	s := New()
	s.Now, s.Node, s.Epoch, s.Seed, s.Version, s.Minted, s.Joins = m.Now, m.Node, m.Epoch, m.Seed, m.Version, m.Minted, m.Joins
	for i := range m.Queues {
		if err := s.restoreQueue(&m.Queues[i]); err != nil {
			return nil, err
		}
	}
	for i := range m.Agents {
		if err := s.restoreAgent(&m.Agents[i]); err != nil {
			return nil, err
		}
	}
	for i := range m.Visits {
		if err := s.restoreVisit(&m.Visits[i]); err != nil {
			return nil, err
		}
	}
	return s, s.link(m)
}

func (s *Book) restoreQueue(m *queueImage) error {
	q := &Queue{QueueConfig: m.Config, Raw: m.Raw, Retired: m.Retired}
	q.Last.Order, q.Last.Agent = m.LastOrder, m.LastAgent
	if m.Config.Hours != nil {
		var err error
		if q.Hours, q.Zone, err = m.Config.Hours.Compile(); err != nil {
			return fmt.Errorf("restore: %w: queue %s: %w", ErrFact, q.ID, err)
		}
	}
	s.Queues[q.ID] = q
	s.QueueList = append(s.QueueList, q)
	return nil
}

func (s *Book) restoreAgent(m *agentImage) error {
	a := &Agent{
		AgentConfig: m.Config, Raw: m.Raw, Retired: m.Retired, Skills: m.Skills, SignedIn: m.SignedIn, SignedAt: m.SignedAt, Only: m.Only,
		State: m.State, Reason: m.Reason, Since: m.Since, IdleAt: m.IdleAt, ReadyAt: m.ReadyAt, Missed: m.Missed, Calls: m.Calls, BusyUs: m.BusyUs,
		WrapAt: m.WrapAt, Extended: m.Extended, Next: m.Next,
	}
	for _, x := range m.Members {
		q := s.Queues[x.Queue]
		if q == nil {
			return fmt.Errorf("restore: %w: agent %s serves queue %q, which is not there", ErrFact, a.ID, x.Queue)
		}
		mem := &Member{Agent: a, Queue: q, Tier: x.Tier, Order: x.Order}
		a.Members = append(a.Members, mem)
		i := sort.Search(len(q.Members), func(i int) bool { return mem.before(q.Members[i]) })
		q.Members = slices.Insert(q.Members, i, mem)
	}
	a.activate()
	s.Agents[a.ID] = a
	s.AgentList = append(s.AgentList, a)
	s.Set(WrapTimer, a.WrapAt, a.ID)
	s.Set(ReadyTimer, a.ReadyAt, a.ID)
	return nil
}

func (s *Book) restoreVisit(m *visitImage) error {
	own, err := routing.All(m.Skills)
	q := s.Queues[m.Queue]
	if err != nil || q == nil {
		return fmt.Errorf("restore: %w: visit %s in queue %q", ErrFact, m.ID, m.Queue)
	}
	v := &Visit{
		ID: m.ID, Interaction: m.Interaction, Leg: m.Leg, Party: m.Party, Channel: m.Channel, Queue: q, JoinedAt: m.JoinedAt,
		Place: m.Place, Skills: m.Skills, Own: own, Attempts: m.Attempts, Phase: m.Phase, Agent: s.Agents[m.Agent], AnsweredAt: m.AnsweredAt,
		TalkUs: m.TalkUs, HoldUs: m.HoldUs, Wrap: m.WrapUs, HungUpBy: m.HungUpBy, TransferredTo: m.TransferredTo, Code: m.Code, NotBefore: m.NotBefore, Told: m.Told, Held: m.Held,
	}
	q.Live++
	s.Visits[v.ID] = v
	return nil
}

// link ties together what names each other.
func (s *Book) link(m *image) error {
	for i := range m.Callbacks {
		c := &m.Callbacks[i]
		q := s.Queues[c.Queue]
		if q == nil {
			return fmt.Errorf("restore: %w: callback %s in queue %q", ErrFact, c.Ref, c.Queue)
		}
		q.Live++
		n := &Callback{
			Ref: c.Ref, Interaction: c.Interaction, Party: c.Party, Queue: q, Keeps: c.Keeps, RequestedAt: c.RequestedAt,
			FromAt: c.FromAt, UntilAt: c.UntilAt, ForAt: c.ForAt, Attempts: c.Attempts, Visit: s.Visits[c.Visit],
		}
		if n.Visit != nil {
			n.Visit.Callback = n
		}
		s.Callbacks[n.Interaction] = n
		s.Set(PromiseTimer, n.dueAt(), n.Interaction)
	}
	offers := map[string]*offerImage{}
	for i := range m.Offers {
		offers[m.Offers[i].ID] = &m.Offers[i]
	}
	for i := range m.Visits {
		v := s.Visits[m.Visits[i].ID]
		for _, id := range m.Visits[i].Offers {
			oi := offers[id]
			if oi == nil || s.Agents[oi.Agent] == nil {
				return fmt.Errorf("restore: %w: visit %s has offer %q", ErrFact, v.ID, id)
			}
			o := &Offer{ID: id, Visit: v, Agent: s.Agents[oi.Agent], MadeAt: oi.MadeAt, Until: oi.Until}
			v.Offers = append(v.Offers, o)
			o.Agent.Offer = o
			s.Offers[id] = o
			s.Set(OfferTimer, o.Until, o.ID)
		}
	}
	for i := range m.Agents {
		s.Agents[m.Agents[i].Config.ID].Visit = s.Visits[m.Agents[i].Visit]
	}
	return s.linkLines(m)
}

func (s *Book) linkLines(m *image) error {
	for i := range m.Queues {
		q := s.Queues[m.Queues[i].Config.ID]
		for _, id := range m.Queues[i].Line {
			v := s.Visits[id]
			if v == nil {
				return fmt.Errorf("restore: %w: queue %s has visit %q in line", ErrFact, q.ID, id)
			}
			q.Line = append(q.Line, v)
		}
		for _, v := range q.Line {
			s.arm(v)
		}
	}
	return nil
}

// SortedKeys returns the keys in order, for whatever must not depend on map order.
func SortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
