// Package live makes the overview of this moment: who waits and what agents are doing, from what the lake holds open,
// beside the counts since local midnight.
package live

import (
	"cmp"
	"github.com/agner-platform/agner/reporting/level"
	"github.com/agner-platform/agner/reporting/plan"
	"slices"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/reporting/metric"
)

// Queue is one queue now and since local midnight.
type Queue struct {
	QueueID      string        `json:"queue_id"`
	Queue        string        `json:"queue"`
	Waiting      int64         `json:"waiting"`
	LongestWaitS metric.Number `json:"longest_wait_s"` // of those waiting now
	Offered      int64         `json:"offered"`
	Answered     int64         `json:"answered"`
	Abandoned    int64         `json:"abandoned"`
	SL           metric.Number `json:"sl"` // callers waiting beyond T are misses
	Available    int64         `json:"agents_available"`
	Talking      int64         `json:"agents_talking"`
}

// Agent is what one agent is doing.
type Agent struct {
	Agent  string `json:"agent"`
	Name   string `json:"name"`
	Team   string `json:"team"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Queue  string `json:"queue"`
	Since  string `json:"since"`
}

// Totals are all queues together, in contacts; agents count once, whichever queues they serve.
type Totals struct {
	Queue
	ByState map[string]int64 `json:"agents_by_state"`
}

// Overview is the state of this moment.
type Overview struct {
	At     string  `json:"at"`
	Queues []Queue `json:"queues"`
	Agents []Agent `json:"agents"`
	Totals Totals  `json:"totals"`
}

// Make makes the overview.
func Make(p *plan.Plan, snap *lake.Snapshot) (*Overview, error) {
	today := interval.DateOf(p.Zone, p.Now)
	p.Span = interval.Range{From: today.Start(p.Zone), To: max(today.AddDays(1).Start(p.Zone), p.Now+1)}
	levels, err := level.Make(p, false)
	if err != nil {
		return nil, err
	}
	whole := *p
	whole.By = plan.ByWhole
	total, err := level.Make(&whole, false)
	if err != nil {
		return nil, err
	}
	return overview(p, levels, &total.Totals.Sums, snap), nil
}

func overview(p *plan.Plan, levels *level.Report, contacts *metric.Sums, snap *lake.Snapshot) *Overview {
	out := &Overview{At: interval.Format(p.Zone, p.Now), Agents: []Agent{}, Totals: Totals{ByState: map[string]int64{}}}
	queues := map[string]*Queue{}
	of := func(id string) *Queue {
		if queues[id] == nil {
			queues[id] = &Queue{QueueID: id, Queue: p.Dims.QueueName(id), LongestWaitS: metric.Missing(), SL: metric.Missing()}
		}
		return queues[id]
	}
	for _, q := range p.Dims.Queues() {
		if p.Counts(q.ID) && !q.Retired {
			of(q.ID)
		}
	}
	for i := range levels.Rows {
		r := levels.Rows[i]
		q := of(r.Key)
		q.Offered, q.Answered, q.Abandoned = r.Sums[metric.Offered], r.Sums[metric.Answered], r.Sums[metric.Abandoned]
		q.SL = metric.Value("sl_live", &r.Sums)
	}
	total := &out.Totals.Queue
	total.Offered, total.Answered = contacts[metric.Offered], contacts[metric.Answered]
	total.Abandoned, total.SL = contacts[metric.Abandoned], metric.Value("sl_live", contacts)
	total.Queue, total.LongestWaitS = "total", metric.Missing()
	liveWaiting(p, snap, of, total)
	liveAgents(p, snap, of, out)
	out.Queues = make([]Queue, 0, len(queues))
	for _, q := range queues {
		out.Queues = append(out.Queues, *q)
	}
	slices.SortFunc(out.Queues, func(a, b Queue) int {
		return cmp.Or(cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.QueueID, b.QueueID))
	})
	return out
}

// liveWaiting counts who waits, today's callers and those who have been waiting since yesterday alike.
func liveWaiting(p *plan.Plan, snap *lake.Snapshot, of func(string) *Queue, total *Queue) {
	for queue, waiting := range snap.Waiting() {
		if !p.Counts(queue) {
			continue
		}
		q := of(queue)
		for _, v := range waiting {
			wait := metric.Number(float64(max(0, p.Now-v.JoinedAt)) * 1e-6)
			for _, at := range []*Queue{q, total} {
				at.Waiting++
				if !(at.LongestWaitS >= wait) { // also when it is missing
					at.LongestWaitS = wait
				}
			}
		}
	}
}

func liveAgents(p *plan.Plan, snap *lake.Snapshot, of func(string) *Queue, out *Overview) {
	for _, a := range snap.Agents {
		if a.State == "" || a.State == "offline" || !p.MayShowAgent(a.Agent) || len(p.Scope.Sites) > 0 && !slices.Contains(p.Scope.Sites, a.Site) {
			continue
		}
		queue := ""
		if a.Queue != "" {
			queue = p.Dims.QueueName(a.Queue)
		}
		out.Agents = append(out.Agents, Agent{
			a.Agent, p.Dims.AgentName(a.Agent), p.Dims.TeamName(p.Dims.Team(a.Agent, p.Now)), a.State, a.Reason, queue, interval.Format(p.Zone, a.FromAt),
		})
		out.Totals.ByState[a.State]++
		switch a.State {
		case "available":
			out.Totals.Available++
		case "talking", "hold":
			out.Totals.Talking++
		}
		liveQueueAgent(p, a, of)
	}
	slices.SortFunc(out.Agents, func(a, b Agent) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Agent, b.Agent)) })
}

// liveQueueAgent counts a talking agent in the queue of its contact and an available one in the queue it last served,
// which is all that a source without memberships tells.
func liveQueueAgent(p *plan.Plan, a lake.AgentSpan, of func(string) *Queue) {
	if a.Queue == "" || !p.Counts(a.Queue) {
		return
	}
	switch a.State {
	case "available":
		of(a.Queue).Available++
	case "talking", "hold":
		of(a.Queue).Talking++
	}
}
