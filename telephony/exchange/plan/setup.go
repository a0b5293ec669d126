package plan

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/ivr"
	"github.com/agner-platform/agner/telephony/sipua"
	"github.com/agner-platform/agner/telephony/trunk"
)

// ErrSetup marks a snapshot that cannot be used.
var ErrSetup = errors.New("telephony set-up")

// Setup is the whole set-up of a switch: a snapshot compiled by the roles that own
// the set-up database.
type Setup struct {
	Version int64             `json:"version"`
	Zone    string            `json:"zone"`              // of menus that name none, at numbers that name none
	Names   map[string]string `json:"names,omitempty"`   // queue name → id, for menus and transfers
	Labels  map[string]string `json:"labels,omitempty"`  // agent id → name, for screens
	Queues  []Queue           `json:"queues,omitempty"`  // what callers hear and agents see of them
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

	Zone     string `json:"zone,omitempty"`     // of the menu's hours; empty: the snapshot's
	Language string `json:"language,omitempty"` // of what the switch says by itself; empty: the queue's
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
	Number string `json:"number,omitempty"` // a telephone outside that is dialled where none registered
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

// Plan is a snapshot ready to be used.
type Plan struct {
	Setup
	ByNumber map[string]Number
	Menus    map[string]*ivr.Flow // by name
	ByUser   map[string]Phone
	Devices  map[string][]Phone // by agent

	Recorded map[string]Recording // by queue

	queues map[string]Queue
	zoned  map[[2]string]*ivr.Flow // menus in other zones than the snapshot's, by name and zone
}

// Check reports everything that keeps the snapshot from being used.
func (s *Setup) Check() error {
	_, err := Compile(*s)
	return err
}

// Compile checks a snapshot and makes its look-up tables.
func Compile(s Setup) (*Plan, error) {
	p := &Plan{Setup: s, ByNumber: map[string]Number{}, Menus: map[string]*ivr.Flow{}, ByUser: map[string]Phone{}, Devices: map[string][]Phone{}, Recorded: map[string]Recording{}, queues: map[string]Queue{}, zoned: map[[2]string]*ivr.Flow{}}
	for _, r := range s.Record {
		p.Recorded[p.Queue(r.Queue)] = r
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
		p.Menus[f.Name] = flow
	}
	for _, q := range s.Queues {
		p.queues[p.Queue(q.ID)] = q
	}
	texts := map[string]string{}
	for _, f := range s.Flows {
		texts[f.Name] = f.Text
	}
	for _, n := range s.Numbers {
		if err := p.zone(n, texts[n.Flow]); err != nil {
			errs = append(errs, err)
			continue
		}
		switch {
		case n.Number == "":
			bad("numbers[].number", n.Number, "must not be empty")
		case (n.Flow == "") == (n.Queue == ""):
			bad("numbers[].flow", n.Flow, "a number leads to a flow or to a queue")
		case n.Flow != "" && p.Menus[n.Flow] == nil:
			bad("numbers[].flow", n.Flow, "is not a flow that can be used")
		case n.Queue != "" && p.Queue(n.Queue) == "":
			bad("numbers[].queue", n.Queue, "is not a queue")
		default:
			p.ByNumber[Digits(n.Number)] = n
		}
	}
	for _, f := range s.Phones {
		if f.User == "" || p.ByUser[f.User].User != "" {
			bad("phones[].user", f.User, "must be unique and not empty")
			continue
		}
		p.ByUser[f.User] = f
		if f.Agent != "" {
			p.Devices[f.Agent] = append(p.Devices[f.Agent], f)
		}
	}
	for _, t := range s.Trunks {
		if err := t.Bounds().Validate(); err != nil {
			errs = append(errs, fmt.Errorf("%w: trunk %q: %w", ErrSetup, t.Name, err))
		}
		if _, err := t.Addresses(); err != nil {
			bad("trunks[].prefixes", strings.Join(t.Prefixes, ","), err.Error())
		}
	}
	return p, errors.Join(errs...)
}

// zone makes the menu of a number whose site keeps another time.
func (p *Plan) zone(n Number, text string) error {
	if n.Zone == "" || n.Zone == p.Setup.Zone || p.Menus[n.Flow] == nil || p.zoned[[2]string{n.Flow, n.Zone}] != nil {
		return nil
	}
	known := p.known()
	known.Zone = n.Zone
	flow, err := ivr.Parse([]byte(text), known)
	if err != nil {
		return fmt.Errorf("%w: numbers[].zone = %q: flow %q: %w", ErrSetup, n.Zone, n.Flow, err)
	}
	p.zoned[[2]string{n.Flow, n.Zone}] = flow
	return nil
}

// Menu returns the menu of a number, in the zone of its site.
func (p *Plan) Menu(n Number) *ivr.Flow {
	if f := p.zoned[[2]string{n.Flow, n.Zone}]; f != nil {
		return f
	}
	return p.Menus[n.Flow]
}

// About returns what there is to say of a queue.
func (p *Plan) About(queue string) Queue { return p.queues[queue] }

// Addresses parses the addresses of a trunk; a single address is a prefix of itself.
func (t Trunk) Addresses() ([]netip.Prefix, error) {
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

// Peers are the trunks as the firewall of the SIP side knows them.
func (p *Plan) Peers() []sipua.Trunk {
	var out []sipua.Trunk
	for _, t := range p.Trunks {
		if prefixes, err := t.Addresses(); err == nil && len(prefixes) > 0 { // Compile has refused the others
			out = append(out, sipua.Trunk{Name: t.Name, Prefixes: prefixes})
		}
	}
	return out
}

// known is what flows may refer to.
func (p *Plan) known() ivr.Known {
	k := ivr.Known{Zone: p.Setup.Zone, Queues: slices.Collect(maps.Keys(p.Setup.Names))}
	for _, q := range p.Setup.ACD.Queues {
		k.Queues = append(k.Queues, q.ID)
	}
	return k
}

// Queue returns the id of a queue given by name or id, or "".
func (p *Plan) Queue(name string) string {
	if id := p.Setup.Names[name]; id != "" {
		return id
	}
	if slices.ContainsFunc(p.Setup.ACD.Queues, func(q acd.QueueConfig) bool { return q.ID == name }) {
		return name
	}
	return ""
}

// Outbound returns the trunk that calls go out by.
func (p *Plan) Outbound() (Trunk, bool) {
	for _, t := range p.Setup.Trunks {
		if t.Host != "" {
			return t, true
		}
	}
	return Trunk{}, false
}

// Digits is a number without the marks people write into it; short codes and
// names stay as they are.
func Digits(n string) string {
	return strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", "/", "", ".", "").Replace(n)
}

// Dialable tells a number from a name.
func Dialable(to string) bool {
	for i, r := range to {
		if (r < '0' || r > '9') && (r != '+' || i > 0) {
			return false
		}
	}
	return len(to) > 2
}

// Names tells what a transfer's target is: a queue, an agent, or neither – a number
// outside, or one of ours that belongs to nobody.
func (p *Plan) Names(to string) (queue, agent string) {
	if q := p.Queue(to); q != "" {
		return q, ""
	}
	if len(p.Devices[to]) > 0 {
		return "", to
	}
	return p.ByNumber[Digits(to)].Queue, p.ByUser[Digits(to)].Agent
}

// Target tells where a transfer goes, one of the three, and whether it can.
func (p *Plan) Target(to string) (queue, agent, number string, ok bool) {
	if q := p.Queue(to); q != "" {
		return q, "", "", true
	}
	if len(p.Devices[to]) > 0 {
		return "", to, "", true
	}
	number = Digits(to)
	_, inbound := p.ByNumber[number]
	_, phone := p.ByUser[number]
	_, out := p.Outbound()
	return "", "", number, inbound || phone || out && Dialable(number)
}

// Key returns what a key does for the callers of a queue.
func (p *Plan) Key(queue, key string) acd.Action {
	for i := range p.ACD.Queues {
		if p.ACD.Queues[i].ID == queue {
			return p.ACD.Queues[i].Keys[key]
		}
	}
	return acd.Action{}
}

// CallbackKey is the key that asks for a callback in a queue, or "".
func (p *Plan) CallbackKey(queue string) string {
	for _, k := range strings.Split("1234567890*#", "") {
		if p.Key(queue, k).Do == setup.ToCallback {
			return k
		}
	}
	return ""
}

// SiteOf returns the site of a queue, or "".
func (p *Plan) SiteOf(queue string) string {
	for i := range p.ACD.Queues {
		if p.ACD.Queues[i].ID == queue {
			return p.ACD.Queues[i].Site
		}
	}
	return ""
}
