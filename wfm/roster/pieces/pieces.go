// Package pieces cuts a day into short blocks of work: of all ways to place up to a
// number of blocks with a gap between them, under a cap of slots, the cheapest for
// each number of blocks, by a dynamic programme over the slots of the day.
//
// The cheapest day up to a slot is kept per number of blocks, not per slots used, so
// under a tight cap the result may be a little dearer than the best; it always keeps
// the cap.
package pieces

import "math"

// Form is blocks of one length that may begin from First to Last, every Step slots.
type Form struct{ First, Last, Step, Length int }

// Limit bounds a day.
type Limit struct {
	Blocks int // most
	Gap    int // slots between two
	Slots  int // most, all blocks together
}

// Block is a placed block.
type Block struct{ Form, From, Length int }

// part is the cheapest use of the day up to a slot with a number of blocks.
type part struct {
	price float64
	room  int // slot up to which the blocks before it lie
	block Block
	used  int
}

var nothing = math.Inf(1)

// Best returns the cheapest blocks for each number of them that is possible; price
// says what a block costs and whether it may be.
func Best(forms []Form, l Limit, price func(from, length int) (float64, bool)) [][]Block {
	last := 0
	for _, f := range forms {
		last = max(last, f.Last+f.Length)
	}
	layers := make([][]part, l.Blocks+1)
	layers[0] = make([]part, last+1)
	var out [][]Block
	for n := 1; n <= l.Blocks; n++ {
		layers[n] = make([]part, last+1)
		for t := range layers[n] {
			best := &layers[n][t]
			best.price = nothing
			if t > 0 {
				*best = layers[n][t-1]
			}
			for i, f := range forms {
				start := t - f.Length
				if start < f.First || start > f.Last || (start-f.First)%f.Step != 0 {
					continue
				}
				before, room := part{}, start-l.Gap
				if n > 1 {
					if room < 0 {
						continue
					}
					before = layers[n-1][room]
				}
				if math.IsInf(before.price, 1) || before.used+f.Length > l.Slots {
					continue
				}
				if v, ok := price(start, f.Length); ok && before.price+v < best.price {
					*best = part{before.price + v, room, Block{i, start, f.Length}, before.used + f.Length}
				}
			}
		}
		if math.IsInf(layers[n][last].price, 1) {
			break
		}
		out = append(out, back(layers, n, last))
	}
	return out
}

// back reads n blocks off the layers.
func back(layers [][]part, n, at int) []Block {
	out := make([]Block, n)
	for i := n; i > 0; i-- {
		x := &layers[i][at]
		out[i-1], at = x.block, x.room
	}
	return out
}
