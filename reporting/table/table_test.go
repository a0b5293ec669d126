package table

import (
	"bytes"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/metric"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample has one value of every kind, a missing one of each that can miss, and a name that tries to be a formula.
func sample(t *testing.T) *Table {
	t.Helper()
	zone, err := interval.LoadZone("Asia/Jerusalem")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(1999, 10, 3, 7, 30, 0, 0, zone).UnixMicro()
	out := &Table{Name: "service-level", Zone: zone}
	out.AddTimes("start", []int64{start, start + interval.Half.Us()})
	out.AddText("queue", []string{"Private", "=2+3|sales"})
	out.AddFigure(figure(t, "offered"), []metric.Sums{{metric.Offered: 1234, metric.AnsweredInT: 1000}, {}})
	out.AddFigure(figure(t, "sl_offered"), []metric.Sums{{metric.Offered: 1234, metric.AnsweredInT: 1000}, {}})
	out.AddReals("asa_s", metric.Seconds, "wait / answered", []float64{32.5698, math.NaN()})
	out.Columns = append(out.Columns, Column{Name: "met", Kind: Truth, Truths: []bool{true, false}, Null: []bool{false, true}})
	return out
}

func figure(t *testing.T, name string) *metric.Figure {
	t.Helper()
	f, ok := metric.Lookup(name)
	if !ok {
		t.Fatalf("no figure %s", name)
	}
	return f
}

func TestGolden(t *testing.T) {
	for name, write := range map[string]func(*Table, *bytes.Buffer) error{
		"sample.json": func(s *Table, b *bytes.Buffer) error { return s.WriteJSON(b) },
		"sample.csv":  func(s *Table, b *bytes.Buffer) error { return s.WriteCSV(b) },
		"sample.txt":  func(s *Table, b *bytes.Buffer) error { return s.WriteText(b) },
	} {
		var got bytes.Buffer
		if err := write(sample(t), &got); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWorkbook(t *testing.T) {
	var b bytes.Buffer
	if err := sample(t).WriteXLSX(&b); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[string]string{
		"A1": "start", "A2": "1999-10-03 07:30:00", "B3": "=2+3|sales", "C2": "1234", "D2": "81.04%", "D3": "", "F2": "TRUE", "F3": "",
	} {
		if got, err := book.GetCellValue("report", cell); err != nil || got != want {
			t.Errorf("cell %s = %q (%v), want %q", cell, got, err, want)
		}
	}
	if f, err := book.GetCellFormula("report", "B3"); err != nil || f != "" {
		t.Errorf("a queue's name became the formula %q (%v)", f, err)
	}
	if got, err := book.GetCellValue("columns", "C5"); err != nil || got != "answered within T / offered" {
		t.Errorf("formula cell = %q (%v)", got, err)
	}
}

func TestArrow(t *testing.T) {
	var b bytes.Buffer
	s := sample(t)
	if err := s.WriteArrow(&b); err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if !r.Next() {
		t.Fatal("no record")
	}
	rec := r.RecordBatch()
	if rec.NumRows() != 2 || int(rec.NumCols()) != len(s.Columns) {
		t.Fatalf("%d rows, %d columns", rec.NumRows(), rec.NumCols())
	}
	if got := rec.Column(0).(*array.Timestamp).Value(0); int64(got) != s.Columns[0].Ints[0] {
		t.Errorf("start = %d", got)
	}
	if !rec.Column(3).IsNull(1) || rec.Column(2).IsNull(1) {
		t.Error("a service level of nothing must be null, and offered zero")
	}
	if got, _ := rec.Schema().Field(3).Metadata.GetValue("formula"); got != "answered within T / offered" {
		t.Errorf("formula %q", got)
	}
}

func TestCheck(t *testing.T) {
	s := sample(t)
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	s.AddCounts("offered", "", []int64{1, 2})
	if err := s.Check(); !errors.Is(err, ErrTable) {
		t.Errorf("a repeated name gives %v", err)
	}
	s = sample(t)
	s.AddCounts("more", "", []int64{1})
	if err := s.Check(); !errors.Is(err, ErrTable) {
		t.Errorf("a short column gives %v", err)
	}
}
