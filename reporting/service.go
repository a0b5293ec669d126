package reporting

import (
	"context"
	"time"

	"github.com/agner-platform/agner/reporting/level"
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
	ByArrival = plan.ByArrival
	ByAnswer  = plan.ByAnswer
	ByEnd     = plan.ByEnd
)

// ServiceLevel is the interval report, see package level.
type ServiceLevel = level.Report

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
