package lake

import (
	"context"
	"fmt"

	"github.com/agner-platform/agner/internal/event"
)

// maxTimeline bounds one timeline: a transcript of a day-long call stays below.
const maxTimeline = 50_000

// Timeline returns every event of an interaction, of all nodes, in order of
// time. It scans one column of the table events, which DuckDB keeps as small
// dictionaries because the events of a call lie close together: no index, no
// cost when writing (measurements in docs/lake.md).
func (l *Lake) Timeline(ctx context.Context, interaction string) ([]event.Event, error) {
	rows, err := l.Query(ctx, `SELECT node, seq, raw FROM events WHERE interaction = ? ORDER BY "at", node, seq LIMIT ?`,
		interaction, maxTimeline)
	if err != nil {
		return nil, fmt.Errorf("timeline: %w", err)
	}
	defer rows.Close()
	var out []event.Event
	for rows.Next() {
		var node string
		var seq uint64
		var raw []byte
		if err := rows.Scan(&node, &seq, &raw); err != nil {
			return nil, fmt.Errorf("timeline: %w", err)
		}
		e, err := event.DecodeBinary(raw)
		if err != nil {
			return nil, fmt.Errorf("timeline: node %s seq %d: %w", node, seq, err)
		}
		e.Node, e.Seq = node, seq
		out = append(out, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("timeline: %w", err)
	}
	return out, nil
}
