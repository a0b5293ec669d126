package event

// ForecastPublished is the payload of forecast.published: a forecast snapshot became current.
type ForecastPublished struct {
	Snapshot string `cbor:"1,keyasint,omitempty" json:"snapshot,omitempty"`
	FromAt   int64  `cbor:"2,keyasint,omitempty" json:"from_at,omitempty"`
	ToAt     int64  `cbor:"3,keyasint,omitempty" json:"to_at,omitempty"`
	Streams  int64  `cbor:"4,keyasint,omitempty" json:"streams,omitempty"`
}

// EventKind returns forecast.published.
func (*ForecastPublished) EventKind() Kind { return KindForecastPublished }

func (d *ForecastPublished) check(p *problems) {
	p.required("payload.snapshot", d.Snapshot)
	p.notNegative("payload.streams", d.Streams)
}

// ForecastApplied is the payload of forecast.applied: advice changed a routing decision.
type ForecastApplied struct {
	Snapshot string `cbor:"1,keyasint,omitempty" json:"snapshot,omitempty"`
	Decision string `cbor:"2,keyasint,omitempty" json:"decision,omitempty"`
	AgeUs    int64  `cbor:"3,keyasint,omitempty" json:"age_us,omitempty"`
}

// EventKind returns forecast.applied.
func (*ForecastApplied) EventKind() Kind { return KindForecastApplied }

func (d *ForecastApplied) check(p *problems) {
	p.required("payload.snapshot", d.Snapshot)
	p.required("payload.decision", d.Decision)
	p.notNegative("payload.age_us", d.AgeUs)
}

// SchedulePublished is the payload of schedule.published: a schedule version was published.
type SchedulePublished struct {
	Version string `cbor:"1,keyasint,omitempty" json:"version,omitempty"`
	FromAt  int64  `cbor:"2,keyasint,omitempty" json:"from_at,omitempty"`
	ToAt    int64  `cbor:"3,keyasint,omitempty" json:"to_at,omitempty"`
	Agents  int64  `cbor:"4,keyasint,omitempty" json:"agents,omitempty"`
}

// EventKind returns schedule.published.
func (*SchedulePublished) EventKind() Kind { return KindSchedulePublished }

func (d *SchedulePublished) check(p *problems) {
	p.required("payload.version", d.Version)
	p.notNegative("payload.agents", d.Agents)
}

// AdherenceDeviated is the payload of adherence.deviated: an agent left or rejoined the plan.
type AdherenceDeviated struct {
	Planned string `cbor:"1,keyasint,omitempty" json:"planned,omitempty"` // activity id
	Actual  string `cbor:"2,keyasint,omitempty" json:"actual,omitempty"`  // state or activity
	SinceAt int64  `cbor:"3,keyasint,omitempty" json:"since_at,omitempty"`
}

// EventKind returns adherence.deviated.
func (*AdherenceDeviated) EventKind() Kind { return KindAdherenceDeviated }

func (d *AdherenceDeviated) check(p *problems) {
	p.required("payload.planned", d.Planned)
	p.required("payload.actual", d.Actual)
}

// ActivityChanged is the payload of activity.changed: an agent's planned activity changed.
type ActivityChanged struct {
	Activity string `cbor:"1,keyasint,omitempty" json:"activity,omitempty"`
	FromAt   int64  `cbor:"2,keyasint,omitempty" json:"from_at,omitempty"`
	ToAt     int64  `cbor:"3,keyasint,omitempty" json:"to_at,omitempty"`
	By       string `cbor:"4,keyasint,omitempty" json:"by,omitempty"`
}

// EventKind returns activity.changed.
func (*ActivityChanged) EventKind() Kind { return KindActivityChanged }

func (d *ActivityChanged) check(p *problems) {
	p.required("payload.activity", d.Activity)
}
