package role

import (
	"net/http"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/httpapi"
)

const (
	prefix     = "/api/v1"
	searchTime = time.Minute
	reportTime = 2 * time.Minute // a year by 15 minutes over every queue of a large centre, on a busy machine
)

// Who may ask which role for what. The other role applies its own policies again, with the same identity.
var (
	reporting = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RolePlanner, httpapi.RoleSupervisor, httpapi.RoleQuality, httpapi.RoleViewer}
	leading   = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RolePlanner, httpapi.RoleSupervisor, httpapi.RoleQuality}
	calls     = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RoleSupervisor, httpapi.RoleQuality}
	planning  = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RolePlanner}
	scoring   = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RoleQuality}
	reviewed  = append([]string{httpapi.RoleAgent}, calls...)
	importing = []string{httpapi.RoleAdmin, httpapi.RolePlanner}
)

// route is one path that another role serves.
type route struct {
	role, method, path string
	policy             httpapi.Policy
}

func report(path string, roles []string) route {
	return route{"analytics", "GET", "/reports/" + path, httpapi.Policy{Action: "reports.read", Roles: roles, Timeout: reportTime}}
}

// speech is a path to what was said, which needs a grant besides.
func speech(method, path, action string, roles []string, limit time.Duration) route {
	return route{"analytics", method, path, httpapi.Policy{Action: action, Roles: roles, Grant: httpapi.GrantRecordings, Sensitive: true, Timeout: limit}}
}

// proxied lists all of them. Figures about single persons and single calls are for fewer people than figures about queues.
func proxied() []route {
	read := func(path, action string, p httpapi.Policy) route {
		p.Action = action
		return route{"analytics", "GET", path, p}
	}
	change := func(method, path, action string, p httpapi.Policy) route {
		p.Action, p.Sensitive, p.Roles = action, true, importing
		return route{"analytics", method, path, p}
	}
	return append(switched(), []route{
		read("/meta", "meta.read", httpapi.Policy{}),
		read("/definitions", "definitions.read", httpapi.Policy{}),
		report("agents", leading),
		report("distribution", leading),
		report("*", reporting),
		read("/calls", "calls.search", httpapi.Policy{Roles: calls, Sensitive: true, Timeout: reportTime}),
		read("/calls/{id}", "calls.read", httpapi.Policy{Roles: calls, Sensitive: true}),
		read("/my/calls", "calls.own", httpapi.Policy{Timeout: reportTime}),
		read("/query", "reports.query", httpapi.Policy{Roles: reporting, Timeout: reportTime}),
		read("/marks", "reports.marks", httpapi.Policy{Roles: reporting, Timeout: reportTime}),
		read("/query/catalogue", "reports.catalogue", httpapi.Policy{}),
		{"analytics", "POST", "/sql", httpapi.Policy{Action: "sql.ask", Roles: leading, Sensitive: true, Timeout: reportTime}},
		read("/sql/catalogue", "sql.catalogue", httpapi.Policy{Roles: leading}),
		read("/live", "live.read", httpapi.Policy{Roles: reporting}),
		read("/live/stream", "live.read", httpapi.Policy{Roles: reporting, Timeout: httpapi.Unlimited}),
		read("/imports", "imports.read", httpapi.Policy{Roles: planning}),
		read("/imports/{id}", "imports.read", httpapi.Policy{Roles: planning}),
		read("/import-formats", "imports.read", httpapi.Policy{Roles: planning}),
		speech("GET", "/transcripts", "transcripts.search", calls, searchTime),
		speech("GET", "/transcripts/{id}", "transcripts.read", calls, searchTime),
		speech("GET", "/transcripts/{id}/audio", "transcripts.play", calls, httpapi.Unlimited),
		speech("GET", "/transcripts/{id}/peaks", "transcripts.peaks", calls, searchTime),
		speech("GET", "/transcripts/{id}/proposal", "transcripts.proposal", calls, searchTime),
		speech("POST", "/transcripts/{id}/reviews", "reviews.write", scoring, searchTime),
		read("/reviews", "reviews.read", httpapi.Policy{Roles: reviewed}),
		{"analytics", "PUT", "/reviews/{id}", httpapi.Policy{Action: "reviews.change", Roles: reviewed, Sensitive: true}},
		read("/scorecards", "scorecards.read", httpapi.Policy{Roles: reviewed}),
		{"analytics", "POST", "/scorecards", httpapi.Policy{Action: "scorecards.write", Roles: scoring, Sensitive: true}},
		{"analytics", "PUT", "/scorecards/{id}", httpapi.Policy{Action: "scorecards.write", Roles: scoring, Sensitive: true}},
		{"analytics", "DELETE", "/scorecards/{id}", httpapi.Policy{Action: "scorecards.write", Roles: scoring, Sensitive: true}},
		{"speech", "GET", "/speech/live", httpapi.Policy{Action: "speech.live", Roles: calls, Grant: httpapi.GrantRecordings, Sensitive: true}},
		{"speech", "GET", "/speech/live/stream", httpapi.Policy{
			Action: "speech.live", Roles: calls, Grant: httpapi.GrantRecordings, Sensitive: true, Timeout: httpapi.Unlimited,
		}},
		{"speech", "GET", "/speech/jobs", httpapi.Policy{Action: "speech.jobs", Roles: calls}},
		{"speech", "POST", "/speech/jobs/{id}/first", httpapi.Policy{Action: "speech.first", Roles: calls[:3], Sensitive: true}},
		change("POST", "/imports", "imports.start", httpapi.Policy{MaxBody: httpapi.Unlimited, Timeout: httpapi.Unlimited}),
		change("DELETE", "/imports/{id}", "imports.cancel", httpapi.Policy{}),
		change("POST", "/sample", "imports.sample", httpapi.Policy{}),
	}...)
}

