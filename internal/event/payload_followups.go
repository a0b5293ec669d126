package event

// CallbackRequested is the payload of callback.requested: a caller asked to be called back.
type CallbackRequested struct {
	Ref        string `cbor:"1,keyasint,omitempty" json:"ref,omitempty"` // callback id
	KeepsPlace bool   `cbor:"2,keyasint,omitempty" json:"keeps_place,omitempty"`
	FromAt     int64  `cbor:"3,keyasint,omitempty" json:"from_at,omitempty"`
	UntilAt    int64  `cbor:"4,keyasint,omitempty" json:"until_at,omitempty"`
}

// EventKind returns callback.requested.
func (*CallbackRequested) EventKind() Kind { return KindCallbackRequested }

func (d *CallbackRequested) check(p *problems) {
	p.required("payload.ref", d.Ref)
}

// CallbackScheduled is the payload of callback.scheduled: a callback got its time.
type CallbackScheduled struct {
	Ref   string `cbor:"1,keyasint,omitempty" json:"ref,omitempty"`
	ForAt int64  `cbor:"2,keyasint,omitempty" json:"for_at,omitempty"`
}

// EventKind returns callback.scheduled.
func (*CallbackScheduled) EventKind() Kind { return KindCallbackScheduled }

func (d *CallbackScheduled) check(p *problems) {
	p.required("payload.ref", d.Ref)
}

// CallbackAttempted is the payload of callback.attempted: a callback was dialled.
type CallbackAttempted struct {
	Ref     string `cbor:"1,keyasint,omitempty" json:"ref,omitempty"`
	Attempt int64  `cbor:"2,keyasint,omitempty" json:"attempt,omitempty"`
}

// EventKind returns callback.attempted.
func (*CallbackAttempted) EventKind() Kind { return KindCallbackAttempted }

func (d *CallbackAttempted) check(p *problems) {
	p.required("payload.ref", d.Ref)
	p.notNegative("payload.attempt", d.Attempt)
}

// CallbackResulted is the payload of callback.resulted: a callback is over.
type CallbackResulted struct {
	Ref         string `cbor:"1,keyasint,omitempty" json:"ref,omitempty"`
	Result      string `cbor:"2,keyasint,omitempty" json:"result,omitempty"` // reached, no_answer, busy, failed, cancelled, expired
	Attempts    int64  `cbor:"3,keyasint,omitempty" json:"attempts,omitempty"`
	RequestedAt int64  `cbor:"4,keyasint,omitempty" json:"requested_at,omitempty"`
}

// EventKind returns callback.resulted.
func (*CallbackResulted) EventKind() Kind { return KindCallbackResulted }

func (d *CallbackResulted) check(p *problems) {
	p.required("payload.ref", d.Ref)
	p.required("payload.result", d.Result)
	p.notNegative("payload.attempts", d.Attempts)
}

// VoicemailLeft is the payload of voicemail.left: a caller left a message.
type VoicemailLeft struct {
	Ref      string `cbor:"1,keyasint,omitempty" json:"ref,omitempty"`
	LengthUs int64  `cbor:"2,keyasint,omitempty" json:"length_us,omitempty"`
}

// EventKind returns voicemail.left.
func (*VoicemailLeft) EventKind() Kind { return KindVoicemailLeft }

func (d *VoicemailLeft) check(p *problems) {
	p.required("payload.ref", d.Ref)
	p.notNegative("payload.length_us", d.LengthUs)
}

// SurveyAnswered is the payload of survey.answered: a customer answered one survey question.
type SurveyAnswered struct {
	Question string `cbor:"1,keyasint,omitempty" json:"question,omitempty"`
	Value    int64  `cbor:"2,keyasint,omitempty" json:"value,omitempty"`
	Scale    int64  `cbor:"3,keyasint,omitempty" json:"scale,omitempty"` // highest possible value
}

// EventKind returns survey.answered.
func (*SurveyAnswered) EventKind() Kind { return KindSurveyAnswered }

func (d *SurveyAnswered) check(p *problems) {
	p.required("payload.question", d.Question)
	p.notNegative("payload.value", d.Value)
	p.notNegative("payload.scale", d.Scale)
}
