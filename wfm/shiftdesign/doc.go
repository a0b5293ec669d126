// Package shiftdesign decides which shifts there are before anybody has a name:
// the fewest hours of shifts that cover a demand curve ([Cover]), and cyclic rotas
// that give every employee the same turns ([Rotate]).
//
// [Cover] is exact. Every shift covers an interval of hours; on a line such a
// linear programme has whole-numbered corners, so its optimum is the answer. On a
// circle (a week that repeats) the corners may be fractional: the shifts across one
// cut – the hour with least demand – are then fixed one after the other, nearest to
// the programme's value first, and what remains is a line again. The programme's
// optimum, rounded up, is the bound.
//
// [Rotate] swaps shifts between weeks on the same day, so that the counts of every
// day stay exact, and lets the number of broken rules fall to zero by simulated
// annealing (Musliu, Gärtner & Slany 2002, "Efficient generation of rotating
// workforce schedules", name the problem). It finds rotas; it cannot prove that
// there is none, and says so.
package shiftdesign
