package lake

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
)

func filled(t testing.TB) *Lake {
	t.Helper()
	l := open(t, Config{})
	if err := l.ApplyEvents(context.Background(), someCalls(6).events); err != nil { // one call each ten minutes from 10:00
		t.Fatal(err)
	}
	return l
}

// Buckets join by plain range and by ASOF, and are gone afterwards.
func TestBuckets(t *testing.T) {
	l := filled(t)
	half := 1800 * sec
	buckets := []interval.Bucket{
		{Start: t0, End: t0 + half, Label: "10:00"}, {Start: t0 + half, End: t0 + 2*half, Label: "10:30"},
		{Start: t0 + 2*half, End: t0 + 3*half, Label: "11:00"},
	}
	for range 2 { // the second View finds no trace of the first
		err := l.View(context.Background(), func(ctx context.Context, r *Reader) error {
			if err := r.Buckets(ctx, "b", buckets); err != nil {
				return err
			}
			for name, q := range map[string]string{
				"range": `SELECT b.label, count(v.visit) FROM b LEFT JOIN visits v ON v.joined_at >= b.start_at AND v.joined_at < b.end_at
					GROUP BY b.i, b.label ORDER BY b.i`,
				"asof": `SELECT b.label, coalesce(n, 0) FROM b LEFT JOIN (
					SELECT b.i, count(*) AS n FROM visits v ASOF JOIN b ON v.joined_at >= b.start_at WHERE v.joined_at < b.end_at GROUP BY b.i) x
					USING (i) ORDER BY b.i`,
			} {
				rows, err := r.Query(ctx, q)
				if err != nil {
					return err
				}
				var got []string
				for rows.Next() {
					var label, n string
					if err := rows.Scan(&label, &n); err != nil {
						return err
					}
					got = append(got, label+"="+n)
				}
				if err := rows.Close(); err != nil {
					return err
				}
				if want := []string{"10:00=3", "10:30=3", "11:00=0"}; !slices.Equal(got, want) {
					t.Errorf("%s join: %v, want %v", name, got, want)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := l.View(context.Background(), func(ctx context.Context, r *Reader) error {
		return r.Buckets(ctx, "b; DROP TABLE visits", nil)
	})
	if err == nil {
		t.Error("a table name with SQL in it was taken")
	}
}

// Readers cannot write, whatever they ask for, and a failed query leaves the
// connection usable.
func TestReadersCannotWrite(t *testing.T) {
	l := filled(t)
	ctx := context.Background()
	for _, q := range []string{`DELETE FROM visits`, `CREATE TABLE x (i INTEGER)`, `INSERT INTO applied VALUES ('n', 99)`, `SELECT nonsense`} {
		err := l.View(ctx, func(ctx context.Context, r *Reader) error {
			rows, err := r.Query(ctx, q)
			if err != nil {
				return err
			}
			return rows.Close()
		})
		if err == nil {
			t.Errorf("%s was allowed", q)
		}
	}
	if n := count(t, l, `SELECT count(*) FROM visits`); n != 6 {
		t.Errorf("visits = %d, want 6", n)
	}
}

func TestArrow(t *testing.T) {
	l := filled(t)
	res, err := l.Arrow(context.Background(), `SELECT visit, joined_at, wait_us FROM visits WHERE queue = ? ORDER BY joined_at`, "q")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for res.Next() {
		batch := res.RecordBatch()
		col := batch.Column(0).(*array.String)
		for i := range int(batch.NumRows()) {
			names = append(names, strings.Clone(col.Value(i)))
		}
	}
	if err := res.Err(); err != nil {
		t.Fatal(err)
	}
	res.Release()
	if want := []string{"v-a", "v-b", "v-c", "v-d", "v-e", "v-f"}; !slices.Equal(names, want) {
		t.Errorf("visits = %v, want %v", names, want)
	}
	if got := res.Schema().Field(1).Type.String(); got != "timestamp[us]" {
		t.Errorf("joined_at is a %s, want timestamp[us]", got)
	}
}

// One View sees one state while commits go on beside it, and neither waits.
func TestViewIsOneState(t *testing.T) {
	l := open(t, Config{})
	s := &script{node: "n"}
	for i := range 300 {
		s.call(time.Duration(i).String(), "q", "a", t0+int64(i)*60*sec, sec, sec, sec)
	}
	ctx := context.Background()
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				err := l.View(ctx, func(ctx context.Context, r *Reader) error {
					var events, visits, open, again int
					if err := r.QueryRow(ctx, `SELECT count(*) FROM events`).Scan(&events); err != nil {
						return err
					}
					if err := r.QueryRow(ctx, `SELECT count(*) FILTER (NOT open), count(*) FILTER (open) FROM visits_all`).Scan(&visits, &open); err != nil {
						return err
					}
					if err := r.QueryRow(ctx, `SELECT coalesce(sum(seq), 0) FROM applied`).Scan(&again); err != nil {
						return err
					}
					if events != again || visits != events/3 || open != min(1, events%3) {
						t.Errorf("one View: %d events, applied %d, %d visits, %d open", events, again, visits, open)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for at := 0; at < len(s.events); at += 7 {
		if err := l.ApplyEvents(ctx, s.events[at:min(at+7, len(s.events))]); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
}

// A query ends with its context.
func TestQueryIsCancelled(t *testing.T) {
	l := filled(t)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := l.View(ctx, func(ctx context.Context, r *Reader) error {
		var n int64
		return r.QueryRow(ctx, `SELECT count(*) FROM range(1000000000000) a WHERE a.range % 7 = 3`).Scan(&n)
	})
	if err == nil || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("err = %v, want a cancelled query", err)
	}
	if n := count(t, l, `SELECT count(*) FROM visits`); n != 6 {
		t.Errorf("visits = %d, want 6", n)
	}
}

// The live page is told of each commit, with what is open then.
func TestOnCommit(t *testing.T) {
	l := open(t, Config{})
	got := make(chan *Snapshot, 10)
	cancel := l.OnCommit(func(s *Snapshot) { got <- s })
	s := &script{node: "switch"}
	in := func(id, agent string) func(*event.Event) {
		return func(e *event.Event) { e.Interaction, e.Visit, e.Queue, e.Agent = id, id, "q", agent }
	}
	s.add(t0, &event.AgentStateChanged{To: event.Available}, in("", "a"))
	s.add(t0+sec, &event.QueueJoined{}, in("1", ""))
	s.add(t0+2*sec, &event.QueueJoined{}, in("2", ""))
	ctx := context.Background()
	if err := l.ApplyEvents(ctx, s.events); err != nil {
		t.Fatal(err)
	}
	snap := <-got
	if w := snap.Waiting()["q"]; len(w) != 2 || w[0].Visit != "1" || w[0].JoinedAt != t0+sec {
		t.Errorf("waiting = %v", w)
	}
	if len(snap.Agents) != 1 || snap.Agents[0].State != "available" || snap.Agents[0].FromAt != t0 {
		t.Errorf("agents = %v", snap.Agents)
	}
	s.add(t0+5*sec, &event.QueueLeft{Exit: event.Answered, JoinedAt: t0 + sec, WaitUs: 4 * sec}, in("1", "a"))
	s.add(t0+6*sec, &event.AgentStateChanged{To: event.Talking}, in("1", "a"))
	if err := l.ApplyEvents(ctx, s.events); err != nil {
		t.Fatal(err)
	}
	snap = <-got
	if w := snap.Waiting()["q"]; len(w) != 1 || len(snap.Visits) != 2 || snap.Agents[0].State != "talking" {
		t.Errorf("waiting %v of %v, agents %v", w, snap.Visits, snap.Agents)
	}
	cancel()
	s.add(t0+9*sec, &event.QueueLeft{Exit: event.Abandoned, WaitUs: 7 * sec}, in("2", ""))
	if err := l.ApplyEvents(ctx, s.events); err != nil {
		t.Fatal(err)
	}
	select {
	case <-got:
		t.Error("called after cancel")
	default:
	}
}

// Set-up rows give dimensions that are valid from and to.
func TestDimensions(t *testing.T) {
	l := open(t, Config{})
	s := &script{node: "web"}
	put := func(at int64, table, id string, version int64, row string) {
		s.add(at, &event.ConfigChanged{Table: table, Row: id, Version: version, Values: []byte(row)}, nil)
	}
	put(t0, "queues", "q1", 1, `{"id":"q1","name":"Sales","site_id":"s","group_id":"g","stream_id":null}`)
	put(t0+sec, "queue_targets", "q1/0", 1, `{"queue_id":"q1","valid_from":null,"share":0.8,"within_us":20000000,"short_us":10000000,"overrides":[]}`)
	put(t0+2*sec, "queue_targets", "q1/1", 1, `{"queue_id":"q1","valid_from":"2026-06-01T00:00:00Z","share":0.9,"within_us":10000000,"short_us":5000000,"overrides":[]}`)
	put(t0+3*sec, "queues", "q1", 2, `{"id":"q1","name":"Sales & more","site_id":"s","group_id":"g"}`)
	put(t0+4*sec, "queue_targets", "q1/2", 1, `{"queue_id":"q1","valid_from":"2026-07-01T00:00:00Z","share":0.5,"within_us":1,"short_us":1,"overrides":[]}`)
	put(t0+5*sec, "queue_targets", "q1/2", 1, `{"removed":true,"row":{"queue_id":"q1"}}`)
	put(t0, "agents", "a1", 1, `{"id":"a1","name":"Anna","extension":"100"}`)
	put(t0, "agent_terms", "a1/0", 1, `{"agent_id":"a1","valid_from":null,"team_id":"t1","wage_cents":2000}`)
	put(t0, "agent_terms", "a1/1", 1, `{"agent_id":"a1","valid_from":"2026-05-05T00:00:00Z","team_id":"t2","wage_cents":2200}`)
	if err := l.ApplyEvents(context.Background(), s.events); err != nil {
		t.Fatal(err)
	}
	texts := func(q string) (out []string) {
		rows, err := l.Query(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			out = append(out, line)
		}
		return out
	}
	got := texts(`SELECT concat_ws(' ', name, grp, target_sl, target_within_us, short_us, valid_from, valid_to) FROM dim_queues ORDER BY valid_from`)
	want := []string{
		"Sales g 0.8 20000000 10000000 0001-01-01 00:00:00 2026-05-04 10:00:03",
		"Sales & more g 0.8 20000000 10000000 2026-05-04 10:00:03 2026-06-01 00:00:00",
		"Sales & more g 0.9 10000000 5000000 2026-06-01 00:00:00",
	}
	if !slices.Equal(got, want) {
		t.Errorf("dim_queues:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	got = texts(`SELECT concat_ws(' ', name, team, wage_cents, valid_from, valid_to) FROM dim_agents ORDER BY valid_from`)
	want = []string{"Anna t1 2000 0001-01-01 00:00:00 2026-05-05 00:00:00", "Anna t2 2200 2026-05-05 00:00:00"}
	if !slices.Equal(got, want) {
		t.Errorf("dim_agents:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, view := range []string{"dim_sites", "dim_groups", "dim_teams", "dim_skills", "dim_codes", "dims", "dims_current", "dims_dated", "agent_spans_all"} {
		if n := count(t, l, `SELECT count(*) FROM `+view); n < 0 {
			t.Errorf("%s: %d", view, n)
		}
	}
}

// Rows can be loaded without events; the vector stays.
func TestLoad(t *testing.T) {
	l := filled(t)
	before := l.Applied().String()
	rows := &Rows{Visits: make([]Visit, 1000)}
	for i := range rows.Visits {
		rows.Visits[i] = Visit{Visit: "x", Queue: "big", JoinedAt: t0, Exit: "abandoned"}
	}
	for range 3 {
		if err := l.Load(context.Background(), rows); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, l, `SELECT count(*) FROM visits WHERE queue = 'big'`); n != 3000 {
		t.Errorf("loaded %d rows, want 3000", n)
	}
	if got := l.Applied().String(); got != before {
		t.Errorf("applied = %s, want %s", got, before)
	}
}

// People leave pages while their report runs. The interrupt this sends may arrive
// late, so whoever queries next must not get that connection: a variable of its
// session tells whether it is the same one.
func TestACancelledConnectionIsNotUsedAgain(t *testing.T) {
	l := open(t, Config{})
	use := func(ctx context.Context, leave func()) (marked bool) {
		t.Helper()
		err := l.View(ctx, func(ctx context.Context, r *Reader) error {
			var mark sql.NullInt64
			if err := r.QueryRow(ctx, `SELECT getvariable('mark')`).Scan(&mark); err != nil {
				return err
			}
			marked = mark.Valid
			rows, err := r.Query(ctx, `SET VARIABLE mark = 1`)
			if err != nil {
				return err
			}
			defer leave()
			return rows.Close()
		})
		if err != nil {
			t.Fatal(err)
		}
		return marked
	}
	if use(t.Context(), func() {}) {
		t.Error("the first connection is marked already")
	}
	ctx, cancel := context.WithCancel(t.Context())
	if !use(ctx, cancel) {
		t.Error("a connection that ended well is not used again: the test proves nothing")
	}
	if use(t.Context(), func() {}) {
		t.Error("the connection whose caller left is used again")
	}
}
