package db

import "github.com/agner-platform/agner/internal/db/rowmap"

// Table is how the rows of one table are mapped, named and published. Sub-packages declare theirs with [NewTable] and read
// and write them by [Table.In].
type Table[T any] struct {
	*rowmap.Table[T]
	prefix  string // of ids
	order   string
	private bool // not published to the journal
}

// NewTable declares a table by the tags of T; ids begin with prefix, lists are ordered by order.
func NewTable[T any](name, prefix, order string) *Table[T] {
	return &Table[T]{Table: rowmap.New[T](name), prefix: prefix, order: order}
}

// In gives the rows of the table in a store.
func (t *Table[T]) In(s *Store) Repo[T] { return Repo[T]{s, t} }
