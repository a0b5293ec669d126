package convert

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// stream writes one column of two values, the second null, as the server does.
func stream(t *testing.T, typ arrow.DataType, put func(array.Builder)) []byte {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{{Name: "v", Type: typ, Nullable: true, Metadata: arrow.MetadataFrom(map[string]string{"unit": "share", "formula": "a / b"})}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	put(b.Field(0))
	b.Field(0).AppendNull()
	batch := b.NewRecordBatch()
	defer batch.Release()
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(schema), ipc.WithZstd())
	if err := w.Write(batch); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Every type that DuckDB sends arrives as the same value; four units of time name the same instant.
func TestTypes(t *testing.T) {
	at := time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC) // Europe's clocks change
	stamp := func(unit arrow.TimeUnit, v int64) func(array.Builder) {
		return func(b array.Builder) { b.(*array.TimestampBuilder).Append(arrow.Timestamp(v)) }
	}
	cases := []struct {
		name string
		typ  arrow.DataType
		put  func(array.Builder)
		want any
	}{
		{"bool", arrow.FixedWidthTypes.Boolean, func(b array.Builder) { b.(*array.BooleanBuilder).Append(true) }, true},
		{"tinyint", arrow.PrimitiveTypes.Int8, func(b array.Builder) { b.(*array.Int8Builder).Append(-128) }, int8(-128)},
		{"smallint", arrow.PrimitiveTypes.Int16, func(b array.Builder) { b.(*array.Int16Builder).Append(-5) }, int16(-5)},
		{"integer", arrow.PrimitiveTypes.Int32, func(b array.Builder) { b.(*array.Int32Builder).Append(7) }, int32(7)},
		{"bigint", arrow.PrimitiveTypes.Int64, func(b array.Builder) { b.(*array.Int64Builder).Append(math.MaxInt64) }, int64(math.MaxInt64)},
		{"utinyint", arrow.PrimitiveTypes.Uint8, func(b array.Builder) { b.(*array.Uint8Builder).Append(255) }, uint8(255)},
		{"usmallint", arrow.PrimitiveTypes.Uint16, func(b array.Builder) { b.(*array.Uint16Builder).Append(65535) }, uint16(65535)},
		{"uinteger", arrow.PrimitiveTypes.Uint32, func(b array.Builder) { b.(*array.Uint32Builder).Append(9) }, uint32(9)},
		{"ubigint", arrow.PrimitiveTypes.Uint64, func(b array.Builder) { b.(*array.Uint64Builder).Append(math.MaxUint64) }, uint64(math.MaxUint64)},
		{"float", arrow.PrimitiveTypes.Float32, func(b array.Builder) { b.(*array.Float32Builder).Append(.5) }, .5},
		{"double", arrow.PrimitiveTypes.Float64, func(b array.Builder) { b.(*array.Float64Builder).Append(.1) }, .1},
		{"not a number", arrow.PrimitiveTypes.Float64, func(b array.Builder) { b.(*array.Float64Builder).Append(math.NaN()) }, nil},
		{"infinite", arrow.PrimitiveTypes.Float32, func(b array.Builder) { b.(*array.Float32Builder).Append(float32(math.Inf(-1))) }, nil},
		{"varchar", arrow.BinaryTypes.String, func(b array.Builder) { b.(*array.StringBuilder).Append("õ") }, "õ"},
		{"string view", arrow.BinaryTypes.StringView, func(b array.Builder) { b.(*array.StringViewBuilder).Append("view") }, "view"},
		{"date", arrow.FixedWidthTypes.Date32, func(b array.Builder) { b.(*array.Date32Builder).Append(arrow.Date32FromTime(at)) }, at.Truncate(24 * time.Hour)},
		{"decimal", &arrow.Decimal128Type{Precision: 18, Scale: 3}, func(b array.Builder) { b.(*array.Decimal128Builder).Append(decimal128.FromI64(-12345)) }, -12.345},
		{"seconds", &arrow.TimestampType{Unit: arrow.Second}, stamp(arrow.Second, at.Unix()), at},
		{"milliseconds", &arrow.TimestampType{Unit: arrow.Millisecond}, stamp(arrow.Millisecond, at.UnixMilli()), at},
		{"microseconds", &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "Asia/Kathmandu"}, stamp(arrow.Microsecond, at.UnixMicro()), at},
		{"nanoseconds", &arrow.TimestampType{Unit: arrow.Nanosecond}, stamp(arrow.Nanosecond, at.UnixNano()), at},
		{"a far year", &arrow.TimestampType{Unit: arrow.Microsecond}, stamp(arrow.Microsecond, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()), nil}, // Grafana carries nanoseconds
		{"the last years", &arrow.TimestampType{Unit: arrow.Microsecond}, stamp(arrow.Microsecond, time.Date(2261, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()), time.Date(2261, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"enum", &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint8, ValueType: arrow.BinaryTypes.String}, func(b array.Builder) {
			if err := b.(*array.BinaryDictionaryBuilder).AppendString("answered"); err != nil {
				t.Fatal(err)
			}
		}, "answered"},
		{"list", arrow.ListOf(arrow.PrimitiveTypes.Int64), func(b array.Builder) {
			l := b.(*array.ListBuilder)
			l.Append(true)
			l.ValueBuilder().(*array.Int64Builder).AppendValues([]int64{1, 2}, nil)
		}, "[1,2]"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			frame, err := Frame("x", bytes.NewReader(stream(t, c.typ, c.put)), 10)
			if err != nil {
				t.Fatal(err)
			}
			field := frame.Fields[0]
			got, ok := field.ConcreteAt(0)
			if at, isTime := c.want.(time.Time); isTime {
				if g, _ := got.(time.Time); !g.Equal(at) {
					t.Errorf("%v, want %v", got, at)
				}
			} else if c.want == nil && ok || c.want != nil && got != c.want {
				t.Errorf("%v (%T), want %v", got, got, c.want)
			}
			if _, ok := field.ConcreteAt(1); ok || field.Len() != 2 {
				t.Errorf("the null is %v of %d values", field.At(1), field.Len())
			}
			if field.Config.Unit != "percentunit" || field.Config.Description != "a / b" {
				t.Errorf("config %+v", field.Config)
			}
		})
	}
}

