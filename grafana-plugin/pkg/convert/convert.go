// Package convert turns Arrow streams into Grafana's frames. It has its own conversion because the SDK's takes
// microseconds for nanoseconds and refuses dates, decimals and lists.
package convert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// ErrTooManyRows says that an answer has more rows than the data source's limit allows.
var ErrTooManyRows = errors.New("too many rows")

// ErrDamaged says that an answer is no Arrow stream.
var ErrDamaged = errors.New("damaged arrow stream")

// Frame reads a whole Arrow stream into one frame of at most limit rows. Every field is nullable; units of the
// field metadata become Grafana's, formulas become descriptions.
func Frame(name string, r io.Reader, limit int) (frame *data.Frame, err error) {
	defer func() { // the Arrow library panics on some damaged streams
		if p := recover(); p != nil {
			frame, err = nil, fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	stream, err := ipc.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("read arrow stream: %w", err)
	}
	defer stream.Release()
	readers := []reader{}
	frame = data.NewFrame(name)
	for _, f := range stream.Schema().Fields() {
		rd, err := readerOf(f.Type)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", f.Name, err)
		}
		field := data.NewFieldFromFieldType(rd.kind, 0)
		field.Name, field.Config = f.Name, config(f.Metadata)
		frame.Fields, readers = append(frame.Fields, field), append(readers, rd)
	}
	for rows := 0; stream.Next(); {
		batch := stream.RecordBatch()
		if rows += int(batch.NumRows()); rows > limit {
			return nil, fmt.Errorf("%w: more than %d", ErrTooManyRows, limit)
		}
		for j, field := range frame.Fields {
			if err := appendColumn(field, readers[j], batch.Column(j)); err != nil {
				return nil, fmt.Errorf("column %q: %w", field.Name, err)
			}
		}
	}
	if err := stream.Err(); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read arrow stream: %w", err)
	}
	return frame, nil
}

func appendColumn(field *data.Field, rd reader, column arrow.Array) error {
	at := field.Len()
	field.Extend(column.Len())
	for i := range column.Len() {
		if column.IsNull(i) {
			continue
		}
		v, err := rd.value(column, i)
		if err != nil {
			return fmt.Errorf("row %d: %w", at+i, err)
		}
		if v != nil {
			field.SetConcrete(at+i, v)
		}
	}
	return nil
}

// units are Grafana's names of ours.
var units = map[string]string{"share": "percentunit", "seconds": "s", "count": "short", "money": "none"}

func config(meta arrow.Metadata) *data.FieldConfig {
	unit, _ := meta.GetValue("unit")
	formula, _ := meta.GetValue("formula")
	if unit == "" && formula == "" {
		return nil
	}
	return &data.FieldConfig{Unit: units[unit], Description: formula}
}

// reader takes values out of columns of one Arrow type. A nil value without an error is null.
type reader struct {
	kind  data.FieldType
	value func(arrow.Array, int) (any, error)
}

func plain[T any, A interface{ Value(int) T }](kind data.FieldType) reader {
	return reader{kind, func(a arrow.Array, i int) (any, error) {
		typed, ok := a.(A)
		if !ok {
			return nil, fmt.Errorf("holds %s", a.DataType())
		}
		return typed.Value(i), nil
	}}
}

// simple are the types whose Go value is Grafana's.
var simple = map[arrow.Type]reader{
	arrow.BOOL:         plain[bool, *array.Boolean](data.FieldTypeNullableBool),
	arrow.INT8:         plain[int8, *array.Int8](data.FieldTypeNullableInt8),
	arrow.INT16:        plain[int16, *array.Int16](data.FieldTypeNullableInt16),
	arrow.INT32:        plain[int32, *array.Int32](data.FieldTypeNullableInt32),
	arrow.INT64:        plain[int64, *array.Int64](data.FieldTypeNullableInt64),
	arrow.UINT8:        plain[uint8, *array.Uint8](data.FieldTypeNullableUint8),
	arrow.UINT16:       plain[uint16, *array.Uint16](data.FieldTypeNullableUint16),
	arrow.UINT32:       plain[uint32, *array.Uint32](data.FieldTypeNullableUint32),
	arrow.UINT64:       plain[uint64, *array.Uint64](data.FieldTypeNullableUint64),
	arrow.STRING:       plain[string, *array.String](data.FieldTypeNullableString),
	arrow.LARGE_STRING: plain[string, *array.LargeString](data.FieldTypeNullableString),
	arrow.STRING_VIEW:  plain[string, *array.StringView](data.FieldTypeNullableString),
	arrow.FLOAT32:      {data.FieldTypeNullableFloat64, float32Value},
	arrow.FLOAT64:      {data.FieldTypeNullableFloat64, float64Value},
	arrow.DATE32:       {data.FieldTypeNullableTime, date32Value},
	arrow.DATE64:       {data.FieldTypeNullableTime, date64Value},
	arrow.DECIMAL128:   {data.FieldTypeNullableFloat64, decimalValue},
	arrow.NULL:         {data.FieldTypeNullableString, func(arrow.Array, int) (any, error) { return nil, nil }},
}

