package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// Kind is what a column of an answer holds: DuckDB's many types become five.
type Kind uint8

// Kinds of columns.
const (
	Text  Kind = iota // and everything without a kind of its own, as JSON
	Whole             // integers that fit 64 bits
	Real              // floats, decimals, and integers beyond
	Truth
	Time // µs since 1970 UTC; dates are their midnight UTC
)

// Values is one column; the slice of its kind is filled, Null tells what is missing.
type Values struct {
	Name   string
	Kind   Kind
	Texts  []string
	Ints   []int64
	Reals  []float64
	Truths []bool
	Null   []bool
}

// decode reads a child's answer.
func decode(stream []byte) (columns []Values, err error) {
	defer func() { // the Arrow library panics on some damaged streams
		if p := recover(); p != nil {
			err = fmt.Errorf("answer of the sql child: %v", p)
		}
	}()
	r, err := ipc.NewReader(bytes.NewReader(stream))
	if err != nil {
		return nil, fmt.Errorf("answer of the sql child: %w", err)
	}
	defer r.Release()
	taken := map[string]bool{"": true}
	for _, f := range r.Schema().Fields() {
		name := f.Name
		for n := 2; taken[name]; n++ { // the star of a join repeats names
			name = fmt.Sprintf("%s_%d", f.Name, n)
		}
		taken[name] = true
		columns = append(columns, Values{Name: name, Kind: kindOf(f.Type)})
	}
	for r.Next() {
		for i := range columns {
			if err := columns[i].take(r.RecordBatch().Column(i)); err != nil {
				return nil, fmt.Errorf("column %q: %w", columns[i].Name, err)
			}
		}
	}
	if err := r.Err(); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("answer of the sql child: %w", err)
	}
	return columns, nil
}

func kindOf(t arrow.DataType) Kind {
	switch t.ID() {
	case arrow.BOOL:
		return Truth
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64, arrow.UINT8, arrow.UINT16, arrow.UINT32, arrow.UINT64:
		return Whole
	case arrow.FLOAT32, arrow.FLOAT64:
		return Real
	case arrow.DECIMAL128:
		if d, ok := t.(*arrow.Decimal128Type); ok && d.Scale == 0 {
			return Whole // HUGEINT, which every sum of whole numbers is
		}
		return Real
	case arrow.TIMESTAMP, arrow.DATE32, arrow.DATE64:
		return Time
	}
	return Text
}

// take appends one batch. A whole number beyond 64 bits turns the column into reals.
func (v *Values) take(a arrow.Array) error {
	for i := range a.Len() {
		null := a.IsNull(i)
		v.Null = append(v.Null, null)
		switch v.Kind {
		case Truth:
			b, _ := a.(*array.Boolean)
			v.Truths = append(v.Truths, !null && b.Value(i))
		case Whole:
			n, ok := whole(a, i)
			if !ok && !null {
				v.widen()
				v.Reals = append(v.Reals, real(a, i))
				continue
			}
			v.Ints = append(v.Ints, n)
		case Real:
			x := math.NaN()
			if !null {
				x = real(a, i)
			}
			v.Reals = append(v.Reals, x)
		case Time:
			us, err := instant(a, i)
			if err != nil {
				return err
			}
			v.Ints = append(v.Ints, us)
		default:
			v.Texts = append(v.Texts, shown(a, i))
		}
	}
	return nil
}

func (v *Values) widen() {
	v.Kind = Real
	for i, n := range v.Ints {
		x := float64(n)
		if v.Null[i] {
			x = math.NaN()
		}
		v.Reals = append(v.Reals, x)
	}
	v.Ints = nil
}

func whole(a arrow.Array, i int) (int64, bool) {
	if a.IsNull(i) {
		return 0, false
	}
	switch a := a.(type) {
	case *array.Int8:
		return int64(a.Value(i)), true
	case *array.Int16:
		return int64(a.Value(i)), true
	case *array.Int32:
		return int64(a.Value(i)), true
	case *array.Int64:
		return a.Value(i), true
	case *array.Uint8:
		return int64(a.Value(i)), true
	case *array.Uint16:
		return int64(a.Value(i)), true
	case *array.Uint32:
		return int64(a.Value(i)), true
	case *array.Uint64:
		return int64(a.Value(i)), a.Value(i) <= math.MaxInt64
	case *array.Decimal128:
		n := a.Value(i)
		big := n.BigInt()
		return big.Int64(), big.IsInt64()
	}
	return 0, false
}

// real is the value as a float; wholes of every width too.
func real(a arrow.Array, i int) float64 {
	switch a := a.(type) {
	case *array.Float32:
		return float64(a.Value(i))
	case *array.Float64:
		return a.Value(i)
	case *array.Uint64:
		return float64(a.Value(i))
	case *array.Decimal128:
		if t, ok := a.DataType().(*arrow.Decimal128Type); ok {
			return a.Value(i).ToFloat64(t.Scale)
		}
	}
	n, ok := whole(a, i)
	if !ok {
		return math.NaN()
	}
	return float64(n)
}

// instant scales by hand: nanoseconds of far years do not fit 64 bits, microseconds do.
func instant(a arrow.Array, i int) (int64, error) {
	if a.IsNull(i) {
		return 0, nil
	}
	switch a := a.(type) {
	case *array.Date32:
		return int64(a.Value(i)) * 86_400_000_000, nil
	case *array.Date64:
		return int64(a.Value(i)) * 1000, nil
	case *array.Timestamp:
		t, ok := a.DataType().(*arrow.TimestampType)
		if !ok {
			return 0, fmt.Errorf("holds %s", a.DataType())
		}
		n := int64(a.Value(i))
		switch t.Unit {
		case arrow.Second:
			return n * 1_000_000, nil
		case arrow.Millisecond:
			return n * 1000, nil
		case arrow.Nanosecond:
			return n / 1000, nil
		}
		return n, nil
	}
	return 0, fmt.Errorf("holds %s", a.DataType())
}

// shown is a value as text: words without quotes, lists and structs as JSON.
func shown(a arrow.Array, i int) string {
	if a.IsNull(i) {
		return ""
	}
	switch a := a.(type) {
	case *array.String:
		return a.Value(i)
	case *array.Binary:
		return fmt.Sprintf("%x", a.Value(i))
	}
	v := a.GetOneForMarshal(i)
	if s, ok := v.(string); ok {
		return s
	}
	text, err := json.Marshal(v)
	if err != nil {
		return a.ValueStr(i)
	}
	return string(text)
}
