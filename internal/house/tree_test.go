package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/agner-platform/agner"

// root is the repository, seen from this package.
const root = "../.."

// file is one parsed Go file of the module.
type file struct {
	folder string // "internal/event"
	name   string // "event.go"
	lines  int
	ast    *ast.File
}

func (f *file) path() string    { return path.Join(f.folder, f.name) }
func (f *file) isTest() bool    { return strings.HasSuffix(f.name, "_test.go") }
func (f *file) generated() bool { return strings.HasSuffix(f.name, ".gen.go") }

// imports returns the import paths of the file.
func (f *file) imports() []string {
	out := make([]string, len(f.ast.Imports))
	for i, spec := range f.ast.Imports {
		out[i] = strings.Trim(spec.Path.Value, `"`)
	}
	return out
}

var fset = token.NewFileSet()

// parsed reads every Go file of the module once.
var parsed = sync.OnceValues(func() ([]*file, error) {
	var out []*file
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return enter(p, d.Name())
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		f, err := read(p)
		out = append(out, f)
		return err
	})
	return out, err
})

// enter skips folders that are not part of the module.
func enter(p, name string) error {
	if p == root {
		return nil
	}
	if name == "node_modules" || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return fs.SkipDir
	}
	if _, err := os.Stat(filepath.Join(p, "go.mod")); err == nil {
		return fs.SkipDir // a nested module keeps its own house
	}
	return nil
}

func read(p string) (*file, error) {
	src, err := os.ReadFile(p)
	if err != nil {
		return nil, err
	}
	tree, err := parser.ParseFile(fset, p, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(root, p)
	if err != nil {
		return nil, err
	}
	rel = filepath.ToSlash(rel)
	return &file{folder: path.Dir(rel), name: path.Base(rel), lines: fset.File(tree.FileStart).LineCount(), ast: tree}, nil
}

// files returns every Go file of the module.
func files(t *testing.T) []*file {
	t.Helper()
	all, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("found %d files below %s: the walk is broken", len(all), root)
	}
	return all
}
