package erlang

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Inputs are a model's arguments by name, as a planner or a batch file gives
// them: "calls=100;period_s=1800;aht_s=180;agents=14;t_s=20".
type Inputs map[string]float64

// ParseInputs reads "name=number" pairs separated by semicolons.
func ParseInputs(text string) (Inputs, error) {
	in := Inputs{}
	for part := range strings.SplitSeq(text, ";") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return nil, fmt.Errorf("inputs: %q is not of the form name=number", part)
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil {
			return nil, fmt.Errorf("inputs: %s = %q is not a number", name, value)
		}
		if _, twice := in[name]; twice {
			return nil, fmt.Errorf("inputs: %s is given twice", name)
		}
		in[name] = v
	}
	return in, nil
}

// need returns the named inputs in order, or an error naming the missing one.
func (in Inputs) need(names ...string) ([]float64, error) {
	out := make([]float64, len(names))
	for i, n := range names {
		v, ok := in[n]
		if !ok {
			return nil, fmt.Errorf("inputs: %s is missing", n)
		}
		out[i] = v
	}
	return out, nil
}

// load reads the offered load: calls in a period with a handle time, or erlangs
// (then in units of one handle time).
func (in Inputs) load() (Load, error) {
	if r, ok := in["erlangs"]; ok {
		return Load{Rate: r, AHT: 1}, finite("erlangs", r, 0)
	}
	v, err := in.need("calls", "period_s", "aht_s")
	if err != nil {
		return Load{}, err
	}
	return NewLoad(v[0], v[1], v[2])
}

// agents reads the number of agents; "servers" is another word for it.
func (in Inputs) agents() (float64, error) {
	if n, ok := in["servers"]; ok {
		return n, nil
	}
	v, err := in.need("agents")
	if err != nil {
		return 0, err
	}
	return v[0], nil
}

// target reads what is asked for.
func (in Inputs) target(definition string) Target {
	return Target{
		ServiceLevel: in["target_sl"], Within: in["t_s"], Definition: Definition(definition), ShortAbandon: in["short_s"],
		ASA: in["target_asa_s"], MaxOccupancy: in["max_occupancy"], MaxAbandon: in["max_abandon"],
	}
}

// Models lists the names Evaluate takes, each with its quantities.
var Models = map[string][]string{
	"erlang_b": {"blocking", "lines_required"},
	"erlang_c": {"p_wait", "service_level", "asa_s", "occupancy", "mean_queue", "agents_required"},
	"erlang_a": {
		"p_wait", "p_abandon", "mean_wait_all_s", "asa_s", "occupancy", "mean_queue", "p_served_within_t", "p_abandoned_within_t",
		"sl", "sl_offered", "sl_abandon_credit", "sl_less_abandons_in_t", "sl_answered", "agents_required",
	},
	"erlang_x": {"p_block", "p_abandon", "p_wait_accepted", "mean_wait_accepted_s", "occupancy", "attempts_per_s"},
	"mt_m_st":  {"max_p_delay", "staff_hours"},
}

// Evaluate computes one quantity of one model from textual inputs: one row of a
// batch file. Unknown names are refused with the list of known ones.
func Evaluate(model, inputs, quantity string) (float64, error) {
	known, ok := Models[model]
	if !ok {
		return 0, fmt.Errorf("model = %q: must be one of erlang_b, erlang_c, erlang_a, erlang_x, mt_m_st", model)
	}
	if !slices.Contains(known, quantity) {
		return 0, fmt.Errorf("quantity = %q: %s gives %s", quantity, model, strings.Join(known, ", "))
	}
	if model == "mt_m_st" {
		return evaluateVarying(inputs, quantity)
	}
	in, err := ParseInputs(inputs)
	if err != nil {
		return 0, err
	}
	switch model {
	case "erlang_b":
		return evaluateB(in, quantity)
	case "erlang_c":
		return evaluateC(in, quantity)
	case "erlang_a":
		return evaluateA(in, quantity)
	default:
		return evaluateX(in, quantity)
	}
}

