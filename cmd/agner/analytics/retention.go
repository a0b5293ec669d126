//go:build cgo

package analytics

import (
	"context"
	"path/filepath"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/retention"
)

// mirrorEvery is how often the Parquet mirror is brought up to date, and
// retention applied after it.
const mirrorEvery = time.Hour

// keep brings the mirror up to date and applies retention until ctx ends. Only a
// running platform does this: a single command must not wait for it.
func (a *analytics) keep(ctx context.Context) {
	k := a.keeper()
	tick := time.NewTicker(mirrorEvery)
	defer tick.Stop()
	for {
		if _, err := a.lake.Mirror(ctx); err != nil && ctx.Err() == nil {
			a.inst.Log.Error("the Parquet mirror is not up to date; it is tried again in an hour", "error", err)
		}
		if err := k.Apply(ctx, time.Now()); err != nil && ctx.Err() == nil {
			a.inst.Log.Error("retention was not applied; it is tried again in an hour", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// keeper is retention as the configuration asks for it.
func (a *analytics) keeper() *retention.Keeper {
	keep := a.inst.Cfg.Retention
	return &retention.Keeper{
		JournalDays: keep.JournalDays, PersonalDays: keep.PersonalDays, Journal: a.journal, Log: a.inst.Log,
		Marks: filepath.Join(a.inst.Paths.Imports(), "journal-days.json"),
		Verified: func() (uint64, error) {
			v, err := a.lake.VerifiedVector()
			return v[Node], err
		},
		Purge: func(ctx context.Context, before time.Time) (int64, error) {
			return a.vault.Purge(ctx, db.Stamp(before.UnixMicro()))
		},
	}
}
