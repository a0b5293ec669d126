package setup

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/phone"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/web/api/rest"
)

// Telephony is what the area needs of the switch's own rules. They belong to another room, which this one may not
// import; whoever assembles the role hands them in.
type Telephony interface {
	// Digests are what SIP keeps of a phone's password.
	Digests(account, password string) (md5, sha256 string)
	// CheckFlow reads the text of a menu; queues are the names and ids it may lead to.
	CheckFlow(text string, queues []string) FlowReport
	// TryFlow dials through a menu that CheckFlow accepts; an error is about the script.
	TryFlow(in FlowTrial, queues []string) (FlowRun, error)
	// CheckSkills reads what a queue asks of agents, such as "lang=fr AND tier >= 2".
	CheckSkills(expression string) error
	// State says how phones reach the switch, and which rows it leaves out.
	State(ctx context.Context) (TelephonyState, error)
}

var errInUse = httpapi.Define("setup.in_use", http.StatusConflict, "A number still leads here")

// unused refuses to retire what numbers lead to: their callers would reach nothing.
func (a *API) unused(ctx context.Context, column, id string) error {
	list, err := phone.Numbers(a.store).List(ctx, db.Where(column, id))
	if err != nil || len(list) == 0 {
		return err
	}
	return errInUse.New("number "+list[0].Number+" leads here; let it lead elsewhere first", "number", list[0].Number)
}

var errFlow = httpapi.Define("setup.flow", http.StatusUnprocessableEntity, "The menu cannot be used")

func (a *API) mountTelephony(rt *httpapi.Router) {
	s := a.store
	mount(rt, a, area[phone.Phone, PhoneCreate, PhoneChange]{name: "phones", repo: phone.Phones(s), read: leading, write: managing, filters: []string{"agent_id"},
		scope: anywhere[phone.Phone], visible: a.phonesInScope, allowed: a.mayReachPhone, made: a.createPhone})
	mount(rt, a, area[phone.Trunk, TrunkCreate, TrunkChange]{name: "trunks", repo: phone.Trunks(s), read: managing, write: adminOnly, scope: anywhere[phone.Trunk],
		start: func(t *phone.Trunk, in *TrunkCreate) { secret(t, in.Secret) },
		revise: func(t *phone.Trunk, in *TrunkChange) {
			secret(t, in.Secret)
			if in.Limits != nil {
				t.Limits = phone.TrunkLimits{}
			}
		},
		again: func(t *phone.Trunk) []db.Filter { return []db.Filter{db.Where("name", t.Name)} }})
	mount(rt, a, area[phone.Number, NumberCreate, NumberChange]{name: "numbers", repo: phone.Numbers(s), read: leading, write: managing,
		filters: []string{"site_id", "flow_id", "queue_id"}, scope: numberInScope,
		again: func(n *phone.Number) []db.Filter { return []db.Filter{db.Where("number", n.Number)} }})
	mount(rt, a, area[phone.Flow, FlowCreate, FlowChange]{name: "flows", repo: phone.Flows(s), read: leading, write: managing, scope: anywhere[phone.Flow],
		start: func(f *phone.Flow, in *FlowCreate) { f.Name = a.nameOf(in.Text) }, allowed: a.unbounded, valid: a.usableFlow,
		free:  func(ctx context.Context, f *phone.Flow) error { return a.unused(ctx, "flow_id", f.ID) },
		again: func(f *phone.Flow) []db.Filter { return []db.Filter{db.Where("name", f.Name)} }})
	mount(rt, a, area[phone.Routing, RoutingCreate, RoutingChange]{name: "routing", repo: phone.Routings(s), read: leading, write: managing, filters: []string{"queue_id"},
		scope: anywhere[phone.Routing], visible: inQueues(a, func(v *phone.Routing) string { return v.QueueID }),
		allowed: func(r *http.Request, v *phone.Routing) error { return a.mayLead(r, v.QueueID, v.Actions) }, valid: a.usableRouting, revise: reviseRouting,
		again: func(v *phone.Routing) []db.Filter { return []db.Filter{db.Where("queue_id", v.QueueID)} }})
	mount(rt, a, area[phone.Member, MemberCreate, MemberChange]{name: "members", repo: phone.Members(s), read: leading, write: leading,
		filters: []string{"queue_id", "agent_id"}, scope: anywhere[phone.Member], visible: inQueues(a, func(v *phone.Member) string { return v.QueueID }), allowed: a.mayReachMember,
		again: func(v *phone.Member) []db.Filter {
			return []db.Filter{db.Where("queue_id", v.QueueID), db.Where("agent_id", v.AgentID)}
		}})
	rt.HandleFunc("POST", Prefix+"/setup/phones/{id}/password",
		httpapi.Policy{Action: "setup.phones.renew_password", Roles: managing, Sensitive: true}, a.renewPhone)
	rt.Handle("POST", Prefix+"/setup/flow-check", httpapi.Policy{Action: "setup.flows.check", Roles: leading}, rest.Handler(a.checkFlow))
	rt.Handle("POST", Prefix+"/setup/flow-test", httpapi.Policy{Action: "setup.flows.test", Roles: leading}, rest.Handler(a.testFlow))
	rt.Handle("GET", Prefix+"/setup/telephony", httpapi.Policy{Action: "setup.telephony.read", Roles: leading}, rest.Handler(a.telephony))
}

