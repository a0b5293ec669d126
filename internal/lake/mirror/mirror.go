package mirror

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// settleLag is how long after midnight a day may be called closed: importers
	// and clocks of other nodes are not further behind.
	settleLag = 15 * time.Minute
	// fullEvents is how many events a file of events grows to before the next
	// one begins; until then each pass writes the last file again.
	fullEvents = 250_000
	// dayForm is the form of a day in paths and in the manifest.
	dayForm = "2006-01-02"
)

// DB is the connection a pass reads the lake through.
type DB interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// View lends a connection inside one read-only transaction.
type View func(ctx context.Context, f func(context.Context, DB) error) error

// Table is a projection to be mirrored by day.
type Table struct {
	Name string
	Day  string // the column whose UTC day it is cut by
}

// Options tell a pass what to do.
type Options struct {
	Root   string  // DIR/parquet
	Lake   int     // format of the lake's rows
	Tables []Table // to be mirrored by day
	Vector string  // applied before the pass begins
	Now    time.Time
	View   View
}

// Report says what a pass did.
type Report struct {
	Files  int   // written
	Rows   int64 // in them
	Closed int   // days closed by this pass
}

// pass is one run over all tables.
type pass struct {
	Options
	m      *Manifest
	report Report
	settle time.Time // days that end up to here are over
}

// Run brings the mirror up to date and returns its manifest. What was written
// before an error stays and is in the manifest.
func Run(ctx context.Context, o Options) (*Manifest, Report, error) {
	m, err := Load(o.Root)
	if err != nil {
		return nil, Report{}, err
	}
	if m.Lake != o.Lake { // the rows mean something else now
		m.Tables = map[string]map[string]File{}
	}
	p := &pass{Options: o, m: m, settle: o.Now.Add(-settleLag)}
	if err := os.MkdirAll(o.Root, 0o700); err != nil {
		return nil, Report{}, fmt.Errorf("mirror: %w", err)
	}
	m.Lake, m.WrittenAt = o.Lake, o.Now.UTC()
	err = p.run(ctx)
	if err == nil {
		m.Vector = o.Vector
	}
	return m, p.report, errors.Join(err, m.save(o.Root))
}

func (p *pass) run(ctx context.Context) error {
	if err := p.View(ctx, p.openSince); err != nil {
		return err
	}
	if err := p.View(ctx, p.events); err != nil {
		return err
	}
	for _, t := range p.Tables {
		// One transaction a table: a long one would keep the lake from shrinking.
		if err := p.View(ctx, func(ctx context.Context, db DB) error { return p.table(ctx, db, t) }); err != nil {
			return fmt.Errorf("mirror %s: %w", t.Name, err)
		}
	}
	return nil
}

// openSince holds back the closing of days that still have an open visit.
func (p *pass) openSince(ctx context.Context, db DB) error {
	var first sql.NullTime
	if err := db.QueryRowContext(ctx, `SELECT min(joined_at) FROM visits_open`).Scan(&first); err != nil {
		return fmt.Errorf("mirror: oldest open visit: %w", err)
	}
	if first.Valid && first.Time.Before(p.settle) {
		p.settle = first.Time
	}
	return nil
}

// table writes the days of a projection that have grown. Projections only grow:
// an equal count is equal rows.
func (p *pass) table(ctx context.Context, db DB, t Table) error {
	counts, err := days(ctx, db, t)
	if err != nil {
		return err
	}
	have := p.m.Tables[t.Name]
	if have == nil {
		have = map[string]File{}
		p.m.Tables[t.Name] = have
	}
	for _, day := range slices.Sorted(maps.Keys(counts)) {
		start, err := time.Parse(dayForm, day)
		if err != nil {
			return err
		}
		f, ok := have[day]
		closed := !start.AddDate(0, 0, 1).After(p.settle)
		if ok && f.Rows == counts[day] && f.present(p.Root) {
			if closed && !f.Closed {
				f.Closed = true
				have[day] = f
				p.report.Closed++
			}
			continue
		}
		next := File{Path: t.Name + "/day=" + day + "/" + t.Name + ".parquet", Generation: f.Generation + 1, Closed: closed}
		where := fmt.Sprintf(`%s >= TIMESTAMP '%s' AND %s < TIMESTAMP '%s' + INTERVAL 1 DAY`, t.column(), day, t.column(), day)
		if err := p.write(ctx, db, &next, `SELECT * FROM `+t.Name+` WHERE `+where+` ORDER BY `+t.column()); err != nil {
			return fmt.Errorf("day %s: %w", day, err)
		}
		have[day] = next
		if closed {
			p.report.Closed++
		}
	}
	for day := range have {
		if counts[day] == 0 { // of an earlier lake
			if err := os.Remove(filepath.Join(p.Root, filepath.FromSlash(have[day].Path))); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			delete(have, day)
		}
	}
	return nil
}

func (t Table) column() string { return `"` + t.Day + `"` }

// days counts the rows of each day.
func days(ctx context.Context, db DB, t Table) (map[string]int64, error) {
	rows, err := db.QueryContext(ctx, `SELECT CAST(CAST(`+t.column()+` AS DATE) AS VARCHAR), count(*) FROM `+t.Name+
		` WHERE `+t.column()+` IS NOT NULL GROUP BY 1`)
	if err != nil {
		return nil, fmt.Errorf("count days: %w", err)
	}
	defer rows.Close()
	out := map[string]int64{}
	for rows.Next() {
		var day string
		var n int64
		if err := rows.Scan(&day, &n); err != nil {
			return nil, fmt.Errorf("count days: %w", err)
		}
		out[day] = n
	}
	return out, rows.Err()
}

