package lake

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/journal/segment"
	"github.com/agner-platform/agner/internal/lake/mirror"
	"github.com/agner-platform/agner/internal/lake/store"
)

// MirrorReport says what one pass over the Parquet mirror did.
type MirrorReport = mirror.Report

// Mirror brings the Parquet mirror up to date: closed days that are new or have
// grown, the day that runs, and the events since the last pass. Run it hourly.
func (l *Lake) Mirror(ctx context.Context) (MirrorReport, error) {
	if l.cfg.Parquet == "" {
		return MirrorReport{}, errors.New("mirror: no folder is configured")
	}
	l.mirror.mu.Lock()
	defer l.mirror.mu.Unlock()
	o := mirror.Options{
		Root: l.cfg.Parquet, Lake: store.FormatVersion, Vector: l.Applied().String(), Now: l.cfg.Now(),
		View: func(ctx context.Context, f func(context.Context, mirror.DB) error) error {
			return l.View(ctx, func(ctx context.Context, r *Reader) error { return f(ctx, r.conn) })
		},
	}
	for _, t := range store.Tables() {
		if t.Day != "" {
			o.Tables = append(o.Tables, mirror.Table(t))
		}
	}
	_, report, err := mirror.Run(ctx, o)
	return report, err
}

// KeepMirror runs Mirror at once and then every so often until ctx ends. A pass
// that fails is logged and tried again: the mirror is a copy.
func (l *Lake) KeepMirror(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		report, err := l.Mirror(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrClosed):
			return err
		case err != nil:
			l.cfg.Log.Error("mirror pass failed", "error", err)
		default:
			l.cfg.Log.Info("mirror is up to date", "files", report.Files, "rows", report.Rows, "closed", report.Closed)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// VerifiedVector is how far every event is in a verified Parquet file: the
// journal's retention may not go beyond it.
func (l *Lake) VerifiedVector() (journal.Vector, error) {
	if l.cfg.Parquet == "" {
		return journal.Vector{}, nil
	}
	m, err := mirror.Load(l.cfg.Parquet)
	if err != nil {
		return nil, err
	}
	return m.Verified(), nil
}

// lostText is a reason that the mirror repeats word for word.
type lostText string

// Error is the reason.
func (t lostText) Error() string { return string(t) }

// feedMirror applies the events that are in the mirror and no longer in a journal.
func (l *Lake) feedMirror(ctx context.Context, root string) error {
	if l.cfg.Parquet == "" {
		return nil
	}
	m, err := mirror.Load(l.cfg.Parquet)
	if err != nil {
		return err
	}
	applied := l.Applied()
	for _, node := range slices.Sorted(maps.Keys(m.Events)) {
		have, err := inJournal(root, node, applied[node]+1)
		if err != nil {
			return err
		}
		if have || m.Verified()[node] <= applied[node] {
			continue
		}
		if err := l.feedNode(ctx, node, m.Events[node], applied[node]); err != nil {
			return fmt.Errorf("rebuild node %s from the mirror: %w", node, err)
		}
	}
	return nil
}

// inJournal reports whether the journal can be read from seq on.
func inJournal(root, node string, seq uint64) (bool, error) {
	nodes, err := journal.Nodes(root)
	if err != nil || !slices.Contains(nodes, node) {
		return false, err
	}
	r, err := segment.OpenReader(root, node, seq, segment.ReaderOptions{})
	if errors.Is(err, journal.ErrPruned) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return r.Durable() > 0, r.Close()
}

// feedNode applies one node's events from Parquet files.
func (l *Lake) feedNode(ctx context.Context, node string, files []mirror.File, above uint64) error {
	p := &pipeline{l: l}
	var batch []Record
	take := func(rec mirror.Record) error {
		out := Record{Node: node, Seq: rec.Seq, Raw: rec.Raw}
		if rec.Raw == nil {
			out.Lost = lostText(rec.Why)
		}
		if batch = append(batch, out); len(batch) < l.cfg.BatchRows {
			return nil
		}
		full := batch
		batch = make([]Record, 0, l.cfg.BatchRows)
		return p.push(full)
	}
	for _, file := range mirror.Chain(files, above) {
		// One transaction a file: a long one would keep the writer from checkpoints.
		if err := l.View(ctx, func(ctx context.Context, r *Reader) error {
			return mirror.Read(ctx, r.conn, l.cfg.Parquet, file, above, take)
		}); err != nil {
			return errors.Join(err, p.drain())
		}
	}
	var err error
	if len(batch) > 0 {
		err = p.push(batch)
	}
	return errors.Join(err, p.drain())
}
