package importer

import (
	"context"
	"sync"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest"
	"github.com/agner-platform/agner/internal/ingest/feed"
	"github.com/agner-platform/agner/internal/journal"
)

// maxLatest is how many facts are remembered before the lake is waited for. A
// fact takes some 150 bytes.
const maxLatest = 200_000

// latest holds the facts published by jobs that the lake may not have yet.
type latest struct {
	mu    sync.Mutex // protects facts
	facts map[ingest.Fact]struct{}
}

// known says which facts were published before, by this service or as the lake
// has it.
func (s *Service) known(ctx context.Context, facts []ingest.Fact) (map[ingest.Fact]bool, error) {
	out := map[ingest.Fact]bool{}
	if s.opt.Known != nil && len(facts) > 0 {
		var err error
		if out, err = s.opt.Known(ctx, facts); err != nil {
			return nil, err
		}
	}
	s.latest.mu.Lock()
	defer s.latest.mu.Unlock()
	for _, f := range facts {
		if _, ok := s.latest.facts[f.Key()]; ok {
			out[f.Key()] = true
		}
	}
	return out, nil
}

// note remembers what was published. When that is much, the lake is waited for
// and takes over.
func (s *Service) note(ctx context.Context, events []event.Event) error {
	s.latest.mu.Lock()
	full := len(s.latest.facts) > maxLatest
	s.latest.mu.Unlock()
	if full {
		if err := s.opt.Applied(ctx, journal.Vector{s.opt.Journal.Node(): s.opt.Journal.Durable()}); err != nil {
			return err
		}
	}
	s.latest.mu.Lock()
	defer s.latest.mu.Unlock()
	if full && s.opt.Known != nil || s.latest.facts == nil {
		s.latest.facts = map[ingest.Fact]struct{}{}
	}
	for i := range events {
		f, ok := feed.FactOf(&events[i])
		if !ok {
			continue
		}
		s.latest.facts[f.Key()] = struct{}{}
		if f.Kind == feed.AgentEntered {
			f.Part = ""
			s.latest.facts[f] = struct{}{}
		}
	}
	return nil
}
