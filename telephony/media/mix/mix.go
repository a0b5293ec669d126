// Package mix adds audio: for each listener, the frames of those it hears.
//
// Who hears whom is a [Matrix]. A conference is everybody hearing everybody else;
// listening is a supervisor hearing both sides while nobody hears it; whispering
// adds that the agent hears the supervisor; barging makes it a conference.
package mix

// Matrix holds for each listener the speakers it hears, by index.
type Matrix [][]bool

// Conference returns everybody hears everybody else.
func Conference(n int) Matrix {
	m := make(Matrix, n)
	for i := range m {
		m[i] = make([]bool, n)
		for j := range m[i] {
			m[i][j] = i != j
		}
	}
	return m
}

// Parties of a supervised call, by index.
const (
	Customer = iota
	Agent
	Supervisor
)

// Listen returns a call that a supervisor hears without being heard.
func Listen() Matrix {
	m := Conference(3)
	m[Customer][Supervisor], m[Agent][Supervisor] = false, false
	return m
}

// Whisper returns a call in which the agent alone hears the supervisor.
func Whisper() Matrix {
	m := Listen()
	m[Agent][Supervisor] = true
	return m
}

// Barge returns a conference of three.
func Barge() Matrix { return Conference(3) }

// Into adds the frames that a listener hears to dst, which is overwritten. Sums
// are clipped, not wrapped. Nil and short frames count as silence.
func (m Matrix) Into(dst []int16, listener int, frames [][]int16) {
	clear(dst)
	if listener >= len(m) {
		return
	}
	for speaker, hears := range m[listener] {
		if !hears || speaker >= len(frames) {
			continue
		}
		for i := range min(len(dst), len(frames[speaker])) {
			dst[i] = int16(min(max(int32(dst[i])+int32(frames[speaker][i]), -32768), 32767))
		}
	}
}
