package learn

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// AR is a linear regression with ridge and AR(1) errors.
//
//	y_t = x_t'β + e_t,  e_t = φ^g·e_{t−1} + u_t,  g the gap in days
type AR struct {
	Beta []float64
	Phi  float64
	last float64 // residual of the last observation
	at   float64 // its time
	S2   float64 // variance of e, with the degrees of freedom that β took
}

const (
	maxPhi    = 0.98 // above it the level would be a random walk, which β already follows
	fitMemory = 80   // working days after which a day weighs 1/e: a season
	arSteps   = 4    // rounds of generalised least squares; φ settles to three digits
)

// FitAR estimates β by generalised least squares with penalties ridge (pseudo
// observations per coefficient), and φ from neighbouring residuals, in turn. at
// must increase. It needs at least one row.
func FitAR(x [][]float64, y, at, ridge []float64) AR {
	f := AR{Beta: make([]float64, len(x[0]))}
	e := make([]float64, len(y))
	for range arSteps {
		f.Beta = gls(x, y, at, ridge, f.Phi)
		for i := range y {
			e[i] = y[i] - Dot(x[i], f.Beta)
		}
		phi := LagOne(e, at)
		done := math.Abs(phi-f.Phi) < 1e-3
		f.Phi = phi
		if done {
			break
		}
	}
	n := len(y) - 1
	f.last, f.at = e[n], at[n]
	free := float64(len(e)) / 2 // at least: a regression never takes more than half here
	if n := float64(len(e) - len(f.Beta)); n > free {
		free = n
	}
	for _, v := range e {
		f.S2 += v * v / free
	}
	return f
}

// Predict returns x'β plus what is left of the last residual.
func (f AR) Predict(x []float64, at float64) float64 {
	return Dot(x, f.Beta) + math.Pow(f.Phi, math.Max(0, at-f.at))*f.last
}

// Variance returns the error variance of Predict, given the coefficients.
func (f AR) Variance(at float64) float64 {
	c := math.Pow(f.Phi, math.Max(0, at-f.at))
	return f.S2 * math.Max(0.01, 1-c*c)
}

// LagOne is the correlation of residuals one step apart, clipped to [0, maxPhi].
func LagOne(e, at []float64) float64 {
	num, den := 0.0, 0.0
	for i := 1; i < len(e); i++ {
		if at[i]-at[i-1] == 1 {
			num += e[i] * e[i-1]
			den += (e[i]*e[i] + e[i-1]*e[i-1]) / 2
		}
	}
	if den == 0 {
		return 0
	}
	return math.Min(maxPhi, math.Max(0, num/den))
}

// gls solves the whitened ridge regression: each row is taken minus φ^gap times
// the one before and divided by √(1−φ^2gap); old rows weigh less.
func gls(x [][]float64, y, at, ridge []float64, phi float64) []float64 {
	p := len(x[0])
	a := mat.NewSymDense(p, nil)
	b := make([]float64, p)
	row := make([]float64, p)
	for i := range y {
		c, w := 0.0, 1.0
		age := math.Exp((at[i] - at[len(at)-1]) / fitMemory)
		if i > 0 {
			c = math.Pow(phi, at[i]-at[i-1])
			w = 1 / math.Sqrt(math.Max(1e-4, 1-c*c))
		}
		w *= math.Sqrt(age)
		yi := y[i]
		copy(row, x[i])
		if i > 0 && c != 0 {
			yi -= c * y[i-1]
			for j := range row {
				row[j] -= c * x[i-1][j]
			}
		}
		for j, v := range row {
			if v == 0 {
				continue
			}
			b[j] += w * w * v * yi
			for k := j; k < p; k++ {
				a.SetSym(j, k, a.At(j, k)+w*w*v*row[k])
			}
		}
	}
	for j := range p {
		a.SetSym(j, j, a.At(j, j)+ridge[j])
	}
	return Solve(a, b)
}

// Solve returns A⁻¹b for a positive semi-definite A; directions without
// information get 0.
func Solve(a *mat.SymDense, b []float64) []float64 {
	p := len(b)
	for j := range p {
		a.SetSym(j, j, a.At(j, j)*(1+1e-9)+1e-12)
	}
	var ch mat.Cholesky
	out := make([]float64, p)
	if !ch.Factorize(a) {
		return out
	}
	v := mat.NewVecDense(p, out)
	if err := ch.SolveVecTo(v, mat.NewVecDense(p, b)); err != nil {
		// A condition warning still carries the solution; only NaN is useless.
		for j := range out {
			if math.IsNaN(out[j]) || math.IsInf(out[j], 0) {
				return make([]float64, p)
			}
		}
	}
	return out
}

// Dot returns the inner product of two vectors of one length.
func Dot(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}
