package event

import (
	"slices"
)

// Kind names a fact: what happened, in the past tense.
type Kind string

// The kinds of events, in the order of the model's chapters.
const (
	KindCallOffered          Kind = "call.offered"           // a call reached the switch or was set up by it
	KindCallRinging          Kind = "call.ringing"           // the far end is ringing
	KindCallAnswered         Kind = "call.answered"          // the far end answered
	KindCallHeld             Kind = "call.held"              // a party put the call on hold
	KindCallResumed          Kind = "call.resumed"           // the call was taken off hold
	KindCallConsulted        Kind = "call.consulted"         // an agent called a colleague while the customer waits
	KindCallTransferred      Kind = "call.transferred"       // an agent passed the call on
	KindCallConferenced      Kind = "call.conferenced"       // a third party joined
	KindCallEnded            Kind = "call.ended"             // the call is over; exactly one a call
	KindIVREntered           Kind = "ivr.entered"            // a caller entered a menu
	KindIVRStepTaken         Kind = "ivr.step_taken"         // a caller passed one node of a menu
	KindIVRLeft              Kind = "ivr.left"               // a caller left a menu
	KindQueueBlocked         Kind = "queue.blocked"          // a queue refused a caller at entry; such a caller was not offered
	KindQueueJoined          Kind = "queue.joined"           // a caller joined a queue: one visit begins
	KindQueueAnnounced       Kind = "queue.announced"        // a waiting caller was told something
	KindQueuePriorityChanged Kind = "queue.priority_changed" // a waiting caller was moved
	KindQueueLeft            Kind = "queue.left"             // the visit left its queue; exactly one a visit
	KindOfferMade            Kind = "offer.made"             // a visit was offered to an agent
	KindOfferMissed          Kind = "offer.missed"           // the agent did not answer in time
	KindOfferDeclined        Kind = "offer.declined"         // the agent refused the offer
	KindOfferAccepted        Kind = "offer.accepted"         // the agent took the offer
	KindOfferWithdrawn       Kind = "offer.withdrawn"        // the offer ended for another reason than the agent
	KindVisitHandled         Kind = "visit.handled"          // an answered visit is done; published when wrap-up ends
	KindInteractionCoded     Kind = "interaction.coded"      // a wrap-up code was set
	KindAgentSignedIn        Kind = "agent.signed_in"        // an agent signed in
	KindAgentSignedOut       Kind = "agent.signed_out"       // an agent signed out
	KindAgentStateChanged    Kind = "agent.state_changed"    // an agent changed state
	KindAgentSkillsChanged   Kind = "agent.skills_changed"   // an agent's skills changed
	KindCallbackRequested    Kind = "callback.requested"     // a caller asked to be called back
	KindCallbackScheduled    Kind = "callback.scheduled"     // a callback got its time
	KindCallbackAttempted    Kind = "callback.attempted"     // a callback was dialled
	KindCallbackResulted     Kind = "callback.resulted"      // a callback is over
	KindVoicemailLeft        Kind = "voicemail.left"         // a caller left a message
	KindSurveyAnswered       Kind = "survey.answered"        // a customer answered one survey question
	KindRecordingStarted     Kind = "recording.started"      // recording began
	KindRecordingPaused      Kind = "recording.paused"       // recording was paused
	KindRecordingResumed     Kind = "recording.resumed"      // recording was resumed
	KindRecordingConsented   Kind = "recording.consented"    // the customer consented to recording
	KindRecordingRefused     Kind = "recording.refused"      // the customer refused to be recorded
	KindRecordingFinished    Kind = "recording.finished"     // a recording was sealed
	KindRecordingRedacted    Kind = "recording.redacted"     // a redacted copy replaced a recording
	KindSupervisionStarted   Kind = "supervision.started"    // a supervisor joined a call
	KindSupervisionEnded     Kind = "supervision.ended"      // a supervisor left a call
	KindAccessGranted        Kind = "access.granted"         // somebody was let see or do something protected
	KindAccessDenied         Kind = "access.denied"          // somebody was refused something protected
	KindDialAttempted        Kind = "dial.attempted"         // the dialler called a number
	KindDialResulted         Kind = "dial.resulted"          // a dial attempt is over
	KindDialAbandoned        Kind = "dial.abandoned"         // a reached customer had no agent
	KindDialSuppressed       Kind = "dial.suppressed"        // a number was not dialled
	KindPacingChanged        Kind = "pacing.changed"         // the dialler changed its rate
	KindTranscriptTurnAdded  Kind = "transcript.turn_added"  // one spoken turn was recognised
	KindTranscriptCompleted  Kind = "transcript.completed"   // a call's transcript is whole
	KindSentimentScored      Kind = "sentiment.scored"       // a turn or call got a sentiment score
	KindReviewScored         Kind = "review.scored"          // a call was scored on a card
	KindForecastPublished    Kind = "forecast.published"     // a forecast snapshot became current
	KindForecastApplied      Kind = "forecast.applied"       // advice changed a routing decision
	KindSchedulePublished    Kind = "schedule.published"     // a schedule version was published
	KindAdherenceDeviated    Kind = "adherence.deviated"     // an agent left or rejoined the plan
	KindActivityChanged      Kind = "activity.changed"       // an agent's planned activity changed
	KindNodeStarted          Kind = "node.started"           // a role started
	KindNodeStopped          Kind = "node.stopped"           // a role stopped in order
	KindNodeClockStepped     Kind = "node.clock_stepped"     // the wall clock jumped by more than a second
	KindLogGap               Kind = "log.gap"                // events were lost before they reached the journal
	KindConfigChanged        Kind = "config.changed"         // a set-up row changed; carries the whole new row
	KindImportRaw            Kind = "import.raw"             // a foreign row with no kind of its own, kept as it stood
)

