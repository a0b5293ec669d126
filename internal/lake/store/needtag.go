//go:build !duckdb_arrow

package store

// Arrow results need the build tag; this name makes the compiler say so.
var _ = build_with_GOFLAGS_tags_duckdb_arrow
