package web

import (
	"io/fs"
	"strings"
	"testing"
)

func TestPagesHasAnIndex(t *testing.T) {
	files, index, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	body, err := fs.ReadFile(files, index)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(strings.ToLower(string(body)), "<!doctype html>") {
		t.Errorf("%s does not begin with a doctype: %.40q", index, body)
	}
	if _, err := fs.Stat(files, placeholder); err != nil {
		t.Errorf("the committed placeholder is not embedded: %v", err)
	}
}
