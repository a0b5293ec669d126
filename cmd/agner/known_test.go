//go:build cgo

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// offered sums the offered calls of the total report.
func offered(t *testing.T, dir string) float64 {
	t.Helper()
	var rows []map[string]any
	if err := json.Unmarshal([]byte(ok(t, dir, "report", "service-level", "--interval", "total", "--json")), &rows); err != nil {
		t.Fatal(err)
	}
	n := 0.0
	for _, r := range rows {
		n += r["offered"].(float64)
	}
	return n
}

func TestOverlappingFilesCountOnceInTheLake(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	file := calls(t)
	ok(t, dir, append(importCalls, file)...)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	cut := filepath.Join(t.TempDir(), "cut.csv")
	if err := os.WriteFile(cut, []byte(lines[0]+strings.Join(lines[20:30], "")), 0o600); err != nil {
		t.Fatal(err)
	}
	before := offered(t, dir)
	if out := ok(t, dir, append(importCalls, cut)...); !strings.Contains(out, "visits imported before") {
		t.Errorf("import does not say what it left out:\n%s", out)
	}
	if after := offered(t, dir); after != before || before != 50 {
		t.Errorf("offered %g, after a cut of the same calls %g, want 50", before, after)
	}
}
