// Package format reads planning problems, keeps their solutions and scores them.
//
// Four kinds of problem are known:
//
//   - callcentre_week ([Week]): one cyclic week in slots of 15 minutes, contracts
//     with breaks; people are placed to follow a demand curve.
//   - curtois_qu ([Staffing]): employees, shift types and requests over days
//     (Curtois & Qu 2014, "Computational results on new staff scheduling benchmark
//     instances").
//   - chomp ([Curves]): a demand curve per hour is covered by shifts of a least
//     and greatest length.
//   - rotating ([Rota]): an N-week cyclic rota of day, evening and night shifts.
//
// Read… functions refuse what cannot be planned with an error that wraps
// [ErrInstance] and names the field and the value. A solution is a JSON file with
// a [Header] and a body per kind. Score… functions know the definition of the
// problem and nothing of any solver: they take a solution as it stands, recount
// everything and return a [Score] with the cost and every broken hard rule. The
// cost of a solution with violations is still counted, so that both can be seen.
//
// All days count from 0. docs/formats/schedule.md describes the files.
package format
