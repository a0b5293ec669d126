package httpapi

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// arrowBatch is the number of rows per record batch: enough to compress well, small enough to show progress.
const arrowBatch = 64 << 10

// WriteArrow writes t as an Arrow IPC stream compressed with zstd. Unit and formula travel as field metadata.
func WriteArrow(w io.Writer, t *Table) error {
	schema := arrowSchema(t)
	out := ipc.NewWriter(w, ipc.WithSchema(schema), ipc.WithZstd(), ipc.WithAllocator(memory.DefaultAllocator))
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for from := 0; from < t.Len(); from += arrowBatch {
		to := min(from+arrowBatch, t.Len())
		for j := range t.Columns {
			appendArrow(b.Field(j), &t.Columns[j], from, to)
		}
		rec := b.NewRecordBatch()
		err := out.Write(rec)
		rec.Release()
		if err != nil {
			_ = out.Close() // the first error says more
			return fmt.Errorf("write arrow batch: %w", err)
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("end arrow stream: %w", err)
	}
	return nil
}

func arrowSchema(t *Table) *arrow.Schema {
	fields := make([]arrow.Field, len(t.Columns))
	for j, c := range t.Columns {
		fields[j] = arrow.Field{
			Name: c.Name, Type: arrowType(c.Type, t.zone().String()), Nullable: true,
			Metadata: arrow.MetadataFrom(map[string]string{"unit": c.Unit, "formula": c.Formula}),
		}
	}
	return arrow.NewSchema(fields, nil)
}

func arrowType(t Type, zone string) arrow.DataType {
	switch t {
	case String:
		return arrow.BinaryTypes.String
	case Float:
		return arrow.PrimitiveTypes.Float64
	case Bool:
		return arrow.FixedWidthTypes.Boolean
	case Time:
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: zone}
	default:
		return arrow.PrimitiveTypes.Int64
	}
}

// appendArrow copies rows from..to of one column into its builder.
func appendArrow(b array.Builder, c *Column, from, to int) {
	b.Reserve(to - from)
	for i := from; i < to; i++ {
		if c.IsNull(i) {
			b.AppendNull()
			continue
		}
		switch b := b.(type) {
		case *array.StringBuilder:
			b.Append(c.Strings[i])
		case *array.Int64Builder:
			b.Append(c.Ints[i])
		case *array.Float64Builder:
			b.Append(c.Floats[i])
		case *array.BooleanBuilder:
			b.Append(c.Bools[i])
		case *array.TimestampBuilder:
			b.Append(arrow.Timestamp(c.Ints[i]))
		}
	}
}
