// Package sandbox runs a stranger's SQL: one SELECT on the Parquet mirror, limited to the rows that the caller may see,
// in a child process that can do nothing else.
//
// # Walls, outermost first
//
//   - The operating system: the child is niced, has no environment, may not write a file ([Limits] become RLIMIT_FSIZE 0,
//     RLIMIT_AS, RLIMIT_CPU) and is killed at the deadline or when its parent goes.
//   - The engine: an empty database in memory with views on the mirror's files; one thread; access to every other file,
//     the network and extensions off; the configuration locked.
//   - The gate: DuckDB's own parser must read the text as exactly one SELECT whose every table is one of [Tables] or a name
//     that the query itself made with WITH, and whose every table function makes rows out of nothing. It looks at the text
//     that is executed, after the row limit was put around it. A check of the statement's type alone would not do:
//     preparing "SELECT 1; COPY …; SELECT 2" executes all but the last.
//   - The views: rows of other queues and the names of other agents are not in them.
//
// # Protocol
//
// The parent writes one line of JSON, a [Job], to the child's standard input and keeps it open: its end is the child's end.
// The child answers an Arrow IPC stream on standard output, or one line of JSON, a [Refusal], on standard error.
package sandbox
