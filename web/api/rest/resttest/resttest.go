// Package resttest holds a REST area against its contract: its routes against the OpenAPI document, and the committed
// generated file against what the generator makes of the document today.
package resttest

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/httpapi"
)

// Contract fails unless the routes below prefix are exactly the operations of the document.
func Contract(t *testing.T, rt *httpapi.Router, prefix, document string) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI string `yaml:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string `yaml:"operationId"`
		} `yaml:"paths"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("openapi %q, want 3.1", doc.OpenAPI)
	}
	var promised, ids []string
	for path, operations := range doc.Paths {
		for method, op := range operations {
			promised = append(promised, strings.ToUpper(method)+" "+prefix+path)
			ids = append(ids, op.OperationID)
		}
	}
	slices.Sort(promised)
	if diff := cmp.Diff(promised, Routes(t, rt)); diff != "" {
		t.Errorf("the document (-) and the routes (+) differ:\n%s", diff)
	}
	slices.Sort(ids)
	if unique := slices.Compact(slices.Clone(ids)); len(unique) != len(ids) || unique[0] == "" {
		t.Errorf("operation ids are missing or repeated: %v", ids)
	}
}

// Routes lists the routes of rt as "METHOD /path".
func Routes(t *testing.T, rt *httpapi.Router) []string {
	t.Helper()
	var all []string
	err := chi.Walk(rt.Routes(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		all = append(all, method+" "+route)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// Generated fails unless api.gen.go is what oapi-codegen makes of openapi.yaml with oapi.yaml. Without the tool on PATH
// or in tools it skips.
func Generated(t *testing.T, tools string) {
	t.Helper()
	tool, err := exec.LookPath("oapi-codegen")
	if err != nil {
		if tool, err = exec.LookPath(filepath.Join(tools, "oapi-codegen")); err != nil {
			t.Skip("oapi-codegen is neither on PATH nor in", tools)
		}
	}
	fresh := filepath.Join(t.TempDir(), "api.gen.go")
	if out, err := exec.CommandContext(t.Context(), tool, "-config", "oapi.yaml", "-o", fresh, "openapi.yaml").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("api.gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(have)); diff != "" {
		t.Errorf("api.gen.go is out of date; run go generate:\n%s", diff)
	}
}
