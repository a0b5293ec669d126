package exchange

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/ivr"
	"github.com/agner-platform/agner/telephony/trunk"
)

// ErrSetup marks a snapshot that cannot be used.
var ErrSetup = errors.New("telephony set-up")

// Setup is the whole set-up of a switch: a snapshot compiled by the roles that own
// the set-up database.
type Setup struct {
	Version int64             `json:"version"`
	Zone    string            `json:"zone"`              // of menus that name none
	Names   map[string]string `json:"names,omitempty"`   // queue name → id, for menus and transfers
	Labels  map[string]string `json:"labels,omitempty"`  // agent id → name, for screens
	Numbers []Number          `json:"numbers,omitempty"` // inbound
	Flows   []Flow            `json:"flows,omitempty"`
	Phones  []Phone           `json:"phones,omitempty"`
	Trunks  []Trunk           `json:"trunks,omitempty"`
	Record  []Recording       `json:"record,omitempty"` // queues whose calls are recorded
	Boxes   []Box             `json:"boxes,omitempty"`  // of queues, for voicemail
	ACD     acd.Config        `json:"acd"`
}

// Number is an inbound number: it leads to a flow or straight to a queue.
type Number struct {
	Number string `json:"number"`
	Site   string `json:"site,omitempty"`
	Flow   string `json:"flow,omitempty"`
	Queue  string `json:"queue,omitempty"`
}

// Flow is a menu by its name, as docs/formats/flow.md describes it.
type Flow struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Phone is an account that may register. HA1 values are of the switch's realm.
type Phone struct {
	User   string `json:"user"`
	Agent  string `json:"agent,omitempty"` // empty: it belongs to no agent
	MD5    string `json:"md5,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// Trunk is a peer that calls come from and go to.
type Trunk struct {
	Name     string   `json:"name"`
	Prefixes []string `json:"prefixes,omitempty"` // addresses that need no password
	Host     string   `json:"host,omitempty"`     // host:port where calls go; empty: none go out
	From     string   `json:"from,omitempty"`     // our number shown there
	User     string   `json:"user,omitempty"`
	Secret   string   `json:"secret,omitempty"`

	Register bool          `json:"register,omitempty"` // with the provider; otherwise it knows our address
	Limits   *trunk.Limits `json:"limits,omitempty"`   // of calls out; nil: see defaultLimits
}

// plan is a snapshot ready to be used.
type plan struct {
	setup   Setup
	numbers map[string]Number
	flows   map[string]*ivr.Flow
	phones  map[string]Phone   // by user
	devices map[string][]Phone // by agent

	recorded map[string]Recording // by queue
}

// Check reports everything that keeps the snapshot from being used.
func (s *Setup) Check() error {
	_, err := compile(*s)
	return err
}

// compile checks a snapshot and makes its look-up tables.
func compile(s Setup) (*plan, error) {
	p := &plan{setup: s, numbers: map[string]Number{}, flows: map[string]*ivr.Flow{}, phones: map[string]Phone{}, devices: map[string][]Phone{}, recorded: map[string]Recording{}}
	for _, r := range s.Record {
		p.recorded[p.queue(r.Queue)] = r
	}
	var errs []error
	bad := func(field, value, why string) {
		errs = append(errs, fmt.Errorf("%w: %s = %q: %s", ErrSetup, field, value, why))
	}
	if err := s.ACD.Validate(); err != nil {
		errs = append(errs, err)
	}
	for _, f := range s.Flows {
		flow, err := ivr.Parse([]byte(f.Text), p.known())
		if err != nil {
			errs = append(errs, fmt.Errorf("%w: flow %q: %w", ErrSetup, f.Name, err))
			continue
		}
		p.flows[f.Name] = flow
	}
	for _, n := range s.Numbers {
		switch {
		case n.Number == "":
			bad("numbers[].number", n.Number, "must not be empty")
		case (n.Flow == "") == (n.Queue == ""):
			bad("numbers[].flow", n.Flow, "a number leads to a flow or to a queue")
		case n.Flow != "" && p.flows[n.Flow] == nil:
			bad("numbers[].flow", n.Flow, "is not a flow that can be used")
		case n.Queue != "" && p.queue(n.Queue) == "":
			bad("numbers[].queue", n.Queue, "is not a queue")
		default:
			p.numbers[digits(n.Number)] = n
		}
	}
	for _, f := range s.Phones {
		if f.User == "" || p.phones[f.User].User != "" {
			bad("phones[].user", f.User, "must be unique and not empty")
			continue
		}
		p.phones[f.User] = f
		if f.Agent != "" {
			p.devices[f.Agent] = append(p.devices[f.Agent], f)
		}
	}
	for _, t := range s.Trunks {
		if err := t.limits().Validate(); err != nil {
			errs = append(errs, fmt.Errorf("%w: trunk %q: %w", ErrSetup, t.Name, err))
		}
		if _, err := t.prefixes(); err != nil {
			bad("trunks[].prefixes", strings.Join(t.Prefixes, ","), err.Error())
		}
	}
	return p, errors.Join(errs...)
}

// prefixes parses the addresses of a trunk; a single address is a prefix of itself.
func (t Trunk) prefixes() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range t.Prefixes {
		p, err := netip.ParsePrefix(text)
		if a, aerr := netip.ParseAddr(text); err != nil && aerr == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// known is what flows may refer to.
func (p *plan) known() ivr.Known {
	k := ivr.Known{Zone: p.setup.Zone, Queues: slices.Collect(maps.Keys(p.setup.Names))}
	for _, q := range p.setup.ACD.Queues {
		k.Queues = append(k.Queues, q.ID)
	}
	return k
}

// queue returns the id of a queue given by name or id, or "".
func (p *plan) queue(name string) string {
	if id := p.setup.Names[name]; id != "" {
		return id
	}
	if slices.ContainsFunc(p.setup.ACD.Queues, func(q acd.QueueConfig) bool { return q.ID == name }) {
		return name
	}
	return ""
}

// outbound returns the trunk that calls go out by.
func (p *plan) outbound() (Trunk, bool) {
	for _, t := range p.setup.Trunks {
		if t.Host != "" {
			return t, true
		}
	}
	return Trunk{}, false
}

// digits is a number without the marks people write into it; short codes and
// names stay as they are.
func digits(n string) string {
	return strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", "/", "", ".", "").Replace(n)
}
