package planning

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/agner-platform/agner/internal/db"
)

// Kinds of offers, how their places are given, and their states.
const (
	Extra  = "extra"    // hours to take on
	GiveUp = "time_off" // hours to give up

	FirstCome = "first"     // who claims first has the place
	Seniority = "seniority" // bids are weighed when the offer closes: longest with us first, then by time

	OfferOpen      = "open"
	OfferClosed    = "closed"
	OfferWithdrawn = "withdrawn"

	Waiting = "waiting" // a bid that is not weighed yet
)

// Offer is hours of a published schedule that people may take on or give up.
type Offer struct {
	ID        string   `json:"id"`
	Version   int64    `json:"version"`
	CreatedAt db.Stamp `json:"created_at"`
	UpdatedAt db.Stamp `json:"updated_at"`
	Schedule  string   `json:"schedule"`
	Kind      string   `json:"kind"`
	Start     db.Stamp `json:"start"`
	Minutes   int      `json:"minutes"`
	Skill     string   `json:"skill"` // who has it may claim; everybody without it
	Places    int      `json:"places"`
	Rule      string   `json:"rule"`
	Closes    db.Stamp `json:"closes"` // no claims after it
	Note      string   `json:"note"`
	State     string   `json:"state"`
	Claims    []Claim  `json:"claims"`
}

// Claim is one person's claim on an offer.
type Claim struct {
	Agent  string   `json:"agent"`
	At     db.Stamp `json:"at"`
	State  string   `json:"state"` // granted, waiting, refused, withdrawn
	Reason string   `json:"reason"`
}

// Taken counts the granted claims.
func (o *Offer) Taken() int {
	n := 0
	for _, c := range o.Claims {
		if c.State == Granted {
			n++
		}
	}
	return n
}

const (
	shortestOffer = 15
	longestOffer  = 12 * 60
	mostPlaces    = 1000
)

func (o *Offer) check() error {
	bad := func(field, value, reason string) error {
		return &db.FieldError{Field: field, Value: value, Reason: reason}
	}
	switch {
	case o.Kind != Extra && o.Kind != GiveUp:
		return bad("kind", o.Kind, "want extra or time_off")
	case o.Rule != FirstCome && o.Rule != Seniority:
		return bad("rule", o.Rule, "want first or seniority")
	case o.Minutes < shortestOffer || o.Minutes > longestOffer || o.Minutes%shortestOffer != 0:
		return bad("minutes", fmt.Sprint(o.Minutes), "want quarters of an hour, at most 12 hours")
	case o.Places < 1 || o.Places > mostPlaces:
		return bad("places", fmt.Sprint(o.Places), "want 1 to 1,000")
	case o.Closes > o.Start:
		return bad("closes", o.Closes.Time().Format("2006-01-02T15:04Z07:00"), "lies after the start")
	case len(o.Note) > 2000:
		return bad("note", fmt.Sprintf("%d bytes", len(o.Note)), "is too long")
	}
	return nil
}

const offerColumns = `id, version, created_at, updated_at, schedule_id, kind, start_at, minutes, skill, places, rule, closes_at, note, state`

func scanOffer(row interface{ Scan(...any) error }) (Offer, error) {
	o := Offer{Claims: []Claim{}}
	err := row.Scan(&o.ID, &o.Version, &o.CreatedAt, &o.UpdatedAt, &o.Schedule, &o.Kind, &o.Start, &o.Minutes, &o.Skill, &o.Places, &o.Rule, &o.Closes, &o.Note, &o.State)
	return o, err
}

// Offers lists those that begin in a range of instants, by their start, with their claims.
func (p *Store) Offers(ctx context.Context, from, to db.Stamp) ([]Offer, error) {
	out := []Offer{}
	rows, err := p.s.Reader().QueryContext(ctx, `SELECT `+offerColumns+` FROM planning_offers WHERE start_at >= $1 AND start_at < $2 ORDER BY start_at, id LIMIT 1000`, int64(from), int64(to))
	err = each(rows, err, func(r *sql.Rows) error {
		o, err := scanOffer(r)
		out = append(out, o)
		return err
	})
	for i := range out {
		if err == nil {
			out[i].Claims, err = p.claims(ctx, out[i].ID)
		}
	}
	return out, err
}

