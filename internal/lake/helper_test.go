package lake

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/lake/store"
)

// dump returns every row of every table as text, sorted: two lakes with equal
// dumps hold the same.
func dump(t testing.TB, l *Lake) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	names := []string{"applied", "visits_open", "agent_spans_open", "agent_spans_all", "sources", "dim_queues", "dim_agents", "dims"}
	for _, tab := range store.Tables() {
		names = append(names, tab.Name)
	}
	err := l.View(context.Background(), func(ctx context.Context, r *Reader) error {
		for _, name := range names {
			rows, err := r.Query(ctx, `SELECT CAST(t AS VARCHAR) FROM (SELECT * FROM `+name+`) t`)
			if err != nil {
				return err
			}
			out[name] = []string{}
			for rows.Next() {
				var s string
				if err := rows.Scan(&s); err != nil {
					return err
				}
				out[name] = append(out[name], s)
			}
			if err := rows.Close(); err != nil {
				return err
			}
			slices.Sort(out[name])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// diff names the first differences between two dumps.
func diff(want, got map[string][]string) string {
	var b strings.Builder
	for name, rows := range want {
		if slices.Equal(rows, got[name]) {
			continue
		}
		fmt.Fprintf(&b, "table %s: %d rows, want %d\n", name, len(got[name]), len(rows))
		shown := 0
		for _, r := range rows {
			if _, ok := slices.BinarySearch(got[name], r); !ok && shown < 3 {
				fmt.Fprintf(&b, "  missing %s\n", r)
				shown++
			}
		}
		for _, r := range got[name] {
			if _, ok := slices.BinarySearch(rows, r); !ok && shown < 6 {
				fmt.Fprintf(&b, "  extra   %s\n", r)
				shown++
			}
		}
	}
	return b.String()
}

// copyDir copies the files of a folder, as a crash would leave them.
func copyDir(t testing.TB, from, to string) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		src, err := os.Open(filepath.Join(from, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		dst, err := os.Create(filepath.Join(to, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(dst, src); err != nil {
			t.Fatal(err)
		}
		src.Close()
		dst.Close()
	}
}

// chaos makes records of three nodes: calls with every kind of exit, half of
// them incomplete, repeated or out of order, agents of native and foreign
// sources, set-up changes, menus, and bytes that are no event.
func chaos(tb testing.TB, seed uint64, n int) []Record {
	tb.Helper()
	c := &chaosMaker{tb: tb, rng: rand.New(rand.NewPCG(seed, 9)), at: t0, seq: map[string]uint64{}}
	for len(c.out) < n {
		c.at += int64(c.rng.IntN(40)) * sec
		c.step()
	}
	return c.out
}

type chaosMaker struct {
	tb    testing.TB
	rng   *rand.Rand
	at    int64
	seq   map[string]uint64
	calls int
	later []func() // closing events still to come
	out   []Record
}

func (c *chaosMaker) put(node string, p event.Payload, set func(*event.Event)) {
	e := event.New(c.at, p)
	if set != nil {
		set(&e)
	}
	raw, err := event.AppendBinary(nil, &e)
	if err != nil {
		c.tb.Fatal(err)
	}
	c.raw(node, raw)
}

func (c *chaosMaker) raw(node string, raw []byte) {
	c.seq[node]++
	c.out = append(c.out, Record{Node: node, Seq: c.seq[node], Raw: raw})
}

func (c *chaosMaker) step() {
	switch k := c.rng.IntN(20); {
	case k < 7:
		c.call()
	case k < 15 && len(c.later) > 0:
		i := c.rng.IntN(len(c.later))
		f := c.later[i]
		if c.rng.IntN(20) > 0 { // else: comes twice
			c.later = slices.Delete(c.later, i, i+1)
		}
		f()
	case k == 15:
		to := event.States[c.rng.IntN(len(event.States))]
		c.put("switch", &event.AgentStateChanged{To: to}, func(e *event.Event) { e.Agent = fmt.Sprintf("native%d", c.rng.IntN(4)) })
	case k == 16:
		c.put("web", &event.ConfigChanged{Table: "queues", Row: fmt.Sprintf("q%d", c.rng.IntN(3)), Version: int64(c.calls),
			Values: fmt.Appendf(nil, `{"name":"Queue %d","site_id":"s"}`, c.calls)}, nil)
	case k == 17:
		c.put("analytics", &event.AgentSignedIn{}, func(e *event.Event) { e.Agent = fmt.Sprintf("a%d", c.rng.IntN(5)) })
	case k == 18:
		c.raw("analytics", []byte{0xff, byte(c.rng.IntN(256))})
	default:
		c.put("analytics", &event.QueueLeft{Exit: event.Lost, WaitUs: 1 << 62}, func(e *event.Event) { e.Visit = "hostile" })
	}
}

func (c *chaosMaker) call() {
	c.calls++
	node := []string{"analytics", "switch"}[c.rng.IntN(2)]
	id, queue, agent := fmt.Sprintf("%s-%d", node, c.calls), fmt.Sprintf("q%d", c.rng.IntN(3)), fmt.Sprintf("a%d", c.rng.IntN(5))
	party := fmt.Sprintf("p%d", c.rng.IntN(6))
	on := func(e *event.Event) {
		e.Interaction, e.Visit, e.Queue, e.Party, e.Offer = id, id+"/v", queue, party, id+"/o"
	}
	by := func(e *event.Event) { on(e); e.Agent = agent }
	joined := c.at
	c.put(node, &event.CallOffered{Direction: event.Inbound, DNIS: "100"}, on)
	c.put(node, &event.IVREntered{Flow: "main"}, on)
	c.later = append(c.later, func() { c.put(node, &event.IVRLeft{Outcome: event.IVRQueued, LastNode: "1"}, on) })
	if c.rng.IntN(10) > 0 { // else: the log begins in the middle
		c.put(node, &event.QueueJoined{Priority: 1, Position: int64(c.rng.IntN(3))}, on)
	}
	c.later = append(c.later, func() { c.put(node, &event.CallEnded{By: event.Customer, OfferedAt: joined}, on) })
	c.put(node, &event.OfferMade{Attempt: 1}, by)
	c.later = append(c.later, func() { c.put(node, &event.OfferMissed{RingUs: 5 * sec}, by) })
	exit := event.Exits[c.rng.IntN(len(event.Exits))]
	c.later = append(c.later, func() {
		answered := c.at
		c.put(node, &event.QueueLeft{Exit: exit, JoinedAt: joined, WaitUs: max(0, c.at-joined)}, by)
		if exit == event.Answered {
			c.later = append(c.later, func() {
				c.put(node, &event.VisitHandled{JoinedAt: joined, AnsweredAt: answered, TalkUs: (c.at - answered) / 2, HoldUs: (c.at - answered) / 4}, by)
			})
		}
	})
}

// applyAll feeds records in batches of random size.
func applyAll(t testing.TB, l *Lake, records []Record, rng *rand.Rand) {
	t.Helper()
	for len(records) > 0 {
		n := min(len(records), 1+rng.IntN(len(records)))
		if err := l.Apply(context.Background(), records[:n]); err != nil {
			t.Fatal(err)
		}
		records = records[n:]
	}
}
