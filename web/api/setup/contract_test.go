package setup

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/web/api/rest/resttest"
)

func TestGeneratedFileIsCurrent(t *testing.T) { resttest.Generated(t, "../../../.tools/bin") }

func TestContract(t *testing.T) {
	rt := httpapi.NewRouter(httpapi.Options{Auditor: noAudit{}})
	New(&db.Store{}, nil, nil, nil).Mount(rt)
	resttest.Contract(t, rt, Prefix, "openapi.yaml")
	if bare, err := rt.Unguarded(); err != nil || len(bare) > 0 {
		t.Errorf("routes without policy: %v, %v", bare, err)
	}
	for _, route := range resttest.Routes(t, rt) {
		method, path, _ := strings.Cut(route, " ")
		if p, _ := rt.PolicyOf(method, path); p.Public || len(p.Roles) == 0 || p.Action == "" {
			t.Errorf("%s: policy %+v", route, p)
		}
	}
}

// TestAnswersAreAsPromised reads every kind of row strictly into its generated type and back: no field may be missing or
// extra.
func TestAnswersAreAsPromised(t *testing.T) {
	w := begin(t)
	f := func(area, create string, into any) string {
		t.Helper()
		text := w.as("admin").want("POST", "/setup/"+area, create, 201, "")
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		if err := dec.Decode(into); err != nil {
			t.Errorf("%s: %v: %s", area, err, text)
		}
		back, err := json.Marshal(into)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(keys(t, text), keys(t, back)); diff != "" {
			t.Errorf("%s: the answer (-) and the contract (+): %s", area, diff)
		}
		return id(t, text)
	}
	site := f("sites", `{"name":"Tallinn","zone":"Europe/Tallinn","opening":[{"weekdays":[1,2],"from":"09:00","to":"17:00"}],
		"holidays":[{"date":"2026-12-24","name":"Jõululaupäev","windows":[{"from":"09:00","to":"12:00"}]}]}`, &Site{})
	f("groups", `{"name":"Loans","site_id":"`+site+`"}`, &Group{})
	f("streams", `{"name":"Mail","channel":"email"}`, &Stream{})
	queue := f("queues", `{"name":"Sales","site_id":"`+site+`"}`, &Queue{})
	f("teams", `{"name":"North"}`, &Team{})
	f("agents", `{"name":"Mari","extension":"101"}`, &Agent{})
	f("skills", `{"name":"Estonian"}`, &Skill{})
	f("activities", `{"name":"coffee","paid":true,"states":["break"],"shrinkage":"in_office","cost_share":1}`, &Activity{})
	f("codes", `{"code":"complaint","queue_id":"`+queue+`"}`, &Code{})
	user := f("users", `{"login":"jaan"}`, &User{})
	f("roles", `{"user_id":"`+user+`","role":"viewer","scope":"queue","scope_id":"`+queue+`"}`, &Role{})
}

func keys(t *testing.T, text []byte) []string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(m))
}

func id(t *testing.T, text []byte) string {
	t.Helper()
	var row struct{ ID string }
	if err := json.Unmarshal(text, &row); err != nil || row.ID == "" {
		t.Fatalf("no id in %s: %v", text, err)
	}
	return row.ID
}

type noAudit struct{}

func (noAudit) Audit(context.Context, httpapi.AuditEntry) error { return nil }