// Due lists the open offers whose time for claims is over.
func (p *Store) Due(ctx context.Context, now db.Stamp) ([]Offer, error) {
	var ids []string
	rows, err := p.s.Reader().QueryContext(ctx, `SELECT id FROM planning_offers WHERE state = 'open' AND closes_at <= $1 ORDER BY closes_at LIMIT 100`, int64(now))
	err = each(rows, err, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	var out []Offer
	for _, id := range ids {
		o, err := p.Offer(ctx, id)
		if err != nil {
			return out, err
		}
		out = append(out, o)
	}
	return out, err
}

// Offer returns one with its claims.
func (p *Store) Offer(ctx context.Context, id string) (Offer, error) {
	o, err := scanOffer(p.s.Reader().QueryRowContext(ctx, `SELECT `+offerColumns+` FROM planning_offers WHERE id = $1`, id))
	if err != nil {
		return o, found(err, "offer", id)
	}
	o.Claims, err = p.claims(ctx, id)
	return o, err
}

func (p *Store) claims(ctx context.Context, offer string) ([]Claim, error) {
	out := []Claim{}
	rows, err := p.s.Reader().QueryContext(ctx, `SELECT agent_id, at, state, reason FROM planning_claims WHERE offer_id = $1 ORDER BY at, agent_id`, offer)
	return out, each(rows, err, func(r *sql.Rows) error {
		var c Claim
		err := r.Scan(&c.Agent, &c.At, &c.State, &c.Reason)
		out = append(out, c)
		return err
	})
}

// NewOffer enters an offer.
func (p *Store) NewOffer(ctx context.Context, o Offer) (Offer, error) {
	if err := o.check(); err != nil {
		return o, err
	}
	o.ID, o.Version, o.State, o.Claims = db.NewID("ofr"), 1, OfferOpen, []Claim{}
	err := p.s.Write(ctx, func(tx *db.Tx) error {
		o.CreatedAt, o.UpdatedAt = tx.At, tx.At
		_, err := tx.ExecContext(ctx, `INSERT INTO planning_offers (`+offerColumns+`) VALUES ($1, 1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			o.ID, int64(tx.At), o.Schedule, o.Kind, int64(o.Start), o.Minutes, o.Skill, o.Places, o.Rule, int64(o.Closes), o.Note, o.State)
		if err != nil {
			return fmt.Errorf("enter offer: %w", err)
		}
		return p.log(ctx, tx, o.Schedule, "offered", fmt.Sprintf("%s %d × %d min", o.Kind, o.Places, o.Minutes))
	})
	return o, err
}

// Step is a part of a transaction.
type Step func(context.Context, *db.Tx) error

// Judge moves an offer of the version named to a state and sets the claims given; others stay.
func (p *Store) Judge(ctx context.Context, id string, version int64, state string, claims ...Claim) (Offer, error) {
	step := p.Judging(id, version, state, claims...)
	if err := p.s.Write(ctx, func(tx *db.Tx) error { return step(ctx, tx) }); err != nil {
		return Offer{}, err
	}
	return p.Offer(ctx, id)
}

// Judging is Judge as a step of another transaction.
func (p *Store) Judging(id string, version int64, state string, claims ...Claim) Step {
	return func(ctx context.Context, tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE planning_offers SET version = version + 1, updated_at = $1, state = $2 WHERE id = $3 AND version = $4`, int64(tx.At), state, id, version)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("offer %q: %w", id, db.ErrConflict))
		}
		for _, c := range claims {
			if c.At == 0 {
				c.At = tx.At
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO planning_claims (offer_id, agent_id, at, state, reason) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (offer_id, agent_id) DO UPDATE SET at = excluded.at, state = excluded.state, reason = excluded.reason`, id, c.Agent, int64(c.At), c.State, c.Reason); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, db.Entry{Action: "planning.offer", Object: "planning_offers", ObjectID: id, Detail: map[string]any{"state": state, "claims": claims}})
	}
}

// Amend publishes a body as the next version and leaves the draft alone unless it is given too: a swap or a claim must
// not take a planner's work on the draft away. The steps are part of the same transaction.
func (p *Store) Amend(ctx context.Context, id string, version int64, body, draft json.RawMessage, note string, cost float64, steps ...Step) (Schedule, error) {
	err := p.s.Write(ctx, func(tx *db.Tx) error {
		if err := bump(ctx, tx, id, version); err != nil {
			return err
		}
		var number int64
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) + 1 FROM schedule_versions WHERE schedule_id = $1`, id).Scan(&number); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO schedule_versions (schedule_id, number, at, by_user, note, cost, body) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id, number, int64(tx.At), tx.Actor.Name, note, cost, string(body)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE schedules SET published = $1 WHERE id = $2`, number, id); err != nil {
			return err
		}
		if draft != nil {
			if _, err := tx.ExecContext(ctx, `UPDATE schedules SET draft = $1 WHERE id = $2`, string(draft), id); err != nil {
				return err
			}
		}
		for _, step := range steps {
			if err := step(ctx, tx); err != nil {
				return err
			}
		}
		return p.log(ctx, tx, id, "published", fmt.Sprintf("%d %s", number, note))
	})
	if err != nil {
		return Schedule{}, err
	}
	return p.Get(ctx, id)
}

// Wishes are what an agent asked for, with the version; 0 is nothing yet.
func (p *Store) Wishes(ctx context.Context, agent string) (body json.RawMessage, version int64, err error) {
	var text string
	err = p.s.Reader().QueryRowContext(ctx, `SELECT body, version FROM planning_wishes WHERE agent_id = $1`, agent).Scan(&text, &version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	return json.RawMessage(text), version, err
}

// AllWishes are everybody's, by agent.
func (p *Store) AllWishes(ctx context.Context) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	rows, err := p.s.Reader().QueryContext(ctx, `SELECT agent_id, body FROM planning_wishes`)
	return out, each(rows, err, func(r *sql.Rows) error {
		var agent, body string
		err := r.Scan(&agent, &body)
		out[agent] = json.RawMessage(body)
		return err
	})
}

// SetWishes replaces an agent's wishes of the version named.
func (p *Store) SetWishes(ctx context.Context, agent string, version int64, body json.RawMessage) error {
	return p.s.Write(ctx, func(tx *db.Tx) error {
		var stored int64
		err := tx.QueryRowContext(ctx, `SELECT version FROM planning_wishes WHERE agent_id = $1`, agent).Scan(&stored)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if stored != version {
			return fmt.Errorf("wishes of %q: version %d, stored is %d: %w", agent, version, stored, db.ErrConflict)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO planning_wishes (agent_id, version, updated_at, body) VALUES ($1, $2, $3, $4)
			ON CONFLICT (agent_id) DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at, body = excluded.body`,
			agent, version+1, int64(tx.At), string(body)); err != nil {
			return err
		}
		return tx.Audit(ctx, db.Entry{Action: "planning.wishes", Object: "planning_wishes", ObjectID: agent, Detail: map[string]int64{"version": version + 1}})
	})
}

// Bids are the waiting claims in the order in which places are given: longest with us first, then by time.
func (o *Offer) Bids(seniority func(agent string) float64) []Claim {
	var out []Claim
	for _, c := range o.Claims {
		if c.State == Waiting {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Claim) int {
		switch x, y := seniority(a.Agent), seniority(b.Agent); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return int(a.At - b.At)
	})
	return out
}
