package sample

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/agner-platform/agner/internal/event"
)

// Source marks every event of a sample centre.
const Source = "sample"

// SiteID is the id of the sample centre's only site.
const SiteID = "smp_site"

// line describes one queue of the centre.
type line struct {
	id, name, number, group string
	perDay                  float64 // calls on a mean weekday at scale 1, without transfers
	talk, wrap              float64 // mean seconds
	peaks                   [2]float64
	hours                   map[string][]string
	transfer                string  // queue it is transferred to
	transferShare           float64 // of answered calls
	input                   string  // key in the menu
	prefer                  int64   // priority of one caller in ten
	within                  int64   // target threshold in seconds
	share                   float64 // target share
	codes                   []string
}

var weekHours = map[string][]string{"mon-fri": {"08:00-20:00"}, "sat": {"10:00-16:00"}}

// lines are the queues. Second-line calls come by transfer only, so perDay is 0.
var lines = []line{
	{
		id: "smp_q_sales", name: "Sales", number: "1001", group: "smp_g_front", perDay: 150, talk: 285, wrap: 55, peaks: [2]float64{11, 16},
		hours: weekHours, input: "1", prefer: 1, within: 20, share: 0.8,
		codes: []string{"new_order", "offer_question", "change_plan", "cancellation", "campaign"},
	},
	{
		id: "smp_q_support", name: "Support", number: "1002", group: "smp_g_front", perDay: 220, talk: 310, wrap: 50, peaks: [2]float64{10, 18},
		hours: weekHours, input: "2", prefer: 2, within: 20, share: 0.8, transfer: "smp_q_tech", transferShare: 0.16,
		codes: []string{"no_connection", "slow_connection", "device_set_up", "password", "outage"},
	},
	{
		id: "smp_q_billing", name: "Billing", number: "1003", group: "smp_g_front", perDay: 130, talk: 215, wrap: 40, peaks: [2]float64{9.5, 14},
		hours: weekHours, input: "3", within: 30, share: 0.8, transfer: "smp_q_sales", transferShare: 0.04,
		codes: []string{"invoice_question", "payment_plan", "address", "refund"},
	},
	{
		id: "smp_q_tech", name: "Technicians, 2nd line", number: "1004", group: "smp_g_back", talk: 520, wrap: 120, peaks: [2]float64{11, 15},
		hours: map[string][]string{"mon-fri": {"08:00-20:00"}, "sat": {"10:00-16:00"}}, within: 60, share: 0.8,
		codes: []string{"line_fault", "router_swap", "visit_booked", "solved_remotely"},
	},
	{
		id: "smp_q_finnish", name: "Finnish line", number: "1005", group: "smp_g_front", perDay: 28, talk: 290, wrap: 50, peaks: [2]float64{10, 14},
		hours: map[string][]string{"mon-fri": {"09:00-17:00"}}, input: "4", within: 30, share: 0.7,
		codes: []string{"general", "order", "fault"},
	},
}

// crew describes one team.
type crew struct {
	id, name string
	size     int
	serves   []int   // indexes into lines
	owns     []int   // the lines whose load its rota is made for
	spare    float64 // square-root staffing factor: agents = load + spare·√load
}

var crews = []crew{
	{"smp_t_sales", "Sales team", 16, []int{0}, []int{0}, 1.6},
	{"smp_t_service", "Service team", 26, []int{1, 2}, []int{1, 2}, 1.4},
	{"smp_t_tech", "Technicians", 11, []int{3}, []int{3}, 1.6},
	{"smp_t_finnish", "Finnish team", 7, []int{4}, []int{4}, 1.35},
}

var given = []string{
	"Anu", "Jaan", "Mari", "Peeter", "Liis", "Tõnu", "Kadri", "Rein", "Piret", "Siim", "Eve", "Mart", "Triin", "Urmas", "Helen",
	"Kalle", "Tiina", "Ants", "Maarja", "Toomas", "Riina", "Jüri", "Katrin", "Andres", "Signe", "Margus", "Ülle", "Priit", "Merle", "Indrek",
}

// person is one agent as set up.
type person struct {
	id, name  string
	extension string
	crew      int
	hired     float64 // share of the history after which the person starts, 0 from the beginning
	leaves    float64 // share after which the person is gone, 1 never
	speed     float64 // factor on handling time
}

// people returns the agents; larger centres need more of them.
func people(scale float64) []person {
	var out []person
	for c, crew := range crews {
		n := int(math.Ceil(float64(crew.size) * math.Max(1, math.Pow(scale, 0.85))))
		for i := range n {
			k := len(out)
			p := person{
				id: fmt.Sprintf("smp_a_%03d", k+1), name: fmt.Sprintf("%s %c. (sample)", given[k%len(given)], 'A'+rune(k/len(given)%26)),
				extension: fmt.Sprintf("2%03d", k+1), crew: c, leaves: 1,
				speed: 0.85 + 0.3*float64((k*7)%11)/10,
			}
			switch { // some came later, some left
			case i%9 == 4:
				p.hired, p.speed = 0.4+0.05*float64(c), p.speed+0.1
			case i%13 == 7:
				p.leaves = 0.75
			}
			out = append(out, p)
		}
	}
	return out
}

