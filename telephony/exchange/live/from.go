package live

import (
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/exchange/plan"
	"github.com/agner-platform/agner/telephony/sipua/registrar"
)

// FromVisit returns the caller of a visit.
func FromVisit(v acd.VisitView) Caller {
	c := Caller{
		Visit: v.ID, Interaction: v.Interaction, Queue: v.Queue, Channel: string(v.Channel), Stage: stages[v.Stage], JoinedAt: Instant(v.JoinedAt),
		Priority: v.Priority, Position: v.Position, Skills: append([]string{}, v.Skills...), Ringing: []string{}, Code: v.Code,
	}
	for _, o := range v.Offers {
		c.Ringing = append(c.Ringing, o.Agent)
	}
	return c
}

// stages names the stages of a visit.
var stages = map[acd.Stage]string{
	acd.StageWaiting: "waiting", acd.StagePaused: "paused", acd.StageRinging: "ringing", acd.StageDialing: "dialling",
	acd.StageTalking: "talking", acd.StageHolding: "hold", acd.StageWrapUp: "wrap_up",
}

// FromAgent returns an agent as the distributor knows it.
func FromAgent(a acd.AgentView, name string) Agent {
	out := Agent{
		ID: a.ID, Name: name, SignedIn: a.SignedIn, State: string(a.State), Reason: a.Reason, Next: string(a.Next), Since: Instant(a.SinceAt),
		Queues: append([]string{}, a.Queues...), Calls: a.Calls,
	}
	if a.Visit != "" {
		out.Contact = &Caller{Visit: a.Visit}
		out.WrapUp = &WrapUp{Codes: []Code{}, Required: a.MustCode, MayExtend: a.MayExtend}
	}
	if a.WrapAt != 0 && a.State == event.WrapUp {
		at := Instant(a.WrapAt)
		out.WrapUntil = &at
	}
	return out
}

// Instant is a time as pages see it.
func Instant(us int64) time.Time { return time.UnixMicro(us).UTC() }

// Phone is a phone account with the devices that registered as it.
type Phone struct {
	Account string   `json:"account"`
	Agent   string   `json:"agent,omitempty"`
	Devices []Device `json:"devices"`
}

// Device is one registration.
type Device struct {
	Address string    `json:"address"`
	Network string    `json:"network"`
	Until   time.Time `json:"until"`
	Product string    `json:"product,omitempty"` // as it names itself
}

// Phones lists the accounts of a plan and who registered.
func Phones(p *plan.Plan, bindings *registrar.Bindings) []Phone {
	out := []Phone{}
	for _, f := range p.Setup.Phones {
		l := Phone{Account: f.User, Agent: f.Agent, Devices: []Device{}}
		for _, b := range bindings.Lookup(f.User, time.Now()) {
			l.Devices = append(l.Devices, Device{Address: b.Source, Network: b.Network, Until: b.Until.UTC(), Product: b.Agent})
		}
		out = append(out, l)
	}
	return out
}
