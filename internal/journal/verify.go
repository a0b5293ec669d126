package journal

import "github.com/agner-platform/agner/internal/journal/segment"

type (
	// Report is what Verify found under one root.
	Report = segment.Report
	// NodeReport is what Verify found in one node's journal.
	NodeReport = segment.NodeReport
	// SegmentReport is what Verify found in one segment.
	SegmentReport = segment.SegmentReport
)

// Verify reads every byte of all journals under root and checks all checksums,
// digests and numbering. It needs no lock and may run beside the writers. Damage
// is in the report; the error is for what kept Verify from looking.
func Verify(root string) (Report, error) { return segment.Verify(root) }

// Nodes lists the nodes that have a journal under root, sorted.
func Nodes(root string) ([]string, error) { return segment.Nodes(root) }
