package project

import (
	"encoding/json"

	"github.com/agner-platform/agner/internal/event"
)

// straight projects the kinds that are one row each and need no state. Kinds
// without a table of their own are kept in events only.
func straight(e *event.Event, out *Rows) error {
	switch d := e.Payload.(type) {
	case *event.QueueBlocked:
		out.Blocked = append(out.Blocked, Blocked{
			At: e.At, Interaction: e.Interaction, Site: e.Site, Queue: e.Queue, Reason: string(d.Reason), Party: e.Party, Waiting: d.Waiting,
		})
	case *event.QueueAnnounced:
		out.Announcements = append(out.Announcements, Announcement{
			Visit: e.Visit, Interaction: e.Interaction, Queue: e.Queue, At: e.At, What: d.What, LowUs: d.LowUs, HighUs: d.HighUs,
		})
	case *event.InteractionCoded:
		out.Codes = append(out.Codes, Code{
			Interaction: e.Interaction, Visit: e.Visit, Queue: e.Queue, Agent: e.Agent, Code: d.Code, By: d.By, At: e.At,
		})
	case *event.CallTransferred:
		out.Transfers = append(out.Transfers, Transfer{
			Interaction: e.Interaction, At: e.At, Agent: e.Agent, Queue: e.Queue, Kind: string(d.Transfer),
			ToQueue: d.ToQueue, ToAgent: d.ToAgent, TargetID: d.Target,
		})
	case *event.SurveyAnswered:
		out.Surveys = append(out.Surveys, Survey{
			Interaction: e.Interaction, Queue: e.Queue, Agent: e.Agent, Party: e.Party, At: e.At,
			Question: d.Question, Value: d.Value, Scale: d.Scale,
		})
	case *event.TranscriptTurnAdded:
		out.Turns = append(out.Turns, Turn{
			Interaction: e.Interaction, TurnRef: d.TurnRef, Side: string(d.Side), Agent: e.Agent, At: e.At, StartUs: d.StartUs,
			EndUs: d.EndUs, Words: d.Words, Confidence: finite(d.Confidence), Language: d.Language, Engine: d.Engine,
		})
	case *event.ConfigChanged:
		return dim(e, d, out)
	default:
		followUp(e, out)
	}
	return nil
}

// dim keeps one version of a set-up row.
func dim(e *event.Event, d *event.ConfigChanged, out *Rows) error {
	if d.Table == "" || d.Row == "" {
		return unusable("payload.table", d.Table+"/"+d.Row, "must name a table and a row")
	}
	if !json.Valid(d.Values) {
		return unusable("payload.values", string(d.Values[:min(len(d.Values), 64)]), "must be a JSON object")
	}
	out.Dims = append(out.Dims, Dim{
		Table: d.Table, ID: d.Row, At: e.At, Version: d.Version, Retired: d.Retired, Row: string(d.Values), By: d.By, Node: e.Node, Seq: e.Seq,
	})
	return nil
}

// followUp projects the steps of callbacks, recordings and supervisions.
func followUp(e *event.Event, out *Rows) {
	cb := CallbackStep{Interaction: e.Interaction, Queue: e.Queue, Agent: e.Agent, Party: e.Party, At: e.At}
	rec := RecordingStep{Interaction: e.Interaction, Agent: e.Agent, At: e.At}
	switch d := e.Payload.(type) {
	case *event.CallbackRequested:
		cb.Step, cb.Ref, cb.KeepsPlace, cb.FromAt, cb.UntilAt = "requested", d.Ref, d.KeepsPlace, d.FromAt, d.UntilAt
	case *event.CallbackScheduled:
		cb.Step, cb.Ref, cb.ForAt = "scheduled", d.Ref, d.ForAt
	case *event.CallbackAttempted:
		cb.Step, cb.Ref, cb.Attempt = "attempted", d.Ref, known(d.Attempt)
	case *event.CallbackResulted:
		cb.Step, cb.Ref, cb.Result, cb.Attempt, cb.RequestedAt = "resulted", d.Ref, d.Result, Some(d.Attempts), d.RequestedAt
	case *event.RecordingStarted:
		rec.Step, rec.Ref, rec.How = "started", d.Ref, d.Policy
	case *event.RecordingPaused:
		rec.Step, rec.Ref, rec.By = "paused", d.Ref, d.By
	case *event.RecordingResumed:
		rec.Step, rec.Ref, rec.By, rec.LengthUs = "resumed", d.Ref, d.By, Some(d.PausedUs)
	case *event.RecordingConsented:
		rec.Step, rec.How = "consented", d.How
	case *event.RecordingRefused:
		rec.Step, rec.How = "refused", d.How
	case *event.RecordingFinished:
		rec.Step, rec.Ref, rec.URI, rec.SHA256 = "finished", d.Ref, d.URI, d.SHA256
		rec.StartedAt, rec.LengthUs, rec.Bytes = d.StartedAt, Some(d.LengthUs), Some(d.Bytes)
	case *event.RecordingRedacted:
		rec.Step, rec.Ref, rec.SHA256 = "redacted", d.Ref, d.NewSHA
	case *event.SupervisionStarted:
		out.Supervisions = append(out.Supervisions, Supervision{
			Interaction: e.Interaction, Agent: e.Agent, Step: "started", Mode: string(d.Mode), By: d.By, At: e.At})
	case *event.SupervisionEnded:
		out.Supervisions = append(out.Supervisions, Supervision{
			Interaction: e.Interaction, Agent: e.Agent, Step: "ended", Mode: string(d.Mode), By: d.By, At: e.At, SpentUs: Some(d.SpentUs)})
	}
	if cb.Step != "" {
		out.Callbacks = append(out.Callbacks, cb)
	}
	if rec.Step != "" {
		out.Recordings = append(out.Recordings, rec)
	}
}
