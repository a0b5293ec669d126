package event

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/golden for kinds and schemas that have no record yet")

// golden is one record of the corpus: the readable form and, below it, the hex
// digits of the binary form.
type golden struct{ readable, binary string }

func goldenPath(k Kind, schema uint16) string {
	return filepath.Join("testdata", "golden", fmt.Sprintf("%s.v%d.txt", k, schema))
}

func record(t *testing.T, e *Event) golden {
	t.Helper()
	b, err := AppendBinary(nil, e)
	if err != nil {
		t.Fatal(err)
	}
	j, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return golden{string(j), hex.EncodeToString(b)}
}

func readGolden(t *testing.T, path string) golden {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: a new kind or schema needs a record: go test ./internal/event -run Golden -update", err)
	}
	readable, binary, ok := strings.Cut(string(text), "\n---\n")
	if !ok {
		t.Fatalf("%s has no line ---", path)
	}
	return golden{readable, strings.ReplaceAll(strings.TrimSpace(binary), "\n", "")}
}

// TestGolden holds the written forms still: a record once written must be read
// for ever, so -update adds files and never changes one.
func TestGolden(t *testing.T) {
	for _, k := range kinds() {
		e := full(t, k)
		got, path := record(t, &e), goldenPath(k, k.Schema())
		if _, err := os.Stat(path); *update && os.IsNotExist(err) {
			if err := os.WriteFile(path, []byte(got.readable+"\n---\n"+fold(got.binary)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want := readGolden(t, path)
		if d := cmp.Diff(want.readable, got.readable); d != "" {
			t.Errorf("%s: the readable form changed: a new field is additive and empty in old records; other changes need a new schema (see doc.go)\n%s", k, d)
		}
		if want.binary != got.binary {
			t.Errorf("%s: the binary form changed\nwant %s\ngot  %s", k, want.binary, got.binary)
		}
	}
}

// TestGoldenIsRead reads every record ever written, also those of older schemas.
func TestGoldenIsRead(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "golden", "*.txt"))
	if err != nil || len(paths) < len(specs) {
		t.Fatalf("%d records for %d kinds, %v", len(paths), len(specs), err)
	}
	for _, path := range paths {
		g := readGolden(t, path)
		raw, err := hex.DecodeString(g.binary)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		e, err := DecodeBinary(raw)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if e.Schema != e.Kind.Schema() {
			t.Errorf("%s: read as schema %d, current is %d", path, e.Schema, e.Kind.Schema())
		}
		if err := e.Validate(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// fold breaks hex digits into lines that a diff can show.
func fold(s string) string {
	var b strings.Builder
	for ; len(s) > 96; s = s[96:] {
		b.WriteString(s[:96] + "\n")
	}
	return b.String() + s + "\n"
}
