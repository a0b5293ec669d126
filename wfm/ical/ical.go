// Package ical writes an agent's shifts as iCalendar (RFC 5545).
package ical

import (
	"fmt"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/agner-platform/agner/wfm/rules"
)

// Feed is the calendar of one agent's shifts, as of now.
func Feed(agent, name string, shifts []rules.Shift, now time.Time) string {
	c := ics.NewCalendar()
	c.SetMethod(ics.MethodPublish)
	c.SetProductId("-//Agner//Schedule//EN")
	c.SetName(name)
	for i := range shifts {
		sh := &shifts[i]
		for j := range sh.Blocks {
			b := &sh.Blocks[j]
			e := c.AddEvent(fmt.Sprintf("%s-%s-%d@agner", agent, sh.Date, j))
			e.SetDtStampTime(now)
			e.SetStartAt(b.Start.UTC())
			e.SetEndAt(b.End().UTC())
			e.SetSummary(sh.Kind)
			text := ""
			for _, p := range b.Pauses {
				text += fmt.Sprintf("%s %s–%s\n", p.Name, p.Start.Format("15:04"), p.End().In(p.Start.Location()).Format("15:04"))
			}
			e.SetDescription(text)
		}
	}
	return c.Serialize()
}
