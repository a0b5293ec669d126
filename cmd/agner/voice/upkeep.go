package voice

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/loop"
	"github.com/agner-platform/agner/telephony/exchange"
)

// sink writes facts to the journal of the switch.
type sink struct{ s *sw }

// Publish never waits: a full ring becomes log.gap, not a stalled call.
func (k sink) Publish(facts []event.Event) {
	if err := k.s.journal.AppendAsync(facts...); err != nil && !errors.Is(err, journal.ErrOverflow) {
		k.s.fail(err)
	}
}

// Commit waits for the disk: what was promised to a caller survives.
func (k sink) Commit(ctx context.Context, facts []event.Event) error {
	_, err := k.s.journal.Append(ctx, facts...)
	return err
}

// auditor writes what supervisors did as facts: the switch does not open the database.
type auditor struct{ s *sw }

// Audit implements httpapi.Auditor; without a fact on the disk there is no access.
func (a auditor) Audit(ctx context.Context, e httpapi.AuditEntry) error {
	fact := event.New(time.Now().UnixMicro(), &event.AccessGranted{What: e.Action + " " + e.Path, By: e.User})
	fact.Source = "switch"
	_, err := a.s.journal.Append(ctx, fact)
	return err
}

// snapshotFile holds the state of the distributor and the seq that led to it.
func snapshotFile(i *node.Instance) string { return filepath.Join(i.Paths.Switch(), "acd.snapshot") }

// recoverState rebuilds the distributor: the last snapshot and the facts behind it. A
// snapshot that cannot be used costs time, not correctness: all facts are read then.
func recoverState(i *node.Instance, j *journal.Journal) (*acd.State, error) {
	var snapshot []byte
	from := j.Oldest()
	if b, err := os.ReadFile(snapshotFile(i)); err == nil && len(b) > 8 {
		if seq := binary.LittleEndian.Uint64(b); seq <= j.Durable() && seq+1 >= j.Oldest() {
			if _, err := acd.Restore(b[8:]); err == nil {
				snapshot, from = b[8:], seq+1
			}
		}
	}
	if from > j.Durable() {
		return loop.Recover(snapshot, func() (*event.Event, error) { return nil, io.EOF })
	}
	r, err := j.Reader(max(from, 1), journal.ReaderOptions{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	one := make([]event.Event, 1)
	return loop.Recover(snapshot, func() (*event.Event, error) {
		n, err := r.TryRead(one)
		if err == nil && n == 0 {
			err = io.EOF
		}
		return &one[0], err
	})
}

// snapshot writes the state beside the facts that led to it.
func (s *sw) snapshot(ctx context.Context) {
	err := s.exchange.Snapshot(ctx, func(st *acd.State) {
		seq, err := s.journal.Sync(ctx)
		if err != nil {
			return // the next one is tried in half a minute; facts are in the journal
		}
		b := append(binary.LittleEndian.AppendUint64(nil, seq), st.Snapshot()...)
		if err := replace(snapshotFile(s.inst), b); err != nil {
			s.inst.Log.Warn("the distributor's state was not saved", "error", err)
		}
	})
	if err != nil && !errors.Is(err, loop.ErrClosed) && ctx.Err() == nil {
		s.inst.Log.Warn("the distributor's state was not saved", "error", err)
	}
}

// replace writes a private file whole or not at all.
func replace(path string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(b)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// Set-up as analytics hands it out.
type compiled struct {
	Setup json.RawMessage `json:"setup"`
	Notes []string        `json:"notes"`
}

func setupFile(i *node.Instance) string { return filepath.Join(i.Paths.Switch(), "setup.json") }

// setupWait is how long a start waits for analytics before it goes on with what it had.
const setupWait = 3 * time.Second

// firstSetup is the set-up of now, else the last good one, else none.
func (s *sw) firstSetup(ctx context.Context) (exchange.Setup, []byte) {
	ctx, cancel := context.WithTimeout(ctx, setupWait)
	defer cancel()
	var out exchange.Setup
	if raw, err := s.ask(ctx); err == nil && json.Unmarshal(raw, &out) == nil && out.Check() == nil {
		return out, raw
	}
	raw, err := os.ReadFile(setupFile(s.inst))
	if err == nil && json.Unmarshal(raw, &out) == nil && out.Check() == nil {
		s.inst.Log.Info("analytics does not answer yet: calls are taken with the last good set-up", "version", out.Version)
		return out, raw
	}
	return exchange.Setup{}, nil
}

// ask fetches the compiled set-up.
func (s *sw) ask(ctx context.Context) ([]byte, error) {
	var c compiled
	if err := s.inst.OverSocket().Get(ctx, "/switch/setup", nil, &c); err != nil {
		return nil, err
	}
	return c.Setup, nil
}

// pull takes over a set-up that has changed.
func (s *sw) pull(ctx context.Context) {
	raw, err := s.ask(ctx)
	if err != nil || bytes.Equal(raw, s.applied) { // analytics may be starting: calls go on
		return
	}
	var next exchange.Setup
	err = json.Unmarshal(raw, &next)
	if err == nil {
		err = s.exchange.Apply(ctx, next)
	}
	s.applied = raw // asked once; said once
	if err != nil {
		s.inst.Log.Error("the new telephony set-up cannot be used; the last good one stays", "error", err)
		return
	}
	s.inst.Log.Info("telephony set-up taken over", "version", next.Version)
	if err := replace(setupFile(s.inst), raw); err != nil {
		s.inst.Log.Warn("the telephony set-up was not saved for the next start", "error", err)
	}
}
