// Package week rosters a cyclic week of quarter hours by name (format
// callcentre_week).
//
// The cost is a sum over slots of a convex price of cover: so much per agent
// missing, so much per agent too many. Given everybody else, one more agent in a
// slot has a fixed price, so the best shift of an agent on a day – its start and
// its breaks – is found by adding up prices ([desk]).
//
//  1. Construction ([desk.build]): agents, longest shifts first, take the days, the
//     start and the breaks that cost least beside those placed before.
//  2. The aggregate programme ([aggregate]) over contracts, bands of starts and days,
//     breaks implicit, solved by HiGHS when its module is there. Its value bounds
//     every roster; its counts are rounded into named weeks.
//  3. Annealing ([desk.anneal]): a shift is taken out and put back at another start
//     or on another day with the breaks that fit best there, agents trade days, or a
//     whole week is seated anew. Starts stay within the spread and rests are kept at
//     every step, so that any moment's roster may be published. While it cools, the
//     cover is drawn towards the programme's: among rosters that miss the same number
//     of people it tells the near from the far ones.
//
// Without the module, or when it fails, a programme over single shifts ([columns])
// takes its place: it asks for shifts as their prices make them worth it, needs no
// more than this process, and gives the same bound where the spread of starts costs
// nothing. Its shifts are dealt to people in order of their starts ([desk.deal]).
package week
