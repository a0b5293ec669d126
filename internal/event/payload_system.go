package event

import "encoding/json"

// NodeStarted is the payload of node.started: a role started.
type NodeStarted struct {
	Role          string `cbor:"1,keyasint,omitempty" json:"role,omitempty"`
	Version       string `cbor:"2,keyasint,omitempty" json:"version,omitempty"`
	ConfigVersion int64  `cbor:"3,keyasint,omitempty" json:"config_version,omitempty"`
}

// EventKind returns node.started.
func (*NodeStarted) EventKind() Kind { return KindNodeStarted }

func (d *NodeStarted) check(p *problems) {
	p.required("payload.role", d.Role)
	p.notNegative("payload.config_version", d.ConfigVersion)
}

// NodeStopped is the payload of node.stopped: a role stopped in order.
type NodeStopped struct {
	Role   string `cbor:"1,keyasint,omitempty" json:"role,omitempty"`
	Reason string `cbor:"2,keyasint,omitempty" json:"reason,omitempty"`
}

// EventKind returns node.stopped.
func (*NodeStopped) EventKind() Kind { return KindNodeStopped }

func (d *NodeStopped) check(p *problems) {
	p.required("payload.role", d.Role)
}

// NodeClockStepped is the payload of node.clock_stepped: the wall clock jumped by more than a second.
type NodeClockStepped struct {
	StepUs int64 `cbor:"1,keyasint,omitempty" json:"step_us,omitempty"` // positive: the clock was set forward
}

// EventKind returns node.clock_stepped.
func (*NodeClockStepped) EventKind() Kind { return KindNodeClockStepped }

func (*NodeClockStepped) check(*problems) {}

// LogGap is the payload of log.gap: events were lost before they reached the journal.
type LogGap struct {
	Count  int64  `cbor:"1,keyasint,omitempty" json:"count,omitempty"` // 0 if not known
	FromAt int64  `cbor:"2,keyasint,omitempty" json:"from_at,omitempty"`
	Reason string `cbor:"3,keyasint,omitempty" json:"reason,omitempty"`
}

// EventKind returns log.gap.
func (*LogGap) EventKind() Kind { return KindLogGap }

func (d *LogGap) check(p *problems) {
	p.notNegative("payload.count", d.Count)
}

// ConfigChanged is the payload of config.changed: a set-up row changed; carries the whole new row.
type ConfigChanged struct {
	Table   string          `cbor:"1,keyasint,omitempty" json:"table,omitempty"`
	Row     string          `cbor:"2,keyasint,omitempty" json:"id,omitempty"` // row id
	Version int64           `cbor:"3,keyasint,omitempty" json:"version,omitempty"`
	By      string          `cbor:"4,keyasint,omitempty" json:"by,omitempty"`
	Retired bool            `cbor:"5,keyasint,omitempty" json:"retired,omitempty"`
	Values  json.RawMessage `cbor:"6,keyasint,omitempty" json:"values,omitempty"` // the full new row as a JSON object
}

// EventKind returns config.changed.
func (*ConfigChanged) EventKind() Kind { return KindConfigChanged }

func (d *ConfigChanged) check(p *problems) {
	p.required("payload.table", d.Table)
	p.required("payload.id", d.Row)
	p.notNegative("payload.version", d.Version)
	if !json.Valid(d.Values) {
		p.add("payload.values", string(d.Values), "must be a JSON object")
	}
}

// ImportRaw is the payload of import.raw: a foreign row with no kind of its own, kept as it stood.
type ImportRaw struct {
	Format string   `cbor:"1,keyasint,omitempty" json:"format,omitempty"`
	Name   string   `cbor:"2,keyasint,omitempty" json:"name,omitempty"`
	Fields []string `cbor:"3,keyasint,omitempty" json:"fields,omitempty"`
}

// EventKind returns import.raw.
func (*ImportRaw) EventKind() Kind { return KindImportRaw }

func (d *ImportRaw) check(p *problems) {
	p.required("payload.format", d.Format)
	p.required("payload.name", d.Name)
}
