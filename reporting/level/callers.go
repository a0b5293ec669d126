package level

import (
	"fmt"

	"github.com/agner-platform/agner/reporting/plan"
)

// CallersSQL gives the start of every contact of a known caller, whichever way it began: menu, queue or call.
func CallersSQL(from, to int64) string {
	lo, hi := plan.Stamp(from), plan.Stamp(to)
	return fmt.Sprintf(`SELECT interaction, party, min(t) AS t FROM (
 SELECT interaction, party, joined_at AS t FROM visits_all WHERE joined_at >= %[1]s AND joined_at < %[2]s
 UNION ALL SELECT interaction, party, entered_at FROM ivr_visits WHERE entered_at >= %[1]s AND entered_at < %[2]s
 UNION ALL SELECT interaction, party, offered_at FROM calls WHERE offered_at >= %[1]s AND offered_at < %[2]s AND coalesce(direction, 'inbound') = 'inbound')
 WHERE party IS NOT NULL GROUP BY ALL`, lo, hi)
}
