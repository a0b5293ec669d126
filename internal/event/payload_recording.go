package event

// RecordingStarted is the payload of recording.started: recording began.
type RecordingStarted struct {
	Ref    string `cbor:"1,keyasint,omitempty" json:"ref,omitempty"` // recording id
	Policy string `cbor:"2,keyasint,omitempty" json:"policy,omitempty"`
}

// EventKind returns recording.started.
func (*RecordingStarted) EventKind() Kind { return KindRecordingStarted }

func (d *RecordingStarted) check(p *problems) {
	p.required("payload.ref", d.Ref)
}

// RecordingPaused is the payload of recording.paused: recording was paused.
type RecordingPaused struct {
	Ref string `cbor:"1,keyasint,omitempty" json:"ref,omitempty"`
	By  string `cbor:"2,keyasint,omitempty" json:"by,omitempty"`
}

// EventKind returns recording.paused.
func (*RecordingPaused) EventKind() Kind { return KindRecordingPaused }

func (d *RecordingPaused) check(p *problems) {
	p.required("payload.ref", d.Ref)
}

// RecordingResumed is the payload of recording.resumed: recording was resumed.
type RecordingResumed struct {
	Ref      string `cbor:"1,keyasint,omitempty" json:"ref,omitempty"`
	By       string `cbor:"2,keyasint,omitempty" json:"by,omitempty"`
	PausedUs int64  `cbor:"3,keyasint,omitempty" json:"paused_us,omitempty"`
}

// EventKind returns recording.resumed.
func (*RecordingResumed) EventKind() Kind { return KindRecordingResumed }

func (d *RecordingResumed) check(p *problems) {
	p.required("payload.ref", d.Ref)
	p.notNegative("payload.paused_us", d.PausedUs)
}

// RecordingConsented is the payload of recording.consented: the customer consented to recording.
type RecordingConsented struct {
	How string `cbor:"1,keyasint,omitempty" json:"how,omitempty"` // announcement, key, spoken
}

// EventKind returns recording.consented.
func (*RecordingConsented) EventKind() Kind { return KindRecordingConsented }

func (d *RecordingConsented) check(p *problems) {
	p.required("payload.how", d.How)
}

// RecordingRefused is the payload of recording.refused: the customer refused to be recorded.
type RecordingRefused struct {
	How string `cbor:"1,keyasint,omitempty" json:"how,omitempty"`
}

// EventKind returns recording.refused.
func (*RecordingRefused) EventKind() Kind { return KindRecordingRefused }

func (d *RecordingRefused) check(p *problems) {
	p.required("payload.how", d.How)
}

// RecordingFinished is the payload of recording.finished: a recording was sealed.
type RecordingFinished struct {
	Ref       string `cbor:"1,keyasint,omitempty" json:"ref,omitempty"`
	URI       string `cbor:"2,keyasint,omitempty" json:"uri,omitempty"`    // agner://node/id
	SHA256    string `cbor:"3,keyasint,omitempty" json:"sha256,omitempty"` // hex digest of the sealed file
	StartedAt int64  `cbor:"4,keyasint,omitempty" json:"started_at,omitempty"`
	LengthUs  int64  `cbor:"5,keyasint,omitempty" json:"length_us,omitempty"`
	Bytes     int64  `cbor:"6,keyasint,omitempty" json:"bytes,omitempty"`
}

// EventKind returns recording.finished.
func (*RecordingFinished) EventKind() Kind { return KindRecordingFinished }

func (d *RecordingFinished) check(p *problems) {
	p.required("payload.ref", d.Ref)
	p.required("payload.uri", d.URI)
	p.required("payload.sha256", d.SHA256)
	p.notNegative("payload.length_us", d.LengthUs)
	p.notNegative("payload.bytes", d.Bytes)
}

// RecordingRedacted is the payload of recording.redacted: a redacted copy replaced a recording.
type RecordingRedacted struct {
	Ref    string `cbor:"1,keyasint,omitempty" json:"ref,omitempty"`
	OldSHA string `cbor:"2,keyasint,omitempty" json:"old_sha,omitempty"`
	NewSHA string `cbor:"3,keyasint,omitempty" json:"new_sha,omitempty"`
	Spans  []Span `cbor:"4,keyasint,omitempty" json:"spans,omitempty"` // silenced spans from the recording's start
}

// EventKind returns recording.redacted.
func (*RecordingRedacted) EventKind() Kind { return KindRecordingRedacted }

func (d *RecordingRedacted) check(p *problems) {
	p.required("payload.ref", d.Ref)
	p.required("payload.old_sha", d.OldSHA)
	p.required("payload.new_sha", d.NewSHA)
}

// SupervisionStarted is the payload of supervision.started: a supervisor joined a call.
type SupervisionStarted struct {
	Mode SupervisionMode `cbor:"1,keyasint,omitempty" json:"mode,omitempty"`
	By   string          `cbor:"2,keyasint,omitempty" json:"by,omitempty"` // user id
}

// EventKind returns supervision.started.
func (*SupervisionStarted) EventKind() Kind { return KindSupervisionStarted }

func (d *SupervisionStarted) check(p *problems) {
	oneOf(p, "payload.mode", d.Mode, SupervisionModes)
	p.required("payload.by", d.By)
}

// SupervisionEnded is the payload of supervision.ended: a supervisor left a call.
type SupervisionEnded struct {
	Mode    SupervisionMode `cbor:"1,keyasint,omitempty" json:"mode,omitempty"`
	By      string          `cbor:"2,keyasint,omitempty" json:"by,omitempty"`
	SpentUs int64           `cbor:"3,keyasint,omitempty" json:"spent_us,omitempty"`
}

// EventKind returns supervision.ended.
func (*SupervisionEnded) EventKind() Kind { return KindSupervisionEnded }

func (d *SupervisionEnded) check(p *problems) {
	oneOf(p, "payload.mode", d.Mode, SupervisionModes)
	p.required("payload.by", d.By)
	p.notNegative("payload.spent_us", d.SpentUs)
}

// AccessGranted is the payload of access.granted: somebody was let see or do something protected.
type AccessGranted struct {
	What string `cbor:"1,keyasint,omitempty" json:"what,omitempty"`
	By   string `cbor:"2,keyasint,omitempty" json:"by,omitempty"` // user id
}

// EventKind returns access.granted.
func (*AccessGranted) EventKind() Kind { return KindAccessGranted }

func (d *AccessGranted) check(p *problems) {
	p.required("payload.what", d.What)
	p.required("payload.by", d.By)
}

// AccessDenied is the payload of access.denied: somebody was refused something protected.
type AccessDenied struct {
	What string `cbor:"1,keyasint,omitempty" json:"what,omitempty"`
	By   string `cbor:"2,keyasint,omitempty" json:"by,omitempty"`
}

// EventKind returns access.denied.
func (*AccessDenied) EventKind() Kind { return KindAccessDenied }

func (d *AccessDenied) check(p *problems) {
	p.required("payload.what", d.What)
}

// Span is a stretch of a recording, measured from its start.
type Span struct {
	FromUs int64 `cbor:"1,keyasint,omitempty" json:"from_us"`
	ToUs   int64 `cbor:"2,keyasint,omitempty" json:"to_us"`
}
