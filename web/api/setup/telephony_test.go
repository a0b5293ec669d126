package setup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/phone"
	"github.com/agner-platform/agner/internal/httpapi"
)

// fakeSwitch has rules as simple as a test can tell: a flow is "name: X" and at most one "queue: Y".
type fakeSwitch struct{}

func (fakeSwitch) Digests(account, password string) (md5, sha256 string) {
	return "md5:" + account + ":" + password, "sha:" + account + ":" + password
}

func (fakeSwitch) CheckFlow(text string, queues []string) FlowReport {
	out := FlowReport{Nodes: []FlowNode{}, Ways: []FlowWay{}, Problems: []FlowProblem{}}
	for i, line := range strings.Split(text, "\n") {
		field, v, _ := strings.Cut(line, ": ")
		switch {
		case field == "name":
			out.Name = v
		case field == "queue" && (queues == nil || strings.Contains("|"+strings.Join(queues, "|")+"|", "|"+v+"|")):
			out.Nodes = append(out.Nodes, FlowNode{Name: "end", Kind: "enqueue"})
		default:
			out.Problems = append(out.Problems, FlowProblem{Line: i + 1, Node: "end", Field: field, Value: v, Why: "is no known queue"})
		}
	}
	if len(out.Problems) > 0 {
		out.Name = ""
	}
	return out
}

func (fakeSwitch) TryFlow(in FlowTrial, _ []string) (FlowRun, error) {
	if in.Dial == "?" {
		return FlowRun{}, errors.New("no key")
	}
	return FlowRun{Outcome: "queued", Attributes: map[string]string{}, Lines: []FlowLine{}}, nil
}

func (fakeSwitch) CheckSkills(expression string) error {
	if expression == ">=" {
		return errors.New("not an expression")
	}
	return nil
}

func (fakeSwitch) State(context.Context) (TelephonyState, error) {
	return TelephonyState{Server: "192.0.2.1:5060", Notes: []string{}}, nil
}

// strict decodes an answer into its generated type and back: no field may be missing or extra.
func strict(t *testing.T, text []byte, into any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		t.Errorf("%v: %s", err, text)
	}
	back, err := json.Marshal(into)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(keys(t, text), keys(t, back)); diff != "" {
		t.Errorf("the answer (-) and the contract (+): %s", diff)
	}
}

func TestTelephonyAnswersAreAsPromised(t *testing.T) {
	w := begin(t)
	admin := w.as("admin")
	site := w.site("Tallinn")
	sales, support := w.queue("Sales", site), w.queue("Support", site)
	agent := id(t, admin.want("POST", "/setup/agents", `{"name":"Mari"}`, 201, ""))
	f := func(area, create string, into any) string {
		t.Helper()
		text := admin.want("POST", "/setup/"+area, create, 201, "")
		strict(t, text, into)
		return id(t, text)
	}
	f("phones", `{"account":"7001","agent_id":"`+agent+`"}`, &PhoneMade{})
	f("trunks", `{"name":"out","host":"sip.example:5060","login":"us","secret":"quiet","register":true,"addresses":["192.0.2.0/24"],
		"limits":{"home":"372","countries":["372"],"per_minute":5,"concurrent":2,"daily_cost":1.5,"rates":[{"prefix":"3725","per_minute":0.05}]}}`, &Trunk{})
	flow := f("flows", `{"text":"name: main\nqueue: Sales"}`, &Flow{})
	f("numbers", `{"number":"+372 600-000","flow_id":"`+flow+`","site_id":"`+site+`","language":"et"}`, &Number{})
	f("routing", `{"queue_id":"`+sales+`","strategy":"circular","ring_s":15,"actions":{"full":{"do":"queue","target":"`+support+`"},"key_1":{"do":"callback","target":""}},
		"options":{"need":[{"after_s":0,"skills":"lang=fr"}],"code_required":true,"callback":{"attempts":2}}}`, &Routing{})
	f("members", `{"queue_id":"`+sales+`","agent_id":"`+agent+`","tier":2}`, &Member{})
	strict(t, admin.want("GET", "/setup/telephony", "", 200, ""), &TelephonyState{})
	strict(t, admin.want("POST", "/setup/flow-check", `{"text":"name: x\nqueue: Nowhere"}`, 200, ""), &FlowReport{})
	strict(t, admin.want("POST", "/setup/flow-test", `{"text":"name: x\nqueue: Sales","dial":"1"}`, 200, ""), &FlowRun{})
}

