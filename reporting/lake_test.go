package reporting_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
	"github.com/agner-platform/agner/reporting"
)

const (
	sec    = int64(1_000_000)
	minute = 60 * sec
	zone   = "Asia/Jerusalem"
)

// now is the clock of these tests: the evening of the day most of them make.
var now = time.Date(1999, 10, 5, 20, 0, 0, 0, mustZone())

func mustZone() *time.Location {
	loc, err := interval.LoadZone(zone)
	if err != nil {
		panic(err)
	}
	return loc
}

// at is a local time of day on 5 October 1999, a Tuesday.
func at(clock string) int64 { return on("1999-10-05", clock) }

func on(date, clock string) int64 {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", date+" "+clock, mustZone())
	if err != nil {
		panic(err)
	}
	return t.UnixMicro()
}

// centre is a small centre in a lake of its own.
type centre struct {
	t    testing.TB
	lake *lake.Lake
	seq  uint64
	rows lake.Rows
	set  db.Values
}

func newCentre(t testing.TB) *centre {
	t.Helper()
	l, err := lake.Open(context.Background(), lake.Config{Dir: t.TempDir(), Threads: 1, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &centre{t: t, lake: l, set: db.Values{
		Within: 20 * time.Second, Short: 10 * time.Second, Share: .8, Credit: "arrival", FCRDays: 7, Currency: "EUR", WageFactor: 1,
		AbandonBins: []time.Duration{15 * time.Second, time.Minute, 3 * time.Minute},
	}}
	c.dim("sites", "s1", db.Site{Head: head("s1"), Name: "Haifa", Zone: zone, WeekStart: 7})
	c.dim("queue_groups", "g1", db.Group{Head: head("g1"), Name: "Bank", SiteID: "s1"})
	c.queue("q1", "Private", "g1")
	c.queue("q2", "Stock", "g1")
	return c
}

func head(id string) db.Head { return db.Head{ID: id, Version: 1} }

// dim adds one version of a set-up row.
func (c *centre) dim(table, id string, row any) {
	b, err := json.Marshal(row)
	if err != nil {
		c.t.Fatal(err)
	}
	c.seq++
	c.rows.Dims = append(c.rows.Dims, project.Dim{Table: table, ID: id, At: int64(c.seq), Version: 1, Row: string(b), Node: "web", Seq: c.seq})
}

func (c *centre) queue(id, name, group string) {
	c.dim("queues", id, db.Queue{Head: head(id), Name: name, SiteID: "s1", GroupID: group, Channel: "voice"})
}

func (c *centre) target(queue string, from int64, share float64, within time.Duration, overrides ...db.TargetOverride) {
	t := db.QueueTarget{QueueID: queue, Share: share, Within: within.Microseconds(), Short: 10 * sec, Overrides: overrides}
	t.ValidFrom = db.Stamp(from)
	c.dim("queue_targets", queue+"/"+t.ValidFrom.Time().String(), t)
}

// visit adds one visit; change may alter it.
func (c *centre) visit(queue string, joined int64, exit event.Exit, wait int64, change ...func(*lake.Visit)) {
	c.seq++
	id := "v" + time.UnixMicro(joined).UTC().Format("20060102T150405") + "-" + string(rune('a'+c.seq%26)) + queue
	v := lake.Visit{
		Visit: id, Interaction: "i" + id, Site: "s1", Queue: queue, Channel: "voice", JoinedAt: joined, LeftAt: joined + wait,
		Exit: string(exit), WaitUs: project.Some(wait), Node: "n", Seq: c.seq, Source: "test",
	}
	if exit == event.Answered {
		v.AnsweredAt, v.Agent = v.LeftAt, "a1"
		v.TalkUs, v.HoldUs, v.WrapUs = project.Some(100*sec), project.Some(0), project.Some(20*sec)
		v.HandledAt = v.LeftAt + 120*sec
	}
	for _, f := range change {
		f(&v)
	}
	c.rows.Visits = append(c.rows.Visits, v)
}

func (c *centre) span(agent, state string, from, to int64, queue string) {
	c.rows.AgentSpans = append(c.rows.AgentSpans, lake.AgentSpan{Agent: agent, Site: "s1", State: state, FromAt: from, ToAt: to, Queue: queue})
}

// open loads what was added and gives the reports over it.
func (c *centre) open() *reporting.Service {
	c.t.Helper()
	if err := c.lake.Load(context.Background(), &c.rows); err != nil {
		c.t.Fatal(err)
	}
	return reporting.New(reporting.Config{
		Lake: c.lake, Now: func() time.Time { return now }, Party: func(number string) string { return "p" + number },
		Settings: func(context.Context) (db.Values, error) { return c.set, nil },
	})
}

func party(p string) func(*lake.Visit)        { return func(v *lake.Visit) { v.Party = p } }
func interaction(id string) func(*lake.Visit) { return func(v *lake.Visit) { v.Interaction = id } }
func agent(id string) func(*lake.Visit)       { return func(v *lake.Visit) { v.Agent = id } }

func day(size interval.Size) reporting.Params {
	return reporting.Params{From: "1999-10-05", To: "1999-10-06", Size: size}
}
