package voice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/cmd/agner/voice/compile"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/personal"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/telephony/exchange/lines"
)

// contacts makes pseudonyms and passes the numbers behind them to the erasable tables,
// which are also the only place where a number is looked up: what was erased there is
// gone for the switch too. It implements lines.Numbers.
type contacts struct {
	inst *node.Instance
	key  personal.Key
	file string // numbers of promises that could not be passed on yet

	mu   sync.Mutex
	seen map[string]personal.Party // not passed on yet, protected by mu
	owed map[string]personal.Party // of callbacks, for when the tables do not answer; protected by mu
}

// keepContacts bounds the numbers that wait while analytics is away.
const keepContacts = 10000

// openContacts goes on with what an earlier switch could not pass on.
func openContacts(i *node.Instance, key personal.Key) *contacts {
	c := &contacts{
		inst: i, key: key, file: filepath.Join(i.Paths.Switch(), "parties.pending"),
		seen: map[string]personal.Party{}, owed: map[string]personal.Party{},
	}
	var list []personal.Party
	raw, err := os.ReadFile(c.file)
	if err == nil {
		err = json.Unmarshal(raw, &list)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		i.Log.Error("numbers of promised callbacks could not be read", "file", c.file, "error", err)
	}
	for _, p := range list {
		c.seen[p.Party], c.owed[p.Party] = p, p
	}
	return c
}

// party returns the pseudonym of a number.
func (c *contacts) party(number string) string {
	p := c.key.Pseudonym(number)
	if p == "" {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.seen) < keepContacts {
		c.seen[p] = personal.Party{Party: p, Number: number, SeenAt: db.StampOf(time.Now())}
	}
	return p
}

// flush passes on what waits; what cannot be passed on waits for the next time.
func (c *contacts) flush(ctx context.Context) error {
	c.mu.Lock()
	list := slices.Collect(maps.Values(c.seen))
	c.mu.Unlock()
	if len(list) == 0 {
		return nil
	}
	if err := c.inst.OverSocket().Post(ctx, "/switch/parties", list, nil); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range list {
		if c.seen[p.Party].SeenAt == p.SeenAt {
			delete(c.seen, p.Party)
		}
	}
	if err := os.Remove(c.file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Keep makes sure that a number outlives this process: in the tables, or if they do not
// answer in a file until they do.
func (c *contacts) Keep(ctx context.Context, party string) error {
	c.mu.Lock()
	if p, ok := c.seen[party]; ok {
		c.owed[party] = p
	}
	c.mu.Unlock()
	if c.flush(ctx) == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []personal.Party
	for id := range c.owed {
		if p, waits := c.seen[id]; waits {
			list = append(list, p)
		}
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("keep a number: %w", err)
	}
	return replace(c.file, raw)
}

// known is what the tables know of a party.
type known struct {
	Number string `json:"number"`
}

// Number looks a number up.
func (c *contacts) Number(ctx context.Context, party string) (string, error) {
	err := c.flush(ctx)
	var k known
	if err == nil {
		err = c.inst.OverSocket().Get(ctx, "/switch/parties", url.Values{"party": {party}}, &k)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil && k.Number != "":
		return k.Number, nil
	case err == nil: // erased, or never there
		delete(c.owed, party)
		return "", lines.ErrNoNumber
	case c.owed[party].Number != "":
		return c.owed[party].Number, nil
	}
	return "", err
}

// Mount adds what the switch asks of analytics, on the administration socket only.
func Mount(rt *httpapi.Router, store *db.Store, vault *personal.Vault) {
	owner := httpapi.Policy{Action: "switch.setup", Roles: []string{httpapi.RoleAdmin}}
	rt.HandleFunc(http.MethodGet, "/api/v1/switch/setup", owner, func(w http.ResponseWriter, r *http.Request) error {
		setup, notes, err := compile.Setup(r.Context(), store)
		if err != nil {
			return err
		}
		raw, err := json.Marshal(setup)
		if err != nil {
			return fmt.Errorf("encode telephony set-up: %w", err)
		}
		return httpapi.WriteJSON(w, http.StatusOK, compiled{raw, notes})
	})
	owner.Action, owner.MaxBody = "switch.parties", 8<<20
	rt.HandleFunc(http.MethodGet, "/api/v1/switch/parties", owner, func(w http.ResponseWriter, r *http.Request) error {
		party := r.URL.Query().Get("party")
		found, err := vault.Lookup(r.Context(), []string{party})
		if err != nil {
			return err
		}
		return httpapi.WriteJSON(w, http.StatusOK, known{found[party].Number})
	})
	rt.HandleFunc(http.MethodPost, "/api/v1/switch/parties", owner, func(w http.ResponseWriter, r *http.Request) error {
		var list []personal.Party
		if err := httpapi.ReadJSON(r, &list); err != nil {
			return err
		}
		if err := vault.Remember(r.Context(), list); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}
