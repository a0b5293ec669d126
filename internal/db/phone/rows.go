// Package phone holds the set-up rows of telephony: where inbound numbers lead, menus, phones, trunks, how queues are
// routed and who serves them. The switch gets them as one compiled snapshot; it never opens the database.
package phone

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/value"
)

var (
	flows   = db.NewTable[Flow]("flows", "flow", "t.name, t.id")
	numbers = db.NewTable[Number]("numbers", "num", "t.number, t.id")
	phones  = db.NewTable[Phone]("phones", "ph", "t.account, t.id")
	trunks  = db.NewTable[Trunk]("trunks", "tr", "t.name, t.id")
	routing = db.NewTable[Routing]("queue_routing", "qr", "t.queue_id, t.id")
	members = db.NewTable[Member]("queue_members", "qm", "t.queue_id, t.tier, t.place, t.id")
)

// Flows are the menus.
func Flows(s *db.Store) db.Repo[Flow] { return flows.In(s) }

// Numbers are the inbound numbers.
func Numbers(s *db.Store) db.Repo[Number] { return numbers.In(s) }

// Phones are the accounts telephones register with.
func Phones(s *db.Store) db.Repo[Phone] { return phones.In(s) }

// Trunks are the peers outside.
func Trunks(s *db.Store) db.Repo[Trunk] { return trunks.In(s) }

// Routings are how queues are served.
func Routings(s *db.Store) db.Repo[Routing] { return routing.In(s) }

// Members are the agents' places in queues.
func Members(s *db.Store) db.Repo[Member] { return members.In(s) }

// Flow is a menu: the text of a flow file (docs/formats/flow.md). Whether it can be used is the switch's to say.
type Flow struct {
	db.Head
	Name string `json:"name" db:"name,fixed"`
	Text string `json:"text" db:"text"`
}

// Check normalises and validates the flow.
func (f *Flow) Check() error {
	if err := value.Name("name", &f.Name); err != nil {
		return err
	}
	if strings.TrimSpace(f.Text) == "" {
		return value.Wrong("text", "", "must not be empty")
	}
	if len(f.Text) > maxFlow {
		return value.Wrong("text", len(f.Text), "is longer than 256 KiB")
	}
	return nil
}

// maxFlow is far above any menu a caller could bear.
const maxFlow = 256 << 10

// Number is an inbound number. It leads to a flow or to a queue.
type Number struct {
	db.Head
	Number  string `json:"number" db:"number,fixed"`
	SiteID  string `json:"site_id" db:"site_id,null"`
	FlowID  string `json:"flow_id" db:"flow_id,null"`
	QueueID string `json:"queue_id" db:"queue_id,null"`

	Language string `json:"language" db:"language"` // of what the switch itself says to callers of this number; empty: the queue's
}

// Check normalises and validates the number.
func (n *Number) Check() error {
	n.Number = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", "/", "", ".", "").Replace(n.Number)
	if err := value.Name("number", &n.Number); err != nil {
		return err
	}
	if strings.Trim(strings.TrimPrefix(n.Number, "+"), "0123456789") != "" {
		return value.Wrong("number", n.Number, "must be digits, with + before an international one")
	}
	if err := value.OneOf("language", n.Language, languages); err != nil {
		return err
	}
	if (n.FlowID == "") == (n.QueueID == "") {
		return value.Wrong("flow_id", n.FlowID, "a number leads either to a flow or to a queue")
	}
	return nil
}

// Phone is an account with which a telephone registers. Its password is not kept, only what the SIP digest needs.
type Phone struct {
	db.Head
	Account   string `json:"account" db:"account,fixed"`
	AgentID   string `json:"agent_id" db:"agent_id,null"` // none: it belongs to nobody and only calls
	HA1MD5    string `json:"-" db:"ha1_md5,secret"`
	HA1SHA256 string `json:"-" db:"ha1_sha256,secret"`
	Number    string `json:"-" db:"number,secret"` // a telephone outside that is dialled instead; personal, so it is published nowhere
}

// Check normalises and validates the phone.
func (p *Phone) Check() error {
	if err := value.Name("account", &p.Account); err != nil {
		return err
	}
	if p.Number != "" && (p.AgentID == "" || !strings.HasPrefix(p.Number, "+") || len(p.Number) < 5 || strings.Trim(p.Number[1:], "0123456789") != "") {
		return value.Wrong("number", p.Number, "must be an international number such as +37255501234, of an agent")
	}
	if strings.ContainsAny(p.Account, "@:;<> \"") {
		return value.Wrong("account", p.Account, `must not contain spaces or any of @ : ; < > "`)
	}
	return nil
}

// Trunk is a peer that calls come from and go to.
type Trunk struct {
	db.Head
	Name      string   `json:"name" db:"name,fixed"`
	Addresses []string `json:"addresses" db:"addresses,json"` // addresses or prefixes that need no password
	Host      string   `json:"host" db:"host"`                // where calls go; empty: none go out
	From      string   `json:"from_number" db:"from_number"`
	Login     string   `json:"login" db:"login"`
	Secret    string   `json:"-" db:"secret,secret"`

	Register bool        `json:"register" db:"register"`  // with the provider, as login; otherwise it knows our address
	Limits   TrunkLimits `json:"limits" db:"limits,json"` // of calls out; unset: the switch's own
}

