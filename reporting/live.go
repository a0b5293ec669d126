package reporting

import (
	"cmp"
	"context"
	"fmt"
	"github.com/agner-platform/agner/reporting/level"
	"github.com/agner-platform/agner/reporting/plan"
	"math"
	"slices"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/reporting/metric"
)

// LiveQueue is one queue now and since local midnight.
type LiveQueue struct {
	QueueID      string `json:"queue_id"`
	Queue        string `json:"queue"`
	Waiting      int64  `json:"waiting"`
	LongestWaitS Number `json:"longest_wait_s"` // of those waiting now
	Offered      int64  `json:"offered"`
	Answered     int64  `json:"answered"`
	Abandoned    int64  `json:"abandoned"`
	SL           Number `json:"sl"` // callers waiting beyond T are misses
	Available    int64  `json:"agents_available"`
	Talking      int64  `json:"agents_talking"`
}

// LiveAgent is what one agent is doing.
type LiveAgent struct {
	Agent  string `json:"agent"`
	Name   string `json:"name"`
	Team   string `json:"team"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Queue  string `json:"queue"`
	Since  string `json:"since"`
}

// LiveTotals are all queues together; agents count once, whichever queues they serve.
type LiveTotals struct {
	LiveQueue
	ByState map[string]int64 `json:"agents_by_state"`
}

// Live is the overview of this moment.
type Live struct {
	At     string      `json:"at"`
	Queues []LiveQueue `json:"queues"`
	Agents []LiveAgent `json:"agents"`
	Totals LiveTotals  `json:"totals"`
}

// Live makes the overview: what is open from the lake's snapshot, today's counts from its tables. Both stand at one
// commit or a neighbouring one, a quarter of a second apart.
func (s *Service) Live(ctx context.Context, scope Scope) (*Live, error) {
	params := Params{Scope: scope, Size: interval.Total, By: ByQueue, Credit: ByArrival}
	params.From, params.To = plan.AtMoment(s.cfg.Now())
	var out *Live
	err := s.run(ctx, params, func(p *plan.Plan) error {
		today := interval.DateOf(p.Zone, p.Now)
		p.Span = interval.Range{From: today.Start(p.Zone), To: max(today.AddDays(1).Start(p.Zone), p.Now+1)}
		levels, err := level.Make(p, false)
		if err != nil {
			return err
		}
		out = live(p, levels, s.cfg.Lake.Live())
		return nil
	})
	return out, err
}

func live(p *plan.Plan, levels *ServiceLevel, snap *lake.Snapshot) *Live {
	out := &Live{At: interval.Format(p.Zone, p.Now), Agents: []LiveAgent{}, Totals: LiveTotals{ByState: map[string]int64{}}}
	queues := map[string]*LiveQueue{}
	of := func(id string) *LiveQueue {
		if queues[id] == nil {
			queues[id] = &LiveQueue{QueueID: id, Queue: p.Dims.Queue(id).Name, LongestWaitS: missing(), SL: missing()}
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
		q.SL = figure("sl_live", &r.Sums)
	}
	total := &out.Totals.LiveQueue
	total.Offered, total.Answered = levels.Totals.Sums[metric.Offered], levels.Totals.Sums[metric.Answered]
	total.Abandoned, total.SL = levels.Totals.Sums[metric.Abandoned], figure("sl_live", &levels.Totals.Sums)
	total.Queue, total.LongestWaitS = "total", missing()
	liveWaiting(p, snap, of, total)
	liveAgents(p, snap, of, out)
	out.Queues = make([]LiveQueue, 0, len(queues))
	for _, q := range queues {
		out.Queues = append(out.Queues, *q)
	}
	slices.SortFunc(out.Queues, func(a, b LiveQueue) int {
		return cmp.Or(cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.QueueID, b.QueueID))
	})
	return out
}

// liveWaiting counts who waits, today's callers and those who have been waiting since yesterday alike.
func liveWaiting(p *plan.Plan, snap *lake.Snapshot, of func(string) *LiveQueue, total *LiveQueue) {
	for queue, waiting := range snap.Waiting() {
		if !p.Counts(queue) {
			continue
		}
		q := of(queue)
		for _, v := range waiting {
			wait := Number(float64(max(0, p.Now-v.JoinedAt)) * 1e-6)
			for _, at := range []*LiveQueue{q, total} {
				at.Waiting++
				if !(at.LongestWaitS >= wait) { // also when it is missing
					at.LongestWaitS = wait
				}
			}
		}
	}
}

func liveAgents(p *plan.Plan, snap *lake.Snapshot, of func(string) *LiveQueue, out *Live) {
	for _, a := range snap.Agents {
		if a.State == "" || a.State == "offline" || !mayShowAgent(p, a.Agent) || len(p.Scope.Sites) > 0 && !slices.Contains(p.Scope.Sites, a.Site) {
			continue
		}
		queue := ""
		if a.Queue != "" {
			queue = p.Dims.Queue(a.Queue).Name
		}
		out.Agents = append(out.Agents, LiveAgent{
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
	slices.SortFunc(out.Agents, func(a, b LiveAgent) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Agent, b.Agent)) })
}

// liveQueueAgent counts a talking agent in the queue of its contact and an available one in the queue it last served,
// which is all that a source without memberships tells.
func liveQueueAgent(p *plan.Plan, a lake.AgentSpan, of func(string) *LiveQueue) {
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

func missing() Number { return Number(math.NaN()) }

// LiveID names the state that a snapshot shows, for Last-Event-ID.
func (s *Service) LiveID() string { return fmt.Sprint(s.cfg.Lake.Applied()) }
