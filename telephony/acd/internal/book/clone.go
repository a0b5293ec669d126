package book

import "slices"

// Clone returns an independent copy, for simulation. What never changes in place
// (configuration rows, skills, expressions, advice) is shared. It is written out because it
// runs in the loop that owns the state: half a thousand agents may take a fraction
// of a millisecond, not ten.
func (s *Book) Clone() *Book {
	c := *s
	c.timers = slices.Clone(s.timers)
	c.Queues, c.Agents = make(map[string]*Queue, len(s.Queues)), make(map[string]*Agent, len(s.Agents))
	c.Visits, c.Offers = make(map[string]*Visit, len(s.Visits)), make(map[string]*Offer, len(s.Offers))
	c.Callbacks = make(map[string]*Callback, len(s.Callbacks))
	c.cloneQueues(s)
	c.cloneAgents(s)
	for id, v := range s.Callbacks {
		w := *v
		w.Queue = c.Queues[v.Queue.ID]
		c.Callbacks[id] = &w
	}
	c.cloneVisits(s)
	for i, q := range s.QueueList {
		line := make([]*Visit, len(q.Line))
		for k, v := range q.Line {
			line[k] = c.Visits[v.ID]
		}
		c.QueueList[i].Line = line
	}
	return &c
}

func (s *Book) cloneQueues(from *Book) {
	s.QueueList = make([]*Queue, len(from.QueueList))
	block := make([]Queue, len(from.QueueList))
	for i, q := range from.QueueList {
		block[i] = *q
		block[i].Members = make([]*Member, len(q.Members))
		s.QueueList[i] = &block[i]
		s.Queues[q.ID] = &block[i]
	}
}

func (s *Book) cloneAgents(from *Book) {
	s.AgentList = make([]*Agent, len(from.AgentList))
	block := make([]Agent, len(from.AgentList))
	for i, a := range from.AgentList {
		w := &block[i]
		*w = *a
		w.Members = make([]*Member, len(a.Members))
		members := make([]Member, len(a.Members))
		for k, m := range a.Members {
			members[k] = *m
			members[k].Agent, members[k].Queue = w, s.Queues[m.Queue.ID]
			w.Members[k] = &members[k]
		}
		s.AgentList[i] = w
		s.Agents[a.ID] = w
	}
	for i, q := range from.QueueList {
		for k, m := range q.Members {
			s.QueueList[i].Members[k] = s.Agents[m.Agent.ID].in(s.QueueList[i])
		}
	}
}

// cloneVisits copies visits and offers, and ties both to agents and callbacks.
func (s *Book) cloneVisits(from *Book) {
	block := make([]Visit, len(from.Visits))
	n := 0
	for id, v := range from.Visits {
		w := &block[n]
		n++
		*w = *v
		w.Queue = s.Queues[v.Queue.ID]
		if v.Agent != nil {
			w.Agent = s.Agents[v.Agent.ID]
		}
		if v.Callback != nil {
			w.Callback = s.Callbacks[v.Callback.Interaction]
			w.Callback.Visit = w
		}
		w.Offers = nil
		for _, o := range v.Offers {
			p := *o
			p.Visit, p.Agent = w, s.Agents[o.Agent.ID]
			p.Agent.Offer = &p
			w.Offers = append(w.Offers, &p)
			s.Offers[p.ID] = &p
		}
		s.Visits[id] = w
	}
	for i, a := range from.AgentList {
		if a.Visit != nil {
			s.AgentList[i].Visit = s.Visits[a.Visit.ID]
		}
	}
}
