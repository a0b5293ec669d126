package speech

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/sse"
	"github.com/agner-platform/agner/speech/live"
	"github.com/agner-platform/agner/speech/phrase"
)

// Intervals of the live view.
const (
	again    = time.Second            // after the switch was away
	ticks    = time.Second            // of what time alone brings about
	together = 200 * time.Millisecond // changes that are sent as one
	beats    = 15 * time.Second
	lasts    = 10 * time.Minute // then the browser opens the stream again, and a session that was ended is noticed
	longLine = 1 << 20
)

// Rules reads the rules of the configuration, each as NAME: RULE.
func Rules(list []string) ([]live.Rule, error) {
	var out []live.Rule
	for _, text := range list {
		name, rule, ok := strings.Cut(text, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, fmt.Errorf("speech.alerts = %q: want NAME: RULE", text)
		}
		r, err := phrase.ParseRule(strings.TrimSpace(rule))
		if err != nil {
			return nil, fmt.Errorf("speech.alerts = %q: %w", text, err)
		}
		out = append(out, live.Rule{Name: strings.TrimSpace(name), Rule: r})
	}
	return out, nil
}

// listen gives the switch's live sound to the room until the context ends.
func (r *role) listen(ctx context.Context, client *node.Client, room *live.Room) {
	go func() {
		tick := time.NewTicker(ticks)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				room.Tick(now)
			}
		}
	}()
	for ctx.Err() == nil {
		if err := r.follow(ctx, client, room); err != nil && ctx.Err() == nil {
			r.inst.Log.Debug("the switch's live sound is away", "error", err)
		}
		room.Close()
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
}

func (r *role) follow(ctx context.Context, client *node.Client, room *live.Room) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, node.Base+"/tapes/live", nil)
	if err != nil {
		return err
	}
	res, err := client.Send(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	sc := bufio.NewScanner(res.Body)
	sc.Buffer(nil, longLine)
	for sc.Scan() {
		var f live.Frame
		if err := json.Unmarshal(sc.Bytes(), &f); err != nil {
			return err
		}
		room.Push(ctx, f)
	}
	return sc.Err()
}

// mountLive adds the live view: who sees it needs the grant for recordings.
func mountLive(rt *httpapi.Router, room *live.Room, watchers []string) {
	policy := httpapi.Policy{Action: "speech.live", Roles: watchers, Grant: httpapi.GrantRecordings, Sensitive: true, Timeout: httpapi.Unlimited}
	rt.HandleFunc(http.MethodGet, "/api/v1/speech/live", policy, func(w http.ResponseWriter, r *http.Request) error {
		calls, _, _, _ := room.Since(-1, httpapi.IdentityFrom(r.Context()).Scopes.Queue)
		return httpapi.WriteJSON(w, http.StatusOK, map[string]any{"calls": calls})
	})
	rt.HandleFunc(http.MethodGet, "/api/v1/speech/live/stream", policy, func(w http.ResponseWriter, r *http.Request) error {
		watchRoom(w, r, room)
		return nil
	})
}

// watchRoom sends what changes: calls that did, and which calls there are.
func watchRoom(w http.ResponseWriter, r *http.Request, room *live.Room) {
	s, err := sse.NewStream(w, r)
	if err != nil {
		return
	}
	want := httpapi.IdentityFrom(r.Context()).Scopes.Queue
	beat, end := time.NewTicker(beats), time.NewTimer(lasts)
	defer beat.Stop()
	defer end.Stop()
	version := int64(-1)
	for {
		calls, there, now, next := room.Since(version, want)
		version = now
		data, err := json.Marshal(map[string]any{"calls": calls, "there": there, "at": time.Now().UTC()})
		if err != nil || s.Send(sse.Event{Name: "calls", Data: data}) != nil {
			return
		}
		for waiting := true; waiting; {
			select {
			case <-r.Context().Done():
				return
			case <-end.C:
				return
			case <-beat.C:
				if s.Beat() != nil {
					return
				}
			case <-next:
				waiting = false
			}
		}
		select { // what follows at once goes along
		case <-r.Context().Done():
			return
		case <-time.After(together):
		}
	}
}