func evaluateB(in Inputs, quantity string) (float64, error) {
	l, err := in.load()
	if err != nil {
		return 0, err
	}
	if quantity == "lines_required" {
		v, err := in.need("max_blocking")
		if err != nil {
			return 0, err
		}
		n, err := LinesFor(l.Erlangs(), v[0])
		return float64(n), err
	}
	n, err := in.agents()
	if err != nil {
		return 0, err
	}
	return B(n, l.Erlangs())
}

func evaluateC(in Inputs, quantity string) (float64, error) {
	l, err := in.load()
	if err != nil {
		return 0, err
	}
	if quantity == "agents_required" {
		n, err := RequiredC(l, in.target(""))
		return float64(n), err
	}
	n, err := in.agents()
	if err != nil {
		return 0, err
	}
	q, err := NewC(l, n)
	if err != nil {
		return 0, err
	}
	switch quantity {
	case "p_wait":
		return q.PWait(), nil
	case "asa_s":
		return q.ASA(), nil
	case "occupancy":
		return q.Occupancy(), nil
	case "mean_queue":
		return q.MeanQueue(), nil
	}
	t, err := in.need("t_s")
	if err != nil {
		return 0, err
	}
	return q.ServiceLevel(t[0]), nil
}

func evaluateA(in Inputs, quantity string) (float64, error) {
	l, err := in.load()
	if err != nil {
		return 0, err
	}
	patience, err := in.need("patience_s")
	if err != nil {
		return 0, err
	}
	if quantity == "agents_required" {
		n, err := RequiredA(l, patience[0], in.target(""))
		return float64(n), err
	}
	n, err := in.agents()
	if err != nil {
		return 0, err
	}
	q, err := NewA(l, patience[0], n)
	if err != nil {
		return 0, err
	}
	plain := map[string]func() float64{
		"p_wait": q.PWait, "p_abandon": q.PAbandon, "mean_wait_all_s": q.MeanWait, "asa_s": q.ASA,
		"occupancy": q.Occupancy, "mean_queue": q.MeanQueue,
	}
	if f, ok := plain[quantity]; ok {
		return f(), nil
	}
	t, err := in.need("t_s")
	if err != nil {
		return 0, err
	}
	switch quantity {
	case "p_served_within_t":
		return q.ServedWithin(t[0]), nil
	case "p_abandoned_within_t":
		return q.AbandonedWithin(t[0]), nil
	default:
		return q.ServiceLevel(Definition(quantity), t[0], in["short_s"]), nil
	}
}

func evaluateX(in Inputs, quantity string) (float64, error) {
	l, err := in.load()
	if err != nil {
		return 0, err
	}
	v, err := in.need("patience_s", "agents", "lines", "redial_prob")
	if err != nil {
		return 0, err
	}
	q, err := NewX(l, v[0], int(v[1]), int(v[2]), v[3])
	if err != nil {
		return 0, err
	}
	return map[string]func() float64{
		"p_block": q.PBlock, "p_abandon": q.PAbandon, "p_wait_accepted": q.PWaitAccepted,
		"mean_wait_accepted_s": q.MeanWaitAccepted, "occupancy": q.Occupancy,
		"attempts_per_s": func() float64 { return q.Attempts },
	}[quantity](), nil
}

// evaluateVarying answers "same; RULE": the reference case under a staffing rule.
func evaluateVarying(inputs, quantity string) (float64, error) {
	_, name, ok := strings.Cut(inputs, ";")
	name, _, _ = strings.Cut(strings.TrimSpace(name), " (")
	rule := Rule(name)
	if !ok || !slices.Contains([]Rule{SIPPAvg, LagAvg, LagMax}, rule) {
		return 0, fmt.Errorf("inputs = %q: want the reference case and a rule, e.g. %q", inputs, "same; Lag Avg")
	}
	v := Reference()
	plan, err := v.Staff(rule, 0.2)
	if err != nil {
		return 0, err
	}
	if quantity == "staff_hours" {
		sum := 0
		for _, n := range plan {
			sum += n
		}
		return float64(sum) * v.Period / 3600, nil
	}
	worst := 0.0
	for _, d := range v.PWait(plan) {
		worst = max(worst, d.Worst)
	}
	return worst, nil
}
