package named

import "github.com/agner-platform/agner/wfm/rules"

// Probe asks what is possible for one person at a time.
type Probe struct{ k *desk }

// NewProbe makes one.
func NewProbe(p *rules.Problem) *Probe { return &Probe{newDesk(p, nil)} }

// Contracts is how many contracts an agent, by number, can be planned by.
func (b *Probe) Contracts(agent int) int { return len(b.k.people[agent].contracts) }

// Week tells whether an agent has a possible week when some rules are left out.
func (b *Probe) Week(agent, week int, without map[string]bool) bool {
	b.k.skip = without
	_, ok := b.k.dp.best(b.k.people[agent], week)
	b.k.skip = nil
	return ok
}

// Reach marks the slots in which an agent could be at work.
func (b *Probe) Reach(agent int) []bool { return b.k.reach(b.k.people[agent]) }

// reach marks the slots in which a person could be at work.
func (k *desk) reach(who *person) []bool {
	there := make([]bool, k.axis.Slots)
	for c, ct := range who.contracts {
		for w := range k.weeks {
			k.dp.fill(who, w, ct, who.shapes[c])
			for d := range k.dp.grid {
				for i := range k.dp.grid[d] {
					o := &k.dp.grid[d][i]
					for b := range int(o.blocks) {
						for t := max(0, int(o.from[b])); t < min(int(o.from[b]+o.length[b]), len(there)); t++ {
							there[t] = true
						}
					}
				}
			}
		}
	}
	return there
}