// secret sets the password of a trunk; absent keeps it, and no answer ever shows it.
func secret(t *phone.Trunk, given *string) {
	if given != nil {
		t.Secret = *given
	}
}

// reviseRouting empties what a change replaces whole.
func reviseRouting(v *phone.Routing, in *RoutingChange) {
	if in.Actions != nil {
		v.Actions = nil
	}
	if in.Options != nil {
		v.Options = phone.RoutingOptions{}
	}
}

// rules are the switch's, or the problem that this instance has none.
func (a *API) rules() (Telephony, error) {
	if a.switching == nil {
		return nil, httpapi.RoleDown.New("this instance has no telephony", "role", "switch")
	}
	return a.switching, nil
}

// numberInScope: a number belongs to its site and its queue; one that leads through a menu may reach every queue, so that
// only those without limits to queues may arrange it.
func numberInScope(id *httpapi.Identity, n *phone.Number) bool {
	return siteOrNone(id, n.SiteID) && (n.QueueID == "" && len(id.Scopes.Queues) == 0 || n.QueueID != "" && id.Scopes.Queue(n.QueueID))
}

// unbounded refuses callers with limits: a menu leads to queues of all sites.
func (a *API) unbounded(r *http.Request, _ *phone.Flow) error {
	if !httpapi.IdentityFrom(r.Context()).Scopes.Unbounded() {
		return httpapi.OutOfScope.New("menus lead to queues of all sites")
	}
	return nil
}

// inQueues keeps the rows of queues that the caller may see.
func inQueues[T any](a *API, queue func(*T) string) func(context.Context, *httpapi.Identity) (func(*T) bool, error) {
	return func(ctx context.Context, id *httpapi.Identity) (func(*T) bool, error) {
		queues, err := a.store.Queues().List(ctx, db.WithRetired())
		if err != nil {
			return nil, err
		}
		seen := map[string]bool{}
		for i := range queues {
			seen[queues[i].ID] = queueInScope(id, &queues[i])
		}
		return func(row *T) bool { return seen[queue(row)] }, nil
	}
}

// mayLead refuses a queue, or a queue that its callers are sent to, out of the caller's reach.
func (a *API) mayLead(r *http.Request, queue string, actions map[string]phone.RoutingAction) error {
	ids := []string{queue}
	for _, at := range slices.Sorted(maps.Keys(actions)) {
		if actions[at].Do == "queue" {
			ids = append(ids, actions[at].Target)
		}
	}
	for _, id := range ids {
		q, err := a.store.Queues().Get(r.Context(), id)
		if errors.Is(err, db.ErrNotFound) {
			continue // usableRouting and the database name what does not exist
		}
		if err != nil {
			return err
		}
		if !queueInScope(httpapi.IdentityFrom(r.Context()), &q) {
			return httpapi.OutOfScope.New("")
		}
	}
	return nil
}

// usableRouting holds actions and skills against what there is.
func (a *API) usableRouting(ctx context.Context, v *phone.Routing) error {
	t, err := a.rules()
	if err != nil {
		return err
	}
	for _, n := range v.Options.Need {
		if err := t.CheckSkills(n.Skills); n.Skills != "" && err != nil {
			return httpapi.InvalidField.Field("options.need", n.Skills, err.Error())
		}
	}
	queues, err := a.store.Queues().List(ctx)
	if err != nil {
		return err
	}
	for _, at := range slices.Sorted(maps.Keys(v.Actions)) {
		act, field := v.Actions[at], "actions."+at+".target"
		other := func(q db.Queue) bool { return q.ID == act.Target && q.ID != v.QueueID && q.Channel == "voice" }
		switch {
		case act.Do == "queue" && !slices.ContainsFunc(queues, other):
			return httpapi.InvalidField.Field(field, act.Target, "must be the id of another queue for calls")
		case (act.Do == "number" || act.Do == "message") && strings.TrimSpace(act.Target) == "":
			return httpapi.InvalidField.Field(field, act.Target, "must not be empty: where to, or what to say")
		}
	}
	return nil
}

// mayReachMember wants both the queue and the agent within reach.
func (a *API) mayReachMember(r *http.Request, m *phone.Member) error {
	if err := a.mayLead(r, m.QueueID, nil); err != nil {
		return err
	}
	return a.reachAgent(r, m.AgentID)
}

func (a *API) reachAgent(r *http.Request, id string) error {
	visible, err := a.agentsInScope(r.Context(), httpapi.IdentityFrom(r.Context()))
	if err != nil {
		return err
	}
	if !visible(&db.Agent{Head: db.Head{ID: id}}) {
		return httpapi.OutOfScope.New("")
	}
	return nil
}

func (a *API) telephony(w http.ResponseWriter, r *http.Request) error {
	t, err := a.rules()
	if err != nil {
		return err
	}
	state, err := t.State(r.Context())
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, state)
}
