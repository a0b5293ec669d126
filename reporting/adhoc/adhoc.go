// Package adhoc answers SQL that people write: it works out which queues, agents and sites are the caller's, as every
// report does, and has the lake's sandbox run the query on those rows only. Answers are tables like any report's.
package adhoc

import (
	"context"
	"time"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake/sandbox"
	"github.com/agner-platform/agner/reporting/plan"
	"github.com/agner-platform/agner/reporting/table"
)

// Runner runs a query; [sandbox.Sandbox] does.
type Runner interface {
	Run(ctx context.Context, text string, scope sandbox.Scope, rows int) (*sandbox.Result, error)
}

// Service answers queries. It is safe for concurrent use.
type Service struct {
	cfg plan.Config
	run Runner
}

// New makes a service.
func New(cfg plan.Config, run Runner) *Service { return &Service{cfg, run} }

// Answer is the rows of a query and how fresh the facts are.
type Answer struct {
	Rows *table.Table
	AsOf time.Time
}

// Ask answers one SELECT with at most rows rows (0: the default); more are refused. What the query itself is to blame for
// comes back as a [*sandbox.Refusal].
func (s *Service) Ask(ctx context.Context, text string, scope plan.Scope, rows int) (*Answer, error) {
	bounds, err := s.bounds(ctx, scope)
	if err != nil {
		return nil, err
	}
	r, err := s.run.Run(ctx, text, bounds, rows)
	if err != nil {
		return nil, err
	}
	t := &table.Table{Name: "query"}
	for _, c := range r.Columns {
		t.Columns = append(t.Columns, column(c))
	}
	return &Answer{Rows: t, AsOf: r.AsOf}, nil
}

// bounds resolves a scope to the ids that rows carry.
func (s *Service) bounds(ctx context.Context, scope plan.Scope) (sandbox.Scope, error) {
	var out sandbox.Scope
	if len(scope.Sites)+len(scope.Queues)+len(scope.Teams) == 0 {
		return out, nil
	}
	p := plan.Params{Scope: scope, Size: interval.Total, By: plan.ByQueue}
	err := s.cfg.Run(ctx, p, func(p *plan.Plan) error {
		out.Queues = p.QueueIDs
		out.Agents = append([]string{}, p.ShownAgents()...)
		if len(scope.Sites)+len(scope.Queues) > 0 {
			out.Sites = []string{}
			for _, site := range p.Dims.Sites() {
				if scope.AllowsSite(p.Dims, site.ID) {
					out.Sites = append(out.Sites, site.ID)
				}
			}
		}
		return nil
	})
	return out, err
}

// kinds are those of a table.
var kinds = map[sandbox.Kind]table.Kind{
	sandbox.Text: table.Text, sandbox.Whole: table.Whole, sandbox.Real: table.Real, sandbox.Truth: table.Truth, sandbox.Time: table.Time,
}

func column(c sandbox.Values) table.Column {
	return table.Column{Name: c.Name, Kind: kinds[c.Kind], Texts: c.Texts, Ints: c.Ints, Reals: c.Reals, Truths: c.Truths, Null: c.Null}
}
