// Package table holds a report in columns and writes it for people and machines: aligned text, JSON, CSV, XLSX, Arrow.
//
// A [Column] keeps its values in the slice of its [Kind] and carries the unit and the formula of its figure. Missing is
// not zero: a value is missing where Null says so or where a float is not a number, and every writer shows that as
// null, an empty cell or a dash. Times are µs UTC inside and are written in the table's zone, with offset where the
// format can hold one. Texts from foreign files never become spreadsheet formulas.
package table
