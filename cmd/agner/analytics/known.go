//go:build cgo

package analytics

import (
	"context"
	"fmt"

	"github.com/agner-platform/agner/internal/ingest"
	"github.com/agner-platform/agner/internal/ingest/feed"
	"github.com/agner-platform/agner/internal/lake"
)

// known looks up in the lake which facts of an import are there already. The
// range of time in each question lets the lake skip the days that do not matter.
func (a *analytics) known(ctx context.Context, facts []ingest.Fact) (map[ingest.Fact]bool, error) {
	out := map[ingest.Fact]bool{}
	by := map[string][]ingest.Fact{}
	for _, f := range facts {
		by[askedIn[f.Kind]] = append(by[askedIn[f.Kind]], f)
	}
	err := a.lake.View(ctx, func(ctx context.Context, r *lake.Reader) error {
		for table, list := range by {
			if err := ask(ctx, r, table, list, out); err != nil {
				return fmt.Errorf("look up %s: %w", table, err)
			}
		}
		return nil
	})
	return out, err
}

// askedIn names the question that answers for a kind of fact.
var askedIn = map[feed.FactKind]string{
	feed.VisitJoined: "visits", feed.VisitLeft: "visits", feed.VisitHandled: "visits",
	feed.MenuEntered: "menus", feed.MenuLeft: "menus", feed.CallOffered: "calls", feed.CallEnded: "calls",
	feed.CallerBlocked: "blocked", feed.AgentEntered: "agents",
}

// lookUps give id, part and instant of what is there, and for visits how far they
// are. Day columns of calls and menus lie behind the instant asked for.
var lookUps = map[string]string{
	"visits": `SELECT visit, '', 0, CASE WHEN handled_at IS NOT NULL THEN 3 WHEN left_at IS NOT NULL THEN 2 ELSE 1 END
		FROM visits_all WHERE joined_at BETWEEN ? AND ? AND visit IN (FROM asked_visits)`,
	"menus": `SELECT interaction, '', epoch_us(entered_at), 1
		FROM ivr_visits WHERE entered_at BETWEEN ? AND ? AND interaction IN (FROM asked_menus)`,
	"calls": `SELECT interaction, coalesce(leg, ''), 0, 1
		FROM calls WHERE offered_at BETWEEN ? AND ? AND interaction IN (FROM asked_calls)`,
	"blocked": `SELECT interaction, coalesce(queue, ''), epoch_us("at"), 1
		FROM blocked WHERE "at" BETWEEN ? AND ? AND interaction IN (FROM asked_blocked)`,
	"agents": `SELECT agent, state, epoch_us(from_at), 1
		FROM agent_spans_all WHERE from_at BETWEEN ? AND ? AND agent IN (FROM asked_agents)`,
}

// around widens a range, because two files may anchor one call differently.
const around = 24 * 3600 * 1_000_000

func ask(ctx context.Context, r *lake.Reader, table string, list []ingest.Fact, out map[ingest.Fact]bool) error {
	from, to := list[0].At, list[0].At
	ids := map[string]bool{}
	for _, f := range list {
		from, to = min(from, f.At), max(to, f.At)
		ids[f.ID] = true
	}
	err := r.Table(ctx, "asked_"+table, "id VARCHAR", func(add func(...any) error) error {
		for id := range ids {
			if err := add(id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	rows, err := r.Query(ctx, lookUps[table], lake.Time(from-around), lake.Time(to+around))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var f ingest.Fact
		var stage int
		if err := rows.Scan(&f.ID, &f.Part, &f.At, &stage); err != nil {
			return err
		}
		tell(table, f, stage, out)
	}
	return rows.Err()
}

// tell enters what a row of the lake says.
func tell(table string, f ingest.Fact, stage int, out map[ingest.Fact]bool) {
	say := func(kinds ...feed.FactKind) {
		for _, k := range kinds {
			f.Kind = k
			out[f.Key()] = true
		}
	}
	switch table {
	case "visits":
		say([]feed.FactKind{feed.VisitJoined, feed.VisitLeft, feed.VisitHandled}[:stage]...)
	case "menus":
		say(feed.MenuEntered, feed.MenuLeft)
	case "calls":
		say(feed.CallOffered, feed.CallEnded)
	case "blocked":
		say(feed.CallerBlocked)
	case "agents":
		say(feed.AgentEntered)
		f.Part = ""
		say(feed.AgentEntered)
	}
}
