package store

import (
	"database/sql/driver"
	"time"

	"github.com/agner-platform/agner/internal/lake/project"
)

// table is one projection: its columns and how its rows are read out of a batch.
type table struct {
	name    string
	columns string // "name TYPE, …" in the order of values
	day     string // the instant by which the mirror cuts days; empty: not mirrored by day
	count   func(*project.Rows) int
	values  func(*project.Rows, int, []driver.Value) []driver.Value
}

const visitColumns = `visit VARCHAR, interaction VARCHAR, site VARCHAR, queue VARCHAR, channel VARCHAR, party VARCHAR,
	source VARCHAR, "precision" VARCHAR, priority INTEGER, skills VARCHAR, joined_at TIMESTAMP, left_at TIMESTAMP,
	answered_at TIMESTAMP, exit VARCHAR, wait_us BIGINT, ring_us BIGINT, agent VARCHAR, talk_us BIGINT, hold_us BIGINT,
	wrap_us BIGINT, wrap_derived BOOLEAN, handled_at TIMESTAMP, transferred_to VARCHAR, hung_up_by VARCHAR,
	position_join INTEGER, position_exit INTEGER, waiting_join INTEGER, staffed_join INTEGER,
	cause VARCHAR, to_queue VARCHAR, exit_key VARCHAR, node VARCHAR, seq UBIGINT`

const spanColumns = `agent VARCHAR, site VARCHAR, state VARCHAR, reason VARCHAR, from_at TIMESTAMP, to_at TIMESTAMP,
	queue VARCHAR, "by" VARCHAR, interaction VARCHAR, source VARCHAR, node VARCHAR`

