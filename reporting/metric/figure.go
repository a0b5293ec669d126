package metric

import (
	"fmt"
	"math"
	"strings"
)

// Unit is what a figure is measured in.
type Unit string

// Units. A share is 0 to 1 (net promoters −1 to 1), money is in the instance's currency.
const (
	Count   Unit = "count"
	Seconds Unit = "seconds"
	Share   Unit = "share"
	Money   Unit = "money"
)

// Direction says which way a figure gets better.
type Direction string

// Directions. Neither is for volumes: more calls are not better or worse.
const (
	Higher  Direction = "higher"
	Lower   Direction = "lower"
	Neither Direction = "neither"
)

// Term is one signed sum of a formula.
type Term struct {
	Sum   Sum
	Minus bool
}

// Figure is the one definition of one figure: the quotient of two signed sums. Den empty: the numerator itself.
type Figure struct {
	Name   string // as in JSON, CSV and SQL; seconds end in _s
	Title  string // as people say it
	Unit   Unit
	Better Direction
	Text   string // what it means and what to look out for
	Num    []Term
	Den    []Term
	Needs  []Sum // without one of these the figure is missing, not zero
}

func plus(sums ...Sum) []Term {
	t := make([]Term, len(sums))
	for i, s := range sums {
		t[i] = Term{Sum: s}
	}
	return t
}

func (f Figure) less(sums ...Sum) Figure {
	for _, s := range sums {
		f.Den = append(f.Den, Term{s, true})
	}
	return f
}

// scale turns the unit of the sums into that of the figure.
func (f *Figure) scale() float64 {
	switch f.Unit {
	case Seconds:
		return 1e-6 // sums are µs
	case Money:
		return 1e-2 // sums are hundredths
	}
	return 1
}

// Of returns the figure's value, or NaN where it is not defined: nothing to divide by, or a sum that it needs is empty.
func (f *Figure) Of(s *Sums) float64 {
	for _, need := range f.Needs {
		if s[need] == 0 {
			return math.NaN()
		}
	}
	if len(f.Den) == 0 {
		return float64(total(f.Num, s)) * f.scale()
	}
	den := total(f.Den, s)
	if den <= 0 {
		return math.NaN()
	}
	return float64(total(f.Num, s)) * f.scale() / float64(den)
}

func total(terms []Term, s *Sums) int64 {
	var v int64
	for _, t := range terms {
		if t.Minus {
			v -= s[t.Sum]
		} else {
			v += s[t.Sum]
		}
	}
	return v
}

// SQL returns the figure as an expression over columns named like the sums; NULL where it is not defined.
func (f *Figure) SQL() string {
	num := signed(f.Num, func(s Sum) string { return s.String() }, " + ", " - ")
	scale := ""
	if f.scale() != 1 {
		scale = fmt.Sprintf(" * %g", f.scale())
	}
	value, when := fmt.Sprintf("CAST(%s AS DOUBLE)%s", num, scale), []string{}
	if len(f.Den) > 0 {
		den := signed(f.Den, func(s Sum) string { return s.String() }, " + ", " - ")
		value += " / (" + den + ")"
		when = append(when, den+" > 0")
	}
	for _, need := range f.Needs {
		when = append(when, need.String()+" > 0")
	}
	if len(when) == 0 {
		return value
	}
	return fmt.Sprintf("CASE WHEN %s THEN %s END", strings.Join(when, " AND "), value)
}

// Formula returns the formula in words: "answered within T / (offered − short abandons − neutral exits)".
func (f *Figure) Formula() string { return f.write(Sum.Words) }

// Explain returns the formula with the numbers in it and its result.
func (f *Figure) Explain(s *Sums) string {
	text := f.write(func(sum Sum) string { return sum.Words() + " " + number(sum, s) })
	v := f.Of(s)
	switch {
	case math.IsNaN(v):
		return text + " = not defined"
	case len(f.Den) == 0 && len(f.Num) == 1:
		return text // the number is its own result
	}
	return text + " = " + Format(f.Unit, v)
}

func (f *Figure) write(word func(Sum) string) string {
	num, den := signed(f.Num, word, " + ", " − "), signed(f.Den, word, " + ", " − ")
	if len(f.Den) == 0 {
		return num
	}
	return bracket(num, f.Num) + " / " + bracket(den, f.Den)
}

func bracket(text string, terms []Term) string {
	if len(terms) > 1 {
		return "(" + text + ")"
	}
	return text
}

func signed(terms []Term, word func(Sum) string, plusSign, minusSign string) string {
	var b strings.Builder
	for i, t := range terms {
		switch {
		case i == 0 && t.Minus:
			b.WriteString(strings.TrimLeft(minusSign, " "))
		case t.Minus:
			b.WriteString(minusSign)
		case i > 0:
			b.WriteString(plusSign)
		}
		b.WriteString(word(t.Sum))
	}
	return b.String()
}

// number writes a sum as people read it: times in seconds, money in whole units.
func number(sum Sum, s *Sums) string {
	switch {
	case strings.HasSuffix(sum.String(), "_us"):
		return Format(Seconds, float64(s[sum])*1e-6)
	case strings.HasSuffix(sum.String(), "_cents"):
		return Format(Money, float64(s[sum])*1e-2)
	}
	return Format(Count, float64(s[sum]))
}

// Format writes a value for people: 59.62 %, 32.6 s, 94,184. NaN, which means missing, is a dash.
func Format(u Unit, v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	switch u {
	case Share:
		return fmt.Sprintf("%.2f %%", v*100)
	case Seconds:
		return group(fmt.Sprintf("%.1f", v)) + " s"
	case Money:
		return group(fmt.Sprintf("%.2f", v))
	}
	return group(fmt.Sprintf("%.0f", v))
}

// group puts a comma between thousands.
func group(s string) string {
	whole, frac, _ := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if frac != "" {
		frac = "." + frac
	}
	return sign + whole + frac
}