func TestPhonePasswordIsShownOnceAndNeverKept(t *testing.T) {
	w := begin(t)
	admin := w.as("admin")
	var made PhoneMade
	if err := json.Unmarshal(admin.want("POST", "/setup/phones", `{"account":" 7001 "}`, 201, ""), &made); err != nil {
		t.Fatal(err)
	}
	if made.Account != "7001" || len(made.Password) != 16 || made.Server != "192.0.2.1:5060" {
		t.Errorf("made %+v", made)
	}
	check := func(password string) {
		t.Helper()
		row, err := phone.Phones(w.store).Get(t.Context(), made.Id)
		if err != nil || row.HA1MD5 != "md5:7001:"+password || row.HA1SHA256 != "sha:7001:"+password {
			t.Errorf("kept %+v, %v", row, err)
		}
	}
	check(made.Password)
	for _, path := range []string{"/setup/phones", "/setup/phones/" + made.Id} {
		if text := admin.want("GET", path, "", 200, ""); bytes.Contains(text, []byte(made.Password)) || bytes.Contains(text, []byte("md5:")) {
			t.Errorf("%s shows the secret: %s", path, text)
		}
	}
	var renewed PhoneMade
	if err := json.Unmarshal(admin.want("POST", "/setup/phones/"+made.Id+"/password", "", 200, ""), &renewed); err != nil || renewed.Password == made.Password {
		t.Errorf("renewed %+v, %v", renewed, err)
	}
	check(renewed.Password)
	admin.want("POST", "/setup/phones", `{"account":"7001"}`, 409, "setup.exists")
	admin.at(2).want("DELETE", "/setup/phones/"+made.Id, "", 204, "")
	var again PhoneMade // whoever makes it anew means the same account, with a new password
	if err := json.Unmarshal(admin.want("POST", "/setup/phones", `{"account":"7001"}`, 201, ""), &again); err != nil || again.Id != made.Id || again.RetiredAt != nil {
		t.Errorf("again %+v, %v", again, err)
	}
	check(again.Password)
	admin.want("POST", "/setup/phones", `{"account":"7 001"}`, 422, "request.invalid_field")
	lines, err := w.store.AuditLines(t.Context(), db.AuditFilter{Object: "phones"})
	if err != nil || len(lines) < 4 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for _, l := range lines {
		if bytes.Contains(l.Detail, []byte("md5:")) || bytes.Contains(l.Detail, []byte("sha:")) {
			t.Errorf("the audit shows the secret: %s", l.Detail)
		}
	}
}

func TestTrunkSecretIsKeptUnlessGiven(t *testing.T) {
	w := begin(t)
	admin := w.as("admin")
	trunk := "/setup/trunks/" + id(t, admin.want("POST", "/setup/trunks", `{"name":"out","secret":"quiet","limits":{"countries":["372"],"per_minute":5,"concurrent":2}}`, 201, ""))
	kept := func(want string, limits bool) {
		t.Helper()
		rows, err := phone.Trunks(w.store).List(t.Context())
		if err != nil || len(rows) != 1 || rows[0].Secret != want || rows[0].Limits.Set() != limits {
			t.Errorf("kept %+v, %v", rows, err)
		}
	}
	kept("quiet", true)
	if text := admin.at(1).want("PATCH", trunk, `{"host":"sip.example"}`, 200, ""); bytes.Contains(text, []byte("quiet")) {
		t.Errorf("shown: %s", text)
	}
	kept("quiet", true)
	admin.at(2).want("PATCH", trunk, `{"secret":"loud","limits":{}}`, 200, "")
	kept("loud", false)
	w.as("supervisor").want("GET", "/setup/trunks", "", 403, "auth.forbidden")
	w.as("manager").want("POST", "/setup/trunks", `{"name":"x"}`, 403, "auth.forbidden")
}