// need is a set of envelope fields that a kind cannot do without.
type need uint8

const (
	needsInteraction need = 1 << iota
	needsQueue
	needsVisit
	needsOffer
	needsAgent
	needsCampaign
)

// spec describes one kind: its current schema, its obligatory envelope fields and
// how to make an empty payload to decode into.
type spec struct {
	schema uint16
	needs  need
	make   func() Payload
}

// specs is the vocabulary. It is data, written once and never changed at run time.
var specs = map[Kind]spec{
	KindCallOffered:          {schema: 1, needs: needsInteraction, make: func() Payload { return new(CallOffered) }},
	KindCallRinging:          {schema: 1, needs: needsInteraction, make: func() Payload { return new(CallRinging) }},
	KindCallAnswered:         {schema: 1, needs: needsInteraction, make: func() Payload { return new(CallAnswered) }},
	KindCallHeld:             {schema: 1, needs: needsInteraction, make: func() Payload { return new(CallHeld) }},
	KindCallResumed:          {schema: 1, needs: needsInteraction, make: func() Payload { return new(CallResumed) }},
	KindCallConsulted:        {schema: 1, needs: needsInteraction, make: func() Payload { return new(CallConsulted) }},
	KindCallTransferred:      {schema: 1, needs: needsInteraction, make: func() Payload { return new(CallTransferred) }},
	KindCallConferenced:      {schema: 1, needs: needsInteraction, make: func() Payload { return new(CallConferenced) }},
	KindCallEnded:            {schema: 1, needs: needsInteraction, make: func() Payload { return new(CallEnded) }},
	KindIVREntered:           {schema: 1, needs: needsInteraction, make: func() Payload { return new(IVREntered) }},
	KindIVRStepTaken:         {schema: 1, needs: needsInteraction, make: func() Payload { return new(IVRStepTaken) }},
	KindIVRLeft:              {schema: 1, needs: needsInteraction, make: func() Payload { return new(IVRLeft) }},
	KindQueueBlocked:         {schema: 1, needs: needsInteraction | needsQueue, make: func() Payload { return new(QueueBlocked) }},
	KindQueueJoined:          {schema: 1, needs: needsInteraction | needsQueue | needsVisit, make: func() Payload { return new(QueueJoined) }},
	KindQueueAnnounced:       {schema: 1, needs: needsInteraction | needsQueue | needsVisit, make: func() Payload { return new(QueueAnnounced) }},
	KindQueuePriorityChanged: {schema: 1, needs: needsInteraction | needsQueue | needsVisit, make: func() Payload { return new(QueuePriorityChanged) }},
	KindQueueLeft:            {schema: 1, needs: needsInteraction | needsQueue | needsVisit, make: func() Payload { return new(QueueLeft) }},
	KindOfferMade:            {schema: 1, needs: needsInteraction | needsQueue | needsVisit | needsOffer | needsAgent, make: func() Payload { return new(OfferMade) }},
	KindOfferMissed:          {schema: 1, needs: needsInteraction | needsQueue | needsVisit | needsOffer | needsAgent, make: func() Payload { return new(OfferMissed) }},
	KindOfferDeclined:        {schema: 1, needs: needsInteraction | needsQueue | needsVisit | needsOffer | needsAgent, make: func() Payload { return new(OfferDeclined) }},
	KindOfferAccepted:        {schema: 1, needs: needsInteraction | needsQueue | needsVisit | needsOffer | needsAgent, make: func() Payload { return new(OfferAccepted) }},
	KindOfferWithdrawn:       {schema: 1, needs: needsInteraction | needsQueue | needsVisit | needsOffer | needsAgent, make: func() Payload { return new(OfferWithdrawn) }},
	KindVisitHandled:         {schema: 1, needs: needsInteraction | needsQueue | needsVisit | needsAgent, make: func() Payload { return new(VisitHandled) }},
	KindInteractionCoded:     {schema: 1, needs: needsInteraction, make: func() Payload { return new(InteractionCoded) }},
	KindAgentSignedIn:        {schema: 1, needs: needsAgent, make: func() Payload { return new(AgentSignedIn) }},
	KindAgentSignedOut:       {schema: 1, needs: needsAgent, make: func() Payload { return new(AgentSignedOut) }},
	KindAgentStateChanged:    {schema: 1, needs: needsAgent, make: func() Payload { return new(AgentStateChanged) }},
	KindAgentSkillsChanged:   {schema: 1, needs: needsAgent, make: func() Payload { return new(AgentSkillsChanged) }},
	KindCallbackRequested:    {schema: 1, needs: needsInteraction, make: func() Payload { return new(CallbackRequested) }},
	KindCallbackScheduled:    {schema: 1, needs: needsInteraction, make: func() Payload { return new(CallbackScheduled) }},
	KindCallbackAttempted:    {schema: 1, needs: needsInteraction, make: func() Payload { return new(CallbackAttempted) }},
	KindCallbackResulted:     {schema: 1, needs: needsInteraction, make: func() Payload { return new(CallbackResulted) }},
	KindVoicemailLeft:        {schema: 1, needs: needsInteraction, make: func() Payload { return new(VoicemailLeft) }},
	KindSurveyAnswered:       {schema: 1, needs: needsInteraction, make: func() Payload { return new(SurveyAnswered) }},
	KindRecordingStarted:     {schema: 1, needs: needsInteraction, make: func() Payload { return new(RecordingStarted) }},
	KindRecordingPaused:      {schema: 1, needs: needsInteraction, make: func() Payload { return new(RecordingPaused) }},
	KindRecordingResumed:     {schema: 1, needs: needsInteraction, make: func() Payload { return new(RecordingResumed) }},
	KindRecordingConsented:   {schema: 1, needs: needsInteraction, make: func() Payload { return new(RecordingConsented) }},
	KindRecordingRefused:     {schema: 1, needs: needsInteraction, make: func() Payload { return new(RecordingRefused) }},
	KindRecordingFinished:    {schema: 1, needs: needsInteraction, make: func() Payload { return new(RecordingFinished) }},
	KindRecordingRedacted:    {schema: 1, needs: needsInteraction, make: func() Payload { return new(RecordingRedacted) }},
	KindSupervisionStarted:   {schema: 1, needs: needsInteraction, make: func() Payload { return new(SupervisionStarted) }},
	KindSupervisionEnded:     {schema: 1, needs: needsInteraction, make: func() Payload { return new(SupervisionEnded) }},
	KindAccessGranted:        {schema: 1, needs: 0, make: func() Payload { return new(AccessGranted) }},
	KindAccessDenied:         {schema: 1, needs: 0, make: func() Payload { return new(AccessDenied) }},
	KindDialAttempted:        {schema: 1, needs: needsInteraction | needsCampaign, make: func() Payload { return new(DialAttempted) }},
	KindDialResulted:         {schema: 1, needs: needsInteraction | needsCampaign, make: func() Payload { return new(DialResulted) }},
	KindDialAbandoned:        {schema: 1, needs: needsInteraction | needsCampaign, make: func() Payload { return new(DialAbandoned) }},
	KindDialSuppressed:       {schema: 1, needs: needsCampaign, make: func() Payload { return new(DialSuppressed) }},
	KindPacingChanged:        {schema: 1, needs: needsCampaign, make: func() Payload { return new(PacingChanged) }},
	KindTranscriptTurnAdded:  {schema: 1, needs: needsInteraction, make: func() Payload { return new(TranscriptTurnAdded) }},
	KindTranscriptCompleted:  {schema: 1, needs: needsInteraction, make: func() Payload { return new(TranscriptCompleted) }},
	KindSentimentScored:      {schema: 1, needs: needsInteraction, make: func() Payload { return new(SentimentScored) }},
	KindReviewScored:         {schema: 1, needs: needsInteraction, make: func() Payload { return new(ReviewScored) }},
	KindForecastPublished:    {schema: 1, needs: 0, make: func() Payload { return new(ForecastPublished) }},
	KindForecastApplied:      {schema: 1, needs: needsQueue, make: func() Payload { return new(ForecastApplied) }},
	KindSchedulePublished:    {schema: 1, needs: 0, make: func() Payload { return new(SchedulePublished) }},
	KindAdherenceDeviated:    {schema: 1, needs: needsAgent, make: func() Payload { return new(AdherenceDeviated) }},
	KindActivityChanged:      {schema: 1, needs: needsAgent, make: func() Payload { return new(ActivityChanged) }},
	KindNodeStarted:          {schema: 1, needs: 0, make: func() Payload { return new(NodeStarted) }},
	KindNodeStopped:          {schema: 1, needs: 0, make: func() Payload { return new(NodeStopped) }},
	KindNodeClockStepped:     {schema: 1, needs: 0, make: func() Payload { return new(NodeClockStepped) }},
	KindLogGap:               {schema: 1, needs: 0, make: func() Payload { return new(LogGap) }},
	KindConfigChanged:        {schema: 1, needs: 0, make: func() Payload { return new(ConfigChanged) }},
	KindImportRaw:            {schema: 1, needs: 0, make: func() Payload { return new(ImportRaw) }},
}

// Kinds returns every kind this build knows, sorted by name.
func Kinds() []Kind {
	list := make([]Kind, 0, len(specs))
	for k := range specs {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// Known reports whether this build has a payload type for k.
func (k Kind) Known() bool { _, ok := specs[k]; return ok }

// Schema returns the current schema number of k, 0 for an unknown kind.
func (k Kind) Schema() uint16 { return specs[k].schema }

// NewPayload returns an empty payload of kind k, or nil for an unknown kind.
func (k Kind) NewPayload() Payload {
	if s, ok := specs[k]; ok {
		return s.make()
	}
	return nil
}
