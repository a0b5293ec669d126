package table

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// WriteArrow writes the table as one Arrow IPC stream, zstd-compressed, units and formulas in the fields' metadata.
func (t *Table) WriteArrow(w io.Writer) error {
	schema := t.schema()
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer builder.Release()
	for j := range t.Columns {
		appendColumn(builder.Field(j), &t.Columns[j])
	}
	record := builder.NewRecordBatch()
	defer record.Release()
	stream := ipc.NewWriter(w, ipc.WithSchema(schema), ipc.WithZstd())
	if err := stream.Write(record); err != nil {
		_ = stream.Close() // the first error is the one to tell
		return fmt.Errorf("write arrow: %w", err)
	}
	if err := stream.Close(); err != nil {
		return fmt.Errorf("write arrow: %w", err)
	}
	return nil
}

func (t *Table) schema() *arrow.Schema {
	fields := make([]arrow.Field, len(t.Columns))
	for j, c := range t.Columns {
		meta := arrow.MetadataFrom(map[string]string{"unit": string(c.Unit), "formula": c.Formula})
		fields[j] = arrow.Field{Name: c.Name, Type: arrowType(c.Kind, t.zone().String()), Nullable: true, Metadata: meta}
	}
	return arrow.NewSchema(fields, nil)
}

func arrowType(k Kind, zone string) arrow.DataType {
	switch k {
	case Text:
		return arrow.BinaryTypes.String
	case Real:
		return arrow.PrimitiveTypes.Float64
	case Truth:
		return arrow.FixedWidthTypes.Boolean
	case Time:
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: zone}
	}
	return arrow.PrimitiveTypes.Int64
}

func appendColumn(b array.Builder, c *Column) {
	b.Reserve(c.Len())
	for i := range c.Len() {
		if c.Missing(i) {
			b.AppendNull()
			continue
		}
		switch b := b.(type) {
		case *array.StringBuilder:
			b.Append(c.Texts[i])
		case *array.Float64Builder:
			b.Append(c.Reals[i])
		case *array.BooleanBuilder:
			b.Append(c.Truths[i])
		case *array.TimestampBuilder:
			b.Append(arrow.Timestamp(c.Ints[i]))
		case *array.Int64Builder:
			b.Append(c.Ints[i])
		}
	}
}
