package acd

import "github.com/agner-platform/agner/telephony/acd/input"

// Input is something that happened or was asked for, see package input.
type Input = input.Input

// The inputs.
type (
	Start            = input.Start
	Tick             = input.Tick
	Configure        = input.Configure
	Advise           = input.Advise
	Join             = input.Join
	HangUp           = input.HangUp
	Key              = input.Key
	Estimated        = input.Estimated
	TakeCallback     = input.TakeCallback
	ScheduleCallback = input.ScheduleCallback
	CancelCallback   = input.CancelCallback
	CallbackResult   = input.CallbackResult
	SignIn           = input.SignIn
	SignOut          = input.SignOut
	SetState         = input.SetState
	SetSkills        = input.SetSkills
	Answer           = input.Answer
	Decline          = input.Decline
	Fail             = input.Fail
	Hold             = input.Hold
	Resume           = input.Resume
	Finish           = input.Finish
	Code             = input.Code
	WrapUpDone       = input.WrapUpDone
	ExtendWrapUp     = input.ExtendWrapUp
	MoveToHead       = input.MoveToHead
	SetPriority      = input.SetPriority
	Pull             = input.Pull
	Reassign         = input.Reassign
)