// Row is one row of set-up: a table of internal/db, the row's id and its values.
type Row struct {
	Table  string
	ID     string
	Values json.RawMessage
}

// window is opening hours in the form of set-up rows.
type window struct {
	Weekdays []int  `json:"weekdays"`
	From     string `json:"from"`
	To       string `json:"to"`
}

// SetUp returns the rows that the events of the sample centre refer to, each after
// the rows it refers to itself.
func SetUp(o Options) ([]Row, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	type values = map[string]any
	b := &rows{}
	holidays := []values{}
	for _, h := range StoryOf(o).Holidays {
		windows := []values{}
		for _, w := range h.windows() {
			windows = append(windows, values{"from": w[:5], "to": w[6:]})
		}
		holidays = append(holidays, values{"date": h.Date.String(), "name": h.Name, "windows": windows})
	}
	usual := []window{{[]int{1, 2, 3, 4, 5}, "08:00", "20:00"}, {[]int{6}, "10:00", "16:00"}}
	b.add("sites", SiteID, values{
		"natural_name": "sample", "name": "Sample centre (invented data)", "zone": o.Zone.String(), "week_start": 1, "opening": usual, "holidays": holidays,
	})
	b.add("queue_groups", "smp_g_front", values{"name": "First line (sample)", "site_id": SiteID})
	b.add("queue_groups", "smp_g_back", values{"name": "Second line (sample)", "site_id": SiteID})
	for _, l := range lines {
		opening := []window{}
		if len(l.hours) == 1 {
			opening = []window{{[]int{1, 2, 3, 4, 5}, "09:00", "17:00"}}
		}
		stream := "smp_s_" + l.id[6:]
		b.add("streams", stream, values{"name": l.name + " (sample)", "channel": "voice"})
		b.add("skills", "smp_k_"+l.id[6:], values{"name": l.name + " (sample)"})
		b.add("queues", l.id, values{
			"natural_name": l.id, "name": l.name, "site_id": SiteID, "group_id": l.group, "stream_id": stream, "channel": "voice", "opening": opening,
		})
		b.add("queue_targets", l.id+"/0", values{
			"queue_id": l.id, "valid_from": nil, "share": l.share, "within_us": l.within * 1e6, "short_us": 10_000_000, "overrides": []any{},
		})
		for _, c := range l.codes {
			b.add("codes", codeID(&l, c), values{"queue_id": l.id, "code": c, "label": label(c)})
		}
	}
	for _, c := range crews {
		b.add("teams", c.id, values{"name": c.name + " (sample)", "site_id": SiteID})
	}
	b.people(o.Scale)
	return b.list, b.err
}

// people adds the agents with their team and skills.
func (b *rows) people(scale float64) {
	type values = map[string]any
	for _, p := range people(scale) {
		b.add("agents", p.id, values{"natural_name": p.id, "name": p.name, "extension": p.extension})
		b.add("agent_terms", p.id+"/0", values{
			"agent_id": p.id, "valid_from": nil, "team_id": crews[p.crew].id, "contract": "part_time", "weekly_minutes": 1500, "wage_cents": 1450,
		})
		for _, l := range crews[p.crew].serves {
			skill := "smp_k_" + lines[l].id[6:]
			b.add("agent_skills", p.id+"/"+skill+"/0", values{"agent_id": p.id, "skill_id": skill, "valid_from": nil, "level": 1})
		}
	}
}

// rows gathers set-up rows.
type rows struct {
	list []Row
	err  error
}

func (b *rows) add(table, id string, values map[string]any) {
	values["id"], values["version"] = id, 1
	raw, err := json.Marshal(values)
	if err != nil && b.err == nil {
		b.err = fmt.Errorf("sample row %s %s: %w", table, id, err)
	}
	b.list = append(b.list, Row{table, id, raw})
}

// codeID returns the id of a queue's wrap-up code.
func codeID(l *line, code string) string { return "smp_c_" + l.id[6:] + "_" + code }

// label turns "new_order" into "New order".
func label(code string) string {
	b := []byte(code)
	for i := range b {
		if b[i] == '_' {
			b[i] = ' '
		}
	}
	b[0] -= 'a' - 'A'
	return string(b)
}

// changed returns the row as a fact.
func (r Row) changed(at int64) event.Event {
	return event.New(at, &event.ConfigChanged{Table: r.Table, Row: r.ID, Version: 1, By: Source, Values: r.Values})
}