// eventsQuery selects a node's records of a range of seqs: events, and records
// that could not be decoded or were lost, which have why set.
const eventsQuery = `SELECT node, seq, kind, "at", interaction, raw, CAST(NULL AS VARCHAR) AS why
	FROM events WHERE node = %[1]s AND seq BETWEEN %[2]d AND %[3]d
	UNION ALL
	SELECT node, seq, kind, "at", NULL, raw, why FROM rejects r WHERE node = %[1]s AND seq BETWEEN %[2]d AND %[3]d
		AND NOT EXISTS (SELECT 1 FROM events e WHERE e.node = %[1]s AND e.seq BETWEEN %[2]d AND %[3]d AND e.seq = r.seq)
	ORDER BY seq`

// events writes what each node has published since the last pass.
func (p *pass) events(ctx context.Context, db DB) error {
	rows, err := db.QueryContext(ctx, `SELECT node, seq FROM applied ORDER BY node`)
	if err != nil {
		return fmt.Errorf("mirror events: %w", err)
	}
	applied := map[string]uint64{}
	for rows.Next() {
		var node string
		var seq uint64
		if err := rows.Scan(&node, &seq); err != nil {
			return errors.Join(fmt.Errorf("mirror events: %w", err), rows.Close())
		}
		applied[node] = seq
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("mirror events: %w", err)
	}
	for _, node := range slices.Sorted(maps.Keys(applied)) {
		if err := p.node(ctx, db, node, applied[node]); err != nil {
			return fmt.Errorf("mirror events of node %s: %w", node, err)
		}
	}
	return nil
}

// node writes the files of one node up to seq.
func (p *pass) node(ctx context.Context, db DB, node string, seq uint64) error {
	files := p.m.Events[node]
	// Files from the first missing one on are written again; so is one not yet full.
	keep := slices.IndexFunc(files, func(f File) bool { return !f.present(p.Root) })
	if keep < 0 {
		keep = len(files)
	}
	if keep > 0 && keep == len(files) && files[keep-1].To >= seq {
		return nil
	}
	if keep > 0 && files[keep-1].To-files[keep-1].From+1 < fullEvents {
		keep--
	}
	old := files[keep:]
	var from uint64
	if keep > 0 {
		from = files[keep-1].To + 1
	} else {
		var first sql.Null[uint64]
		if err := db.QueryRowContext(ctx, `SELECT min(seq) FROM (SELECT seq FROM events WHERE node = ? UNION ALL SELECT seq FROM rejects WHERE node = ?)`,
			node, node).Scan(&first); err != nil {
			return err
		}
		from = max(first.V, 1)
	}
	files = slices.Clone(files[:keep])
	for from <= seq {
		to := min(seq, from+fullEvents-1)
		f := File{Path: fmt.Sprintf("events/node=%s/%012d-%012d.parquet", node, from, to), From: from, To: to}
		if err := p.write(ctx, db, &f, fmt.Sprintf(eventsQuery, quote(node), from, to)); err != nil {
			return err
		}
		files = append(files, f)
		p.m.Events[node] = files
		from = to + 1
	}
	return p.dropOld(old, files)
}

// dropOld removes files that others have taken the place of, after the manifest
// no longer names them.
func (p *pass) dropOld(old, files []File) error {
	if len(old) == 0 {
		return nil
	}
	if err := p.m.save(p.Root); err != nil {
		return err
	}
	for _, f := range old {
		if slices.ContainsFunc(files, func(n File) bool { return n.Path == f.Path }) {
			continue
		}
		if err := os.Remove(filepath.Join(p.Root, filepath.FromSlash(f.Path))); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// write makes one file of a query's rows, reads it back, and puts it in place.
func (p *pass) write(ctx context.Context, db DB, f *File, query string) error {
	path := filepath.Join(p.Root, filepath.FromSlash(f.Path))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp := filepath.Join(p.Root, "writing.tmp") // outside the globs of readers
	if _, err := db.ExecContext(ctx, `COPY (`+query+`) TO `+quote(tmp)+` (FORMAT parquet, COMPRESSION zstd)`); err != nil {
		return err
	}
	rows, sum, err := checksum(ctx, db, query)
	if err != nil {
		return err
	}
	if f.Rows, f.Sum, err = checksum(ctx, db, `SELECT * FROM read_parquet(`+quote(tmp)+`)`); err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if f.Rows != rows || f.Sum != sum {
		return fmt.Errorf("read back %d rows with sum %s, wrote %d with %s: %w", f.Rows, f.Sum, rows, sum, ErrMismatch)
	}
	if f.Bytes, f.SHA256, err = digest(tmp); err != nil {
		return err
	}
	if err := replace(tmp, path); err != nil {
		return err
	}
	p.report.Files++
	p.report.Rows += f.Rows
	return nil
}

// checksum counts rows and adds up their hashes: the order does not matter,
// doubled rows do.
func checksum(ctx context.Context, db DB, query string) (rows int64, sum string, err error) {
	err = db.QueryRowContext(ctx, `SELECT count(*), CAST(coalesce(sum(hash(t)), 0) AS VARCHAR) FROM (`+query+`) t`).Scan(&rows, &sum)
	return rows, sum, err
}

// quote makes a string literal.
func quote(s string) string { return `'` + strings.ReplaceAll(s, `'`, `''`) + `'` }
