package ivr

import (
	"strings"
)

// checkGraph refuses ways to nowhere, nodes nobody reaches and loops of silent
// ways, which a caller who does nothing would never leave.
func (f *Flow) checkGraph(r *reader, problems *[]Problem) {
	if f.nodes[f.First] == nil {
		r.bad(r.v.Vals["start"].Line, "start", f.First, "is no node of this flow")
	}
	for _, name := range f.order {
		for _, w := range f.nodes[name].ways {
			if f.nodes[w.to] == nil {
				*problems = append(*problems, Problem{Line: w.line, Node: name, Field: w.field, Value: w.to, Why: "is no node of this flow"})
			}
		}
	}
	if len(*problems) > 0 {
		return
	}
	reached := map[string]bool{}
	f.reach(f.First, reached)
	for _, name := range f.order {
		if !reached[name] {
			*problems = append(*problems, Problem{Line: f.nodes[name].line, Node: name, Field: "node", Value: name, Why: "is never reached from " + f.First})
		}
	}
	f.checkLoops(problems)
}

func (f *Flow) reach(start string, seen map[string]bool) {
	for todo := []string{start}; len(todo) > 0; {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[name] {
			continue
		}
		seen[name] = true
		for _, w := range f.nodes[name].ways {
			todo = append(todo, w.to)
		}
	}
}

// checkLoops walks silent ways depth first; a way back to a node on the present
// path closes a loop. Each loop is reported once, at the way that closes it.
func (f *Flow) checkLoops(problems *[]Problem) {
	done := map[string]bool{}
	var path []string
	var visit func(string)
	visit = func(name string) {
		path = append(path, name)
		for _, w := range f.nodes[name].ways {
			if w.keyed || done[w.to] {
				continue
			}
			if at := indexOf(path, w.to); at >= 0 {
				loop := strings.Join(append(append([]string(nil), path[at:]...), w.to), " → ")
				*problems = append(*problems, Problem{Line: w.line, Node: name, Field: w.field, Value: w.to, Why: "closes a loop without input: " + loop})
				continue
			}
			visit(w.to)
		}
		path = path[:len(path)-1]
		done[name] = true
	}
	for _, name := range f.order {
		if !done[name] {
			visit(name)
		}
	}
}

func indexOf(path []string, name string) int {
	for i, p := range path {
		if p == name {
			return i
		}
	}
	return -1
}
