package role

import (
	"time"

	"github.com/agner-platform/agner/internal/httpapi"
)

// forecastLooks are those who may look at forecasts and requirements.
var forecastLooks = []string{httpapi.RoleAdmin, httpapi.RolePlanner, httpapi.RoleManager, httpapi.RoleSupervisor, httpapi.RoleViewer}

// forecastTime is that of a requirement of a hundred days on a busy machine.
const forecastTime = time.Minute

// forecast lists the routes of forecasting, which analytics serves: forecasting/api has the same list.
func forecast() []route {
	one := func(method, path, action string, roles []string, change bool) route {
		return route{"analytics", method, path, httpapi.Policy{Action: action, Roles: roles, Sensitive: change, Timeout: forecastTime}}
	}
	return []route{
		one("GET", "/forecast/runs", "forecast.read", forecastLooks, false),
		one("POST", "/forecast/runs", "forecast.run", planners, true),
		one("GET", "/forecast/runs/current", "forecast.read", forecastLooks, false),
		one("DELETE", "/forecast/runs/current", "forecast.run", planners, true),
		one("POST", "/forecast/runs/{run}/verify", "forecast.verify", planners, false),
		one("GET", "/forecast/queues", "forecast.read", forecastLooks, false),
		one("GET", "/forecast/queues/{queue}", "forecast.read", forecastLooks, false),
		one("GET", "/forecast/queues/{queue}/why", "forecast.read", forecastLooks, false),
		one("GET", "/forecast/queues/{queue}/accuracy", "forecast.read", forecastLooks, false),
		one("GET", "/forecast/queues/{queue}/patience", "forecast.read", forecastLooks, false),
		one("GET", "/forecast/overrides", "forecast.read", forecastLooks, false),
		one("POST", "/forecast/overrides", "forecast.override", planners, true),
		one("PUT", "/forecast/overrides/{id}", "forecast.override", planners, true),
		one("DELETE", "/forecast/overrides/{id}", "forecast.override", planners, true),
		one("GET", "/forecast/events", "forecast.read", forecastLooks, false),
		one("POST", "/forecast/events", "forecast.event", planners, true),
		one("PUT", "/forecast/events/{id}", "forecast.event", planners, true),
		one("DELETE", "/forecast/events/{id}", "forecast.event", planners, true),
		one("GET", "/staffing/queues/{queue}", "staffing.read", forecastLooks, false),
		one("GET", "/staffing/queues/{queue}/targets", "staffing.read", forecastLooks, false),
		one("GET", "/staffing/queues/{queue}/played", "staffing.read", forecastLooks, false),
		one("PUT", "/staffing/queues/{queue}/rule", "staffing.rule", planners, true),
		one("GET", "/intraday/queues/{queue}", "intraday.read", forecastLooks, false),
		one("GET", "/staffing/erlang", "staffing.read", forecastLooks, false),
	}
}
