package event

// AgentSignedIn is the payload of agent.signed_in: an agent signed in.
type AgentSignedIn struct {
	Device string   `cbor:"1,keyasint,omitempty" json:"device,omitempty"`
	Queues []string `cbor:"2,keyasint,omitempty" json:"queues,omitempty"` // queue ids; empty means all of the agent's
}

// EventKind returns agent.signed_in.
func (*AgentSignedIn) EventKind() Kind { return KindAgentSignedIn }

func (*AgentSignedIn) check(*problems) {}

// AgentSignedOut is the payload of agent.signed_out: an agent signed out.
type AgentSignedOut struct {
	SpentUs int64    `cbor:"1,keyasint,omitempty" json:"spent_us,omitempty"` // since sign-in
	Queues  []string `cbor:"2,keyasint,omitempty" json:"queues,omitempty"`   // queue ids; empty means all
}

// EventKind returns agent.signed_out.
func (*AgentSignedOut) EventKind() Kind { return KindAgentSignedOut }

func (d *AgentSignedOut) check(p *problems) {
	p.notNegative("payload.spent_us", d.SpentUs)
}

// AgentStateChanged is the payload of agent.state_changed: an agent changed state.
type AgentStateChanged struct {
	From    State  `cbor:"1,keyasint,omitempty" json:"from,omitempty"`
	To      State  `cbor:"2,keyasint,omitempty" json:"to,omitempty"`
	Reason  string `cbor:"3,keyasint,omitempty" json:"reason,omitempty"`
	By      string `cbor:"4,keyasint,omitempty" json:"by,omitempty"`
	SpentUs int64  `cbor:"5,keyasint,omitempty" json:"spent_us,omitempty"` // time in From
}

// EventKind returns agent.state_changed.
func (*AgentStateChanged) EventKind() Kind { return KindAgentStateChanged }

func (d *AgentStateChanged) check(p *problems) {
	emptyOrOneOf(p, "payload.from", d.From, States)
	oneOf(p, "payload.to", d.To, States)
	p.notNegative("payload.spent_us", d.SpentUs)
}

// AgentSkillsChanged is the payload of agent.skills_changed: an agent's skills changed.
type AgentSkillsChanged struct {
	Skills map[string]int64 `cbor:"1,keyasint,omitempty" json:"skills,omitempty"` // skill id to level
}

// EventKind returns agent.skills_changed.
func (*AgentSkillsChanged) EventKind() Kind { return KindAgentSkillsChanged }

func (*AgentSkillsChanged) check(*problems) {}
