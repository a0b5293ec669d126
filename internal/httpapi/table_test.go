package httpapi

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func sampleTable(t testing.TB) *Table {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Kathmandu")
	if err != nil {
		t.Fatal(err)
	}
	return &Table{
		Name: "service level/1", Zone: zone,
		Head: []Field{{"report", "service-level"}},
		Columns: []Column{
			Times("start", []int64{0, 1_500_000}),
			Strings("queue", []string{"=cmd|' /C calc'!A0", "Järjekord \"2\" 队列"}),
			Counts("offered", "n", []int64{3, math.MaxInt64}),
			Figures("sl", "share", "answered in T / offered", []float64{0.8125, math.NaN()}),
			{Name: "met", Type: Bool, Bools: []bool{true, false}, Null: []bool{false, true}},
		},
		Tail: []Field{{"totals", map[string]int{"offered": 3}}},
	}
}

func TestTableAsJSON(t *testing.T) {
	var buf bytes.Buffer
	if err := WriteTableJSON(&buf, sampleTable(t)); err != nil {
		t.Fatal(err)
	}
	const want = `{"report":"service-level","columns":[{"name":"start"},{"name":"queue"},{"name":"offered","unit":"count","formula":"n"},` +
		`{"name":"sl","unit":"share","formula":"answered in T / offered"},{"name":"met"}],"rows":[` +
		`{"start":"1970-01-01T05:30:00+05:30","queue":"=cmd|' /C calc'!A0","offered":3,"sl":0.8125,"met":true},` +
		`{"start":"1970-01-01T05:30:01.5+05:30","queue":"Järjekord \"2\" 队列","offered":9223372036854775807,"sl":null,"met":null}` +
		`],"totals":{"offered":3}}` + "\n"
	if diff := cmp.Diff(want, buf.String()); diff != "" {
		t.Error(diff)
	}
}

