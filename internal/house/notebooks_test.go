package house

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Notebooks are kept without outputs: results of somebody's centre have no place in the repository, and diffs stay readable.
func TestNotebooksAreStripped(t *testing.T) {
	files, err := filepath.Glob("../../notebooks/*.ipynb")
	if err != nil || len(files) != 6 {
		t.Fatalf("%d notebooks, %v; want six", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var book struct {
			Cells []struct {
				Type    string            `json:"cell_type"`
				Source  []string          `json:"source"`
				Outputs []json.RawMessage `json:"outputs"`
				Count   *int              `json:"execution_count"`
			} `json:"cells"`
		}
		if err := json.Unmarshal(text, &book); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		asserts := 0
		for i, c := range book.Cells {
			if len(c.Outputs) > 0 || c.Count != nil {
				t.Errorf("%s: cell %d has outputs", name, i)
			}
			asserts += strings.Count(strings.Join(c.Source, ""), "assert ")
		}
		if asserts == 0 || book.Cells[0].Type != "markdown" {
			t.Errorf("%s: %d assertions, begins with a cell of %s; it claims nothing that could be wrong, or does not say what it is", name, asserts, book.Cells[0].Type)
		}
		if _, err := os.Stat(filepath.Join("../../docs/notebooks", strings.TrimSuffix(filepath.Base(name), ".ipynb")+".html")); err != nil {
			t.Errorf("%s: not rendered: RENDER=1 bash .ci/notebooks.sh", name)
		}
	}
}
