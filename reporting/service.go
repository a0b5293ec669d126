package reporting

import (
	"context"
	"fmt"
	"time"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/kpi"
	"github.com/agner-platform/agner/reporting/level"
	"github.com/agner-platform/agner/reporting/live"
	"github.com/agner-platform/agner/reporting/marks"
	"github.com/agner-platform/agner/reporting/metric"
	"github.com/agner-platform/agner/reporting/plan"
)

// The words of questions, as package plan defines them.
type (
	Config     = plan.Config
	Params     = plan.Params
	ParamError = plan.ParamError
	Scope      = plan.Scope
	By         = plan.By
	Credit     = plan.Credit
	Range      = plan.Range
	ParamsOut  = plan.ParamsOut
)

// Kinds of rows and credits.
const (
	ByQueue   = plan.ByQueue
	ByGroup   = plan.ByGroup
	BySite    = plan.BySite
	ByWhole   = plan.ByWhole
	ByArrival = plan.ByArrival
	ByAnswer  = plan.ByAnswer
	ByEnd     = plan.ByEnd
)

// ServiceLevel is the interval report, see package level.
type ServiceLevel = level.Report

// KeySummary is one queue, group or site of an interval report, see package level.
type KeySummary = level.KeySummary

// The parts of reports that have a package of their own.
type (
	KPI       = kpi.Page
	KPIItem   = kpi.Item
	Reason    = kpi.Reason
	Live      = live.Overview
	LiveQueue = live.Queue
	LiveAgent = live.Agent
	Number    = metric.Number
)

// Service runs reports. It is safe for concurrent use.
type Service struct{ cfg Config }

// New makes a service. Lake and Settings of the configuration are required; the zone defaults to UTC, the clock to the
// machine's.
func New(cfg Config) *Service {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	return &Service{cfg}
}

func (s *Service) run(ctx context.Context, p Params, fn func(*plan.Plan) error) error {
	return s.cfg.Run(ctx, p, fn)
}

// ServiceLevel makes the interval report: every key in every interval in which somebody called.
func (s *Service) ServiceLevel(ctx context.Context, params Params) (*ServiceLevel, error) {
	var out *ServiceLevel
	err := s.run(ctx, params, func(p *plan.Plan) (err error) {
		out, err = level.Make(p, true)
		return err
	})
	return out, err
}

// KPI makes the page of the few figures that a manager looks at. compare is "previous" (as many days just before) or
// "weekday" (the same days of earlier weeks).
func (s *Service) KPI(ctx context.Context, params Params, compare string) (*KPI, error) {
	params.Missed = false
	var out *KPI
	err := s.run(ctx, params, func(p *plan.Plan) (err error) {
		out, err = kpi.Make(p, compare)
		return err
	})
	return out, err
}

// Marks finds what happened beside the calls, see package marks.
func (s *Service) Marks(ctx context.Context, p Params, kinds []string) ([]marks.Mark, error) {
	return marks.New(s.cfg).Find(ctx, p, kinds)
}

// Live makes the overview of this moment: what is open from the lake's snapshot, today's counts from its tables. Both
// stand at one commit or a neighbouring one, a quarter of a second apart.
func (s *Service) Live(ctx context.Context, scope Scope) (*Live, error) {
	params := Params{Scope: scope, Size: interval.Total, By: ByQueue, Credit: ByArrival}
	params.From, params.To = plan.AtMoment(s.cfg.Now())
	var out *Live
	err := s.run(ctx, params, func(p *plan.Plan) (err error) {
		out, err = live.Make(p, s.cfg.Lake.Live())
		return err
	})
	return out, err
}

// LiveID names the state that a snapshot shows, for Last-Event-ID.
func (s *Service) LiveID() string { return fmt.Sprint(s.cfg.Lake.Applied()) }
