package api

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/sse"
	"github.com/agner-platform/agner/reporting"
)

const (
	streamEvery = time.Second      // the page's clock counts seconds itself; more would only cost
	liveTimeout = 10 * time.Second // a snapshot that takes longer is left out
)

// watched is everybody who sees the same: one hub for each set of scopes.
type watched struct {
	scope reporting.Scope
	hub   *sse.Hub
}

// streams are the hubs by scope. mu protects byScope; hubs stay for as long as the role runs, because a hub that
// closed under a reader who just chose it would look like a fault, and sets of scopes are few.
type streams struct {
	mu      sync.Mutex
	byScope map[string]*watched
	closed  bool
}

func (s *streams) of(scope reporting.Scope) (*watched, error) {
	key, err := json.Marshal(scope)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, sse.ErrClosed
	}
	if s.byScope == nil {
		s.byScope = map[string]*watched{}
	}
	w := s.byScope[string(key)]
	if w == nil {
		w = &watched{scope, &sse.Hub{}}
		s.byScope[string(key)] = w
	}
	return w, nil
}

// open lists the scopes that somebody watches.
func (s *streams) open() []*watched {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*watched
	for _, w := range s.byScope {
		if w.hub.Len() > 0 {
			out = append(out, w)
		}
	}
	return out
}

func (s *streams) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, w := range s.byScope {
		w.hub.Close()
	}
}

func (a *API) stream(w http.ResponseWriter, r *http.Request) error {
	if err := httpapi.NewQuery(r).Err(); err != nil {
		return err
	}
	watch, err := a.streams.of(scope(r.Context()))
	if err != nil {
		return httpapi.RoleDown.New("shutting down", "role", "analytics").Because(err)
	}
	watch.hub.ServeHTTP(w, r)
	return nil
}

// Run makes live snapshots until ctx ends; then it ends every stream.
func (a *API) Run(ctx context.Context) {
	tick := time.NewTicker(streamEvery)
	defer tick.Stop()
	defer a.streams.close()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			a.Publish(ctx)
		}
	}
}

// Publish makes one snapshot for each set of scopes that somebody watches.
func (a *API) Publish(ctx context.Context) {
	for _, w := range a.streams.open() {
		if err := a.publish(ctx, w); err != nil && ctx.Err() == nil {
			a.log.Warn("live snapshot failed", "error", err)
		}
	}
}

func (a *API) publish(ctx context.Context, w *watched) error {
	ctx, cancel := context.WithTimeout(ctx, liveTimeout)
	defer cancel()
	id := a.reports.LiveID() // before the snapshot: a reader who comes back with it misses nothing
	live, err := a.reports.Live(ctx, w.scope)
	if err != nil {
		return err
	}
	data, err := json.Marshal(live)
	if err != nil {
		return err
	}
	w.hub.Publish(sse.Event{ID: id, Name: "snapshot", Data: data})
	return nil
}
