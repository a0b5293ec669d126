package house

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// linked is a package that ends up in the binary.
type linked struct {
	ImportPath string
	Module     *struct{ Path, Version, Dir string }
}

// deps returns the packages that ./cmd/agner is made of.
func deps(t *testing.T, cgo string) []linked {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, "cmd/agner")); err != nil {
		t.Skip("cmd/agner does not exist yet")
	}
	cmd := exec.Command("go", "list", "-tags=duckdb_arrow", "-deps", "-json=ImportPath,Module", "./cmd/agner")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var list []linked
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p linked
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// copyleft matches the title line of licences that would bind the whole binary.
// Other licences (MPL, LGPL) only mention these names further down.
var copyleft = regexp.MustCompile(`(?m)^\s*GNU (AFFERO )?GENERAL PUBLIC LICENSE\s*$`)

// head is how much of a licence file is searched for its title.
const head = 400

func TestLicences(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range deps(t, "1") {
		if p.Module == nil || p.Module.Path == module || seen[p.Module.Path] {
			continue
		}
		seen[p.Module.Path] = true
		found, bad := licences(t, p.Module.Dir)
		if found == 0 && noLicenceFile[p.Module.Path] == "" {
			t.Errorf("%s %s has no licence file: find its licence and list it in noLicenceFile, or drop it", p.Module.Path, p.Module.Version)
		}
		if bad != "" {
			t.Errorf("%s %s is under the %s: it may not be linked into an Apache-2.0 binary", p.Module.Path, p.Module.Version, bad)
		}
	}
	if len(seen) == 0 {
		t.Error("no foreign module is linked: the check looks at nothing")
	}
	t.Logf("%d foreign modules", len(seen))
}

// licences counts the licence files in a module's root and returns the title of
// one that binds.
func licences(t *testing.T, dir string) (found int, bad string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") && !strings.HasPrefix(name, "UNLICENSE") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found++
		if m := copyleft.Find(text[:min(len(text), head)]); m != nil {
			bad = string(bytes.TrimSpace(m))
		}
	}
	return found, bad
}

func TestCopyleftIsRecognised(t *testing.T) {
	for text, want := range map[string]bool{
		"                    GNU GENERAL PUBLIC LICENSE\n                       Version 3": true,
		"GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3":                                     true,
		"GNU LESSER GENERAL PUBLIC LICENSE\nVersion 3":                                     false,
		"Mozilla Public License\n the GNU General Public License, Version 2.0":             false,
	} {
		if copyleft.MatchString(text) != want {
			t.Errorf("%q: recognised %v", text, !want)
		}
	}
}

// TestPureBuild builds the binary of the switch and the command line, which must
// not need cgo, and looks into it.
func TestPureBuild(t *testing.T) {
	for _, p := range deps(t, "0") {
		if strings.Contains(p.ImportPath, "duckdb") {
			t.Errorf("without cgo, cmd/agner still imports %s: keep what needs the lake in files with //go:build cgo", p.ImportPath)
		}
	}
	if testing.Short() {
		t.Skip("the build itself takes a while; only its imports were checked")
	}
	bin := filepath.Join(t.TempDir(), "agner")
	cmd := exec.Command("go", "build", "-tags=duckdb_arrow", "-o", bin, "./cmd/agner")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build without cgo: %v\n%s", err, out)
	}
	info, err := buildinfo.ReadFile(bin)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range info.Deps {
		if strings.Contains(d.Path, "duckdb") {
			t.Errorf("the binary without cgo holds %s %s", d.Path, d.Version)
		}
	}
}
