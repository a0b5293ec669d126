package week

// supply is the bound that counts only people: what cannot be worked by all
// contracts together is missing somewhere.
func (k *desk) supply() float64 {
	wanted, paid := 0, 0
	for _, v := range k.want {
		wanted += int(v)
	}
	for _, c := range k.cts {
		paid += c.Agents * c.DaysPerWeek * c.paid
	}
	return float64(k.under) * float64(max(0, wanted-paid))
}
