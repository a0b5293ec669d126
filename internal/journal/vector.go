package journal

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/agner-platform/agner/internal/journal/segment"
)

// Vector holds the last seq seen of each node. Its text form, nodes sorted
// ("analytics:7,switch:12"), is the id of an SSE event and the cursor that the
// lake commits together with its rows.
type Vector map[string]uint64

// String returns the text form; an empty vector is "".
func (v Vector) String() string {
	var b strings.Builder
	for i, node := range slices.Sorted(maps.Keys(v)) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(node)
		b.WriteByte(':')
		b.WriteString(strconv.FormatUint(v[node], 10))
	}
	return b.String()
}

// ParseVector reads the text form back. It takes exactly what String writes:
// sorted nodes, each once, numbers without leading zeros.
func ParseVector(s string) (Vector, error) {
	v := Vector{}
	if s == "" {
		return v, nil
	}
	prev := ""
	for part := range strings.SplitSeq(s, ",") {
		node, num, ok := strings.Cut(part, ":")
		seq, err := strconv.ParseUint(num, 10, 64)
		switch {
		case !ok || err != nil || strconv.FormatUint(seq, 10) != num:
			return nil, fmt.Errorf("%q: want node:seq: %w", part, ErrBadVector)
		case segment.CheckNode(node) != nil:
			return nil, fmt.Errorf("%q: bad node name: %w", part, ErrBadVector)
		case prev >= node:
			return nil, fmt.Errorf("%q after %q: nodes must be sorted and unique: %w", node, prev, ErrBadVector)
		}
		v[node], prev = seq, node
	}
	return v, nil
}

// Clone returns a copy that shares nothing with v.
func (v Vector) Clone() Vector {
	if v == nil {
		return Vector{}
	}
	return maps.Clone(v)
}

// Covers reports whether everything in other has been seen in v.
func (v Vector) Covers(other Vector) bool {
	for node, seq := range other {
		if v[node] < seq {
			return false
		}
	}
	return true
}
