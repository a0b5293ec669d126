package voice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"

	"github.com/agner-platform/agner/telephony/routing"
)

const (
	adviceEvery = 30 * time.Second // a forecast that was published is followed within it
	adviceLimit = 5 * time.Second
	adviceBytes = 4 << 20 // tens of thousands of queues
)

// advisory is where analytics publishes what forecast and schedule say to routing.
const advisory = "http://agner/routing/advice"

// errNoAdvice says that there is none yet.
var errNoAdvice = errors.New("there is no advice")

// advise fetches advice until ctx ends. While analytics does not answer, the last
// advice is followed until it is too old; then routing goes by plain rules, and the log
// and the live state say so.
func (s *sw) advise(ctx context.Context) {
	tick := time.NewTicker(adviceEvery)
	defer tick.Stop()
	var have *routing.Table
	fresh := false
	for {
		have = s.follow(ctx, have)
		if now := routing.Fresh(table(have), time.Now().UnixMicro()); now != fresh {
			if fresh = now; fresh {
				s.inst.Log.Info("routing is advised by a forecast", "snapshot", have.Name)
			} else {
				s.inst.Log.Warn("the advice of the forecast is gone or too old: advised queues are routed as longest idle until there is another")
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// table is advice as routing takes it: no table is no advice.
func table(t *routing.Table) routing.Advice {
	if t == nil {
		return nil
	}
	return t
}

// follow takes over advice that differs from what there is, and returns what is followed.
func (s *sw) follow(ctx context.Context, have *routing.Table) *routing.Table {
	ask, cancel := context.WithTimeout(ctx, adviceLimit)
	defer cancel()
	next, err := fetchAdvice(ask, s.inst.OverSocket().HTTP)
	switch {
	case errors.Is(err, errNoAdvice) && have != nil:
		next = nil
	case err != nil:
		return have
	case have != nil && next.Made == have.Made && next.Name == have.Name:
		return have
	}
	if err := s.exchange.Advise(ctx, next); err != nil {
		return have
	}
	return next
}

// fetchAdvice reads the table and refuses one that makes no sense.
func fetchAdvice(ctx context.Context, client *http.Client) (*routing.Table, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, advisory, nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, errNoAdvice
	default:
		return nil, fmt.Errorf("advice: status %d", res.StatusCode)
	}
	var t routing.Table
	if err := json.NewDecoder(io.LimitReader(res.Body, adviceBytes)).Decode(&t); err != nil {
		return nil, fmt.Errorf("advice: %w", err)
	}
	return &t, checkAdvice(&t)
}

func checkAdvice(t *routing.Table) error {
	if t.Name == "" || t.Made <= 0 {
		return fmt.Errorf("advice: snapshot = %q, made_at = %d: must be given", t.Name, t.Made)
	}
	for id, q := range t.Queues {
		if q.Reserve < 0 || q.WithinUs < 0 || q.HoldUs < 0 || math.IsNaN(q.Value) || math.IsInf(q.Value, 0) {
			return fmt.Errorf("advice for queue %q: %+v: must not be negative", id, q)
		}
	}
	return nil
}