func TestFlowsAreCheckedByTheSwitch(t *testing.T) {
	w := begin(t)
	admin := w.as("admin")
	w.queue("Sales", w.site("Tallinn"))
	var p struct {
		Params struct{ Problems []FlowProblem }
	}
	text := admin.want("POST", "/setup/flows", `{"text":"name: main\nqueue: Nowhere"}`, 422, "setup.flow")
	if err := json.Unmarshal(text, &p); err != nil || len(p.Params.Problems) != 1 || p.Params.Problems[0].Line != 2 || p.Params.Problems[0].Value != "Nowhere" {
		t.Errorf("%s: %v", text, err)
	}
	flow := "/setup/flows/" + id(t, admin.want("POST", "/setup/flows", `{"text":"name: main\nqueue: Sales"}`, 201, ""))
	admin.at(1).want("PATCH", flow, `{"text":"name: other\nqueue: Sales"}`, 422, "request.invalid_field")
	admin.at(1).want("PATCH", flow, `{"text":"name: main\nqueue: Nowhere"}`, 422, "setup.flow")
	admin.at(1).want("PATCH", flow, `{"text":"name: main"}`, 200, "")
	admin.want("POST", "/setup/flows", `{"text":"name: main"}`, 409, "setup.exists")
	admin.want("POST", "/setup/flow-test", `{"text":"name: x","dial":"?"}`, 422, "request.invalid_field")
	admin.want("POST", "/setup/flow-test", `{"text":"queue: Nowhere","dial":"1"}`, 422, "setup.flow")
	w.who["bound"] = &httpapi.Identity{User: "bound", Roles: []string{"manager"}, Scopes: httpapi.Scopes{Sites: []string{"elsewhere"}}}
	w.as("bound").want("POST", "/setup/flows", `{"text":"name: mine"}`, 403, "auth.out_of_scope")
	w.as("bound").at(2).want("DELETE", flow, "", 403, "auth.out_of_scope")
}

func TestRoutingNamesWhatIsNotThere(t *testing.T) {
	w := begin(t)
	site := w.site("Tallinn")
	q := w.queue("Sales", site)
	f := func(body, field string) {
		t.Helper()
		var p struct{ Params struct{ Field string } }
		text := w.as("admin").want("POST", "/setup/routing", `{"queue_id":"`+q+`",`+body+`}`, 422, "request.invalid_field")
		if err := json.Unmarshal(text, &p); err != nil || p.Params.Field != field {
			t.Errorf("%s: field %q, want %q (%v)", body, p.Params.Field, field, err)
		}
	}
	f(`"actions":{"full":{"do":"queue","target":"nowhere"}}`, "actions.full.target")
	f(`"actions":{"full":{"do":"queue","target":"`+q+`"}}`, "actions.full.target")
	f(`"actions":{"timeout":{"do":"number","target":" "}}`, "actions.timeout.target")
	f(`"options":{"need":[{"after_s":0,"skills":">="}]}`, "options.need")
	f(`"ring_s":-1`, "ring_s")
	f(`"strategy":"loudest"`, "strategy")
	admin := w.as("admin")
	admin.want("POST", "/setup/routing", `{"queue_id":"none"}`, 422, "setup.reference")
	path := "/setup/routing/" + id(t, admin.want("POST", "/setup/routing", `{"queue_id":"`+q+`","actions":{"full":{"do":"voicemail","target":""}},"options":{"age_s":60}}`, 201, ""))
	var row Routing
	if err := json.Unmarshal(admin.at(1).want("PATCH", path, `{"actions":{"empty":{"do":"","target":""}},"options":{"ring_max":2}}`, 200, ""), &row); err != nil {
		t.Fatal(err)
	}
	if _, old := row.Actions["full"]; old || row.Options.AgeS != nil || *row.Options.RingMax != 2 {
		t.Errorf("a change replaces actions and options whole: %+v", row)
	}
}

