package project

// Int is a whole number that may be missing. Missing is not zero.
type Int struct {
	V  int64 `cbor:"1,keyasint,omitempty"`
	OK bool  `cbor:"2,keyasint,omitempty"`
}

// Some returns v as a number that is known.
func Some(v int64) Int { return Int{v, true} }

// known returns v, missing when it is zero: the vocabulary's way to say "not
// known" of positions and counts that start at one.
func known(v int64) Int { return Int{v, v != 0} }

// Rows are the rows that a stretch of events completed, one slice a table.
type Rows struct {
	Visits        []Visit
	Blocked       []Blocked
	Offers        []Offer
	Calls         []Call
	AgentSpans    []AgentSpan
	IVRSteps      []IVRStep
	IVRVisits     []IVRVisit
	Codes         []Code
	Transfers     []Transfer
	Announcements []Announcement
	Callbacks     []CallbackStep
	Recordings    []RecordingStep
	Surveys       []Survey
	Turns         []Turn
	Supervisions  []Supervision
	Dims          []Dim
	Events        []Event
	Rejects       []Reject
}

// Reset empties every slice and keeps its memory.
func (r *Rows) Reset() {
	*r = Rows{
		Visits: r.Visits[:0], Blocked: r.Blocked[:0], Offers: r.Offers[:0], Calls: r.Calls[:0], AgentSpans: r.AgentSpans[:0],
		IVRSteps: r.IVRSteps[:0], IVRVisits: r.IVRVisits[:0], Codes: r.Codes[:0], Transfers: r.Transfers[:0],
		Announcements: r.Announcements[:0], Callbacks: r.Callbacks[:0], Recordings: r.Recordings[:0], Surveys: r.Surveys[:0],
		Turns: r.Turns[:0], Supervisions: r.Supervisions[:0], Dims: r.Dims[:0], Events: r.Events[:0], Rejects: r.Rejects[:0],
	}
}

// Visit is one passage through one queue.
type Visit struct {
	Visit         string `cbor:"1,keyasint,omitempty"`
	Interaction   string `cbor:"2,keyasint,omitempty"`
	Site          string `cbor:"3,keyasint,omitempty"`
	Queue         string `cbor:"4,keyasint,omitempty"`
	Channel       string `cbor:"5,keyasint,omitempty"`
	Party         string `cbor:"6,keyasint,omitempty"`
	Source        string `cbor:"7,keyasint,omitempty"`
	Precision     string `cbor:"8,keyasint,omitempty"`
	Priority      int64  `cbor:"9,keyasint,omitempty"`
	Skills        string `cbor:"10,keyasint,omitempty"` // comma list
	JoinedAt      int64  `cbor:"11,keyasint,omitempty"`
	LeftAt        int64  `cbor:"12,keyasint,omitempty"`
	AnsweredAt    int64  `cbor:"13,keyasint,omitempty"`
	Exit          string `cbor:"14,keyasint,omitempty"` // empty while waiting
	WaitUs        Int    `cbor:"15,keyasint,omitempty"`
	RingUs        Int    `cbor:"16,keyasint,omitempty"`
	Agent         string `cbor:"17,keyasint,omitempty"`
	TalkUs        Int    `cbor:"18,keyasint,omitempty"`
	HoldUs        Int    `cbor:"19,keyasint,omitempty"`
	WrapUs        Int    `cbor:"20,keyasint,omitempty"`
	WrapDerived   bool   `cbor:"21,keyasint,omitempty"`
	HandledAt     int64  `cbor:"22,keyasint,omitempty"`
	TransferredTo string `cbor:"23,keyasint,omitempty"`
	HungUpBy      string `cbor:"24,keyasint,omitempty"`
	PositionJoin  Int    `cbor:"25,keyasint,omitempty"`
	PositionExit  Int    `cbor:"26,keyasint,omitempty"`
	WaitingJoin   Int    `cbor:"27,keyasint,omitempty"`
	StaffedJoin   Int    `cbor:"28,keyasint,omitempty"`
	Cause         string `cbor:"30,keyasint,omitempty"`
	ToQueue       string `cbor:"31,keyasint,omitempty"` // where it overflowed to
	ExitKey       string `cbor:"32,keyasint,omitempty"`
	Node          string `cbor:"33,keyasint,omitempty"`
	Seq           uint64 `cbor:"34,keyasint,omitempty"` // of the closing event; of the joining one while open
}

// Blocked is one caller refused at a queue's entry.
type Blocked struct {
	At                                      int64
	Interaction, Site, Queue, Reason, Party string
	Waiting                                 int64
}

// Offer is one offer of a visit to an agent, with its result.
type Offer struct {
	Offer       string `cbor:"1,keyasint,omitempty"`
	Visit       string `cbor:"2,keyasint,omitempty"`
	Interaction string `cbor:"3,keyasint,omitempty"`
	Queue       string `cbor:"4,keyasint,omitempty"`
	Agent       string `cbor:"5,keyasint,omitempty"`
	MadeAt      int64  `cbor:"6,keyasint,omitempty"`
	EndedAt     int64  `cbor:"7,keyasint,omitempty"`
	Result      string `cbor:"8,keyasint,omitempty"`
	RingUs      int64  `cbor:"9,keyasint,omitempty"`
	Attempt     int64  `cbor:"10,keyasint,omitempty"`
	Rule        string `cbor:"11,keyasint,omitempty"`
	Reason      string `cbor:"12,keyasint,omitempty"` // why it was withdrawn
}