// Check normalises and validates the trunk.
func (t *Trunk) Check() error {
	if err := value.Name("name", &t.Name); err != nil {
		return err
	}
	t.Addresses = slices.Concat([]string{}, t.Addresses)
	for _, a := range t.Addresses {
		if _, err := netip.ParsePrefix(a); err == nil {
			continue
		}
		if _, err := netip.ParseAddr(a); err != nil {
			return value.Wrong("addresses", a, "must be an address or a prefix such as 192.0.2.0/24")
		}
	}
	if t.Register && (t.Host == "" || t.Login == "") {
		return value.Wrong("register", t.Register, "needs host and login: with whom, and as whom")
	}
	if err := t.Limits.check(); err != nil {
		return err
	}
	for field, text := range map[string]*string{"host": &t.Host, "from_number": &t.From, "login": &t.Login} {
		if err := value.Text(field, text); err != nil {
			return err
		}
	}
	return nil
}

// Routing is how callers of a queue are served. A queue without a row has the switch's defaults.
type Routing struct {
	db.Head
	QueueID    string                   `json:"queue_id" db:"queue_id,fixed"`
	Strategy   string                   `json:"strategy" db:"strategy"`
	Weight     int                      `json:"weight" db:"weight"`
	RingS      float64                  `json:"ring_s" db:"ring_s"`
	WrapUpS    float64                  `json:"wrap_up_s" db:"wrap_up_s"`
	MaxWaiting int                      `json:"max_waiting" db:"max_waiting"` // 0: no limit
	MaxWaitS   float64                  `json:"max_wait_s" db:"max_wait_s"`   // then on_timeout; 0: no limit
	Entry      string                   `json:"entry" db:"entry"`             // what joining needs: empty, staffed, working, available
	AnnounceS  float64                  `json:"announce_s" db:"announce_s"`   // between announcements of position and wait; 0: none
	Actions    map[string]RoutingAction `json:"actions" db:"actions,json"`    // by timeout, empty, full, closed, long, key_0 … key_9
	Record     string                   `json:"record" db:"record"`           // empty: not recorded; always; consent: if a menu asked and got it
	KeepDays   int                      `json:"keep_days" db:"keep_days"`     // of recordings; 0: until erased
	Options    RoutingOptions           `json:"options" db:"options,json"`
}

// RoutingAction is what happens to a caller who is not served: queue, number, message, voicemail, callback, or nothing for
// hanging up.
type RoutingAction struct {
	Do     string `json:"do"`
	Target string `json:"target"`
}

var (
	strategies = []string{"", "longest_idle", "sequential", "circular", "fewest_calls", "least_occupied", "simultaneous", "random", "skilled", "advised"}
	needs      = []string{"", "staffed", "working", "available"}
	recordings = []string{"", "always", "consent"}
	deeds      = []string{"", "queue", "number", "message", "voicemail", "callback"}
)

// Check normalises and validates the routing.
func (r *Routing) Check() error {
	if r.QueueID == "" {
		return value.Wrong("queue_id", "", "must not be empty")
	}
	if err := value.OneOf("strategy", r.Strategy, strategies); err != nil {
		return err
	}
	if err := value.OneOf("record", r.Record, recordings); err != nil {
		return err
	}
	if err := value.Between("keep_days", r.KeepDays, 0, 36500); err != nil {
		return err
	}
	if err := value.OneOf("entry", r.Entry, needs); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		v    float64
		most float64
	}{{"ring_s", r.RingS, 300}, {"wrap_up_s", r.WrapUpS, 3600}, {"max_wait_s", r.MaxWaitS, 86400}, {"announce_s", r.AnnounceS, 3600}, {"max_waiting", float64(r.MaxWaiting), 1e6}} {
		if err := value.Between(f.name, f.v, 0, f.most); err != nil {
			return err
		}
	}
	if err := value.Between("weight", r.Weight, -1000, 1000); err != nil {
		return err
	}
	if err := r.Options.check(); err != nil {
		return err
	}
	if r.Actions == nil {
		r.Actions = map[string]RoutingAction{}
	}
	for at, a := range r.Actions {
		digit, key := strings.CutPrefix(at, "key_")
		if known := value.OneOf("actions", at, []string{"timeout", "empty", "full", "closed", "long"}); known != nil && (!key || len(digit) != 1 || !strings.Contains("0123456789*#", digit)) {
			return known
		}
		if err := value.OneOf("actions."+at+".do", a.Do, deeds); err != nil {
			return err
		}
	}
	return nil
}

// Member is an agent's place in a queue.
type Member struct {
	db.Head
	QueueID string `json:"queue_id" db:"queue_id,fixed"`
	AgentID string `json:"agent_id" db:"agent_id,fixed"`
	Tier    int    `json:"tier" db:"tier"`   // 1 is the first choice
	Place   int    `json:"place" db:"place"` // in the list, for sequential and circular
}

// Check normalises and validates the membership.
func (m *Member) Check() error {
	if m.QueueID == "" {
		return value.Wrong("queue_id", "", "must not be empty")
	}
	if m.AgentID == "" {
		return value.Wrong("agent_id", "", "must not be empty")
	}
	if m.Tier == 0 {
		m.Tier = 1
	}
	if err := value.Between("tier", m.Tier, 1, 100); err != nil {
		return err
	}
	return value.Between("place", m.Place, 0, 100000)
}
