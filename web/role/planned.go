package role

import (
	"time"

	"github.com/agner-platform/agner/internal/httpapi"
)

// Who plans, and who may look at plans.
var (
	planners  = []string{httpapi.RoleAdmin, httpapi.RolePlanner}
	planLooks = []string{httpapi.RoleAdmin, httpapi.RolePlanner, httpapi.RoleManager, httpapi.RoleSupervisor}
)

const (
	planBody = 32 << 20         // a schedule of a thousand people over weeks
	planTime = 60 * time.Second // a problem from a year of history on a busy machine
)

// planned lists the routes of planning, which analytics serves: wfm/api has the same list.
func planned() []route {
	one := func(method, path, action string, roles []string, change, public bool) route {
		return route{"analytics", method, path, httpapi.Policy{Action: action, Roles: roles, Sensitive: change, Public: public, MaxBody: planBody, Timeout: planTime}}
	}
	return []route{
		one("GET", "/schedules", "schedules.read", planLooks, false, false),
		one("POST", "/schedules", "schedules.create", planners, true, false),
		one("GET", "/schedules/{id}", "schedules.read", planLooks, false, false),
		one("PUT", "/schedules/{id}", "schedules.write", planners, true, false),
		one("POST", "/schedules/{id}/solve", "schedules.solve", planners, true, false),
		one("GET", "/schedules/{id}/solve", "schedules.read", planLooks, false, false),
		one("DELETE", "/schedules/{id}/solve", "schedules.solve", planners, true, false),
		one("POST", "/schedules/{id}/check", "schedules.check", planLooks, false, false),
		one("POST", "/schedules/{id}/publish", "schedules.publish", planners, true, false),
		one("GET", "/schedules/{id}/explain", "schedules.read", planLooks, false, false),
		one("GET", "/schedules/{id}/versions", "schedules.read", planLooks, false, false),
		one("GET", "/schedules/{id}/versions/{number}", "schedules.read", planLooks, false, false),
		one("GET", "/schedules/{id}/compare", "schedules.read", planLooks, false, false),
		one("GET", "/schedules/{id}/log", "schedules.read", planLooks, false, false),
		one("GET", "/planning/contracts", "contracts.read", planLooks, false, false),
		one("PUT", "/planning/contracts", "contracts.write", planners, true, false),
		one("GET", "/planning/rules", "contracts.read", planLooks, false, false),
		one("GET", "/planning/requests", "requests.read", planLooks, false, false),
		one("POST", "/planning/requests/{id}/decide", "requests.decide", planners, true, false),
		one("POST", "/planning/absences", "absences.write", planLooks, true, false),
		one("GET", "/planning/adherence", "adherence.read", planLooks, false, false),
		one("GET", "/planning/exceptions/{date}", "adherence.read", planLooks, false, false),
		one("PUT", "/planning/exceptions/{date}", "adherence.except", planLooks, true, false),
		one("GET", "/planning/offers", "offers.read", planLooks, false, false),
		one("POST", "/planning/offers", "offers.create", planners, true, false),
		one("POST", "/planning/offers/{id}/close", "offers.close", planners, true, false),
		one("GET", "/planning/quotas", "quotas.read", planLooks, false, false),
		one("PUT", "/planning/quotas", "quotas.write", planners, true, false),
		one("POST", "/schedules/{id}/copy", "schedules.create", planners, true, false),
		one("GET", "/schedules/{id}/workbook", "schedules.read", planLooks, false, false),
		one("PUT", "/schedules/{id}/workbook", "schedules.write", planners, true, false),
		one("GET", "/my/offers", "my.read", nil, false, false),
		one("POST", "/my/offers/{id}/claim", "my.claim", nil, true, false),
		one("DELETE", "/my/offers/{id}/claim", "my.claim", nil, true, false),
		one("GET", "/my/wishes", "my.read", nil, false, false),
		one("PUT", "/my/wishes", "my.wish", nil, true, false),
		one("GET", "/my/week", "my.read", nil, false, false),
		one("GET", "/my/requests", "my.read", nil, false, false),
		one("POST", "/my/requests", "my.ask", nil, true, false),
		one("POST", "/my/requests/{id}/answer", "my.answer", nil, true, false),
		one("POST", "/my/swap-check", "my.check", nil, false, false),
		one("POST", "/my/calendar", "my.calendar", nil, true, false),
		one("GET", "/calendar/{secret}", "calendar.read", nil, false, true),
	}
}
