// Package plan turns what somebody asks of a report into what SQL needs: the range in the right zone, the queues that
// both question and scope leave, the intervals, and the targets in force in each.
//
// A [Plan] lives as long as one view of the lake and belongs to one goroutine. Local time is package interval's: a
// [Grid] gives SQL the intervals' starts as a relation, by which slots of UTC time are joined to them.
package plan
