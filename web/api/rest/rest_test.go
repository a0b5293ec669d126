package rest

import (
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"testing"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
)

func TestErrorKeepsMeaningAndCause(t *testing.T) {
	for _, c := range []struct {
		err  error
		kind *httpapi.Kind
	}{
		{&db.FieldError{Field: "zone", Value: "Mars", Reason: "is no known time zone"}, httpapi.InvalidField},
		{db.ErrNotFound, httpapi.NotFound},
		{db.ErrConflict, httpapi.Stale},
		{db.ErrExists, Exists},
		{db.ErrReference, Reference},
		{db.ErrLastAdmin, LastAdmin},
		{db.ErrBusy, Busy},
		{db.ErrFull, DiskFull},
	} {
		got := Error(fmt.Errorf("create in sites: %w", c.err))
		if !httpapi.IsKind(got, c.kind) || !errors.Is(got, c.err) {
			t.Errorf("%v became %v, want %s", c.err, got, c.kind.Code)
		}
	}
	if Error(nil) != nil {
		t.Error("nil became an error")
	}
	if err := Error(io.ErrUnexpectedEOF); err != io.ErrUnexpectedEOF {
		t.Errorf("a foreign error became %v", err)
	}
	if err := Error(httpapi.OutOfScope.New("")); !httpapi.IsKind(err, httpapi.OutOfScope) {
		t.Errorf("a problem became %v", err)
	}
	var p *httpapi.Problem
	if errors.As(Error(&db.FieldError{Field: "zone", Value: "Mars", Reason: "x"}), &p); p.Params["field"] != "zone" || p.Params["value"] != "Mars" {
		t.Errorf("params %v", p.Params)
	}
}

func TestMergeKeepsWhatIsAbsent(t *testing.T) {
	row := db.Queue{Name: "Sales", GroupID: "g1", Opening: []db.Window{{Weekdays: []int{1}, From: "09:00", To: "17:00"}}}
	empty := ""
	if err := Merge(&row, struct {
		Group *string `json:"group_id,omitempty"`
		Name  *string `json:"name,omitempty"`
	}{Group: &empty}); err != nil {
		t.Fatal(err)
	}
	if row.Name != "Sales" || row.GroupID != "" || len(row.Opening) != 1 {
		t.Errorf("row %+v", row)
	}
	if err := Merge(&row, map[string]any{"name": 3}); !httpapi.IsKind(err, httpapi.BadRequest) {
		t.Errorf("a number as name: %v", err)
	}
}

func TestActorOfNobody(t *testing.T) {
	r := httptest.NewRequest("POST", "/", nil)
	if Actor(r) == r.Context() {
		t.Error("the address was not noted")
	}
}