// Call is one call leg from offered to ended.
type Call struct {
	Interaction string `cbor:"1,keyasint,omitempty"`
	Leg         string `cbor:"2,keyasint,omitempty"`
	Site        string `cbor:"3,keyasint,omitempty"`
	Channel     string `cbor:"4,keyasint,omitempty"`
	Direction   string `cbor:"5,keyasint,omitempty"`
	Party       string `cbor:"6,keyasint,omitempty"`
	DNIS        string `cbor:"7,keyasint,omitempty"`
	Trunk       string `cbor:"8,keyasint,omitempty"`
	OfferedAt   int64  `cbor:"9,keyasint,omitempty"`
	AnsweredAt  int64  `cbor:"10,keyasint,omitempty"`

	EndedAt                int64   `cbor:"-"`
	By, Cause              string  `cbor:"-"`
	SIPStatus              Int     `cbor:"-"`
	RingUs, TalkUs, HoldUs int64   `cbor:"-"`
	MOS                    float64 `cbor:"-"` // 0 when not measured
	JitterUs               Int     `cbor:"-"`
	Lost, Packets          Int     `cbor:"-"`
}

// AgentSpan is a stretch of time an agent spent in one state.
type AgentSpan struct {
	Agent       string `cbor:"1,keyasint,omitempty"`
	Site        string `cbor:"2,keyasint,omitempty"`
	State       string `cbor:"3,keyasint,omitempty"`
	Reason      string `cbor:"4,keyasint,omitempty"`
	FromAt      int64  `cbor:"5,keyasint,omitempty"`
	ToAt        int64  `cbor:"6,keyasint,omitempty"` // 0 while it lasts
	Queue       string `cbor:"7,keyasint,omitempty"`
	By          string `cbor:"8,keyasint,omitempty"`
	Interaction string `cbor:"9,keyasint,omitempty"`
	Source      string `cbor:"10,keyasint,omitempty"`
	Node        string `cbor:"11,keyasint,omitempty"`
}

// Source is a system that events came from and the time they span.
type Source struct {
	Name    string `cbor:"1,keyasint,omitempty"`
	FirstAt int64  `cbor:"2,keyasint,omitempty"`
	LastAt  int64  `cbor:"3,keyasint,omitempty"`
}

// IVRStep is one node of a menu that a caller passed.
type IVRStep struct {
	Interaction, Site, Flow, Node, Input string
	Attempt                              int64
	At, SpentUs                          int64
}

// IVRVisit is one passage through a menu.
type IVRVisit struct {
	Interaction string `cbor:"1,keyasint,omitempty"`
	Site        string `cbor:"2,keyasint,omitempty"`
	Flow        string `cbor:"3,keyasint,omitempty"`
	EnteredAt   int64  `cbor:"4,keyasint,omitempty"`
	LastNode    string `cbor:"5,keyasint,omitempty"`
	Party       string `cbor:"6,keyasint,omitempty"`

	LeftAt, SpentUs int64  `cbor:"-"`
	Outcome, Queue  string `cbor:"-"`
}

// Code is one wrap-up code set on a contact.
type Code struct {
	Interaction, Visit, Queue, Agent, Code, By string
	At                                         int64
}

// Transfer is one call passed on by an agent.
type Transfer struct {
	Interaction                                    string
	At                                             int64
	Agent, Queue, Kind, ToQueue, ToAgent, TargetID string
}

// Announcement is what a waiting caller was told.
type Announcement struct {
	Visit, Interaction, Queue string
	At                        int64
	What                      string
	LowUs, HighUs             int64
}

// CallbackStep is one step of a callback: requested, scheduled, attempted or resulted.
type CallbackStep struct {
	Ref, Interaction, Queue, Agent, Party, Step string
	At                                          int64
	Attempt                                     Int
	Result                                      string
	KeepsPlace                                  bool
	FromAt, UntilAt, ForAt, RequestedAt         int64
}

// RecordingStep is one step in a recording's life.
type RecordingStep struct {
	Ref, Interaction, Agent, Step string
	At                            int64
	How, By, URI, SHA256          string
	StartedAt                     int64
	LengthUs, Bytes               Int
}

// Survey is one answer to one question.
type Survey struct {
	Interaction, Queue, Agent, Party string
	At                               int64
	Question                         string
	Value, Scale                     int64
}

// Turn is one spoken turn, without its text.
type Turn struct {
	Interaction, TurnRef, Side, Agent string
	At, StartUs, EndUs, Words         int64
	Confidence                        float64
	Language, Engine                  string
}

// Supervision is one step of a supervisor's presence on a call.
type Supervision struct {
	Interaction, Agent, Step, Mode, By string
	At                                 int64
	SpentUs                            Int
}

// Dim is one version of one set-up row.
type Dim struct {
	Table, ID string
	At        int64
	Version   int64
	Retired   bool
	Row       string // the row as a JSON object
	By, Node  string
	Seq       uint64
}

// Event is one event as it stands in the journal, for timelines and rebuilds.
type Event struct {
	Node        string
	Seq         uint64
	Kind        string
	At          int64
	Interaction string
	Raw         []byte
}

// Reject is a record that could not be projected.
type Reject struct {
	Node       string
	Seq        uint64
	At         int64
	Kind, Why  string
	Raw        []byte
	RecordedAt int64
}
