package metric

import (
	"fmt"
	"strings"

	"github.com/agner-platform/agner/internal/event"
)

// ExitSQL is the exit of a row of visits_all as the sums see it: an open visit that was answered counts as answered,
// any other open one waits (empty).
const ExitSQL = `coalesce(exit, CASE WHEN answered_at IS NOT NULL THEN 'answered' ELSE '' END)`

// WaitSQL is the wait in µs of a row of visits_all; a visit still waiting waits until now (µs since 1970).
func WaitSQL(now int64) string {
	return fmt.Sprintf(`coalesce(wait_us, epoch_us(coalesce(answered_at, left_at)) - epoch_us(joined_at), %d - epoch_us(joined_at))`, now)
}

// SumsSQL is the select list that counts the sums of visits directly, for notebooks and ad-hoc queries: over rows with
// the columns x (exit, ” while waiting), w (wait, µs) and those of visits_all. A test holds it equal to AddVisit.
func SumsSQL(l Limits) string {
	var b strings.Builder
	col := func(sum Sum, format string, args ...any) {
		if b.Len() > 0 {
			b.WriteString(",\n ")
		}
		fmt.Fprintf(&b, format+" AS "+sum.String(), args...)
	}
	col(Offered, "count(*)")
	known := []string{"''"}
	for _, e := range event.Exits {
		col(exits[e], "count(*) FILTER (x = '%s')", e)
		known = append(known, "'"+string(e)+"'")
	}
	col(Other, "count(*) FILTER (x NOT IN (%s))", strings.Join(known, ", "))
	col(Waiting, "count(*) FILTER (x = '')")
	col(AnsweredInT, "count(*) FILTER (x = 'answered' AND w <= %d)", l.T)
	col(AbandonedInT, "count(*) FILTER (x = 'abandoned' AND w <= %d)", l.T)
	col(ShortAbandoned, "count(*) FILTER (x = 'abandoned' AND w <= %d)", l.S)
	col(NeutralExits, "count(*) FILTER (x = 'withdrawn' OR (x IN ('overflowed', 'timed_out', 'key_exit', 'voicemail', 'callback') AND w <= %d))", l.T)
	col(WaitingInT, "count(*) FILTER (x = '' AND w <= %d)", l.T)
	col(Waits, "count(*) FILTER (x <> '')")
	col(WaitUs, "coalesce(sum(w) FILTER (x <> ''), 0)")
	col(WaitAnsweredUs, "coalesce(sum(w) FILTER (x = 'answered'), 0)")
	col(LongestUs, "coalesce(max(w) FILTER (x <> ''), 0)")
	col(Timed, "count(*) FILTER (x = 'answered' AND coalesce(talk_us, 0) + coalesce(hold_us, 0) + coalesce(wrap_us, 0) > 0)")
	col(TalkUs, "coalesce(sum(talk_us) FILTER (x = 'answered'), 0)")
	col(HoldUs, "coalesce(sum(hold_us) FILTER (x = 'answered'), 0)")
	col(WrapUs, "coalesce(sum(wrap_us) FILTER (x = 'answered'), 0)")
	col(Transferred, "count(*) FILTER (x = 'answered' AND transferred_to <> '')")
	return b.String()
}
