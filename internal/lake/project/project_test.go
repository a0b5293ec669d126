package project

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/event"
)

const (
	t0  = int64(1_777_888_800_000_000) // 2026-05-04T10:00:00Z
	sec = int64(1_000_000)
)

// step is one event of a scenario: seconds after t0, a payload, and ids.
type step struct {
	at    int64
	p     event.Payload
	visit string
	queue string
	agent string
	offer string
	party string
	bad   bool // must be refused
}

// play runs a scenario through one projector.
func play(t *testing.T, p *Projector, steps []step) Rows {
	t.Helper()
	var out Rows
	for i, s := range steps {
		e := event.New(t0+s.at*sec, s.p)
		e.Node, e.Seq = "n", uint64(i+1)
		e.Visit, e.Queue, e.Agent, e.Offer, e.Party = s.visit, s.queue, s.agent, s.offer, s.party
		if s.visit != "" {
			e.Interaction = "i" + s.visit
		}
		err := p.Apply(&e, &out)
		if s.bad != (err != nil) {
			t.Errorf("step %d: err = %v, want refused = %v", i, err, s.bad)
		}
		if err != nil && !errors.Is(err, ErrUnusable) {
			t.Errorf("step %d: err = %v, want ErrUnusable", i, err)
		}
	}
	return out
}

// at is an instant of the scenario.
func at(s int64) int64 { return t0 + s*sec }

func dur(s int64) Int { return Some(s * sec) }

// Every exit but answered ends its visit at once; waits are the event's own or
// counted from the join.
func TestEachExit(t *testing.T) {
	for _, exit := range event.Exits {
		p := New()
		out := play(t, p, []step{
			{at: 0, p: &event.QueueJoined{Priority: 2, Skills: []string{"en", "gold"}, Position: 3, Waiting: 2, Staffed: 5}, visit: "v", queue: "q", party: "p"},
			{at: 30, p: &event.QueueLeft{Exit: exit, Position: 1, Key: "9", ToQueue: "next"}, visit: "v", queue: "q", agent: "a"},
		})
		if exit == event.Answered {
			if len(out.Visits) != 0 || len(p.OpenVisits()) != 1 {
				t.Errorf("answered: %d rows, %d open; want none and one", len(out.Visits), len(p.OpenVisits()))
			}
			continue
		}
		want := []Visit{{
			Visit: "v", Interaction: "iv", Queue: "q", Channel: "voice", Party: "p", Priority: 2, Skills: "en,gold", JoinedAt: t0,
			LeftAt: at(30), Exit: string(exit), WaitUs: dur(30), PositionJoin: Some(3), PositionExit: Some(1), WaitingJoin: Some(2),
			StaffedJoin: Some(5), ExitKey: "9", ToQueue: "next", Node: "n", Seq: 2,
		}}
		if d := cmp.Diff(want, out.Visits); d != "" {
			t.Errorf("%s (-want +got):\n%s", exit, d)
		}
		if n := len(p.OpenVisits()); n != 0 {
			t.Errorf("%s: %d visits stay open", exit, n)
		}
	}
}