func TestTableAsCSV(t *testing.T) {
	var buf bytes.Buffer
	if err := WriteCSV(&buf, sampleTable(t)); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(&buf).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"start", "queue", "offered", "sl", "met"},
		{"1970-01-01T05:30:00+05:30", "'=cmd|' /C calc'!A0", "3", "0.8125", "true"},
		{"1970-01-01T05:30:01.5+05:30", "Järjekord \"2\" 队列", "9223372036854775807", "", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTableAsArrow(t *testing.T) {
	var buf bytes.Buffer
	if err := WriteArrow(&buf, sampleTable(t)); err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewReader(&buf)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if formula, _ := r.Schema().Field(3).Metadata.GetValue("formula"); formula != "answered in T / offered" {
		t.Errorf("formula %q", formula)
	}
	if !r.Next() {
		t.Fatalf("no batch: %v", r.Err())
	}
	rec := r.RecordBatch()
	if sl, ok := rec.Column(3).(*array.Float64); !ok || sl.Value(0) != 0.8125 || !sl.IsNull(1) {
		t.Errorf("sl: %v", rec.Column(3))
	}
	if start, ok := rec.Column(0).(*array.Timestamp); !ok || start.Value(1) != 1_500_000 {
		t.Errorf("start: %v", rec.Column(0))
	}
	if got := rec.Column(0).DataType().String(); got != "timestamp[us, tz=Asia/Kathmandu]" {
		t.Errorf("type %s", got)
	}
	if !rec.Column(4).IsNull(1) || rec.NumRows() != 2 || r.Next() {
		t.Error("wrong nulls or number of rows")
	}
}

func TestArrowSplitsIntoBatches(t *testing.T) {
	values := make([]int64, arrowBatch+1)
	values[arrowBatch] = 42
	var buf bytes.Buffer
	if err := WriteArrow(&buf, &Table{Columns: []Column{Counts("n", "", values)}}); err != nil {
		t.Fatal(err)
	}
	if buf.Len() > len(values) {
		t.Errorf("%d bytes for %d zeroes: not compressed", buf.Len(), len(values))
	}
	r, err := ipc.NewReader(&buf)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var sizes []int64
	var last int64
	for r.Next() {
		rec := r.RecordBatch()
		sizes = append(sizes, rec.NumRows())
		if col, ok := rec.Column(0).(*array.Int64); ok {
			last = col.Value(col.Len() - 1)
		}
	}
	if diff := cmp.Diff([]int64{arrowBatch, 1}, sizes); diff != "" || last != 42 {
		t.Error(diff, last)
	}
}

func TestNegotiation(t *testing.T) {
	tw := TableWriter{XLSX: func(w io.Writer, _ *Table) error {
		_, err := io.WriteString(w, "workbook")
		return err
	}}
	f := func(query, accept, media, file string) {
		t.Helper()
		r := httptest.NewRequest("GET", "/"+query, nil)
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
		w := httptest.NewRecorder()
		if err := tw.Write(w, r, sampleTable(t)); err != nil {
			t.Errorf("%s %s: %v", query, accept, err)
			return
		}
		got, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
		disposition := w.Header().Get("Content-Disposition")
		if got != media || file != "" && disposition != `attachment; filename="`+file+`"` || file == "" && disposition != "" {
			t.Errorf("%s %s: %s %s", query, accept, got, disposition)
		}
	}
	f("", "", MediaJSON, "")
	f("", "*/*", MediaJSON, "")
	f("", "text/html,application/xhtml+xml,*/*;q=0.8", MediaJSON, "")
	f("", MediaArrow, MediaArrow, "")
	f("", "application/json;q=0.5, "+MediaArrow, MediaArrow, "")
	f("", "text/csv;q=0.2, application/json;q=0.9", MediaJSON, "")
	f("", MediaXLSX, MediaXLSX, "")
	f("?format=csv", MediaJSON, MediaCSV, "service-level-1.csv")
	f("?format=xlsx", "", MediaXLSX, "service-level-1.xlsx")
	f("?format=arrow", "", MediaArrow, "")
	refuse := func(tw TableWriter, query, accept string, kind *Kind) {
		t.Helper()
		r := httptest.NewRequest("GET", "/"+query, nil)
		r.Header.Set("Accept", accept)
		if err := tw.Write(httptest.NewRecorder(), r, sampleTable(t)); !IsKind(err, kind) {
			t.Errorf("%s %s: %v", query, accept, err)
		}
	}
	refuse(tw, "", "image/png", NotAcceptable)
	refuse(tw, "", "application/json;q=0", NotAcceptable)
	refuse(tw, "?format=pdf", "", BadParameter)
	refuse(TableWriter{}, "?format=xlsx", "", BadParameter)
	refuse(TableWriter{}, "", MediaXLSX, NotAcceptable)
}

func TestTableCheck(t *testing.T) {
	for name, table := range map[string]*Table{
		"unequal":  {Columns: []Column{Counts("a", "", []int64{1}), Counts("b", "", nil)}},
		"repeated": {Columns: []Column{Counts("a", "", nil), Counts("a", "", nil)}},
		"nameless": {Columns: []Column{Counts("", "", nil)}},
		"nulls":    {Columns: []Column{{Name: "a", Type: Int, Ints: []int64{1}, Null: []bool{true, false}}}},
	} {
		if err := table.Check(); !errors.Is(err, ErrTable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (&Table{}).Check(); err != nil {
		t.Errorf("an empty table: %v", err)
	}
}

// Every table, however odd its texts and numbers, must come back from JSON as what encoding/json would have read.
func TestTableJSONProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 5).Draw(t, "rows")
		text := rapid.SliceOfN(rapid.String(), n, n).Draw(t, "text")
		num := rapid.SliceOfN(rapid.Float64(), n, n).Draw(t, "num")
		table := &Table{Columns: []Column{Strings("text", text), Figures("num", "", "", num)}}
		var buf bytes.Buffer
		if err := WriteTableJSON(&buf, table); err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Rows []struct {
				Text string
				Num  *float64
			}
		}
		if err := json.Unmarshal(buf.Bytes(), &doc); err != nil {
			t.Fatalf("%v: %s", err, buf.String())
		}
		for i, row := range doc.Rows {
			if row.Text != strings.ToValidUTF8(text[i], "\ufffd") {
				t.Errorf("row %d: %q, want %q", i, row.Text, text[i])
			}
			if table.Columns[1].IsNull(i) != (row.Num == nil) || row.Num != nil && *row.Num != num[i] {
				t.Errorf("row %d: %v, want %v", i, row.Num, num[i])
			}
		}
	})
}

func BenchmarkTableJSON(b *testing.B) {
	const rows = 2976 // a month of quarter hours
	table := &Table{Columns: []Column{Times("start", make([]int64, rows)), Strings("label", make([]string, rows))}}
	for _, name := range strings.Fields("a b c d e f g h i j k l m n o p q r s t u v w x y z") {
		v := make([]float64, rows)
		for i := range v {
			v[i] = float64(i) / 7
		}
		table.Columns = append(table.Columns, Figures(name, "share", "", v))
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := WriteTableJSON(io.Discard, table); err != nil {
			b.Fatal(err)
		}
	}
}