func TestTelephonyScopes(t *testing.T) {
	w := begin(t)
	admin := w.as("admin")
	tallinn, tartu := w.site("Tallinn"), w.site("Tartu")
	mine, theirs := w.queue("Mine", tallinn), w.queue("Theirs", tartu)
	agent := id(t, admin.want("POST", "/setup/agents", `{"name":"Mari"}`, 201, ""))
	flow := id(t, admin.want("POST", "/setup/flows", `{"text":"name: main"}`, 201, ""))
	w.who["bound"] = &httpapi.Identity{User: "bound", Roles: []string{"manager"}, Scopes: httpapi.Scopes{Sites: []string{tallinn}}}
	w.who["one"] = &httpapi.Identity{User: "one", Roles: []string{"supervisor", "manager"}, Scopes: httpapi.Scopes{Queues: []string{mine}}}
	bound := w.as("bound")
	own := id(t, bound.want("POST", "/setup/members", `{"queue_id":"`+mine+`","agent_id":"`+agent+`"}`, 201, ""))
	bound.want("POST", "/setup/members", `{"queue_id":"`+theirs+`","agent_id":"`+agent+`"}`, 403, "auth.out_of_scope")
	other := id(t, admin.want("POST", "/setup/members", `{"queue_id":"`+theirs+`","agent_id":"`+agent+`"}`, 201, ""))
	bound.want("GET", "/setup/members/"+other, "", 403, "auth.out_of_scope")
	bound.at(1).want("DELETE", "/setup/members/"+other, "", 403, "auth.out_of_scope")
	var list MemberList
	if err := json.Unmarshal(bound.want("GET", "/setup/members", "", 200, ""), &list); err != nil || len(list.Rows) != 1 || list.Rows[0].Id != own {
		t.Errorf("members %+v, %v", list.Rows, err)
	}
	bound.want("POST", "/setup/routing", `{"queue_id":"`+theirs+`"}`, 403, "auth.out_of_scope")
	bound.want("POST", "/setup/routing", `{"queue_id":"`+mine+`","actions":{"full":{"do":"queue","target":"`+theirs+`"}}}`, 403, "auth.out_of_scope")
	bound.want("POST", "/setup/routing", `{"queue_id":"`+mine+`"}`, 201, "")
	bound.want("POST", "/setup/numbers", `{"number":"1","queue_id":"`+mine+`","site_id":"`+tartu+`"}`, 403, "auth.out_of_scope")
	w.as("one").want("POST", "/setup/numbers", `{"number":"1","queue_id":"`+theirs+`"}`, 403, "auth.out_of_scope")
	w.as("one").want("POST", "/setup/numbers", `{"number":"1","flow_id":"`+flow+`"}`, 403, "auth.out_of_scope")
	w.as("one").want("POST", "/setup/numbers", `{"number":"1","queue_id":"`+mine+`"}`, 201, "")
	// A team leader reaches the phones of the own team's agents and nobody else's.
	team := id(t, admin.want("POST", "/setup/teams", `{"name":"North"}`, 201, ""))
	admin.want("PUT", "/setup/agents/"+agent+"/terms", `{"team_id":"`+team+`"}`, 200, "")
	stranger := id(t, admin.want("POST", "/setup/agents", `{"name":"Jaan"}`, 201, ""))
	w.who["lead"] = &httpapi.Identity{User: "lead", Roles: []string{"manager"}, Scopes: httpapi.Scopes{Teams: []string{team}}}
	w.as("lead").want("POST", "/setup/phones", `{"account":"1","agent_id":"`+agent+`"}`, 201, "")
	w.as("lead").want("POST", "/setup/phones", `{"account":"2","agent_id":"`+stranger+`"}`, 403, "auth.out_of_scope")
	w.as("lead").want("POST", "/setup/phones", `{"account":"3"}`, 403, "auth.out_of_scope")
	foreign := id(t, admin.want("POST", "/setup/phones", `{"account":"2","agent_id":"`+stranger+`"}`, 201, ""))
	w.as("lead").want("POST", "/setup/phones/"+foreign+"/password", "", 403, "auth.out_of_scope")
	w.as("lead").want("POST", "/setup/members", `{"queue_id":"`+mine+`","agent_id":"`+stranger+`"}`, 403, "auth.out_of_scope")
	w.as("viewer").want("GET", "/setup/members", "", 403, "auth.forbidden")
	w.as("agent").want("GET", "/setup/phones", "", 403, "auth.forbidden")
	w.as("supervisor").want("POST", "/setup/phones", `{"account":"9"}`, 403, "auth.forbidden")
}