func TestAnsweredVisit(t *testing.T) {
	p := New()
	out := play(t, p, []step{
		{at: 0, p: &event.QueueJoined{}, visit: "v", queue: "q"},
		{at: 5, p: &event.QueuePriorityChanged{From: 0, To: 7}, visit: "v", queue: "q"},
		{at: 6, p: &event.OfferMade{Attempt: 1, Rule: "idle"}, visit: "v", queue: "q", agent: "a", offer: "o1"},
		{at: 16, p: &event.OfferMissed{RingUs: 10 * sec}, visit: "v", queue: "q", agent: "a", offer: "o1"},
		{at: 17, p: &event.OfferMade{Attempt: 2}, visit: "v", queue: "q", agent: "b", offer: "o2"},
		{at: 20, p: &event.OfferAccepted{}, visit: "v", queue: "q", agent: "b", offer: "o2"},
		{at: 20, p: &event.QueueLeft{Exit: event.Answered, JoinedAt: t0, WaitUs: 20 * sec}, visit: "v", queue: "q", agent: "b"},
		{at: 100, p: &event.VisitHandled{JoinedAt: t0, AnsweredAt: at(20), TalkUs: 50 * sec, HoldUs: 20 * sec, WrapUpUs: 10 * sec,
			WrapUpDerived: true, HungUpBy: event.AgentSide, TransferredTo: "q2"}, visit: "v", queue: "q", agent: "b"},
	})
	wantVisits := []Visit{{
		Visit: "v", Interaction: "iv", Queue: "q", Channel: "voice", Priority: 7, JoinedAt: t0, LeftAt: at(20), AnsweredAt: at(20), Exit: "answered",
		WaitUs: dur(20), RingUs: dur(3), Agent: "b", TalkUs: dur(50), HoldUs: dur(20), WrapUs: dur(10), WrapDerived: true, HandledAt: at(100),
		TransferredTo: "q2", HungUpBy: "agent", Node: "n", Seq: 8,
	}}
	if d := cmp.Diff(wantVisits, out.Visits); d != "" {
		t.Errorf("visits (-want +got):\n%s", d)
	}
	wantOffers := []Offer{
		{Offer: "o1", Visit: "v", Interaction: "iv", Queue: "q", Agent: "a", MadeAt: at(6), EndedAt: at(16), Result: "missed", RingUs: 10 * sec, Attempt: 1, Rule: "idle"},
		{Offer: "o2", Visit: "v", Interaction: "iv", Queue: "q", Agent: "b", MadeAt: at(17), EndedAt: at(20), Result: "accepted", RingUs: 3 * sec, Attempt: 2},
	}
	if d := cmp.Diff(wantOffers, out.Offers); d != "" {
		t.Errorf("offers (-want +got):\n%s", d)
	}
}

