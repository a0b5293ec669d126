package retention

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// log is a journal that only remembers what it was asked to remove.
type log struct {
	durable          uint64
	before, verified uint64
}

func (l *log) Durable() uint64 { return l.durable }

func (l *log) Prune(_ context.Context, before, verified uint64) (int, error) {
	l.before, l.verified = before, verified
	return 1, nil
}

var now = time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)

func TestMarks(t *testing.T) {
	m := marks{"2026-05-01": 100, "2026-05-10": 200, "2026-05-19": 300}
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

func keeper(t *testing.T, l *log) *Keeper {
	t.Helper()
	return &Keeper{
		Marks: filepath.Join(t.TempDir(), "marks.json"), Journal: l, Log: slog.New(slog.DiscardHandler),
		Verified: func() (uint64, error) { return 150, nil },
	}
}

func TestJournalKeepsWhatIsNotVerified(t *testing.T) {
	l := &log{durable: 100}
	k := keeper(t, l)
	k.JournalDays = 10
	for day, durable := range map[int]uint64{-20: 120, -15: 200, 0: 300} {
		l.durable = durable
		if _, err := k.mark(now.AddDate(0, 0, day)); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Apply(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if l.before != 151 || l.verified != 150 { // 201 is old enough, but only 150 is in the mirror
		t.Errorf("pruned before %d with %d verified, want 151 and 150", l.before, l.verified)
	}
	if err := os.WriteFile(k.Marks, []byte("{damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	*l = log{durable: 400}
	if err := k.Apply(t.Context(), now); err != nil || l.before != 0 {
		t.Errorf("with damaged marks: pruned before %d, %v, want nothing", l.before, err)
	}
}

func TestCallersGoByTheirDays(t *testing.T) {
	var asked time.Time
	k := keeper(t, &log{})
	k.Purge = func(_ context.Context, before time.Time) (int64, error) { asked = before; return 3, nil }
	if err := k.Apply(t.Context(), now); err != nil || !asked.IsZero() {
		t.Errorf("0 days purged before %v, %v", asked, err)
	}
	k.PersonalDays = 30
	if err := k.Apply(t.Context(), now); err != nil || !asked.Equal(now.AddDate(0, 0, -30)) {
		t.Errorf("purged before %v, %v, want thirty days ago", asked, err)
	}
}
