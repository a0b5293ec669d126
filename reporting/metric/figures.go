package metric

import "slices"

// Figures lists every figure in report order. It is data: treat it as read-only.
func Figures() []Figure { return figures }

// Lookup finds a figure by name.
func Lookup(name string) (*Figure, bool) {
	i := slices.IndexFunc(figures, func(f Figure) bool { return f.Name == name })
	if i < 0 {
		return nil, false
	}
	return &figures[i], true
}

// volume is a figure that is one plain count.
func volume(s Sum, title string, better Direction, text string) Figure {
	return Figure{Name: s.String(), Title: title, Unit: Count, Better: better, Text: text, Num: plus(s)}
}

func share(name, title string, num, den []Term) Figure {
	return Figure{Name: name, Title: title, Unit: Share, Better: Higher, Num: num, Den: den}
}

func mean(name, title string, better Direction, num, den []Term) Figure {
	return Figure{Name: name, Title: title, Unit: Seconds, Better: better, Num: num, Den: den}
}

func (f Figure) saying(text string) Figure {
	f.Text = text
	return f
}

func (f Figure) needing(s Sum) Figure {
	f.Needs = append(f.Needs, s)
	return f
}

func (f Figure) better(d Direction) Figure {
	f.Better = d
	return f
}

var figures = []Figure{
	volume(Offered, "Offered", Neither, "Joined a queue, served at once included. Queues count visits; groups and sites count contacts, so that overflow and transfer never count one caller twice."),
	volume(Answered, "Answered", Neither, "Reached an agent."),
	volume(Abandoned, "Abandoned", Lower, "The caller hung up while waiting or while an agent's phone rang. A result, not a target: read it beside the service level."),
	volume(ShortAbandoned, "Short abandons", Neither, "Abandoned with a wait of at most S (10 s unless set otherwise): too short to say anything about the queue."),
	volume(Overflowed, "Overflowed", Neither, "Moved on to another queue or number. Neutral up to T, a miss beyond."),
	volume(TimedOut, "Timed out", Lower, "The queue's longest wait was over. Neutral up to T, a miss beyond."),
	volume(KeyExit, "Key exits", Neither, "Left by pressing a key. Neutral up to T, a miss beyond."),
	volume(NoAgents, "No agents", Lower, "Left because nobody was staffed. A miss."),
	volume(CallbackTaken, "Callbacks taken", Neither, "Took a callback. Neutral up to T, a miss beyond."),
	volume(Voicemail, "Voicemail", Neither, "Went to voicemail. Neutral up to T, a miss beyond."),
	volume(Withdrawn, "Withdrawn", Neither, "Taken out by a supervisor. Neutral."),
	volume(Lost, "Lost", Lower, "Lost by a crash or a restarted log. A miss."),
	volume(Other, "Other exits", Neither, "An exit that this version does not know, kept so that the books balance. A miss."),
	volume(Waiting, "Still waiting", Neither, "In the queue when the report was made."),
	volume(Blocked, "Blocked", Lower, "Refused at entry (full, closed, nobody staffed, entry condition). Shown apart: not offered."),
	share("sl", "Service level", plus(AnsweredInT), plus(Offered)).less(ShortAbandoned, NeutralExits).saying("The default. Short abandons and neutral exits neither help nor harm."),
	share("sl_offered", "Service level of offered", plus(AnsweredInT), plus(Offered)).saying("The strictest variant: every exit but an answer within T is a miss."),
	share("sl_abandon_credit", "Service level with abandon credit", plus(AnsweredInT, AbandonedInT), plus(Offered)).saying("Whoever hung up within T counts as served in time. Equals Asterisk's ServicelevelPerf2 where no call left otherwise."),
	share("sl_less_abandons_in_t", "Service level less early abandons", plus(AnsweredInT), plus(Offered)).less(AbandonedInT).saying("Leaves out callers who hung up before T."),
	share("sl_answered", "Service level of answered", plus(AnsweredInT), plus(Answered)).saying("Asterisk's ServicelevelPerf. Blind to abandonment: it rises when callers give up."),
	share("sl_live", "Service level now", plus(AnsweredInT), plus(Offered)).less(ShortAbandoned, NeutralExits, WaitingInT).saying("Live pages: callers already waiting beyond T are misses, those within T are not decided yet."),
	share("abandon_rate", "Abandonment", plus(Abandoned), plus(Offered)).better(Lower).saying("Always shown beside whether the interval met its service level; never per agent."),
	{Name: "abandon_rate_long", Title: "Abandonment without short ones", Unit: Share, Better: Lower, Text: "Short abandons are in neither part.",
		Num: []Term{{Sum: Abandoned}, {ShortAbandoned, true}}, Den: []Term{{Sum: Offered}, {ShortAbandoned, true}}},
	mean("asa_s", "Average speed of answer", Lower, plus(WaitAnsweredUs), plus(Answered)).saying("Mean wait of answered, from join to the agent's answer, ring time included."),
	mean("mean_wait_s", "Mean wait", Lower, plus(WaitUs), plus(Waits)).saying("Of all who left the queue, whichever way."),
	mean("longest_wait_s", "Longest wait", Lower, plus(LongestUs), nil).needing(Waits).saying("Of all who left the queue."),
	mean("aht_s", "Average handling time", Neither, plus(TalkUs, HoldUs, WrapUs), plus(Timed)).saying("Talk, hold and wrap-up. Contacts whose handling time the source did not record are in neither part."),
	mean("talk_s", "Talk time", Neither, plus(TalkUs), plus(Timed)).saying("The talk part of the handling time."),
	mean("hold_s", "Hold time", Lower, plus(HoldUs), plus(Timed)).saying("The hold part of the handling time."),
	mean("wrap_s", "Wrap-up time", Neither, plus(WrapUs), plus(Timed)).saying("The wrap-up part of the handling time; some sources derive it from the gap to the next event."),
	{Name: "handled", Title: "Handled", Unit: Count, Better: Neither, Text: "Answered contacts and callbacks in which the customer was reached.", Num: plus(Answered, CallbacksReached)},
	volume(Transferred, "Transferred", Neither, "Contacts that an agent passed on."),
	share("transfer_rate", "Transfer rate", plus(Transferred), plus(Answered, CallbacksReached)).better(Lower).saying("Contacts transferred by an agent per handled contact."),
	share("occupancy", "Occupancy", plus(HandlingUs), plus(HandlingUs, AvailableUs)).better(Neither).saying("Handling is reserved (ringing), talk, hold, wrap-up, consultation and outbound. Agent time is clipped at the interval's edges. A site has the time of all its agents. A queue, a group or some queues of a site have an occupancy only if every agent who answered for them in the range answered for nothing else; the total likewise where only some queues count. Agents whose presence is not logged are left out."),
	share("fcr_proxy", "First contact resolution (proxy)", plus(Resolved), plus(KnownCaller)).saying("Answered, not transferred, no repeat by the same caller within N days (7 unless set otherwise). The last N days are pending and not counted; the share of anonymous callers is stated beside it."),
	share("fcr_survey", "First contact resolution (survey)", plus(SurveyYes), plus(SurveyN)).saying("Share of “was it resolved?” answered with yes; with n and response rate."),
	share("csat", "Customer satisfaction", plus(SatisfiedN), plus(SatisfactionN)).saying("Share of 4–5 on 1–5; with n and response rate."),
	{Name: "nps", Title: "Net promoters", Unit: Share, Better: Higher, Text: "Promoters (9–10) less detractors (0–6) on 0–10; two digits, # ends.",
		Num: []Term{{Sum: Promoters}, {Detractors, true}}, Den: plus(PromoterN)},
	{Name: "cost_per_call", Title: "Cost per contact", Unit: Money, Better: Lower, Text: "Paid agent hours × wage and line cost, per handled contact. The wage is that of the day; the catalogue of activities says which state is paid, and at what part of the wage (without it: everything but offline and meals). Agents count as in occupancy, so queues that share their agents have no cost of their own.",
		Num: plus(CostCents), Den: plus(Answered, CallbacksReached), Needs: []Sum{CostCents}},
	share("cost_share", "Cost as share of revenue", plus(CostCents), plus(RevenueCents)).better(Lower).needing(CostCents).saying("The same cost per revenue of the period."),
	share("adherence", "Adherence", plus(AdheringUs), plus(ScheduledUs)).saying("Share of scheduled time spent in an activity that adheres at that moment. Scheduled 9:00–10:00, worked 9:15–10:15: 75 %."),
	share("adherence_forgiven", "Adherence with forgiven time", plus(AdheringUs, ForgivenUs), plus(ScheduledUs)).saying("The same with excused deviations counted as adhering."),
	share("conformance", "Conformance", plus(WorkedUs), plus(ScheduledUs)).better(Neither).saying("Worked per scheduled time, whenever it was worked. Scheduled 9:00–10:00, worked 9:15–10:15: 100 %."),
}
