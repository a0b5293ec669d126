package house

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// minComment is the shortest package comment that says more than the name does.
const minComment = 60

func TestPackageComments(t *testing.T) {
	comment, seen := map[string]string{}, map[string]bool{}
	for _, f := range files(t) {
		if f.isTest() || f.generated() {
			continue
		}
		seen[f.folder] = true
		if f.ast.Doc != nil {
			comment[f.folder] += f.ast.Doc.Text()
		}
	}
	for folder := range seen {
		if c := comment[folder]; len(c) < minComment {
			t.Errorf("%s: the package comment %q is no manual: say what the package is for, its words and its guarantees", folder, c)
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	for _, f := range files(t) {
		if f.isTest() || f.generated() {
			continue
		}
		for _, d := range f.ast.Decls {
			for _, name := range undocumented(d) {
				t.Errorf("%s: %s is exported and has no comment", fset.Position(d.Pos()), name)
			}
		}
	}
}

// undocumented returns the exported names of a declaration that have no comment.
func undocumented(d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && receiverExported(d) {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		if d.Doc != nil && len(d.Specs) != 1 && d.Tok.String() != "type" {
			return nil // a group under one heading
		}
		return slices.Concat(names(d)...)
	}
	return nil
}

func names(d *ast.GenDecl) [][]string {
	var out [][]string
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
				out = append(out, []string{s.Name.Name})
			}
		case *ast.ValueSpec:
			for _, n := range s.Names {
				if n.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
					out = append(out, []string{n.Name})
				}
			}
		}
	}
	return out
}

// receiverExported reports whether a method belongs to an exported type.
func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// TestNoSleep refuses time.Sleep in tests: it makes them slow and still flaky. In
// a file that uses testing/synctest the clock is a fake one and sleeping is free.
func TestNoSleep(t *testing.T) {
	for _, f := range files(t) {
		if !f.isTest() || slices.Contains(f.imports(), "testing/synctest") {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "Sleep" {
				return true
			}
			if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "time" {
				t.Errorf("%s: time.Sleep in a test: wait for the event itself, or use testing/synctest", fset.Position(n.Pos()))
			}
			return true
		})
	}
}

// TestNoLeftovers refuses notes to oneself: what is not done is an issue.
func TestNoLeftovers(t *testing.T) {
	for _, f := range files(t) {
		if f.folder == "internal/house" {
			continue
		}
		for _, group := range f.ast.Comments {
			for _, word := range []string{"TODO", "FIXME", "XXX:"} {
				if strings.Contains(group.Text(), word) {
					t.Errorf("%s: %s in a comment: do it, or file it", fset.Position(group.Pos()), word)
				}
			}
		}
	}
}

// TestNoMachinePaths refuses paths of somebody's machine: what needs a file takes
// its place from a flag, the environment or a temporary folder.
func TestNoMachinePaths(t *testing.T) {
	for _, f := range files(t) {
		if f.folder == "internal/house" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok {
				return true
			}
			for _, prefix := range []string{`"/work/`, `"/root/`, `"/home/`, "`/work/", "`/root/", "`/home/"} {
				if strings.HasPrefix(lit.Value, prefix) {
					t.Errorf("%s: %s is a path of one machine", fset.Position(n.Pos()), lit.Value)
				}
			}
			return true
		})
	}
}
