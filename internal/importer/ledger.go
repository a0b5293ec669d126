package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"github.com/agner-platform/agner/internal/ingest"
	"github.com/agner-platform/agner/internal/ingest/feed"
	"github.com/agner-platform/agner/internal/journal"
)

// ledger is the index of what was imported. Each run works on a copy and hands
// its checkpoints back as they become durable.
type ledger struct {
	file string

	mu    sync.Mutex // protects index and seq
	index *ingest.Index
	seq   uint64 // journal position the index has seen
}

// ledgerFile is the saved form.
type ledgerFile struct {
	Node  string        `json:"node"`
	Seq   uint64        `json:"seq"`
	Index *ingest.Index `json:"index"`
}

// openLedger loads the saved index and reads the journal of node from there on.
// A missing or damaged file, or one that is ahead of the journal, is made anew
// from the journal.
func openLedger(ctx context.Context, file, root, node string, durable uint64) (*ledger, error) {
	l := &ledger{file: file, index: ingest.NewIndex()}
	if text, err := os.ReadFile(file); err == nil {
		saved := ledgerFile{Index: ingest.NewIndex()}
		if json.Unmarshal(text, &saved) == nil && saved.Node == node && saved.Seq <= durable && saved.Index != nil {
			l.index, l.seq = saved.Index, saved.Seq
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read import ledger: %w", err)
	}
	if l.seq >= durable {
		return l, nil
	}
	r, err := journal.OpenReader(root, node, l.seq+1, journal.ReaderOptions{})
	if errors.Is(err, journal.ErrPruned) {
		return l, nil // what retention removed was imported long ago and is closed
	}
	if err != nil {
		return nil, fmt.Errorf("read import ledger from the journal: %w", err)
	}
	defer r.Close()
	for l.seq < durable {
		e, err := r.Next(ctx)
		if err != nil {
			return nil, fmt.Errorf("read import ledger from the journal: %w", err)
		}
		if err := l.index.Observe(&e); err != nil {
			return nil, err
		}
		l.seq = e.Seq
	}
	return l, nil
}

// copyIndex returns an index for one run.
func (l *ledger) copyIndex() *ingest.Index {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := ingest.NewIndex()
	x.Order = l.index.Order
	for id, e := range maps.All(l.index.Entries) {
		c := *e
		x.Entries[id] = &c
	}
	return x
}

// put takes in a checkpoint that is durable up to seq.
func (l *ledger) put(c *feed.Checkpoint, seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c != nil {
		l.index.Put(*c)
	}
	l.seq = max(l.seq, seq)
}

// save writes the index beside its old form and swaps the two.
func (l *ledger) save(node string) error {
	l.mu.Lock()
	text, err := json.Marshal(ledgerFile{node, l.seq, l.index})
	l.mu.Unlock()
	if err != nil {
		return fmt.Errorf("encode import ledger: %w", err)
	}
	next := l.file + ".new"
	if err := os.MkdirAll(filepath.Dir(l.file), 0o700); err != nil {
		return fmt.Errorf("save import ledger: %w", err)
	}
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return fmt.Errorf("save import ledger: %w", err)
	}
	if err := os.Rename(next, l.file); err != nil {
		return fmt.Errorf("save import ledger: %w", err)
	}
	return nil
}
