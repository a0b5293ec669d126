package db

import "github.com/agner-platform/agner/internal/db/rowmap"

// table is how the rows of one table are mapped, named and published.
type table[T any] struct {
	*rowmap.Table[T]
	prefix  string // of ids
	order   string
	private bool // not published to the journal
}

func newTable[T any](name, prefix, order string) *table[T] {
	return &table[T]{Table: rowmap.New[T](name), prefix: prefix, order: order}
}
