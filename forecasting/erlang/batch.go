package erlang

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// BatchRow is one answered row of a batch.
type BatchRow struct {
	Model    string      `json:"model"`
	Inputs   string      `json:"inputs"`
	Quantity string      `json:"quantity"`
	Value    json.Number `json:"value"` // to 12 significant digits
}

// Batch evaluates a CSV file with the columns model, inputs and quantity, in
// whatever order and among whatever others, and hands each answered row to emit.
// Rows that cannot be evaluated are named with their line in the error; the others
// are still answered.
func Batch(file io.Reader, emit func(BatchRow) error) error {
	r := csv.NewReader(file)
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("read the header: %w", err)
	}
	cols, err := columns(header, "model", "inputs", "quantity")
	if err != nil {
		return err
	}
	var bad []error
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return errors.Join(bad...)
		}
		if err != nil {
			return errors.Join(append(bad, err)...)
		}
		line, _ := r.FieldPos(0)
		if len(row) <= slices.Max(cols) {
			bad = append(bad, fmt.Errorf("line %d: has %d columns, too few", line, len(row)))
			continue
		}
		out := BatchRow{Model: row[cols[0]], Inputs: row[cols[1]], Quantity: row[cols[2]]}
		v, err := Evaluate(out.Model, out.Inputs, out.Quantity)
		if err != nil {
			bad = append(bad, fmt.Errorf("line %d: %w", line, err))
			continue
		}
		out.Value = json.Number(strconv.FormatFloat(v, 'g', 12, 64))
		if err := emit(out); err != nil {
			return err
		}
	}
}

// columns finds the wanted columns in a header, whatever their order.
func columns(header []string, wanted ...string) ([]int, error) {
	at := map[string]int{}
	for i, name := range header {
		at[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	cols := make([]int, len(wanted))
	for i, w := range wanted {
		c, ok := at[w]
		if !ok {
			return nil, fmt.Errorf("column %q is missing; the header has %v", w, slices.Sorted(maps.Keys(at)))
		}
		cols[i] = c
	}
	return cols, nil
}