func TestLimitAndDamage(t *testing.T) {
	body := stream(t, arrow.PrimitiveTypes.Int64, func(b array.Builder) { b.(*array.Int64Builder).AppendValues([]int64{1, 2, 3}, nil) })
	if _, err := Frame("x", bytes.NewReader(body), 3); !errors.Is(err, ErrTooManyRows) {
		t.Errorf("4 rows of at most 3: %v", err)
	}
	if _, err := Frame("x", bytes.NewReader(body[:len(body)/2]), 10); err == nil {
		t.Error("half a stream is taken for a whole one")
	}
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte("no arrow"))
	f.Fuzz(func(t *testing.T, body []byte) {
		frame, err := Frame("x", bytes.NewReader(body), 1000)
		if err == nil && frame == nil {
			t.Error("neither frame nor error")
		}
	})
}

// The figure of docs/benchmarks.md: 100,000 rows of 6 columns.
func BenchmarkFrame(b *testing.B) {
	const rows = 100_000
	fields := make([]arrow.Field, 6)
	for i := range fields {
		fields[i] = arrow.Field{Name: string(rune('a' + i)), Type: arrow.PrimitiveTypes.Float64, Nullable: true}
	}
	fields[0].Type = &arrow.TimestampType{Unit: arrow.Microsecond}
	schema := arrow.NewSchema(fields, nil)
	rb := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := range rows {
		rb.Field(0).(*array.TimestampBuilder).Append(arrow.Timestamp(i) * 1e6)
		for j := 1; j < 6; j++ {
			rb.Field(j).(*array.Float64Builder).Append(float64(i * j))
		}
	}
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(schema), ipc.WithZstd())
	if err := errors.Join(w.Write(rb.NewRecordBatch()), w.Close()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Frame("x", bytes.NewReader(out.Bytes()), rows); err != nil {
			b.Fatal(err)
		}
	}
}
