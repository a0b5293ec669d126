package project

import "github.com/agner-platform/agner/internal/event"

// legKey names a call: an interaction may hold several legs.
func legKey(e *event.Event) string { return e.Interaction + "\x00" + e.Leg }

func (p *Projector) callOffered(e *event.Event, d *event.CallOffered) {
	p.s.Calls[legKey(e)] = &Call{
		Interaction: e.Interaction, Leg: e.Leg, Site: e.Site, Channel: voice(e.Channel), Direction: string(d.Direction),
		Party: e.Party, DNIS: d.DNIS, Trunk: d.Trunk, OfferedAt: e.At,
	}
}

func (p *Projector) callAnswered(e *event.Event) {
	if c := p.s.Calls[legKey(e)]; c != nil && c.AnsweredAt == 0 {
		c.AnsweredAt = e.At
	}
}

func (p *Projector) callEnded(e *event.Event, d *event.CallEnded, out *Rows) error {
	if err := require("interaction_id", e.Interaction); err != nil {
		return err
	}
	key := legKey(e)
	c := p.s.Calls[key]
	switch {
	case c != nil:
		delete(p.s.Calls, key)
	case p.s.Closed.has(callKey(key)):
		return unusable("interaction_id", e.Interaction, "call ended twice")
	default:
		c = &Call{Interaction: e.Interaction, Leg: e.Leg, Site: e.Site, Channel: voice(e.Channel), Party: e.Party}
	}
	p.s.Closed.add(callKey(key))
	c.OfferedAt, c.AnsweredAt = firstOf(c.OfferedAt, d.OfferedAt), firstOf(c.AnsweredAt, d.AnsweredAt)
	c.EndedAt, c.By, c.Cause, c.SIPStatus = e.At, string(d.By), e.Cause, known(d.SIPStatus)
	c.RingUs, c.TalkUs, c.HoldUs = d.RingUs, d.TalkUs, d.HoldUs
	if q := d.Quality; q != nil {
		c.MOS, c.JitterUs, c.Lost, c.Packets = finite(q.MOS), Some(q.JitterUs), Some(q.Lost), Some(q.Packets)
	}
	out.Calls = append(out.Calls, *c)
	return nil
}

func callKey(key string) string { return "c" + key }

func (p *Projector) ivrEntered(e *event.Event, d *event.IVREntered) {
	p.s.IVR[e.Interaction] = &IVRVisit{Interaction: e.Interaction, Site: e.Site, Flow: d.Flow, EnteredAt: e.At, Party: e.Party}
}

func (p *Projector) ivrStep(e *event.Event, d *event.IVRStepTaken, out *Rows) {
	row := IVRStep{Interaction: e.Interaction, Site: e.Site, Node: d.Node, Input: d.Input, Attempt: d.Attempt, At: e.At, SpentUs: d.SpentUs}
	if v := p.s.IVR[e.Interaction]; v != nil {
		v.LastNode = d.Node
		row.Flow, row.Site = v.Flow, firstText(e.Site, v.Site)
	}
	out.IVRSteps = append(out.IVRSteps, row)
}

func (p *Projector) ivrLeft(e *event.Event, d *event.IVRLeft, out *Rows) {
	v := p.s.IVR[e.Interaction]
	if v == nil {
		v = &IVRVisit{Interaction: e.Interaction, Site: e.Site, Flow: d.Flow, EnteredAt: firstOf(d.EnteredAt, e.At-d.SpentUs), Party: e.Party}
	}
	delete(p.s.IVR, e.Interaction)
	v.Flow, v.LastNode = firstText(v.Flow, d.Flow), firstText(d.LastNode, v.LastNode)
	v.LeftAt, v.SpentUs, v.Outcome, v.Queue = e.At, d.SpentUs, string(d.Outcome), e.Queue
	if d.SpentUs == 0 {
		v.SpentUs = max(0, e.At-v.EnteredAt)
	}
	out.IVRVisits = append(out.IVRVisits, *v)
}
