// Package coverage counts who is on the phone against what is required, and prices it.
//
// A line (rules.Line) asks for agents with one skill in every slot; an agent with
// several skills serves one line at a time, and the split that costs least counts.
// Missing agents cost by convex prices: the first tenth of a requirement Under per
// hour, what is missing beyond it Under·Steep, both times the line's weight. Agents
// whom no line needs cost Over.
//
// # How the least cost is found
//
// Sort the classes of requirement (line × core or margin) by price. The largest
// number of people of the first i classes that can be served is, by Hall's theorem,
//
//	r(i) = D_i − max over sets S of lines of max(0, D_i(S) − N(S))
//
// with D_i(S) the requirement of those classes in S and N(S) the agents with a skill
// in S. The sets of people that can be served form a transversal matroid (Edmonds and
// Fulkerson 1965), so serving greedily by price is best: class i is served r(i) − r(i−1).
// With at most six lines that is a few hundred additions per slot.
package coverage
