package rules

import (
	"slices"
	"time"
)

// Schedule is a solution of a [Problem].
type Schedule struct {
	Format        string   `json:"format"`
	Problem       string   `json:"problem"`
	Cost          float64  `json:"cost"`
	Bound         float64  `json:"bound"` // no schedule can cost less
	Gap           float64  `json:"gap"`
	Method        string   `json:"method,omitempty"`
	Seed          uint64   `json:"seed,omitempty"`
	Seconds       float64  `json:"seconds,omitempty"`
	Stopped       string   `json:"stopped,omitempty"`
	Deterministic bool     `json:"deterministic"`
	Notes         []string `json:"notes,omitempty"`
	Shifts        []Shift  `json:"shifts"`
}

// Shift is one person's work that begins on one date.
type Shift struct {
	Agent    string  `json:"agent"`
	Date     string  `json:"date"` // local, of the first start
	Contract string  `json:"contract,omitempty"`
	Kind     string  `json:"kind,omitempty"` // a shift kind of the contract
	Blocks   []Block `json:"blocks"`
}

// Block is a stretch of work without a gap.
type Block struct {
	Start   time.Time `json:"start"`
	Minutes int       `json:"minutes"`
	Pauses  []Pause   `json:"pauses,omitempty"` // breaks, meals and off-phone work, in order
	Extra   bool      `json:"extra,omitempty"`  // hours taken on beside the contract: its forms do not bind them, rest and law do
}

// Names of pauses in which somebody is off by agreement, unpaid; they count towards the week's least work.
const (
	GivenUp = "time off"
	Leave   = "leave"
)

// Away tells whether the person is off by agreement.
func (p *Pause) Away() bool { return p.Name == GivenUp || p.Name == Leave }

// Pause is a part of a block off the phone.
type Pause struct {
	Name    string    `json:"name"`
	Start   time.Time `json:"start"`
	Minutes int       `json:"minutes"`
	Paid    bool      `json:"paid"`
	Work    bool      `json:"work,omitempty"` // a meeting or training, no break
}

// End is when the block ends.
func (b *Block) End() time.Time { return b.Start.Add(time.Duration(b.Minutes) * time.Minute) }

// End is when the pause ends.
func (p *Pause) End() time.Time { return p.Start.Add(time.Duration(p.Minutes) * time.Minute) }

// Paid is the paid minutes of a shift.
func (s *Shift) Paid() int {
	sum := 0
	for i := range s.Blocks {
		sum += s.Blocks[i].Minutes
		for _, p := range s.Blocks[i].Pauses {
			if !p.Paid {
				sum -= p.Minutes
			}
		}
	}
	return sum
}

// extra is the minutes taken on beside the contract, and given the agreed time off.
func (s *Shift) extra() (extra, given int) {
	for i := range s.Blocks {
		if s.Blocks[i].Extra {
			extra += s.Blocks[i].Minutes
		}
		for _, p := range s.Blocks[i].Pauses {
			if p.Away() {
				given += p.Minutes
			}
		}
	}
	return extra, given
}

// regular are the blocks that the contract's forms bind.
func (s *Shift) regular() []Block {
	return slices.DeleteFunc(slices.Clone(s.Blocks), func(b Block) bool { return b.Extra })
}

// Start is the first start of a shift.
func (s *Shift) Start() time.Time { return s.Blocks[0].Start }

// End is the last end of a shift.
func (s *Shift) End() time.Time { return s.Blocks[len(s.Blocks)-1].End() }
