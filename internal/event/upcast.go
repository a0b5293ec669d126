package event

import "fmt"

// upcaster rewrites a payload from one schema of its kind to the next.
type upcaster func(raw []byte) ([]byte, error)

// upcasters holds, for each kind whose shape has ever changed, the step from
// schema n (the key) to n+1. Additive fields need none. Each step is kept for
// good, and the golden corpus has a record of each version that proves it.
var upcasters = map[Kind]map[uint16]upcaster{}

// upcast brings raw from *schema to the kind's current schema and sets *schema.
func upcast(k Kind, schema *uint16, raw []byte) ([]byte, error) {
	return upcastWith(upcasters[k], k.Schema(), schema, raw)
}

// upcastWith is upcast with its tables given, so that the mechanism can be
// tested while no kind has a second schema.
func upcastWith(steps map[uint16]upcaster, current uint16, schema *uint16, raw []byte) ([]byte, error) {
	if *schema > current {
		return nil, fmt.Errorf("schema %d, this build knows %d: %w", *schema, current, ErrNewerSchema)
	}
	for ; *schema < current; *schema++ {
		step, ok := steps[*schema]
		if !ok {
			return nil, fmt.Errorf("schema %d has no upcaster to %d", *schema, *schema+1)
		}
		next, err := step(raw)
		if err != nil {
			return nil, fmt.Errorf("upcast schema %d to %d: %w", *schema, *schema+1, err)
		}
		raw = next
	}
	return raw, nil
}
