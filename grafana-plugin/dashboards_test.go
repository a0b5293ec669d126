package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// dashboard is a dashboard file as far as these tests read it.
type dashboard struct {
	UID, Title, Timezone, Refresh string
	Time                          struct{ From, To string }
	Templating                    struct{ List []struct{ Name, Type string } }
	Panels                        []panel
}

type panel struct {
	Type, Title, Description string
	FieldConfig              struct {
		Defaults struct {
			Unit, NoValue string
			Thresholds    struct{ Steps []any }
		}
	}
	Options struct {
		Legend *struct{ ShowLegend bool }
	}
	Transformations []struct {
		ID      string
		Options struct {
			Mappings []struct{ FieldName, HandlerKey string }
		}
	}
	Targets []json.RawMessage
}

func dashboards(t *testing.T) []dashboard {
	t.Helper()
	files, err := filepath.Glob("dashboards/*.json")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d dashboards, %v", len(files), err)
	}
	out := make([]dashboard, len(files))
	for i, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &out[i]); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want := "agner-" + strings.TrimSuffix(filepath.Base(name), ".json"); out[i].UID != want {
			t.Errorf("%s: uid %q, want %q: links and alerts name it", name, out[i].UID, want)
		}
	}
	return out
}

// TestDashboards is the lint: what a reader needs to trust a panel is there.
func TestDashboards(t *testing.T) {
	for _, d := range dashboards(t) {
		var names []string
		for _, v := range d.Templating.List {
			names = append(names, v.Name+":"+v.Type)
		}
		if !slices.Equal(names, []string{"datasource:datasource", "queue:query", "interval:custom"}) {
			t.Errorf("%s: variables %v", d.Title, names)
		}
		if d.Timezone == "" || d.Refresh == "" || d.Time.To != "now" || len(d.Panels) < 4 {
			t.Errorf("%s: zone %q, refresh %q, until %q, %d panels", d.Title, d.Timezone, d.Refresh, d.Time.To, len(d.Panels))
		}
		for _, p := range d.Panels {
			lint(t, d.Title+", "+p.Title, &p)
		}
	}
}

func lint(t *testing.T, name string, p *panel) {
	f := p.FieldConfig.Defaults
	if f.Unit == "" || f.NoValue == "" || len(f.Thresholds.Steps) == 0 || len(p.Description) < 20 || len(p.Targets) == 0 {
		t.Errorf("%s: unit %q, no-data text %q, thresholds %v, description %q, %d targets", name, f.Unit, f.NoValue, f.Thresholds.Steps, p.Description, len(p.Targets))
	}
	if slices.Contains([]string{"timeseries", "barchart"}, p.Type) && (p.Options.Legend == nil || !p.Options.Legend.ShowLegend) {
		t.Errorf("%s: no legend", name)
	}
	bound := false
	for _, tr := range p.Transformations {
		for _, m := range tr.Options.Mappings {
			bound = bound || tr.ID == "configFromData" && m.FieldName == "target_sl" && m.HandlerKey == "threshold1"
		}
	}
	if len(f.Thresholds.Steps) == 2 && f.Unit == "percentunit" && !bound {
		t.Errorf("%s: the threshold of a service level is not that of the queue's target", name)
	}
}
