package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/lake/project"
)

// Batch is what one transaction changes.
type Batch struct {
	Rows    *project.Rows
	Changes []Changes
	Vector  journal.Vector    // applied after the batch; nil leaves it
	States  map[string][]byte // snapshots of all projectors; nil leaves them
}

// Changes are what changed in a node's open rows, and its sources as they are now.
type Changes struct {
	project.Changes
	Node    string
	Sources []project.Source
}

// Writer commits batches. It belongs to the one goroutine that changes the database.
type Writer struct {
	visits  map[openKey]struct{} // ids with a row in visits_open
	agents  map[openKey]struct{} // ids with a row in agent_spans_open
	scratch []driver.Value
}

// Commit applies one batch in one transaction.
func (w *Writer) Commit(ctx context.Context, c *sql.Conn, b *Batch) (err error) {
	if _, err := c.ExecContext(ctx, `BEGIN TRANSACTION`); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if err == nil {
			return
		}
		// After a failed COMMIT there is no transaction any more; that is fine too.
		_, _ = c.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
	}()
	for _, t := range tables {
		if err := w.append(c, t.name, t.count(b.Rows), func(i int, d []driver.Value) []driver.Value {
			return t.values(b.Rows, i, d)
		}); err != nil {
			return err
		}
	}
	for i := range b.Changes {
		if err := w.commitOpen(ctx, c, &b.Changes[i]); err != nil {
			return err
		}
	}
	if err := commitSources(ctx, c, b.Changes); err != nil {
		return err
	}
	if err := commitVector(ctx, c, b); err != nil {
		return err
	}
	if _, err := c.ExecContext(ctx, `COMMIT`); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	for i := range b.Changes {
		w.noteOpen(&b.Changes[i])
	}
	return nil
}

