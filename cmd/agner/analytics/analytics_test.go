//go:build cgo

package analytics

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/cmd/agner/node"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/personal"
)

func TestRetentionRemovesOldCallersOnly(t *testing.T) {
	inst := openInstance(t)
	a, err := open(t.Context(), inst, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.close(); err != nil {
			t.Error(err)
		}
	}()
	now := time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)
	remember(t, a, "5550001", now.AddDate(0, 0, -40))
	remember(t, a, "5550002", now.AddDate(0, 0, -5))
	a.inst.Cfg.Retention.PersonalDays, a.inst.Cfg.Retention.JournalDays = 30, 30
	if err := a.keeper().Apply(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	known, err := a.vault.Find(t.Context(), "555000", 10)
	if err != nil || len(known) != 1 || known[0].Number != "5550002" {
		t.Errorf("callers left: %+v, %v, want the one seen lately", known, err)
	}
}

// openInstance lays out an empty data directory.
func openInstance(t *testing.T) *node.Instance {
	t.Helper()
	c := &node.Root{Data: t.TempDir()}
	inst, err := c.Instance(nil)
	if err != nil {
		t.Fatal(err)
	}
	return inst
}

// remember stores a caller as seen at an instant.
func remember(t *testing.T, a *analytics, number string, at time.Time) {
	t.Helper()
	if err := a.vault.Remember(t.Context(), []personal.Party{{Number: number, SeenAt: db.Stamp(at.UnixMicro())}}); err != nil {
		t.Fatal(err)
	}
}

func TestMetricsAreThere(t *testing.T) {
	a, err := open(t.Context(), openInstance(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.close(); err != nil {
			t.Error(err)
		}
	}()
	h, err := a.adminHandler()
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	for _, want := range []string{"agner_lake_ready 1", "agner_imports_running 0", "agner_lake_lag_events", "go_goroutines"} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("/metrics lacks %q", want)
		}
	}
}