// switched are the routes of the switch. Agents need no role for their own state and call: the switch knows them by their
// account.
func switched() []route {
	watching := []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RolePlanner, httpapi.RoleSupervisor, httpapi.RoleViewer}
	stepping := []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RoleSupervisor}
	own := httpapi.Policy{Action: "switch.own"}
	change := httpapi.Policy{Action: "switch.own", Sensitive: true}
	step := func(path, action string) route {
		return route{"switch", "POST", "/switch/" + path, httpapi.Policy{Action: action, Roles: stepping, Sensitive: true}}
	}
	return []route{
		{"switch", "GET", "/switch/live", httpapi.Policy{Action: "switch.read", Roles: watching}},
		{"switch", "GET", "/switch/events", httpapi.Policy{Action: "switch.read", Roles: watching, Timeout: httpapi.Unlimited}},
		{"switch", "GET", "/switch/lines", httpapi.Policy{Action: "switch.lines", Roles: stepping}},
		{"switch", "GET", "/switch/me", own},
		{"switch", "GET", "/switch/me/events", httpapi.Policy{Action: "switch.own", Timeout: httpapi.Unlimited}},
		{"switch", "POST", "/switch/me/state", change},
		{"switch", "POST", "/switch/me/call", change},
		{"switch", "POST", "/switch/me/recording", change},
		{"switch", "POST", "/switch/me/code", change},
		{"switch", "POST", "/switch/me/dial", change},
		{"switch", "GET", "/recordings", httpapi.Policy{Action: "recordings.list", Roles: calls}},
		{"switch", "GET", "/recordings/{id}", httpapi.Policy{Action: "recordings.read", Roles: calls}},
		{"switch", "GET", "/recordings/{id}/audio", httpapi.Policy{
			Action: "recordings.play", Roles: calls, Grant: httpapi.GrantRecordings, Sensitive: true, Timeout: httpapi.Unlimited,
		}},
		{"switch", "PUT", "/recordings/{id}/hold", httpapi.Policy{Action: "recordings.hold", Roles: []string{httpapi.RoleAdmin, httpapi.RoleManager}, Sensitive: true}},
		{"switch", "DELETE", "/recordings/{id}", httpapi.Policy{
			Action: "recordings.erase", Roles: []string{httpapi.RoleAdmin, httpapi.RoleManager}, Grant: httpapi.GrantRecordings, Sensitive: true,
		}},
		step("agents/{id}/state", "switch.force_state"),
		step("agents/{id}/call", "switch.control_call"),
		step("agents/{id}/supervise", "switch.supervise"),
		step("visits/{id}/move", "switch.move_caller"),
	}
}

// mountProxied adds the routes of the other roles. One that does not run is not "not found": it is down, and says so.
func (h *Handler) mountProxied() {
	for _, p := range slices.Concat(proxied(), planned(), forecast()) {
		var to http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			httpapi.WriteProblem(w, r, httpapi.RoleDown.New(p.role+" does not belong to this instance", "role", p.role))
		})
		if proxy := h.proxies[p.role]; proxy != nil {
			to = proxy
		}
		h.router.Handle(p.method, prefix+p.path, p.policy, to)
	}
}