func readerOf(t arrow.DataType) (reader, error) {
	if r, ok := simple[t.ID()]; ok {
		return r, nil
	}
	switch t := t.(type) {
	case *arrow.TimestampType:
		return reader{data.FieldTypeNullableTime, timestampValue(t.Unit)}, nil
	case *arrow.DictionaryType:
		inner, err := readerOf(t.ValueType)
		if err != nil {
			return reader{}, err
		}
		return reader{inner.kind, dictionaryValue(inner)}, nil
	case arrow.NestedType, *arrow.Time32Type, *arrow.Time64Type, *arrow.MonthDayNanoIntervalType, *arrow.BinaryType, *arrow.FixedSizeBinaryType, *arrow.DurationType:
		return reader{data.FieldTypeNullableString, textValue}, nil
	}
	return reader{}, fmt.Errorf("type %s cannot be shown", t)
}

func finite(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil // missing is not zero
	}
	return v
}

func float32Value(a arrow.Array, i int) (any, error) {
	return finite(float64(a.(*array.Float32).Value(i))), nil
}

func float64Value(a arrow.Array, i int) (any, error) {
	return finite(a.(*array.Float64).Value(i)), nil
}

func date32Value(a arrow.Array, i int) (any, error) {
	return carried(a.(*array.Date32).Value(i).ToTime())
}

func date64Value(a arrow.Array, i int) (any, error) {
	return carried(a.(*array.Date64).Value(i).ToTime())
}

func decimalValue(a arrow.Array, i int) (any, error) {
	t, ok := a.DataType().(*arrow.Decimal128Type)
	if !ok {
		return nil, fmt.Errorf("holds %s", a.DataType())
	}
	return a.(*array.Decimal128).Value(i).ToFloat64(t.Scale), nil
}

// earliest and latest are what Grafana's frames can carry between processes: nanoseconds in 64 bits.
var earliest, latest = time.Unix(0, math.MinInt64), time.Unix(0, math.MaxInt64)

// carried is null for what would arrive as another century: no value is better than a wrong one.
func carried(t time.Time) (any, error) {
	if t.Before(earliest) || t.After(latest) {
		return nil, nil
	}
	return t.UTC(), nil
}

// timestampValue scales by hand: nanoseconds of far years do not fit 64 bits, seconds and microseconds do.
func timestampValue(unit arrow.TimeUnit) func(arrow.Array, int) (any, error) {
	return func(a arrow.Array, i int) (any, error) {
		v := int64(a.(*array.Timestamp).Value(i))
		switch unit {
		case arrow.Second:
			return carried(time.Unix(v, 0))
		case arrow.Millisecond:
			return carried(time.UnixMilli(v))
		case arrow.Microsecond:
			return carried(time.UnixMicro(v))
		}
		return time.Unix(0, v).UTC(), nil
	}
}

func dictionaryValue(inner reader) func(arrow.Array, int) (any, error) {
	return func(a arrow.Array, i int) (any, error) {
		d := a.(*array.Dictionary)
		return inner.value(d.Dictionary(), d.GetValueIndex(i))
	}
}

// textValue shows lists, structs and what else Grafana has no type for as JSON; texts without their quotes.
func textValue(a arrow.Array, i int) (any, error) {
	v := a.GetOneForMarshal(i)
	if s, ok := v.(string); ok {
		return s, nil
	}
	text, err := json.Marshal(v)
	return string(text), err
}
