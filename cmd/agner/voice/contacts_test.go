package voice

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/personal"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/telephony/exchange/lines"
)

// office is a data directory whose analytics may be away.
type office struct {
	t     *testing.T
	inst  *node.Instance
	store *db.Store
	vault *personal.Vault
	key   personal.Key
}

func newOffice(t *testing.T) *office {
	t.Helper()
	root := &node.Root{Data: t.TempDir()}
	inst, err := root.Instance(nil)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, inst: inst}
	if o.store, err = db.Open(t.Context(), inst.Paths.Dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.store.Close() })
	if o.vault, err = personal.Open(t.Context(), o.store); err != nil {
		t.Fatal(err)
	}
	if o.key, err = personal.ReadKey(inst.Paths.Dir); err != nil {
		t.Fatal(err)
	}
	return o
}

// answers lets analytics answer on the administration socket until the returned
// function is called.
func (o *office) answers() (stop func()) {
	o.t.Helper()
	rt := httpapi.NewRouter(httpapi.Options{Authenticate: func(*http.Request) (*httpapi.Identity, error) {
		return &httpapi.Identity{User: "owner", Roles: []string{httpapi.RoleAdmin}}, nil
	}})
	Mount(rt, o.store, o.vault)
	ln, err := node.ListenUnix(o.t.Context(), o.inst.Paths.AdminSocket())
	if err != nil {
		o.t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(rt)
	srv.Listener.Close()
	srv.Listener = ln
	srv.Start()
	return srv.Close
}

// TestNumbersOfCallbacks are kept whether analytics answers or not, survive a restart of
// the switch, and are gone when they are erased.
func TestNumbersOfCallbacks(t *testing.T) {
	o, ctx := newOffice(t), t.Context()
	c := openContacts(o.inst, o.key)
	party := c.party("+37255501234")
	other := c.party("+37255509999")
	if err := c.Keep(ctx, party); err != nil {
		t.Fatal(err)
	}
	pending := filepath.Join(o.inst.Paths.Switch(), "parties.pending")
	info, err := os.Stat(pending)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("file of what waits: %v %v", info, err)
	}

	again := openContacts(o.inst, o.key) // the switch was killed
	if n, err := again.Number(ctx, party); n != "+37255501234" || err != nil {
		t.Errorf("without analytics: %q, %v", n, err)
	}
	if n, err := again.Number(ctx, other); n != "" || err == nil || errors.Is(err, lines.ErrNoNumber) {
		t.Errorf("of nobody who is to be called back, without analytics: %q, %v", n, err)
	}

	stop := o.answers()
	if err := again.flush(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(pending); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there although the tables have the numbers: %v", err)
	}
	third := openContacts(o.inst, o.key)
	if n, err := third.Number(ctx, party); n != "+37255501234" || err != nil {
		t.Errorf("after a restart: %q, %v", n, err)
	}
	if _, err := o.vault.Erase(db.As(ctx, db.Actor{Name: "test"}), party); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*contacts{again, third} {
		if n, err := c.Number(ctx, party); n != "" || !errors.Is(err, lines.ErrNoNumber) {
			t.Errorf("erased: %q, %v", n, err)
		}
	}
	stop()
	if n, err := again.Number(ctx, party); n != "" || err == nil {
		t.Errorf("erased, and analytics away: %q, %v", n, err)
	}
}