// append adds n rows to a table through DuckDB's Appender.
func (w *Writer) append(c *sql.Conn, name string, n int, values func(int, []driver.Value) []driver.Value) error {
	if n == 0 {
		return nil
	}
	err := c.Raw(func(dc any) (err error) {
		conn, ok := dc.(driver.Conn)
		if !ok {
			return fmt.Errorf("connection is a %T", dc)
		}
		a, err := duckdb.NewAppenderFromConn(conn, "", name)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.Close()) }()
		for i := range n {
			w.scratch = values(i, w.scratch[:0])
			if err := a.AppendRow(w.scratch...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("append to %s: %w", name, err)
	}
	return nil
}

// commitOpen brings a node's open rows up to date: only rows that changed are
// touched.
func (w *Writer) commitOpen(ctx context.Context, c *sql.Conn, ch *Changes) error {
	visits, agents := w.stored(ch)
	if err := remove(ctx, c, `DELETE FROM visits_open WHERE node = ? AND visit IN (SELECT unnest(?::VARCHAR[]))`, ch.Node, visits); err != nil {
		return err
	}
	if err := remove(ctx, c, `DELETE FROM agent_spans_open WHERE node = ? AND agent IN (SELECT unnest(?::VARCHAR[]))`, ch.Node, agents); err != nil {
		return err
	}
	if err := w.append(c, "visits_open", len(ch.Visits), func(i int, d []driver.Value) []driver.Value {
		return visitValues(d, &ch.Visits[i])
	}); err != nil {
		return err
	}
	return w.append(c, "agent_spans_open", len(ch.Agents), func(i int, d []driver.Value) []driver.Value {
		return spanValues(d, &ch.Agents[i])
	})
}

// openKey names an open row: two nodes may know the same agent.
type openKey struct{ node, id string }

// stored lists the changed ids that have an open row now.
func (w *Writer) stored(ch *Changes) (visits, agents []string) {
	add := func(list []string, known map[openKey]struct{}, id string) []string {
		if _, ok := known[openKey{ch.Node, id}]; ok {
			return append(list, id)
		}
		return list
	}
	for _, id := range ch.GoneVisits {
		visits = add(visits, w.visits, id)
	}
	for i := range ch.Visits {
		visits = add(visits, w.visits, ch.Visits[i].Visit)
	}
	for _, id := range ch.GoneAgents {
		agents = add(agents, w.agents, id)
	}
	for i := range ch.Agents {
		agents = add(agents, w.agents, ch.Agents[i].Agent)
	}
	return visits, agents
}

func remove(ctx context.Context, c *sql.Conn, stmt, node string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := c.ExecContext(ctx, stmt, node, ids); err != nil {
		return fmt.Errorf("update open rows: %w", err)
	}
	return nil
}

// noteOpen remembers, after a commit, which ids have an open row.
func (w *Writer) noteOpen(ch *Changes) {
	for _, id := range ch.GoneVisits {
		delete(w.visits, openKey{ch.Node, id})
	}
	for i := range ch.Visits {
		w.visits[openKey{ch.Node, ch.Visits[i].Visit}] = struct{}{}
	}
	for _, id := range ch.GoneAgents {
		delete(w.agents, openKey{ch.Node, id})
	}
	for i := range ch.Agents {
		w.agents[openKey{ch.Node, ch.Agents[i].Agent}] = struct{}{}
	}
}

// Load reads which ids have an open row.
func (w *Writer) Load(ctx context.Context, c *sql.Conn) error {
	w.visits, w.agents = map[openKey]struct{}{}, map[openKey]struct{}{}
	for _, q := range []struct {
		stmt string
		into map[openKey]struct{}
	}{{`SELECT node, visit FROM visits_open`, w.visits}, {`SELECT node, agent FROM agent_spans_open`, w.agents}} {
		rows, err := c.QueryContext(ctx, q.stmt)
		if err != nil {
			return fmt.Errorf("read open rows: %w", err)
		}
		for rows.Next() {
			var id openKey
			if err := rows.Scan(&id.node, &id.id); err != nil {
				return errors.Join(fmt.Errorf("read open rows: %w", err), rows.Close())
			}
			q.into[id] = struct{}{}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return fmt.Errorf("read open rows: %w", err)
		}
	}
	return nil
}

// commitSources writes what each source spans; there are few.
func commitSources(ctx context.Context, c *sql.Conn, changes []Changes) error {
	for i := range changes {
		ch := &changes[i]
		if _, err := c.ExecContext(ctx, `DELETE FROM sources WHERE node = ?`, ch.Node); err != nil {
			return fmt.Errorf("write sources: %w", err)
		}
		for _, s := range ch.Sources {
			if _, err := c.ExecContext(ctx, `INSERT INTO sources VALUES (?, ?, ?, ?)`, ch.Node, s.Name, Time(s.FirstAt), Time(s.LastAt)); err != nil {
				return fmt.Errorf("write sources: %w", err)
			}
		}
	}
	return nil
}

// commitVector writes the vector and, when the batch has them, the states.
func commitVector(ctx context.Context, c *sql.Conn, b *Batch) error {
	if len(b.Vector) > 0 {
		if _, err := c.ExecContext(ctx, `DELETE FROM applied`); err != nil {
			return fmt.Errorf("write applied vector: %w", err)
		}
	}
	for node, seq := range b.Vector {
		if _, err := c.ExecContext(ctx, `INSERT INTO applied VALUES (?, ?)`, node, seq); err != nil {
			return fmt.Errorf("write applied vector: %w", err)
		}
	}
	if b.States == nil {
		return nil
	}
	if _, err := c.ExecContext(ctx, `DELETE FROM projector_state`); err != nil {
		return fmt.Errorf("write projector state: %w", err)
	}
	for node, state := range b.States {
		if _, err := c.ExecContext(ctx, `INSERT INTO projector_state VALUES (?, ?, ?)`, node, b.Vector[node], state); err != nil {
			return fmt.Errorf("write projector state: %w", err)
		}
	}
	return nil
}
