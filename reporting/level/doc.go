// Package level makes the interval report: how many came, what became of them, how long it took, and whether each
// interval met its target. Every other report that needs counts by interval takes them from here.
//
// One pass over the visits counts, by queue, segment and exit, how many waited at most each T and S that set-up knows;
// Go then decides which of these holds where (package plan) and adds up (package metric).
package level
