package dims

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
)

// load reads the set-up rows of a lake that got them in this order.
func load(t *testing.T, rows ...project.Dim) (*Dims, error) {
	t.Helper()
	l, err := lake.Open(context.Background(), lake.Config{Dir: t.TempDir(), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	for i := range rows {
		rows[i].At, rows[i].Node, rows[i].Seq = int64(i+1)*1_000_000, "web", uint64(i+1)
	}
	if err := l.Load(context.Background(), &lake.Rows{Dims: rows}); err != nil {
		t.Fatal(err)
	}
	var d *Dims
	err = l.View(context.Background(), func(ctx context.Context, r *lake.Reader) error {
		d, err = Load(ctx, r)
		return err
	})
	return d, err
}

func dim(t *testing.T, table, id string, version int64, row any) project.Dim {
	t.Helper()
	text, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	return project.Dim{Table: table, ID: id, Version: version, Row: string(text)}
}

func target(from int64, share float64) db.QueueTarget {
	t := db.QueueTarget{QueueID: "q1", Share: share, Within: 20_000_000}
	t.ValidFrom = db.Stamp(from)
	return t
}

func TestLoad(t *testing.T) {
	queue := func(name string) db.Queue {
		return db.Queue{Head: db.Head{ID: "q1"}, Name: name, SiteID: "s1", GroupID: "g1"}
	}
	const may, june = 1_746_057_600_000_000, 1_748_736_000_000_000
	d, err := load(t,
		dim(t, "queues", "q1", 1, queue("Old name")),
		dim(t, "queues", "q1", 2, queue("Sales")),
		dim(t, "sites", "s1", 1, db.Site{Head: db.Head{ID: "s1"}, Name: "Tallinn", Zone: "Europe/Tallinn", WeekStart: 1}),
		dim(t, "queue_targets", "q1/june", 1, target(june, .9)), // told out of order
		dim(t, "queue_targets", "q1/may", 1, target(may, .7)),
		dim(t, "queue_targets", "q1/july", 1, target(june+may/10, .5)),
		dim(t, "queue_targets", "q1/july", 2, db.Removed{Removed: true, Row: target(june+may/10, .5)}),
		dim(t, "agent_terms", "a1/0", 1, db.AgentTerms{AgentID: "a1", TeamID: "t1", WageCents: 2000}),
		dim(t, "teams", "t1", 1, db.Team{Head: db.Head{ID: "t1"}, Name: "North"}),
	)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Queue{ID: "q1", Name: "Sales", Site: "s1", Group: "g1"}, d.Queue("q1")); diff != "" {
		t.Errorf("queue (-want +got):\n%s", diff)
	}
	if got := d.Queue("nobody"); got.Name != "nobody" {
		t.Errorf("a queue that set-up does not know is called %q", got.Name)
	}
	for day, want := range map[int64]float64{may - 1: -1, may: .7, june - 1: .7, june: .9, june + may: .9} {
		got := -1.0
		if target, ok := d.Target("q1", day); ok {
			got = target.Share
		}
		if got != want {
			t.Errorf("target of day %d is %v, want %v", day, got, want)
		}
	}
	if d.Team("a1", may) != "t1" || d.TeamName("t1") != "North" || d.Team("a2", may) != "" {
		t.Errorf("team of a1 %q, of a2 %q", d.Team("a1", may), d.Team("a2", may))
	}
	if ids := d.FindQueues("Sales"); len(ids) != 1 || ids[0] != "q1" || d.FindQueues("Old name") != nil {
		t.Errorf("by name %v, by its old name %v", ids, d.FindQueues("Old name"))
	}
	if s, ok := d.Site("s1"); !ok || s.Zone.String() != "Europe/Tallinn" {
		t.Errorf("site %+v", s)
	}
}

// A row that cannot be read stops the report: figures with half of the targets would look right.
func TestLoadRefusesBrokenRows(t *testing.T) {
	for _, row := range []project.Dim{
		{Table: "queues", ID: "q1", Row: "{"},
		{Table: "sites", ID: "s1", Row: `{"id":"s1","zone":"Mars/Olympus"}`},
	} {
		if _, err := load(t, row); err == nil {
			t.Errorf("%s was read", row.Row)
		}
	}
}
