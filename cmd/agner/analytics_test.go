//go:build cgo

package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/personal"
)

func TestJournalMarks(t *testing.T) {
	now := time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)
	m := dayMarks{"2026-05-01": 100, "2026-05-10": 200, "2026-05-19": 300}
	f := func(days int, want uint64) {
		t.Helper()
		if got := m.before(now, days); got != want {
			t.Errorf("before %d days = %d, want %d", days, got, want)
		}
	}
	f(1, 301)  // all that was there on the 19th
	f(9, 201)  // the 11th: all that was there on the 10th
	f(19, 101) // exactly the 1st
	f(30, 0)   // nothing is known of that day: nothing may go
}

func TestRetentionRemovesOldCallersOnly(t *testing.T) {
	inst := openInstance(t)
	a, err := openAnalyticsRole(t.Context(), inst)
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
	a.inst.cfg.Retention.PersonalDays, a.inst.cfg.Retention.JournalDays = 30, 30
	if err := a.retain(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	known, err := a.vault.Find(t.Context(), "555000", 10)
	if err != nil || len(known) != 1 || known[0].Number != "5550002" {
		t.Errorf("callers left: %+v, %v, want the one seen lately", known, err)
	}
	if m, err := a.marks(now); err != nil || len(m) != 1 {
		t.Errorf("marks = %v, %v, want today's", m, err)
	}
}

// openInstance lays out an empty data directory.
func openInstance(t *testing.T) *instance {
	t.Helper()
	c := &cli{Data: t.TempDir()}
	inst, err := c.instance(nil)
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
	a, err := openAnalyticsRole(t.Context(), openInstance(t))
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
