// Package house holds the rules of the house as tests; it has no code of its own.
//
//   - rules_test.go: the import table of the design (which folder may import
//     which, and which folder owns which foreign library), as data.
//   - imports_test.go: every package has a row and keeps to it.
//   - size_test.go: lengths of functions, files and packages.
//   - docs_test.go: package comments, comments of exported names, no sleeping tests.
//   - build_test.go: licences of what is linked; no DuckDB without cgo.
//
// A new folder needs a row in rules_test.go; a failing test says which rule it
// broke, why the rule is there and what to do. The rules read every Go file of
// the module whatever its build tags, so a rule cannot be escaped by a tag.
package house
