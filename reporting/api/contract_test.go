package api

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// contract is openapi.yaml as far as these tests read it.
type contract struct {
	Paths      map[string]map[string]operation `yaml:"paths"`
	Components struct {
		Parameters map[string]parameter `yaml:"parameters"`
		Schemas    map[string]schema    `yaml:"schemas"`
	} `yaml:"components"`
}

type operation struct {
	Parameters []parameter `yaml:"parameters"`
	Responses  map[string]struct {
		Content map[string]struct {
			Schema schema `yaml:"schema"`
		} `yaml:"content"`
	} `yaml:"responses"`
}

type parameter struct {
	Ref    string `yaml:"$ref"`
	Name   string `yaml:"name"`
	In     string `yaml:"in"`
	Schema schema `yaml:"schema"`
}

type schema struct {
	Ref        string            `yaml:"$ref"`
	Type       any               `yaml:"type"`
	Enum       []string          `yaml:"enum"`
	Required   []string          `yaml:"required"`
	Properties map[string]schema `yaml:"properties"`
	Items      *schema           `yaml:"items"`
	OneOf      []schema          `yaml:"oneOf"`
}

func readContract(t *testing.T) *contract {
	t.Helper()
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c contract
	if err := yaml.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

func (c *contract) parameters(op operation) []parameter {
	var out []parameter
	for _, p := range op.Parameters {
		if name, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
			p = c.Components.Parameters[name]
		}
		if p.In == "query" {
			out = append(out, p)
		}
	}
	return out
}

// check holds a decoded answer against a schema: every required field there, no other one, types as promised.
func (c *contract) check(s schema, v any, at string) error {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		named, found := c.Components.Schemas[name]
		if !found {
			return fmt.Errorf("%s: the contract has no schema %s", at, name)
		}
		return c.check(named, v, at)
	}
	if len(s.OneOf) > 0 {
		var last error
		for _, one := range s.OneOf {
			if last = c.check(one, v, at); last == nil {
				return nil
			}
		}
		return last
	}
	switch v := v.(type) {
	case map[string]any:
		return c.checkObject(s, v, at)
	case []any:
		if !s.is("array") {
			return fmt.Errorf("%s: a list where %v was promised", at, s.Type)
		}
		for i, item := range v {
			if err := c.check(*s.Items, item, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	}
	for _, name := range jsonTypes(v) {
		if s.is(name) {
			return nil
		}
	}
	return fmt.Errorf("%s: %v where %v was promised", at, v, s.Type)
}

func (c *contract) checkObject(s schema, v map[string]any, at string) error {
	if !s.is("object") {
		return fmt.Errorf("%s: an object where %v was promised", at, s.Type)
	}
	if s.Properties == nil {
		return nil // free form: payloads, params, formulas
	}
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			return fmt.Errorf("%s: %s is missing", at, name)
		}
	}
	for name, value := range v {
		property, ok := s.Properties[name]
		if !ok {
			return fmt.Errorf("%s: %s was not promised", at, name)
		}
		if err := c.check(property, value, at+"."+name); err != nil {
			return err
		}
	}
	return nil
}

func (s *schema) is(name string) bool {
	switch t := s.Type.(type) {
	case string:
		return t == name
	case []any:
		return slices.Contains(t, any(name))
	}
	return false
}

func jsonTypes(v any) []string {
	switch v := v.(type) {
	case nil:
		return []string{"null"}
	case bool:
		return []string{"boolean"}
	case string:
		return []string{"string"}
	case float64:
		if v == float64(int64(v)) {
			return []string{"integer", "number"}
		}
		return []string{"number"}
	}
	return nil
}

// What is promised is served, and nothing else.
func TestRoutesAreThoseOfTheContract(t *testing.T) {
	w := begin(t)
	promised := slices.Sorted(maps.Keys(readContract(t).Paths))
	served := []string{"/live/stream"}
	for _, r := range w.api.routes() {
		served = append(served, r.path)
	}
	slices.Sort(served)
	if diff := cmp.Diff(promised, served); diff != "" {
		t.Errorf("promised (-) and served (+):\n%s", diff)
	}
	if bare, err := w.router.Unguarded(); err != nil || len(bare) > 0 {
		t.Errorf("routes without a policy: %v (%v)", bare, err)
	}
	for _, path := range served {
		if p, ok := w.router.PolicyOf("GET", Prefix+path); !ok || p.Public || len(p.Roles) == 0 || p.Action == "" {
			t.Errorf("%s: policy %+v", path, p)
		}
	}
}

// usable are values for parameters that have neither a list of values nor take any text.
var usable = map[string]string{
	"from": "1999-10-05", "to": "1999-10-06", "queue": "Private", "site": "Haifa", "group": "Bank", "within": "20s", "short": "10s",
	"bins": "15,60", "at": "1999-10-05", "days": "2", "number": "0501234567", "agent": "a1", "min_wait": "1s", "max_wait": "5m", "limit": "5", "figure": "sl",
}

// Every promised parameter is understood, every value of a list too; others are refused by name; answers keep their shape.
func TestAnswersAreThoseOfTheContract(t *testing.T) {
	w, c := begin(t), readContract(t)
	for path, ops := range c.Paths {
		op, target := ops["get"], strings.Replace(path, "{interaction}", "mine", 1)
		content, isJSON := op.Responses["200"].Content["application/json"]
		if !isJSON {
			continue // the event stream has a test of its own
		}
		queries := []string{""}
		if path == "/reports/before-after" {
			queries = []string{"at=1999-10-05"}
		}
		for _, p := range c.parameters(op) {
			if p.Name == "format" || p.Name == "cursor" {
				continue // what they change is tested below
			}
			values := p.Schema.Enum
			if len(values) == 0 {
				values = []string{usable[p.Name]}
			}
			for _, v := range values {
				queries = append(queries, queries[0]+"&"+p.Name+"="+v)
			}
		}
		for _, q := range queries {
			got := w.json(t, target+"?"+q, 200)
			if err := c.check(content.Schema, got, path+"?"+q); err != nil {
				t.Error(err)
			}
		}
		problem, _ := w.json(t, target+"?"+queries[0]+"&colour=red", 400).(map[string]any)
		if err := c.check(c.Components.Schemas["Problem"], problem, path); err != nil {
			t.Error(err)
		}
		if params, _ := problem["params"].(map[string]any); params["field"] != "colour" || params["value"] != "red" {
			t.Errorf("%s: an unknown parameter gives %v", path, problem)
		}
	}
}
