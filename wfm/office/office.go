package office

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/planning"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/wfm/coverage"
	"github.com/agner-platform/agner/wfm/demand"
	"github.com/agner-platform/agner/wfm/rules"
)

// Errors that callers tell apart.
var (
	ErrBroken  = errors.New("the schedule breaks hard rules") // see [BrokenError]
	ErrRunning = errors.New("a search for this schedule runs already")
	ErrNoData  = errors.New("there is no history to plan from")
	ErrNoShift = errors.New("there is no such shift in a published schedule")
)

// BrokenError lists the broken hard rules.
type BrokenError struct{ Findings []rules.Finding }

// Error names the first.
func (e *BrokenError) Error() string {
	return fmt.Sprintf("%d hard rules are broken; the first: %s", len(e.Findings), e.Findings[0].Text)
}

// Is makes it an ErrBroken.
func (e *BrokenError) Is(target error) bool { return target == ErrBroken }

// Config is what an office works with.
type Config struct {
	Store   *db.Store
	Lake    *lake.Lake
	Publish func(context.Context, ...event.Event) error // to the journal
	Zone    *time.Location
	Demand  demand.Forecast // nil: requirements come from the mean of past weeks
	Now     func() time.Time
}

// Service is the office.
type Service struct {
	cfg  Config
	plan *planning.Store
	mu   sync.Mutex // guards runs
	runs map[string]*run
	wait sync.WaitGroup
}

// New opens the office.
func New(cfg Config) *Service {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Service{cfg: cfg, plan: planning.New(cfg.Store), runs: map[string]*run{}}
}

// Store is the planning part of the database.
func (s *Service) Store() *planning.Store { return s.plan }

// Sheet is a schedule with everything a board shows.
type Sheet struct {
	planning.Schedule
	Doc     *rules.Problem   `json:"-"`
	Plan    *rules.Schedule  `json:"-"`
	Start   time.Time        `json:"start"`      // first midnight
	Days    []int            `json:"day_starts"` // minutes after it, of each day and of the end
	Verdict *rules.Report    `json:"verdict"`
	Lines   []coverage.Line  `json:"lines"`
	Spare   []int            `json:"spare"`
	Figures coverage.Figures `json:"figures"`
}

// Problem reads a stored problem.
func Problem(body []byte) (*rules.Problem, error) { return rules.Read(bytes.NewReader(body)) }

// Plan reads a stored schedule.
func Plan(body []byte) (*rules.Schedule, error) { return rules.ReadSchedule(bytes.NewReader(body)) }

// Sheet reads a schedule and judges its draft.
func (s *Service) Sheet(ctx context.Context, id string) (*Sheet, error) {
	row, err := s.plan.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return judge(row)
}

func judge(row planning.Schedule) (*Sheet, error) {
	p, err := Problem(row.Problem)
	if err != nil {
		return nil, err
	}
	plan, err := Plan(row.Draft)
	if err != nil {
		return nil, err
	}
	out := &Sheet{Schedule: row, Doc: p, Plan: plan}
	var cover *coverage.Cover
	out.Verdict, cover = coverage.Judge(p, plan)
	if out.Verdict.Findings == nil {
		out.Verdict.Findings = []rules.Finding{}
	}
	out.Lines, out.Spare = cover.Lines()
	axis := p.Axis()
	out.Start = axis.Time("", 0)
	for d := range axis.Days() + 1 {
		out.Days = append(out.Days, axis.DayStart(d))
	}
	out.Figures = coverage.SumOf(p, plan, out.Verdict, cover)
	return out, nil
}

// Create stores a problem with an empty draft.
func (s *Service) Create(ctx context.Context, p *rules.Problem) (*Sheet, error) {
	problem, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	draft, err := json.Marshal(&rules.Schedule{Format: rules.Format, Problem: p.Name, Shifts: []rules.Shift{}})
	if err != nil {
		return nil, err
	}
	row, err := s.plan.Create(ctx, planning.Schedule{Name: p.Name, From: p.From, Days: p.Days, Problem: problem, Draft: draft})
	if err != nil {
		return nil, err
	}
	return judge(row)
}

// Save replaces the draft of the version named, and the problem where given.
func (s *Service) Save(ctx context.Context, id string, version int64, p *rules.Problem, plan *rules.Schedule, why string) (*Sheet, error) {
	var problem, draft json.RawMessage
	var err error
	if p != nil {
		if problem, err = json.Marshal(p); err != nil {
			return nil, err
		}
	}
	if plan != nil {
		if draft, err = json.Marshal(plan); err != nil {
			return nil, err
		}
	}
	row, err := s.plan.Save(ctx, id, version, problem, draft, why)
	if err != nil {
		return nil, err
	}
	return judge(row)
}

// Publish puts the draft of the version named in force, tells the journal and returns
// the sheet. Broken hard rules refuse it.
func (s *Service) Publish(ctx context.Context, id string, version int64, note string) (*Sheet, error) {
	sheet, err := s.Sheet(ctx, id)
	if err != nil {
		return nil, err
	}
	if hard := sheet.Verdict.Hard(); len(hard) > 0 {
		return nil, &BrokenError{hard}
	}
	row, err := s.plan.Publish(ctx, id, version, note, sheet.Figures.Cost)
	if err != nil {
		return nil, err
	}
	if err := s.announce(ctx, sheet.Doc, row); err != nil {
		return nil, err
	}
	return judge(row)
}

// CheckAgent checks one person's shifts as they would be, against the draft's problem.
func (s *Service) CheckAgent(ctx context.Context, id, agent string, shifts []rules.Shift) ([]rules.Finding, error) {
	row, err := s.plan.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := Problem(row.Problem)
	if err != nil {
		return nil, err
	}
	if p.Agent(agent) == nil {
		return nil, fmt.Errorf("agent %q: %w", agent, db.ErrNotFound)
	}
	return p.JudgeAgent(agent, shifts), nil
}

// Compare puts two states of a schedule side by side: numbers of published versions, 0 for the draft.
func (s *Service) Compare(ctx context.Context, id string, old, now int64) (*coverage.Difference, error) {
	row, err := s.plan.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := Problem(row.Problem)
	if err != nil {
		return nil, err
	}
	var plans [2]*rules.Schedule
	for i, n := range []int64{old, now} {
		body := row.Draft
		if n > 0 {
			v, err := s.plan.Version(ctx, id, n)
			if err != nil {
				return nil, err
			}
			body = v.Body
		}
		if plans[i], err = Plan(body); err != nil {
			return nil, err
		}
	}
	return coverage.Compare(p, plans[0], plans[1]), nil
}

// Close cancels what runs and waits for it.
func (s *Service) Close() {
	s.mu.Lock()
	for _, r := range s.runs {
		r.stop()
	}
	s.mu.Unlock()
	s.wait.Wait()
}
