package event

// TranscriptTurnAdded is the payload of transcript.turn_added: one spoken turn was recognised.
type TranscriptTurnAdded struct {
	TurnRef    string  `cbor:"1,keyasint,omitempty" json:"turn_ref,omitempty"` // key into the erasable transcript texts
	Side       Side    `cbor:"2,keyasint,omitempty" json:"side,omitempty"`
	StartUs    int64   `cbor:"3,keyasint,omitempty" json:"start_us,omitempty"` // from the call's start
	EndUs      int64   `cbor:"4,keyasint,omitempty" json:"end_us,omitempty"`
	Words      int64   `cbor:"5,keyasint,omitempty" json:"words,omitempty"`
	Confidence float64 `cbor:"6,keyasint,omitempty" json:"confidence,omitempty"`
	Language   string  `cbor:"7,keyasint,omitempty" json:"language,omitempty"`
	Engine     string  `cbor:"8,keyasint,omitempty" json:"engine,omitempty"`
}

// EventKind returns transcript.turn_added.
func (*TranscriptTurnAdded) EventKind() Kind { return KindTranscriptTurnAdded }

func (d *TranscriptTurnAdded) check(p *problems) {
	p.required("payload.turn_ref", d.TurnRef)
	oneOf(p, "payload.side", d.Side, Sides)
	p.notNegative("payload.start_us", d.StartUs)
	p.notNegative("payload.end_us", d.EndUs)
	p.notNegative("payload.words", d.Words)
	p.within("payload.confidence", d.Confidence, 0, 1)
}

// TranscriptCompleted is the payload of transcript.completed: a call's transcript is whole.
type TranscriptCompleted struct {
	Turns    int64  `cbor:"1,keyasint,omitempty" json:"turns,omitempty"`
	Language string `cbor:"2,keyasint,omitempty" json:"language,omitempty"`
	Engine   string `cbor:"3,keyasint,omitempty" json:"engine,omitempty"`
	GapUs    int64  `cbor:"4,keyasint,omitempty" json:"gap_us,omitempty"` // audio that could not be recognised
}

// EventKind returns transcript.completed.
func (*TranscriptCompleted) EventKind() Kind { return KindTranscriptCompleted }

func (d *TranscriptCompleted) check(p *problems) {
	p.notNegative("payload.turns", d.Turns)
	p.notNegative("payload.gap_us", d.GapUs)
}

// SentimentScored is the payload of sentiment.scored: a turn or call got a sentiment score.
type SentimentScored struct {
	TurnRef string  `cbor:"1,keyasint,omitempty" json:"turn_ref,omitempty"`
	Side    Side    `cbor:"2,keyasint,omitempty" json:"side,omitempty"`
	Score   float64 `cbor:"3,keyasint,omitempty" json:"score,omitempty"`
	Model   string  `cbor:"4,keyasint,omitempty" json:"model,omitempty"`
}

// EventKind returns sentiment.scored.
func (*SentimentScored) EventKind() Kind { return KindSentimentScored }

func (d *SentimentScored) check(p *problems) {
	oneOf(p, "payload.side", d.Side, Sides)
	p.within("payload.score", d.Score, -1, 1)
}

// ReviewScored is the payload of review.scored: a call was scored on a card.
type ReviewScored struct {
	Card     string  `cbor:"1,keyasint,omitempty" json:"card,omitempty"`
	Score    float64 `cbor:"2,keyasint,omitempty" json:"score,omitempty"`
	AutoFail bool    `cbor:"3,keyasint,omitempty" json:"auto_fail,omitempty"`
	By       string  `cbor:"4,keyasint,omitempty" json:"by,omitempty"`
}

// EventKind returns review.scored.
func (*ReviewScored) EventKind() Kind { return KindReviewScored }

func (d *ReviewScored) check(p *problems) {
	p.required("payload.card", d.Card)
	p.within("payload.score", d.Score, 0, 100)
	p.required("payload.by", d.By)
}
