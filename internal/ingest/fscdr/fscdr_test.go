package fscdr

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/ingest/feed"
	"github.com/agner-platform/agner/internal/ingest/feed/feedtest"
	"github.com/agner-platform/agner/internal/interval"
)

func cases(t testing.TB) (doc, lines feedtest.Case) {
	t.Helper()
	loc, err := interval.LoadZone("Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	f := Formats()
	return feedtest.Case{Format: f[0]}, feedtest.Case{Format: f[1], Zone: loc}
}

// TestGolden holds the mapping of both formats, with quotes inside names.
func TestGolden(t *testing.T) {
	doc, lines := cases(t)
	doc.Golden(t, "testdata/cdr.json")
	lines.Golden(t, "testdata/example.csv")
}

// TestTemplate reads the columns out of cdr_csv.conf's text.
func TestTemplate(t *testing.T) {
	got, err := columns(`<template name="x">"${uuid}","${start_uepoch}","${end_uepoch}","${caller_id_number}"</template>`)
	if err != nil || strings.Join(got, " ") != "uuid start_uepoch end_uepoch caller_id_number" {
		t.Errorf("columns = %v, %v", got, err)
	}
	if _, err := columns(`"${caller_id_number}"`); !errors.Is(err, feed.ErrProfile) {
		t.Errorf("a template without times: %v", err)
	}
	if got, err := columns("asterisk"); err != nil || len(got) != 18 {
		t.Errorf("shipped template asterisk: %v, %v", got, err)
	}
}

func FuzzMap(f *testing.F) {
	for _, name := range []string{"cdr.json", "example.csv"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	doc, lines := cases(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range []feedtest.Case{doc, lines} {
			for line := range strings.SplitSeq(c.Map(t, text), "\n") {
				if strings.HasPrefix(line, "  INVALID:") && !strings.Contains(line, "at most") {
					t.Error(line)
				}
			}
		}
	})
}
