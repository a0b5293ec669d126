package role

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestPlannedIsTheContract: the door passes on every route of planning's openapi.yaml, and nothing else.
func TestPlannedIsTheContract(t *testing.T) { contract(t, "../../wfm/api/openapi.yaml", planned()) }

// TestForecastIsTheContract: the same for forecasting.
func TestForecastIsTheContract(t *testing.T) {
	contract(t, "../../forecasting/api/openapi.yaml", forecast())
}

func contract(t *testing.T, file string, list []route) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	var want, have []string
	for path, ops := range c.Paths {
		for method := range ops {
			want = append(want, strings.ToUpper(method)+" "+path)
		}
	}
	for _, r := range list {
		have = append(have, r.method+" "+r.path)
	}
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(want, have) {
		t.Errorf("passed on %v\nof %v", have, want)
	}
}
