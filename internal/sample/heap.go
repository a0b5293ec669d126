package sample

// timer is something to do at an instant; equal instants keep their order.
type timer struct {
	at, seq int64
	do      func()
}

func (t timer) before(u timer) bool { return t.at < u.at || t.at == u.at && t.seq < u.seq }

// timers is a binary heap, earliest first.
type timers struct {
	list []timer
	seq  int64
}

func (h *timers) push(at int64, do func()) {
	h.seq++
	h.list = append(h.list, timer{at, h.seq, do})
	for i := len(h.list) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.list[i].before(h.list[up]) {
			break
		}
		h.list[i], h.list[up] = h.list[up], h.list[i]
		i = up
	}
}

func (h *timers) pop() timer {
	top, last := h.list[0], len(h.list)-1
	h.list[0], h.list[last] = h.list[last], timer{}
	h.list = h.list[:last]
	for i := 0; ; {
		least := i
		for _, c := range [2]int{2*i + 1, 2*i + 2} {
			if c < last && h.list[c].before(h.list[least]) {
				least = c
			}
		}
		if least == i {
			return top
		}
		h.list[i], h.list[least] = h.list[least], h.list[i]
		i = least
	}
}
