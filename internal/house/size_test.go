package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"slices"
	"testing"
)

// span returns how many lines a node covers.
func span(n ast.Node) int { return fset.Position(n.End()).Line - fset.Position(n.Pos()).Line + 1 }

// funcLines returns the length of a function without the inner lines of literals
// that hold data only.
func funcLines(fn *ast.FuncDecl) int {
	n := span(fn)
	ast.Inspect(fn, func(x ast.Node) bool {
		lit, ok := x.(*ast.CompositeLit)
		if !ok || hasFunc(lit) {
			return true
		}
		n -= span(lit) - 1
		return false
	})
	return n
}

// hasFunc reports whether a literal holds code.
func hasFunc(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(x ast.Node) bool {
		_, ok := x.(*ast.FuncLit)
		found = found || ok
		return !found
	})
	return found
}

// depth returns how deeply statements are nested in a function's body.
func depth(n ast.Node) int {
	deepest, now := 0, 0
	var stack []bool
	ast.Inspect(n, func(x ast.Node) bool {
		if x == nil {
			if stack[len(stack)-1] {
				now--
			}
			stack = stack[:len(stack)-1]
			return true
		}
		nests := false
		switch x.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			nests = true
			now++
			deepest = max(deepest, now)
		}
		stack = append(stack, nests)
		return true
	})
	return deepest
}

func TestFunctionSize(t *testing.T) {
	var lengths []int
	deep := 0
	for _, f := range files(t) {
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || f.generated() {
				continue
			}
			n := funcLines(fn)
			if n > maxFunc {
				t.Errorf("%s: %s has %d lines, at most %d: give its parts names", fset.Position(fn.Pos()), fn.Name.Name, n, maxFunc)
			}
			if !f.isTest() {
				lengths = append(lengths, n)
			}
			if depth(fn) > deepNesting {
				deep++
			}
		}
	}
	slices.Sort(lengths)
	median, p90 := lengths[len(lengths)/2], lengths[len(lengths)*9/10]
	if p90 > maxFuncP90 {
		t.Errorf("one function in ten is longer than %d lines, the house number is %d", p90, maxFuncP90)
	}
	t.Logf("%d functions: median %d lines, p90 %d; %d nested deeper than %d", len(lengths), median, p90, deep, deepNesting)
}

func TestFileAndPackageSize(t *testing.T) {
	sum := map[string]int{}
	for _, f := range files(t) {
		if f.generated() {
			continue
		}
		if f.lines > maxFile {
			t.Errorf("%s has %d lines, at most %d: split it by topic", f.path(), f.lines, maxFile)
		}
		if !f.isTest() {
			sum[f.folder] += f.lines
		}
	}
	for folder, n := range sum {
		limit := maxPackage
		if folder == "cmd/agner" {
			limit = maxMainPackage
		}
		if n > limit {
			t.Errorf("%s has %d lines without tests, at most %d: make sub-packages by topic", folder, n, limit)
		}
	}
}

// TestMeasures tests the measures on a function of known size.
func TestMeasures(t *testing.T) {
	src := `package p
func f(x int) int {
	table := []int{
		1,
		2,
		3,
	}
	for range table {
		if x > 0 {
			switch x {
			case 1:
			}
		}
	}
	return x
}`
	tree, err := parser.ParseFile(fset, "measure.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	fn := tree.Decls[0].(*ast.FuncDecl)
	if got := fmt.Sprint(span(fn), funcLines(fn), depth(fn)); got != "15 11 3" {
		t.Errorf("lines, lines without data, depth = %s, want 15 11 3", got)
	}
}
