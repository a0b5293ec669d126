// Package rules hands the rules of the switch to the set-up API, which may not import
// telephony: what a menu may look like, what a phone's password becomes, where phones
// register, and what the switch makes of the rows.
package rules

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/cmd/agner/voice/compile"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi/local"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/ivr"
	"github.com/agner-platform/agner/telephony/ivr/sim"
	source "github.com/agner-platform/agner/telephony/ivr/text"
	"github.com/agner-platform/agner/telephony/routing"
	"github.com/agner-platform/agner/telephony/sipua/registrar"
	"github.com/agner-platform/agner/web/api/setup"
)

// Realm is what phones' passwords are hashed with.
const Realm = "agner"

// Rules implement setup.Telephony for an instance.
type Rules struct {
	inst  *node.Instance
	store *db.Store
}

// New gives the rules of an instance and its set-up rows.
func New(inst *node.Instance, store *db.Store) *Rules { return &Rules{inst, store} }

// Digests are what SIP keeps of a phone's password.
func (*Rules) Digests(account, password string) (md5, sha256 string) {
	return registrar.HA1("MD5", account, Realm, password), registrar.HA1("SHA-256", account, Realm, password)
}

// CheckSkills reads an expression of skills.
func (*Rules) CheckSkills(expression string) error {
	_, err := routing.ParseExpr(expression)
	return err
}

// CheckFlow reads the text of a menu.
func (*Rules) CheckFlow(text string, queues []string) setup.FlowReport {
	out := setup.FlowReport{Nodes: []setup.FlowNode{}, Ways: []setup.FlowWay{}, Problems: []setup.FlowProblem{}}
	if v, err := source.Parse([]byte(text)); err == nil {
		out.Doc = json.RawMessage(document(v))
	}
	f, err := ivr.Parse([]byte(text), ivr.Known{Queues: queues})
	var invalid *ivr.InvalidError
	if errors.As(err, &invalid) {
		for _, p := range invalid.Problems {
			out.Problems = append(out.Problems, setup.FlowProblem{Line: p.Line, Node: p.Node, Field: p.Field, Value: p.Value, Why: p.Why})
		}
		return out
	}
	out.Name, out.Start = f.Name, f.First
	for _, n := range f.Nodes() {
		out.Nodes = append(out.Nodes, setup.FlowNode{Name: n, Kind: string(f.KindOf(n))})
	}
	for _, w := range f.Ways() {
		out.Ways = append(out.Ways, setup.FlowWay{From: w.From, To: w.To, When: w.When, Keyed: w.Keyed})
	}
	return out
}

// document is a parsed text as JSON in the order of the text.
func document(v *source.Value) string {
	if v == nil {
		return "null"
	}
	var parts []string
	switch v.Kind {
	case source.Nothing:
		return "null"
	case source.List:
		for _, item := range v.List {
			parts = append(parts, document(item))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case source.Mapping:
		for _, key := range v.Keys {
			parts = append(parts, quoted(key)+":"+document(v.Vals[key]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case source.Boolean:
		return strconv.FormatBool(v.Yes)
	case source.Number:
		if json.Valid([]byte(v.Text)) {
			return v.Text
		}
	}
	return quoted(v.Text)
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil { // a string always has a JSON form
		return `""`
	}
	return string(b)
}

// Who calls where in a trial that does not say.
const (
	trialCaller = "+37255501234"
	trialNumber = "+3726000000"
)

// TryFlow dials through a menu.
func (*Rules) TryFlow(in setup.FlowTrial, queues []string) (setup.FlowRun, error) {
	f, err := ivr.Parse([]byte(in.Text), ivr.Known{Queues: queues})
	if err != nil {
		return setup.FlowRun{}, err
	}
	s := sim.Script{At: time.Now().UnixMicro(), Call: ivr.Call{Interaction: "test", Caller: trialCaller, Number: trialNumber}}
	if in.Caller != nil {
		s.Call.Caller = *in.Caller
	}
	if in.Number != nil && *in.Number != "" {
		s.Call.Number = *in.Number
	}
	if in.At != nil {
		s.At = interval.FromTime(*in.At)
	}
	if s.Dial, err = sim.ParseDial(in.Dial); err != nil {
		return setup.FlowRun{}, err
	}
	res := sim.Run(f, s)
	out := setup.FlowRun{Outcome: string(res.Outcome), End: res.End, LastNode: res.LastNode, SpentS: seconds(res.SpentUs), Attributes: map[string]string{}, Lines: []setup.FlowLine{}, Unused: res.Unused}
	for name, v := range res.Attributes {
		out.Attributes[name] = v
	}
	for _, l := range res.Lines {
		out.Lines = append(out.Lines, setup.FlowLine{AtS: seconds(l.AtUs), Node: l.Node, What: l.What, Text: l.Text})
	}
	return out, nil
}

func seconds(us int64) float64 { return float64(us) / float64(interval.Second) }

// stateWait is how long the switch may take to say where it listens.
const stateWait = 2 * time.Second

// State asks the switch where it listens and compiles the rows to see what is left out.
func (r *Rules) State(ctx context.Context) (setup.TelephonyState, error) {
	_, notes, err := compile.Setup(ctx, r.store)
	if err != nil {
		return setup.TelephonyState{}, err
	}
	out := setup.TelephonyState{Server: r.inst.Cfg.SIP.Address(r.inst.Cfg.Web.LAN), Notes: append([]string{}, notes...)}
	if listens := r.listens(ctx); listens != "" {
		out.Server, out.Running = listens, true
	}
	out.Server = Reachable(out.Server, r.inst.Cfg.SIP.Advertise)
	return out, nil
}

// listens is where the running switch takes SIP, or "".
func (r *Rules) listens(ctx context.Context) string {
	socket, err := r.inst.Paths.RoleSocket("switch")
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, stateWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://agner/healthz", nil)
	if err != nil {
		return ""
	}
	res, err := local.Socket(socket).Do(req)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	var health struct{ SIP string }
	if res.StatusCode != http.StatusOK || json.NewDecoder(res.Body).Decode(&health) != nil {
		return ""
	}
	return health.SIP
}

// Reachable is an address as phones must be told it: one that stands for every address
// of this machine becomes the advertised one, or the first that others can reach.
func Reachable(address, advertise string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	switch ip, err := netip.ParseAddr(host); {
	case advertise != "":
		host = advertise
	case host == "" || err == nil && ip.IsUnspecified():
		host = OwnAddress()
	}
	return net.JoinHostPort(host, port)
}

// OwnAddress is the first address of this machine that others can reach.
func OwnAddress() string {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return "127.0.0.1"
	}
	for _, a := range all {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil && !ip.IP.IsLoopback() && !ip.IP.IsLinkLocalUnicast() {
			return ip.IP.String()
		}
	}
	return "127.0.0.1"
}