// A caller who overflows and is then transferred has one visit a queue.
func TestOverflowChainAndTransfer(t *testing.T) {
	out := play(t, New(), []step{
		{at: 0, p: &event.QueueJoined{}, visit: "1", queue: "sales"},
		{at: 60, p: &event.QueueLeft{Exit: event.Overflowed, ToQueue: "rest"}, visit: "1", queue: "sales"},
		{at: 60, p: &event.QueueJoined{}, visit: "2", queue: "rest"},
		{at: 90, p: &event.QueueLeft{Exit: event.Answered}, visit: "2", queue: "rest", agent: "a"},
		{at: 150, p: &event.CallTransferred{Transfer: event.Blind, ToQueue: "tech"}, visit: "2", queue: "rest", agent: "a"},
		{at: 150, p: &event.QueueJoined{}, visit: "3", queue: "tech"},
		{at: 160, p: &event.VisitHandled{AnsweredAt: at(90), TalkUs: 60 * sec, WrapUpUs: 10 * sec, TransferredTo: "tech"}, visit: "2", queue: "rest", agent: "a"},
		{at: 170, p: &event.QueueLeft{Exit: event.Abandoned}, visit: "3", queue: "tech"},
	})
	type short struct {
		Visit, Queue, Exit, To string
		Wait                   int64
	}
	var got []short
	for _, v := range out.Visits {
		got = append(got, short{v.Visit, v.Queue, v.Exit, v.ToQueue + v.TransferredTo, v.WaitUs.V / sec})
	}
	want := []short{{"1", "sales", "overflowed", "rest", 60}, {"2", "rest", "answered", "tech", 30}, {"3", "tech", "abandoned", "", 20}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	wantTransfers := []Transfer{{Interaction: "i2", At: at(150), Agent: "a", Queue: "rest", Kind: "blind", ToQueue: "tech"}}
	if d := cmp.Diff(wantTransfers, out.Transfers); d != "" {
		t.Errorf("transfers (-want +got):\n%s", d)
	}
}

// A visit is counted once, whatever comes twice, too late or without beginning.
func TestCountedOnce(t *testing.T) {
	left := &event.QueueLeft{Exit: event.Abandoned, JoinedAt: at(0), WaitUs: 5 * sec}
	out := play(t, New(), []step{
		{at: 0, p: &event.QueueJoined{}, visit: "v", queue: "q"},
		{at: 1, p: &event.QueueJoined{}, visit: "v", queue: "q", bad: true},
		{at: 5, p: left, visit: "v", queue: "q"},
		{at: 6, p: left, visit: "v", queue: "q", bad: true},
		{at: 7, p: &event.QueueJoined{}, visit: "v", queue: "q", bad: true},
		{at: 8, p: &event.VisitHandled{}, visit: "v", queue: "q", agent: "a", bad: true},
		// A log that starts in the middle of two calls.
		{at: 10, p: &event.QueueLeft{Exit: event.Abandoned, WaitUs: 4 * sec}, visit: "w", queue: "q"},
		{at: 20, p: &event.VisitHandled{AnsweredAt: at(12), JoinedAt: at(11), TalkUs: 8 * sec}, visit: "x", queue: "q", agent: "a"},
		{at: 21, p: &event.QueueLeft{Exit: event.Answered}, visit: "x", queue: "q", agent: "a", bad: true},
		{at: 22, p: &event.OfferMissed{RingUs: 2 * sec}, visit: "x", queue: "q", agent: "a", offer: "o"},
		{at: 23, p: &event.OfferMissed{RingUs: 2 * sec}, visit: "x", queue: "q", agent: "a", offer: "o", bad: true},
		{at: 24, p: &event.QueueLeft{Exit: event.Lost}, visit: "y", queue: "q"}, // a crash lost its beginning too
	})
	type short struct {
		Visit          string
		Joined, Wait   int64
		Answered, Left int64
	}
	var got []short
	for _, v := range out.Visits {
		got = append(got, short{v.Visit, v.JoinedAt, v.WaitUs.V, v.AnsweredAt, v.LeftAt})
	}
	want := []short{{"v", at(0), 5 * sec, 0, at(5)}, {"w", at(6), 4 * sec, 0, at(10)}, {"x", at(11), sec, at(12), at(12)}, {"y", at(24), 0, 0, at(24)}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if len(out.Offers) != 1 || out.Offers[0].MadeAt != at(20) {
		t.Errorf("offers = %+v, want one made at 20 s", out.Offers)
	}
}

// spanText shows spans as agent, state, from and to in seconds.
func spanText(spans []AgentSpan) []string {
	var out []string
	for _, s := range spans {
		to := "…"
		if s.ToAt != 0 {
			to = seconds(s.ToAt)
		}
		text := s.Agent + " " + s.State + " " + seconds(s.FromAt) + "-" + to
		if s.Reason != "" {
			text += " " + s.Reason
		}
		if s.Queue != "" {
			text += " " + s.Queue
		}
		out = append(out, text)
	}
	return out
}

func seconds(us int64) string {
	n := (us - t0) / sec
	if n < 0 {
		return "-" + seconds(t0-n*sec)
	}
	if n < 10 {
		return string(rune('0' + n))
	}
	return seconds(t0+n/10*sec) + string(rune('0'+n%10))
}

func TestAgentSpans(t *testing.T) {
	left := func(join, at int64) *event.QueueLeft {
		return &event.QueueLeft{Exit: event.Answered, JoinedAt: t0 + join*sec, WaitUs: (at - join) * sec}
	}
	cases := map[string]struct {
		steps        []step
		closed, open []string
	}{
		"native": {
			steps: []step{
				{at: 0, p: &event.AgentSignedIn{}, agent: "a"},
				{at: 10, p: &event.AgentStateChanged{To: event.Reserved}, agent: "a", visit: "v", queue: "q"},
				{at: 10, p: &event.OfferMade{}, agent: "a", visit: "v", queue: "q", offer: "o"},
				{at: 12, p: &event.AgentStateChanged{To: event.Talking}, agent: "a", visit: "v", queue: "q"},
				{at: 12, p: left(5, 12), agent: "a", visit: "v", queue: "q"},
				{at: 20, p: &event.AgentStateChanged{To: event.OnHold}, agent: "a", visit: "v", queue: "q"},
				{at: 25, p: &event.AgentStateChanged{To: event.Talking}, agent: "a", visit: "v", queue: "q"},
				{at: 40, p: &event.AgentStateChanged{To: event.WrapUp}, agent: "a", visit: "v", queue: "q"},
				{at: 50, p: &event.AgentStateChanged{To: event.Available}, agent: "a"},
				{at: 50, p: &event.VisitHandled{AnsweredAt: at(12), TalkUs: 23 * sec, HoldUs: 5 * sec, WrapUpUs: 10 * sec}, agent: "a", visit: "v", queue: "q"},
				{at: 60, p: &event.AgentStateChanged{To: event.OnBreak, Reason: "coffee"}, agent: "a"},
				{at: 70, p: &event.AgentSignedOut{}, agent: "a"},
			},
			closed: []string{"a available 0-10", "a reserved 10-12 q", "a talking 12-20 q", "a hold 20-25 q", "a talking 25-40 q", "a wrap_up 40-50 q",
				"a available 50-60", "a break 60-70 coffee"},
			open: []string{"a offline 70-…"},
		},
		"foreign log with sign-in, pause and a missed offer": {
			steps: []step{
				{at: 0, p: &event.AgentSignedIn{}, agent: "a"},
				{at: 10, p: &event.OfferMade{}, agent: "a", visit: "v", queue: "q", offer: "o"},
				{at: 15, p: &event.OfferMissed{RingUs: 5 * sec}, agent: "a", visit: "v", queue: "q", offer: "o"},
				{at: 20, p: &event.OfferMade{}, agent: "a", visit: "v", queue: "q", offer: "o2"},
				{at: 23, p: &event.OfferAccepted{RingUs: 3 * sec}, agent: "a", visit: "v", queue: "q", offer: "o2"},
				{at: 23, p: left(5, 23), agent: "a", visit: "v", queue: "q"},
				{at: 30, p: &event.AgentStateChanged{To: event.OnBreak, Reason: "lunch"}, agent: "a"}, // paused while talking
				{at: 53, p: &event.VisitHandled{AnsweredAt: at(23), TalkUs: 20 * sec, HoldUs: 4 * sec, WrapUpUs: 6 * sec}, agent: "a", visit: "v", queue: "q"},
				{at: 90, p: &event.AgentStateChanged{To: event.Available}, agent: "a"},
			},
			closed: []string{"a available 0-10", "a reserved 10-15 q", "a available 15-20", "a reserved 20-23 q", "a talking 23-43 q", "a hold 43-47 q",
				"a wrap_up 47-53 q", "a break 53-90 lunch"},
			open: []string{"a available 90-…"},
		},
		"a log without sign-ins": {
			steps: []step{
				{at: 10, p: left(0, 10), agent: "a", visit: "1", queue: "q"},
				{at: 30, p: &event.VisitHandled{AnsweredAt: at(10), TalkUs: 20 * sec}, agent: "a", visit: "1", queue: "q"},
				{at: 40, p: left(20, 40), agent: "a", visit: "2", queue: "q"},
			},
			closed: []string{"a talking 10-30 q"},
			open:   []string{"a talking 40-… q"},
		},
		"rows that are not in order of time": {
			steps: []step{
				{at: 100, p: left(90, 100), agent: "a", visit: "1", queue: "q"},
				{at: 160, p: &event.VisitHandled{AnsweredAt: at(100), TalkUs: 50 * sec, WrapUpUs: 10 * sec}, agent: "a", visit: "1", queue: "q"},
				{at: 20, p: left(10, 20), agent: "a", visit: "2", queue: "q"},
				{at: 50, p: &event.VisitHandled{AnsweredAt: at(20), TalkUs: 30 * sec}, agent: "a", visit: "2", queue: "q"},
			},
			closed: []string{"a talking 100-150 q", "a wrap_up 150-160 q", "a talking 20-50 q"},
			open:   []string{},
		},
		"signed in to a second queue and out of one": {
			steps: []step{
				{at: 0, p: &event.AgentSignedIn{Queues: []string{"q"}}, agent: "a"},
				{at: 5, p: &event.AgentSignedIn{Queues: []string{"r"}}, agent: "a"},
				{at: 9, p: &event.AgentSignedOut{Queues: []string{"r"}}, agent: "a"},
			},
			open: []string{"a available 0-…"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := New()
			out := play(t, p, c.steps)
			if d := cmp.Diff(c.closed, spanText(out.AgentSpans)); d != "" {
				t.Errorf("closed (-want +got):\n%s", d)
			}
			if got := spanText(p.AgentStates()); len(got) != len(c.open) || len(got) > 0 && cmp.Diff(c.open, got) != "" {
				t.Errorf("open = %v, want %v", got, c.open)
			}
		})
	}
}

func TestCallsAndMenus(t *testing.T) {
	out := play(t, New(), []step{
		{at: 0, p: &event.CallOffered{Direction: event.Inbound, DNIS: "800", Trunk: "t1"}, visit: "1", party: "p"},
		{at: 1, p: &event.IVREntered{Flow: "main"}, visit: "1"},
		{at: 4, p: &event.IVRStepTaken{Node: "language", Input: "1", Attempt: 1, SpentUs: 3 * sec}, visit: "1"},
		{at: 9, p: &event.IVRLeft{Outcome: event.IVRQueued}, visit: "1", queue: "q"},
		{at: 10, p: &event.CallAnswered{}, visit: "1"},
		{at: 60, p: &event.CallEnded{By: event.Customer, SIPStatus: 200, TalkUs: 50 * sec, Quality: &event.MediaQuality{MOS: 4.1, Packets: 100}}, visit: "1"},
		{at: 61, p: &event.CallEnded{}, visit: "1", bad: true},
		{at: 70, p: &event.CallEnded{OfferedAt: at(65), AnsweredAt: at(66), Quality: &event.MediaQuality{MOS: math.NaN()}}, visit: "2"},
		{at: 80, p: &event.IVRLeft{Outcome: event.IVRHungUp, Flow: "main", LastNode: "pin", SpentUs: 5 * sec}, visit: "3"},
	})
	wantCalls := []Call{
		{Interaction: "i1", Channel: "voice", Direction: "inbound", Party: "p", DNIS: "800", Trunk: "t1", OfferedAt: at(0), AnsweredAt: at(10), EndedAt: at(60),
			By: "customer", SIPStatus: Some(200), TalkUs: 50 * sec, MOS: 4.1, JitterUs: Some(0), Lost: Some(0), Packets: Some(100)},
		{Interaction: "i2", Channel: "voice", OfferedAt: at(65), AnsweredAt: at(66), EndedAt: at(70), JitterUs: Some(0), Lost: Some(0), Packets: Some(0)},
	}
	if d := cmp.Diff(wantCalls, out.Calls); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
	wantMenus := []IVRVisit{
		{Interaction: "i1", Flow: "main", EnteredAt: at(1), LastNode: "language", LeftAt: at(9), SpentUs: 8 * sec, Outcome: "queued", Queue: "q"},
		{Interaction: "i3", Flow: "main", EnteredAt: at(75), LastNode: "pin", LeftAt: at(80), SpentUs: 5 * sec, Outcome: "hung_up"},
	}
	if d := cmp.Diff(wantMenus, out.IVRVisits); d != "" {
		t.Errorf("menus (-want +got):\n%s", d)
	}
	wantSteps := []IVRStep{{Interaction: "i1", Flow: "main", Node: "language", Input: "1", Attempt: 1, At: at(4), SpentUs: 3 * sec}}
	if d := cmp.Diff(wantSteps, out.IVRSteps); d != "" {
		t.Errorf("steps (-want +got):\n%s", d)
	}
}

// Each kind with a table of its own gives exactly one row there.
func TestStraightKinds(t *testing.T) {
	for _, c := range []struct {
		p    event.Payload
		rows func(*Rows) int
	}{
		{&event.QueueBlocked{Reason: event.QueueFull, Waiting: 9}, func(r *Rows) int { return len(r.Blocked) }},
		{&event.QueueAnnounced{What: "wait", LowUs: 1, HighUs: 2}, func(r *Rows) int { return len(r.Announcements) }},
		{&event.InteractionCoded{Code: "c"}, func(r *Rows) int { return len(r.Codes) }},
		{&event.SurveyAnswered{Question: "csat", Value: 5, Scale: 5}, func(r *Rows) int { return len(r.Surveys) }},
		{&event.TranscriptTurnAdded{TurnRef: "t", Side: event.Customer}, func(r *Rows) int { return len(r.Turns) }},
		{&event.CallbackRequested{Ref: "c"}, func(r *Rows) int { return len(r.Callbacks) }},
		{&event.CallbackScheduled{Ref: "c"}, func(r *Rows) int { return len(r.Callbacks) }},
		{&event.CallbackAttempted{Ref: "c", Attempt: 1}, func(r *Rows) int { return len(r.Callbacks) }},
		{&event.CallbackResulted{Ref: "c", Result: "reached"}, func(r *Rows) int { return len(r.Callbacks) }},
		{&event.RecordingStarted{Ref: "r"}, func(r *Rows) int { return len(r.Recordings) }},
		{&event.RecordingPaused{Ref: "r"}, func(r *Rows) int { return len(r.Recordings) }},
		{&event.RecordingResumed{Ref: "r"}, func(r *Rows) int { return len(r.Recordings) }},
		{&event.RecordingConsented{How: "key"}, func(r *Rows) int { return len(r.Recordings) }},
		{&event.RecordingRefused{How: "key"}, func(r *Rows) int { return len(r.Recordings) }},
		{&event.RecordingFinished{Ref: "r"}, func(r *Rows) int { return len(r.Recordings) }},
		{&event.RecordingRedacted{Ref: "r"}, func(r *Rows) int { return len(r.Recordings) }},
		{&event.SupervisionStarted{Mode: event.Listen}, func(r *Rows) int { return len(r.Supervisions) }},
		{&event.SupervisionEnded{Mode: event.Listen}, func(r *Rows) int { return len(r.Supervisions) }},
		{&event.ConfigChanged{Table: "queues", Row: "q", Values: []byte(`{}`)}, func(r *Rows) int { return len(r.Dims) }},
	} {
		out := play(t, New(), []step{{at: 0, p: c.p, visit: "v", queue: "q", agent: "a"}})
		if n := c.rows(&out); n != 1 {
			t.Errorf("%s: %d rows, want 1", c.p.EventKind(), n)
		}
	}
}

// State whose end never came is forgotten after a week; visits are not.
func TestSweep(t *testing.T) {
	p := New()
	week := int64(8 * 24 * 3600)
	play(t, p, []step{
		{at: 0, p: &event.QueueJoined{}, visit: "v", queue: "q"},
		{at: 0, p: &event.OfferMade{}, visit: "v", queue: "q", agent: "a", offer: "o"},
		{at: 0, p: &event.CallOffered{Direction: event.Inbound}, visit: "v"},
		{at: 0, p: &event.IVREntered{}, visit: "v"},
	})
	e := event.New(at(week), &event.NodeStarted{Role: "switch"})
	for range sweepEvery {
		if err := p.Apply(&e, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(p.s.Offers) + len(p.s.Calls) + len(p.s.IVR); n != 0 {
		t.Errorf("%d stale entries stay", n)
	}
	if len(p.OpenVisits()) != 1 {
		t.Error("an open visit was forgotten")
	}
}

// A projector restored at any point goes on as the first one would have, and
// equal states have equal snapshots.
func TestSnapshotAnywhere(t *testing.T) {
	var steps []step
	for i := range int64(60) {
		v, agent := string(rune('A'+i%26))+string(rune('a'+i/26)), string(rune('a'+i%3))
		steps = append(steps,
			step{at: i * 7, p: &event.QueueJoined{}, visit: v, queue: "q", party: string(rune('p' + i%4))},
			step{at: i*7 + 1, p: &event.OfferMade{}, visit: v, queue: "q", agent: agent, offer: v},
			step{at: i*7 + 3, p: &event.OfferAccepted{}, visit: v, queue: "q", agent: agent, offer: v},
			step{at: i*7 + 3, p: &event.QueueLeft{Exit: event.Answered}, visit: v, queue: "q", agent: agent})
		if i > 5 {
			old := string(rune('A'+(i-5)%26)) + string(rune('a'+(i-5)/26))
			steps = append(steps, step{at: i*7 + 5, p: &event.VisitHandled{AnsweredAt: at((i-5)*7 + 3), TalkUs: 10 * sec}, visit: old, queue: "q", agent: string(rune('a' + (i-5)%3))})
		}
	}
	whole := New()
	want := play(t, whole, steps)
	wantState, err := whole.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for cut := 0; cut < len(steps); cut += 11 {
		p := New()
		got := play(t, p, steps[:cut])
		b, err := p.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if p, err = Restore(b); err != nil {
			t.Fatal(err)
		}
		for i, s := range steps[cut:] {
			e := event.New(t0+s.at*sec, s.p)
			e.Node, e.Seq, e.Visit, e.Queue, e.Agent, e.Offer, e.Party, e.Interaction = "n", uint64(cut+i+1), s.visit, s.queue, s.agent, s.offer, s.party, "i"+s.visit
			if err := p.Apply(&e, &got); err != nil {
				t.Fatal(err)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("cut %d (-want +got):\n%s", cut, d)
		}
		state, err := p.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if string(state) != string(wantState) {
			t.Errorf("cut %d: the final snapshots differ", cut)
		}
	}
	if _, err := Restore([]byte{0xa1, 0x01, 0x18, 0x63}); err == nil {
		t.Error("a snapshot of another format was taken")
	}
	if _, err := Restore(wantState[:len(wantState)/2]); err == nil {
		t.Error("half a snapshot was taken")
	}
}

// FuzzApply: no decodable event, however hostile, makes the projector panic
// outside or give rows that cannot be stored.
func FuzzApply(f *testing.F) {
	for _, p := range []event.Payload{&event.QueueJoined{}, &event.QueueLeft{Exit: event.Answered}, &event.VisitHandled{TalkUs: 5}, &event.OfferMade{},
		&event.CallEnded{}, &event.IVRLeft{}, &event.AgentStateChanged{To: event.Talking}, &event.ConfigChanged{Table: "t", Row: "r", Values: []byte("{}")}} {
		e := event.New(t0, p)
		e.Interaction, e.Visit, e.Queue, e.Agent, e.Offer = "i", "v", "q", "a", "o"
		b, err := event.AppendBinary(nil, &e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	p := New()
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := event.DecodeBinary(b)
		if err != nil {
			return
		}
		var out Rows
		if err := p.Apply(&e, &out); err != nil {
			return
		}
		for _, v := range out.Visits {
			if v.WaitUs.V < 0 || v.JoinedAt > maxAt || v.LeftAt > maxAt {
				t.Errorf("visit %+v cannot be stored", v)
			}
		}
		for _, s := range out.AgentSpans {
			if s.ToAt <= s.FromAt {
				t.Errorf("span %+v ends before it begins", s)
			}
		}
	})
}
