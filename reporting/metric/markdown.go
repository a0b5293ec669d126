package metric

import (
	"fmt"
	"strings"
)

// example is one made-up day of one queue, T 20 s and S 10 s, that the documentation reckons with.
var example = Sums{
	Offered: 200, Answered: 176, Abandoned: 18, Overflowed: 3, TimedOut: 1, CallbackTaken: 2,
	AnsweredInT: 148, AbandonedInT: 8, ShortAbandoned: 5, NeutralExits: 4, Waits: 200,
	WaitUs: 4_640_000_000, WaitAnsweredUs: 3_168_000_000, LongestUs: 312_000_000, Blocked: 4,
	Timed: 174, TalkUs: 31_320_000_000, HoldUs: 1_740_000_000, WrapUs: 5_220_000_000, Transferred: 11, CallbacksReached: 2,
	HandlingUs: 39_600_000_000, AvailableUs: 10_800_000_000, KnownCaller: 120, Resolved: 93,
	SurveyYes: 17, SurveyN: 20, SatisfiedN: 22, SatisfactionN: 25, Promoters: 12, Detractors: 5, PromoterN: 24,
	CostCents: 62_300, RevenueCents: 1_480_000,
	ScheduledUs: 3_600_000_000, AdheringUs: 2_700_000_000, ForgivenUs: 300_000_000, WorkedUs: 3_600_000_000,
}

const markdownHead = `# Figures

Every figure that Agner shows is defined once, in the package reporting/metric. This page is written from those
definitions (a test holds the two equal); the same formulas stand in the pages, on demand and with the numbers in them,
and under ` + "`GET /api/v1/definitions`" + `.

**Visit**: one passage through one queue. **Contact**: the customer's whole interaction. Queues count visits, and so
do the total of queues, the reports on abandonment and the key figures of chosen queues; groups, sites, their totals and
the key figures of a centre or site count contacts, waiting from the first join, so that overflow and transfer never count
one caller twice. Every report says which. **T** is the
answer threshold and **S** the longest wait of a short abandon; both belong to the queue and the day, or are asked for.
The **wait** runs from joining the queue to the agent's answer, ring time included.

Exits: overflowed, timed out, key exit, voicemail and callback taken are neutral up to T and a miss beyond; withdrawn is
always neutral; no agents, lost and unknown exits are misses. The books balance: offered = all exits + still waiting.
A figure without anything to divide by is missing, shown as a dash and sent as null; it is never zero. Averages over
queues, intervals or agents are made from sums, so they are weighted.

The examples reckon with one made-up day: T 20 s, S 10 s.

| name | figure | unit | better | formula | example |
|---|---|---|---|---|---|
`

// Markdown writes the documentation of every figure.
func Markdown() string {
	var b strings.Builder
	b.WriteString(markdownHead)
	for i := range figures {
		f := &figures[i]
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", f.Name, f.Title, f.Unit, f.Better, f.Formula(), f.Explain(&example))
	}
	b.WriteString("\n## What to look out for\n\n")
	for _, f := range figures {
		fmt.Fprintf(&b, "- **%s** (`%s`): %s\n", f.Title, f.Name, f.Text)
	}
	b.WriteString(markdownTail)
	return b.String()
}

const markdownTail = `
## Credit to intervals

A call counts in the interval of its arrival (the default, and what forecasting needs), of its answer (for the others: of
leaving the queue), or of its end: the setting ` + "`sl.credit`" + ` or the parameter ` + "`credit`" + `. Callers still waiting are only in
reports by arrival. Agents' time is always clipped at the interval's edges.

## Targets

A queue's target ("80 % within 20 s") is dated and may differ in parts of the week. Each interval is judged by the target
in force at its start; a day or week by the calls of its intervals, each with its own: it is met if as many callers were
answered in time as the targets of all its intervals together asked for. The clock is that of the queue's site,
also where a report over several zones is cut by the instance's clock. Short abandons, neutral exits and callers who
have not yet waited T are not judged. Asking for another T changes the figures, not the target.

## Patience

Waits are taken to whole seconds, rounded up. In all of these every exit but a hang-up is censoring: who was answered
after 20 s had at least 20 s of patience. Only visits with a wait enter.

- **Survival** (Kaplan–Meier): S(t) = Π (1 − dᵢ/nᵢ) over the seconds up to t, dᵢ hung up of nᵢ still waiting. Bands:
  Greenwood's variance σ² = Σ dᵢ/(nᵢ(nᵢ−dᵢ)) on the log(−log) scale, S^exp(±1.96·σ/|ln S|).
- **Median patience**: the first t with S(t) ≤ ½; missing if the curve does not get there.
- **θ**: time in queue of all / abandoned, in seconds: the mean patience if the hazard were constant.
- **Hazard**: abandoned in a stretch of wait / time waited in it, in 5-s stretches up to 5 min. A **bump** is higher than
  both neighbours and stands out from two neighbours on each side (conditional test of two Poisson rates; the chance of
  one false bump in a whole curve is 1 %). Look for an announcement there.
- **Redial**: of those who hung up and are known, the share whose next contact began within the time after this one
  began.

## Before and after

Each second of wait in each weekday × interval is a 2×2 table of those still waiting before and after (n₀, n₁) and those
who hung up (d₀, d₁). Hazard ratio (Mantel–Haenszel): Σ d₁n₀/n ÷ Σ d₀n₁/n; 95 % interval after Greenland and Robins
(1985); p from the stratified log-rank test. Below 1, callers became more patient.

## Evenness

Gini: Σ (2i − n − 1)·xᵢ / (n·Σx), x ascending: 0 all handled the same, near 1 one agent handled all. Coefficient of
variation: standard deviation / mean of handled calls per agent.
`
