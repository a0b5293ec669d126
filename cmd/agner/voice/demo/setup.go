package demo

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/agner-platform/agner/cmd/agner/voice/rules"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/phone"
	"github.com/agner-platform/agner/internal/db/value"
	"github.com/agner-platform/agner/telephony/sipua/registrar"
)

// Number is what the virtual customers dial.
const Number = "9000"

// mark is in every name that the demonstration makes.
const mark = "(live demo)"

// caller is the account that all virtual customers call with.
const caller = "demo-caller"

// queue is one of the demonstration's; of is the queue of the sample centre whose week
// it follows.
type queue struct {
	of, name string
	key      byte
	talk     float64 // mean seconds: a fraction of the real thing, so that one sees something
}

var queues = []queue{
	{"smp_q_sales", "Sales " + mark, '1', 45},
	{"smp_q_support", "Support " + mark, '2', 60},
	{"smp_q_billing", "Billing " + mark, '3', 35},
}

// person is a virtual agent with the queues it serves, by index, the own first.
type person struct {
	account, name string
	serves        []int
}

var people = []person{
	{"demo-1", "Ada " + mark, []int{0}},
	{"demo-2", "Bela " + mark, []int{0, 2}},
	{"demo-3", "Cleo " + mark, []int{1}},
	{"demo-4", "Dan " + mark, []int{1, 0}},
	{"demo-5", "Ela " + mark, []int{1, 2}},
	{"demo-6", "Finn " + mark, []int{2, 1}},
}

// flow is the menu they call.
const flow = `name: live-demo
start: menu
nodes:
  menu:
    kind: menu
    prompt: {text: "This is the live demonstration. For sales press 1, for support press 2, for billing press 3.", lang: en}
    choices: {1: sales, 2: support, 3: billing}
    no_match: support
  sales: {kind: set, attributes: {topic: sales}, next: to_sales}
  to_sales: {kind: enqueue, queue: "Sales (live demo)"}
  support: {kind: set, attributes: {topic: support}, next: to_support}
  to_support: {kind: enqueue, queue: "Support (live demo)"}
  billing: {kind: set, attributes: {topic: billing}, next: to_billing}
  to_billing: {kind: enqueue, queue: "Billing (live demo)"}
`

// Accounts are the phones with their passwords.
type Accounts map[string]string

// secretFile holds them for the process that telephones.
func secretFile(secrets string) string { return filepath.Join(secrets, "demo.json") }

// ReadAccounts reads what Prepare wrote.
func ReadAccounts(secrets string) (Accounts, error) {
	raw, err := os.ReadFile(secretFile(secrets))
	if err != nil {
		return nil, err
	}
	var a Accounts
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, fmt.Errorf("%s: %w", secretFile(secrets), err)
	}
	return a, nil
}

// Prepare makes the set-up, or what is missing of it, and writes the passwords into the
// folder of secrets.
func Prepare(ctx context.Context, s *db.Store, secrets, zone string) (Accounts, error) {
	ctx = db.As(ctx, db.Actor{Name: "live demo"})
	site, err := s.EnsureSite(ctx, "Live demo (virtual callers)", zone)
	if err != nil {
		return nil, fmt.Errorf("set up the live demo: %w", err)
	}
	ids := make([]string, len(queues))
	for i, q := range queues {
		if ids[i], err = ensureQueue(ctx, s, site.ID, q.name); err != nil {
			return nil, fmt.Errorf("set up the live demo: %s: %w", q.name, err)
		}
	}
	if err := ensureNumber(ctx, s, site.ID); err != nil {
		return nil, fmt.Errorf("set up the live demo: number %s: %w", Number, err)
	}
	accounts, err := ReadAccounts(secrets)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if accounts == nil {
		accounts = Accounts{}
	}
	if err := ensurePhone(ctx, s, accounts, caller, ""); err != nil {
		return nil, fmt.Errorf("set up the live demo: %s: %w", caller, err)
	}
	for _, p := range people {
		if err := ensureAgent(ctx, s, accounts, p, ids); err != nil {
			return nil, fmt.Errorf("set up the live demo: %s: %w", p.name, err)
		}
	}
	raw, err := json.Marshal(accounts)
	if err != nil {
		return nil, err
	}
	return accounts, os.WriteFile(secretFile(secrets), raw, 0o600)
}

// ensureQueue makes a queue that is always open, with quick phones.
func ensureQueue(ctx context.Context, s *db.Store, site, name string) (string, error) {
	q, err := s.EnsureQueue(ctx, name, site)
	if err != nil {
		return "", err
	}
	if len(q.Opening) == 0 {
		q.Opening = []value.Window{{Weekdays: []int{1, 2, 3, 4, 5, 6, 7}, From: "00:00", To: "24:00"}}
		if q, err = s.Queues().Update(ctx, q); err != nil {
			return "", err
		}
	}
	for _, code := range []string{"solved", "call again", "wrong number"} {
		if _, err := s.EnsureCode(ctx, q.ID, code); err != nil {
			return "", err
		}
	}
	have, err := phone.Routings(s).List(ctx, db.Where("queue_id", q.ID), db.WithRetired())
	if err == nil && len(have) == 0 {
		_, err = phone.Routings(s).Create(ctx, phone.Routing{QueueID: q.ID, RingS: 12, WrapUpS: 12, AnnounceS: 30})
	}
	return q.ID, err
}

func ensureNumber(ctx context.Context, s *db.Store, site string) error {
	flows, err := phone.Flows(s).List(ctx, db.Where("name", "live-demo"), db.WithRetired())
	if err != nil {
		return err
	}
	if len(flows) == 0 {
		f, err := phone.Flows(s).Create(ctx, phone.Flow{Name: "live-demo", Text: flow})
		if err != nil {
			return err
		}
		flows = append(flows, f)
	}
	have, err := phone.Numbers(s).List(ctx, db.Where("number", Number), db.WithRetired())
	if err == nil && len(have) == 0 {
		_, err = phone.Numbers(s).Create(ctx, phone.Number{Number: Number, FlowID: flows[0].ID, SiteID: site})
	}
	return err
}

func ensureAgent(ctx context.Context, s *db.Store, accounts Accounts, p person, queues []string) error {
	a, err := s.EnsureAgent(ctx, p.name)
	if err != nil {
		return err
	}
	for tier, q := range p.serves {
		have, err := phone.Members(s).List(ctx, db.Where("queue_id", queues[q]), db.Where("agent_id", a.ID), db.WithRetired())
		if err == nil && len(have) == 0 {
			_, err = phone.Members(s).Create(ctx, phone.Member{QueueID: queues[q], AgentID: a.ID, Tier: tier + 1})
		}
		if err != nil {
			return err
		}
	}
	return ensurePhone(ctx, s, accounts, p.account, a.ID)
}

// ensurePhone makes an account; one whose password is not known any more gets a new one.
func ensurePhone(ctx context.Context, s *db.Store, accounts Accounts, account, agent string) error {
	repo := phone.Phones(s)
	have, err := repo.List(ctx, db.Where("account", account), db.WithRetired())
	if err != nil || len(have) > 0 && accounts[account] != "" {
		return err
	}
	password := strings.ToLower(rand.Text())[:16]
	row := phone.Phone{
		Account: account, AgentID: agent, HA1MD5: registrar.HA1("MD5", account, rules.Realm, password), HA1SHA256: registrar.HA1("SHA-256", account, rules.Realm, password),
	}
	if len(have) > 0 {
		row.Head = have[0].Head
		_, err = repo.Update(ctx, row)
	} else {
		_, err = repo.Create(ctx, row)
	}
	accounts[account] = password
	return err
}