func TestWhatNumbersLeadToStays(t *testing.T) {
	w := begin(t)
	admin := w.as("admin")
	q := w.queue("Sales", w.site("Tallinn"))
	flow := id(t, admin.want("POST", "/setup/flows", `{"text":"name: main"}`, 201, ""))
	one := id(t, admin.want("POST", "/setup/numbers", `{"number":"600","queue_id":"`+q+`"}`, 201, ""))
	two := id(t, admin.want("POST", "/setup/numbers", `{"number":"601","flow_id":"`+flow+`"}`, 201, ""))
	admin.at(1).want("DELETE", "/setup/queues/"+q, "", 409, "setup.in_use")
	admin.at(1).want("DELETE", "/setup/flows/"+flow, "", 409, "setup.in_use")
	admin.at(1).want("DELETE", "/setup/numbers/"+one, "", 204, "")
	admin.at(1).want("PATCH", "/setup/numbers/"+two, `{"flow_id":"","queue_id":"`+q+`"}`, 200, "")
	admin.at(1).want("DELETE", "/setup/flows/"+flow, "", 204, "")
	admin.at(1).want("DELETE", "/setup/queues/"+q, "", 409, "setup.in_use")
}

func TestARetiredMemberComesBack(t *testing.T) {
	w := begin(t)
	admin := w.as("admin")
	q := w.queue("Sales", w.site("Tallinn"))
	agent := id(t, admin.want("POST", "/setup/agents", `{"name":"Mari"}`, 201, ""))
	body := `{"queue_id":"` + q + `","agent_id":"` + agent + `","tier":3}`
	m := id(t, admin.want("POST", "/setup/members", body, 201, ""))
	admin.want("POST", "/setup/members", body, 409, "setup.exists")
	admin.at(1).want("DELETE", "/setup/members/"+m, "", 204, "")
	var row Member
	if err := json.Unmarshal(admin.want("POST", "/setup/members", strings.Replace(body, `"tier":3`, `"tier":5`, 1), 201, ""), &row); err != nil || row.Id != m || row.RetiredAt != nil {
		t.Errorf("%+v, %v", row, err)
	}
}

// An instance without a switch says so instead of storing what nobody has checked.
func TestWithoutTelephony(t *testing.T) {
	w := begin(t)
	w.rt = httpapi.NewRouter(httpapi.Options{Logger: slog.New(slog.DiscardHandler), Auditor: storeAudit{w.store},
		Authenticate: func(r *http.Request) (*httpapi.Identity, error) { return w.who[r.Header.Get("As")], nil }})
	New(w.store, &resets{}, []byte("key"), nil).Mount(w.rt)
	admin := w.as("admin")
	q := w.queue("Sales", w.site("Tallinn"))
	admin.want("POST", "/setup/phones", `{"account":"7001"}`, 503, "role.unavailable")
	admin.want("POST", "/setup/flows", `{"text":"name: main"}`, 503, "role.unavailable")
	admin.want("POST", "/setup/flow-check", `{"text":"name: main"}`, 503, "role.unavailable")
	admin.want("POST", "/setup/routing", `{"queue_id":"`+q+`"}`, 503, "role.unavailable")
	admin.want("GET", "/setup/telephony", "", 503, "role.unavailable")
	admin.want("POST", "/setup/numbers", `{"number":"600","queue_id":"`+q+`"}`, 201, "")
}
