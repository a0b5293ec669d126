package house

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// within reports whether the folder is base or below it.
func within(folder, base string) bool {
	return folder == base || strings.HasPrefix(folder, base+"/")
}

// room is the part of a path whose sub-packages may import one another: a folder
// of internal, or a top-level folder.
func room(folder string) string {
	parts := strings.SplitN(folder, "/", 3)
	if parts[0] == "internal" && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// rowOf returns the row with the longest matching folder.
func rowOf(folder string) (row, bool) {
	best, ok := row{}, false
	for _, r := range rows {
		if within(folder, r.folder) && len(r.folder) >= len(best.folder) {
			best, ok = r, true
		}
	}
	return best, ok
}

// allowed reports whether a package in from may import the folder to.
func (r row) allowed(from, to string) bool {
	if within(to, r.folder) || !r.pure && room(to) == room(from) {
		return true
	}
	if path.Base(from) == "api" && within(to, "internal/httpapi") {
		return true
	}
	return slices.ContainsFunc(r.allow, func(a string) bool { return a == "*" || within(to, a) })
}

func TestImports(t *testing.T) {
	for _, f := range files(t) {
		if f.isTest() || f.folder == "." {
			continue
		}
		r, ok := rowOf(f.folder)
		if !ok {
			t.Errorf("%s has no row in the import table (internal/house/rules_test.go): say what it may import, and why", f.folder)
			continue
		}
		for _, imp := range f.imports() {
			to, ours := strings.CutPrefix(imp, module+"/")
			if ours && !r.allowed(f.folder, to) {
				t.Errorf("%s imports %s; %s may import %v: %s", f.path(), to, r.folder, r.allow, r.why)
			}
		}
	}
}

func TestOwners(t *testing.T) {
	for _, f := range files(t) {
		for _, imp := range f.imports() {
			for _, o := range owners {
				if !strings.HasPrefix(imp, o.library) {
					continue
				}
				if !slices.ContainsFunc(o.folders, func(a string) bool { return within(f.folder, a) }) {
					t.Errorf("%s imports %s; only %v may: %s", f.path(), imp, o.folders, o.why)
				}
			}
		}
	}
}

// TestTable tests the rules themselves: a table that allows all would pass above.
func TestTable(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		want     bool
	}{
		{"internal/event", "internal/interval", false},
		{"internal/lake/project", "internal/event", true},
		{"internal/lake/project", "internal/lake", true},
		{"internal/lake", "internal/db", false},
		{"internal/db/account", "internal/db", true},
		{"internal/db", "internal/httpapi", false},
		{"reporting/api", "internal/httpapi", true},
		{"reporting/metric", "internal/httpapi", false},
		{"reporting", "forecasting/erlang", false},
		{"telephony/acd", "telephony/routing", true},
		{"telephony/acd/sim", "telephony/acd", true},
		{"telephony/acd", "telephony/media", false},
		{"telephony/sipua", "telephony/call", true},
		{"telephony", "internal/lake", false},
		{"telephony/dialer", "forecasting/erlang", true},
		{"telephony/dialer", "forecasting", false},
		{"forecasting/erlang", "forecasting/series", false},
		{"forecasting/staffing", "telephony/acd/sim", true},
		{"wfm/roster", "telephony/acd/sim", false},
		{"wfm/twin", "telephony/acd/sim", true},
		{"speech/worker", "internal/lake", false},
		{"web/role", "internal/lake", false},
		{"cmd/agner", "internal/lake", true},
	} {
		r, ok := rowOf(tt.from)
		if !ok {
			t.Fatalf("%s has no row", tt.from)
		}
		if got := r.allowed(tt.from, tt.to); got != tt.want {
			t.Errorf("%s → %s: allowed %v, want %v", tt.from, tt.to, got, tt.want)
		}
	}
	if r, ok := rowOf("pkg/util"); ok {
		t.Errorf("pkg/util has the row %v", r)
	}
}
