// Package db keeps what people arrange and what may be erased: set-up, users,
// settings, audit, the list of imports and the personal side tables.
//
// One SQLite file, DIR/db/agner.db, in WAL mode. Facts about calls live in the
// journal and the lake, never here.
//
// # Vocabulary
//
//   - A set-up row ([Site], [Queue], [Agent], …) has a [Head]: an opaque id, a
//     version and times. Read and change it through its [Repo]. Rows are
//     retired, never deleted, so that history keeps its names.
//   - A dated row ([AgentTerms], [AgentSkill], [QueueTarget], [StreamRule]) holds
//     from its ValidFrom until the next row of the same key begins. Read and
//     change it through its [Dated] repository.
//   - A natural name is the name by which foreign records know a site, queue or
//     agent. It is fixed at creation; renaming a row does not change it, so the
//     next import still finds it ([Store.EnsureQueue], [Store.EnsureAgent]).
//
// # Guarantees
//
//   - Every change is one transaction with its audit line and, for tables the
//     lake knows, its line in the outbox ([Store.PendingChanges]) holding the
//     full new row. Either all three exist or none.
//   - A change that names a version other than the stored one fails with
//     [ErrConflict]; nobody's work is overwritten unseen.
//   - The audit is a hash chain: an altered, removed or inserted line is found
//     by [Store.VerifyAudit].
//   - The actor of a change comes from the context ([As]); without one it is
//     "system".
//   - Several processes may open the same folder: a change takes SQLite's write
//     lock at its beginning and waits up to ten seconds for it.
//
// # Portability
//
// The SQL is the common part of SQLite and PostgreSQL: $N parameters, TEXT ids,
// BIGINT µs and 0/1 flags, JSON as TEXT, ON CONFLICT. Only package engine knows
// which one it talks to.
//
// Sub-packages: account (passwords, sessions, tokens, rights), personal
// (pseudonyms, parties, notes, transcript texts, legal holds, erasure), engine
// (SQLite), rowmap (structs to rows), value (instants, names, windows), setting
// (the catalogue of settings).
package db
