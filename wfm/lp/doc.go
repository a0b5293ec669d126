// Package lp solves linear programmes that grow by columns: a revised primal
// simplex with a dense basis inverse, made for a few hundred rows.
//
//	minimise  c·x   subject to  A·x = b,  x ≥ 0,  b ≥ 0
//
// The caller brings slack and artificial columns itself and names a starting basis
// of unit columns, so there is no first phase: an artificial column with a large
// cost leaves by price. New columns may be added and costs changed at any time; the
// next [Problem.Solve] goes on from the last basis, which is what column generation
// and diving need.
//
// Right-hand sides are shifted by less than [Shift] per row (deterministically) so
// that the degenerate bases of covering problems do not make the method stall;
// values of x are wrong by a multiple of that. Duals are exact for the true costs,
// hence bounds computed from duals and the true right-hand side are valid.
package lp
