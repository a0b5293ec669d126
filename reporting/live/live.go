// Package live makes the overview of this moment: who waits and what agents are doing, from what the lake holds open,
// beside the counts since local midnight.
package live

import (
	"cmp"
	"database/sql"
	"fmt"
	"github.com/agner-platform/agner/reporting/level"
	"github.com/agner-platform/agner/reporting/plan"
	"slices"

	"github.com/agner-platform/agner/internal/event"
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
	Talking      int64         `json:"agents_talking"` // or on hold
	WrapUp       int64         `json:"agents_wrap_up"`
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
	served, err := servedQueue(p, snap)
	if err != nil {
		return nil, err
	}
	return overview(p, sources{levels, &total.Totals.Sums, snap, served}), nil
}

// sources are what the overview is put together from.
type sources struct {
	levels   *level.Report // today's counts by queue
	contacts *metric.Sums  // and of all together
	snap     *lake.Snapshot
	served   map[string]string // the queue of each agent
}

// servedQueue says for which queue each agent counts: that of its open visit, else that of the last one it answered,
// which is all that a source without memberships tells.
func servedQueue(p *plan.Plan, snap *lake.Snapshot) (map[string]string, error) {
	const look = 7 * 24 * interval.HourUs
	out := map[string]string{}
	query := fmt.Sprintf(`SELECT agent, arg_max(queue, joined_at) FROM visits_all
 WHERE agent IS NOT NULL AND queue IS NOT NULL AND joined_at >= %s AND joined_at <= %s GROUP BY agent`, plan.Stamp(p.Now-look), plan.Stamp(p.Now))
	err := plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var agent, queue string
		if err := r.Scan(&agent, &queue); err != nil {
			return err
		}
		out[agent] = queue
		return nil
	})
	for _, v := range snap.Visits {
		if v.Agent != "" && v.Queue != "" {
			out[v.Agent] = v.Queue
		}
	}
	return out, err
}

func overview(p *plan.Plan, from sources) *Overview {
	levels, contacts, snap := from.levels, from.contacts, from.snap
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
	liveAgents(p, from, of, out)
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

func liveAgents(p *plan.Plan, from sources, of func(string) *Queue, out *Overview) {
	for _, a := range from.snap.Agents {
		elsewhere := a.Site != "" && len(p.Scope.Sites) > 0 && !slices.Contains(p.Scope.Sites, a.Site)
		if a.State == "" || a.State == "offline" || !p.MayShowAgent(a.Agent) || elsewhere {
			continue
		}
		id := a.Queue
		if id == "" {
			id = from.served[a.Agent]
		}
		queue := ""
		if inContact(a.State) && id != "" && p.Counts(id) {
			queue = p.Dims.QueueName(id)
		}
		out.Agents = append(out.Agents, Agent{
			a.Agent, p.Dims.AgentName(a.Agent), p.Dims.TeamName(p.Dims.Team(a.Agent, p.Now)), a.State, a.Reason, queue, interval.Format(p.Zone, a.FromAt),
		})
		out.Totals.ByState[a.State]++
		out.Totals.count(a.State)
		if id != "" && p.Counts(id) {
			of(id).count(a.State)
		}
	}
	slices.SortFunc(out.Agents, func(a, b Agent) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Agent, b.Agent)) })
}

// inContact reports whether a state is one of a contact, which belongs to a queue.
func inContact(state string) bool {
	switch event.State(state) {
	case event.Reserved, event.Talking, event.OnHold, event.WrapUp:
		return true
	}
	return false
}

// count counts an agent by its state.
func (q *Queue) count(state string) {
	switch event.State(state) {
	case event.Available:
		q.Available++
	case event.Talking, event.OnHold:
		q.Talking++
	case event.WrapUp:
		q.WrapUp++
	}
}