// tables are all projections, in the order of docs/lake.md.
var tables = []*table{
	{name: "visits", day: "joined_at", columns: visitColumns,
		count:  func(r *project.Rows) int { return len(r.Visits) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value { return visitValues(d, &r.Visits[i]) }},
	{name: "blocked", day: "at",
		columns: `"at" TIMESTAMP, interaction VARCHAR, site VARCHAR, queue VARCHAR, reason VARCHAR, party VARCHAR, waiting INTEGER`,
		count:   func(r *project.Rows) int { return len(r.Blocked) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			b := &r.Blocked[i]
			return append(d, ts(b.At), text(b.Interaction), text(b.Site), text(b.Queue), text(b.Reason), text(b.Party), whole(b.Waiting))
		}},
	{name: "offers", day: "made_at",
		columns: `offer VARCHAR, visit VARCHAR, interaction VARCHAR, queue VARCHAR, agent VARCHAR, made_at TIMESTAMP, ended_at TIMESTAMP,
			result VARCHAR, ring_us BIGINT, attempt INTEGER, rule VARCHAR, reason VARCHAR`,
		count: func(r *project.Rows) int { return len(r.Offers) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			o := &r.Offers[i]
			return append(d, text(o.Offer), text(o.Visit), text(o.Interaction), text(o.Queue), text(o.Agent), ts(o.MadeAt), ts(o.EndedAt),
				text(o.Result), o.RingUs, whole(o.Attempt), text(o.Rule), text(o.Reason))
		}},
	{name: "calls", day: "ended_at",
		columns: `interaction VARCHAR, leg VARCHAR, site VARCHAR, channel VARCHAR, direction VARCHAR, party VARCHAR, dnis VARCHAR,
			trunk VARCHAR, offered_at TIMESTAMP, answered_at TIMESTAMP, ended_at TIMESTAMP, "by" VARCHAR, cause VARCHAR, sip_status INTEGER,
			ring_us BIGINT, talk_us BIGINT, hold_us BIGINT, mos DOUBLE, jitter_us BIGINT, lost BIGINT, packets BIGINT`,
		count:  func(r *project.Rows) int { return len(r.Calls) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value { return callValues(d, &r.Calls[i]) }},
	{name: "agent_spans", day: "from_at", columns: spanColumns,
		count:  func(r *project.Rows) int { return len(r.AgentSpans) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value { return spanValues(d, &r.AgentSpans[i]) }},
	{name: "ivr_steps", day: "at",
		columns: `interaction VARCHAR, site VARCHAR, flow VARCHAR, node VARCHAR, input VARCHAR, attempt INTEGER, "at" TIMESTAMP, spent_us BIGINT`,
		count:   func(r *project.Rows) int { return len(r.IVRSteps) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			s := &r.IVRSteps[i]
			return append(d, text(s.Interaction), text(s.Site), text(s.Flow), text(s.Node), text(s.Input), whole(s.Attempt), ts(s.At), s.SpentUs)
		}},
	{name: "ivr_visits", day: "left_at",
		columns: `interaction VARCHAR, site VARCHAR, flow VARCHAR, entered_at TIMESTAMP, left_at TIMESTAMP, spent_us BIGINT,
			outcome VARCHAR, last_node VARCHAR, queue VARCHAR, party VARCHAR`,
		count: func(r *project.Rows) int { return len(r.IVRVisits) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			v := &r.IVRVisits[i]
			return append(d, text(v.Interaction), text(v.Site), text(v.Flow), ts(v.EnteredAt), ts(v.LeftAt), v.SpentUs,
				text(v.Outcome), text(v.LastNode), text(v.Queue), text(v.Party))
		}},
	{name: "codes", day: "at",
		columns: `interaction VARCHAR, visit VARCHAR, queue VARCHAR, agent VARCHAR, code VARCHAR, "by" VARCHAR, "at" TIMESTAMP`,
		count:   func(r *project.Rows) int { return len(r.Codes) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			c := &r.Codes[i]
			return append(d, text(c.Interaction), text(c.Visit), text(c.Queue), text(c.Agent), text(c.Code), text(c.By), ts(c.At))
		}},
	{name: "transfers", day: "at",
		columns: `interaction VARCHAR, "at" TIMESTAMP, agent VARCHAR, queue VARCHAR, kind VARCHAR, to_queue VARCHAR, to_agent VARCHAR, target VARCHAR`,
		count:   func(r *project.Rows) int { return len(r.Transfers) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			t := &r.Transfers[i]
			return append(d, text(t.Interaction), ts(t.At), text(t.Agent), text(t.Queue), text(t.Kind), text(t.ToQueue), text(t.ToAgent), text(t.TargetID))
		}},
	{name: "announcements", day: "at",
		columns: `visit VARCHAR, interaction VARCHAR, queue VARCHAR, "at" TIMESTAMP, what VARCHAR, low_us BIGINT, high_us BIGINT`,
		count:   func(r *project.Rows) int { return len(r.Announcements) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			a := &r.Announcements[i]
			return append(d, text(a.Visit), text(a.Interaction), text(a.Queue), ts(a.At), text(a.What), a.LowUs, a.HighUs)
		}},
	{name: "callbacks", day: "at",
		columns: `ref VARCHAR, interaction VARCHAR, queue VARCHAR, agent VARCHAR, party VARCHAR, step VARCHAR, "at" TIMESTAMP, attempt INTEGER,
			result VARCHAR, keeps_place BOOLEAN, from_at TIMESTAMP, until_at TIMESTAMP, for_at TIMESTAMP, requested_at TIMESTAMP`,
		count: func(r *project.Rows) int { return len(r.Callbacks) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			c := &r.Callbacks[i]
			return append(d, text(c.Ref), text(c.Interaction), text(c.Queue), text(c.Agent), text(c.Party), text(c.Step), ts(c.At), small(c.Attempt),
				text(c.Result), c.KeepsPlace, ts(c.FromAt), ts(c.UntilAt), ts(c.ForAt), ts(c.RequestedAt))
		}},
	{name: "recordings", day: "at",
		columns: `ref VARCHAR, interaction VARCHAR, agent VARCHAR, step VARCHAR, "at" TIMESTAMP, how VARCHAR, "by" VARCHAR, uri VARCHAR,
			sha256 VARCHAR, started_at TIMESTAMP, length_us BIGINT, bytes BIGINT`,
		count: func(r *project.Rows) int { return len(r.Recordings) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			c := &r.Recordings[i]
			return append(d, text(c.Ref), text(c.Interaction), text(c.Agent), text(c.Step), ts(c.At), text(c.How), text(c.By), text(c.URI),
				text(c.SHA256), ts(c.StartedAt), opt(c.LengthUs), opt(c.Bytes))
		}},
	{name: "surveys", day: "at",
		columns: `interaction VARCHAR, queue VARCHAR, agent VARCHAR, party VARCHAR, "at" TIMESTAMP, question VARCHAR, value BIGINT, scale BIGINT`,
		count:   func(r *project.Rows) int { return len(r.Surveys) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			s := &r.Surveys[i]
			return append(d, text(s.Interaction), text(s.Queue), text(s.Agent), text(s.Party), ts(s.At), text(s.Question), s.Value, s.Scale)
		}},
	{name: "turns_meta", day: "at",
		columns: `interaction VARCHAR, turn_ref VARCHAR, side VARCHAR, agent VARCHAR, "at" TIMESTAMP, start_us BIGINT, end_us BIGINT,
			words BIGINT, confidence DOUBLE, language VARCHAR, engine VARCHAR`,
		count: func(r *project.Rows) int { return len(r.Turns) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			t := &r.Turns[i]
			return append(d, text(t.Interaction), text(t.TurnRef), text(t.Side), text(t.Agent), ts(t.At), t.StartUs, t.EndUs,
				t.Words, t.Confidence, text(t.Language), text(t.Engine))
		}},
	{name: "supervisions", day: "at",
		columns: `interaction VARCHAR, agent VARCHAR, step VARCHAR, mode VARCHAR, "by" VARCHAR, "at" TIMESTAMP, spent_us BIGINT`,
		count:   func(r *project.Rows) int { return len(r.Supervisions) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			s := &r.Supervisions[i]
			return append(d, text(s.Interaction), text(s.Agent), text(s.Step), text(s.Mode), text(s.By), ts(s.At), opt(s.SpentUs))
		}},
	{name: "dims_log", day: "at",
		columns: `tbl VARCHAR, id VARCHAR, "at" TIMESTAMP, version BIGINT, retired BOOLEAN, "row" VARCHAR, "by" VARCHAR, node VARCHAR, seq UBIGINT`,
		count:   func(r *project.Rows) int { return len(r.Dims) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			m := &r.Dims[i]
			return append(d, m.Table, m.ID, ts(m.At), m.Version, m.Retired, m.Row, text(m.By), m.Node, m.Seq)
		}},
	{name: "events",
		columns: `node VARCHAR, seq UBIGINT, kind VARCHAR, "at" TIMESTAMP, interaction VARCHAR, raw BLOB`,
		count:   func(r *project.Rows) int { return len(r.Events) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			e := &r.Events[i]
			return append(d, e.Node, e.Seq, e.Kind, ts(e.At), text(e.Interaction), e.Raw)
		}},
	{name: "rejects",
		columns: `node VARCHAR, seq UBIGINT, "at" TIMESTAMP, kind VARCHAR, why VARCHAR, raw BLOB`,
		count:   func(r *project.Rows) int { return len(r.Rejects) },
		values: func(r *project.Rows, i int, d []driver.Value) []driver.Value {
			e := &r.Rejects[i]
			return append(d, e.Node, e.Seq, ts(e.At), text(e.Kind), e.Why, blob(e.Raw))
		}},
}

func visitValues(d []driver.Value, v *project.Visit) []driver.Value {
	return append(d, text(v.Visit), text(v.Interaction), text(v.Site), text(v.Queue), text(v.Channel), text(v.Party),
		text(v.Source), text(v.Precision), whole(v.Priority), text(v.Skills), ts(v.JoinedAt), ts(v.LeftAt),
		ts(v.AnsweredAt), text(v.Exit), opt(v.WaitUs), opt(v.RingUs), text(v.Agent), opt(v.TalkUs), opt(v.HoldUs),
		opt(v.WrapUs), v.WrapDerived, ts(v.HandledAt), text(v.TransferredTo), text(v.HungUpBy),
		small(v.PositionJoin), small(v.PositionExit), small(v.WaitingJoin), small(v.StaffedJoin),
		text(v.Cause), text(v.ToQueue), text(v.ExitKey), text(v.Node), v.Seq)
}

func spanValues(d []driver.Value, s *project.AgentSpan) []driver.Value {
	return append(d, text(s.Agent), text(s.Site), text(s.State), text(s.Reason), ts(s.FromAt), ts(s.ToAt),
		text(s.Queue), text(s.By), text(s.Interaction), text(s.Source), s.Node)
}

func callValues(d []driver.Value, c *project.Call) []driver.Value {
	var mos driver.Value
	if c.MOS != 0 {
		mos = c.MOS
	}
	return append(d, text(c.Interaction), text(c.Leg), text(c.Site), text(c.Channel), text(c.Direction), text(c.Party), text(c.DNIS),
		text(c.Trunk), ts(c.OfferedAt), ts(c.AnsweredAt), ts(c.EndedAt), text(c.By), text(c.Cause), small(c.SIPStatus),
		c.RingUs, c.TalkUs, c.HoldUs, mos, opt(c.JitterUs), opt(c.Lost), opt(c.Packets))
}

// text is NULL when empty: missing is not a value.
func text(s string) driver.Value {
	if s == "" {
		return nil
	}
	return s
}

// ts is NULL when not known.
func ts(us int64) driver.Value {
	if us == 0 {
		return nil
	}
	return time.UnixMicro(us).UTC()
}

// blob is NULL when there is nothing, which is not the same as no bytes.
func blob(b []byte) driver.Value {
	if b == nil {
		return nil
	}
	return b
}

// opt is NULL when missing.
func opt(v project.Int) driver.Value {
	if !v.OK {
		return nil
	}
	return v.V
}

// small is opt for an INTEGER column.
func small(v project.Int) driver.Value {
	if !v.OK {
		return nil
	}
	return whole(v.V)
}

// whole fits a count into an INTEGER column; no centre comes near its limits.
func whole(v int64) driver.Value {
	const limit = 1<<31 - 1
	return int32(max(-limit, min(limit, v)))
}

// Time converts UTC µs to what TIMESTAMP parameters and columns take.
func Time(us int64) time.Time { return time.UnixMicro(us).UTC() }

// Table names a projection and the instant by which its rows belong to a day;
// Day is empty for tables that are not cut by day.
type Table struct{ Name, Day string }

// Tables lists every projection.
func Tables() []Table {
	list := make([]Table, len(tables))
	for i, t := range tables {
		list[i] = Table{t.name, t.day}
	}
	return list
}

// Columns are the columns of a projection as DDL; empty for a name that is none.
func Columns(name string) string {
	for _, t := range tables {
		if t.name == name {
			return t.columns
		}
	}
	return ""
}
