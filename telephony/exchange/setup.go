package exchange

import "github.com/agner-platform/agner/telephony/exchange/plan"

// The set-up, see package plan.
type (
	Setup     = plan.Setup
	Number    = plan.Number
	Flow      = plan.Flow
	Phone     = plan.Phone
	Trunk     = plan.Trunk
	Recording = plan.Recording
	Box       = plan.Box
	Queue     = plan.Queue
	Code      = plan.Code
)
