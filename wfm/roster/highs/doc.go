// Package highs solves linear programmes with HiGHS (MIT licence), compiled to
// WebAssembly by the npm package `highs` and run in this process by wazero. No C
// compiler, no shared library, no subprocess; the sandbox reaches no file and no
// network.
//
// The module is not in the repository. fetch.sh gets the pinned version with `npm
// pack`, checks both hashes and puts it into wasm/, from where it is embedded at
// build time; AGNER_HIGHS names another place at run time. [Available] tells
// whether there is one, and callers have a way of their own when there is not:
// [Open] then fails with [ErrAbsent]. A file whose hash is not the pinned one is
// refused.
//
// Compiling takes some ten seconds once per machine; the result is kept in the
// user's cache directory and opens in a fraction of a second afterwards.
//
// A [Solver] belongs to one goroutine. Bounds may be changed and the programme
// solved again; HiGHS goes on from the last basis.
package highs
