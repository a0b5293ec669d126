package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	stored "github.com/agner-platform/agner/internal/db/quality"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/speech/quality"
	"github.com/agner-platform/agner/speech/search"
)

// cardView is a scorecard with what the store keeps of it.
type cardView struct {
	ID      string       `json:"id"`
	Version int64        `json:"version"`
	Card    quality.Card `json:"card"`
}

func viewCard(c stored.Card) (cardView, error) {
	v := cardView{ID: c.ID, Version: c.Version}
	return v, json.Unmarshal(c.Body, &v.Card)
}

func (a *API) cards(w http.ResponseWriter, r *http.Request) error {
	list, err := a.d.Quality.Cards(r.Context())
	if err != nil {
		return err
	}
	out := []cardView{}
	for _, c := range list {
		v, err := viewCard(c)
		if err != nil {
			return err
		}
		out = append(out, v)
	}
	return httpapi.WriteJSON(w, http.StatusOK, map[string]any{"cards": out, "measures": quality.Measures()})
}

func (a *API) addCard(w http.ResponseWriter, r *http.Request) error { return a.putCard(w, r, "", 0) }

func (a *API) changeCard(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	return a.putCard(w, r, param(r, "id"), version)
}

func (a *API) putCard(w http.ResponseWriter, r *http.Request, id string, version int64) error {
	var c quality.Card
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	if err := c.Check(); err != nil {
		return err
	}
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	row, err := a.d.Quality.PutCard(actor(r), stored.Card{ID: id, Version: version, Name: c.Name, Body: body})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if id == "" {
		status = http.StatusCreated
	}
	w.Header().Set("ETag", httpapi.ETag(row.Version))
	return httpapi.WriteJSON(w, status, cardView{row.ID, row.Version, c})
}

func (a *API) retireCard(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	c, err := a.d.Quality.Card(r.Context(), param(r, "id"))
	if err != nil {
		return err
	}
	c.Version, c.RetiredAt = version, max(c.UpdatedAt, 1)
	if _, err := a.d.Quality.PutCard(actor(r), c); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) card(ctx context.Context, id string) (quality.Card, error) {
	c, err := a.d.Quality.Card(ctx, id)
	if err != nil {
		return quality.Card{}, err
	}
	v, err := viewCard(c)
	return v.Card, err
}

// proposal answers of a card what answers itself.
func (a *API) proposal(w http.ResponseWriter, r *http.Request) error {
	turns, err := a.call(r)
	if err != nil {
		return err
	}
	q := httpapi.NewQuery(r)
	id := q.Text("card", "")
	if err := q.Err(); err != nil {
		return err
	}
	c, err := a.card(r.Context(), id)
	if err != nil {
		return err
	}
	answers, err := c.Propose(spoken(turns), measured(turns))
	if err != nil {
		return err
	}
	if answers == nil {
		answers = []quality.Answer{}
	}
	return httpapi.WriteJSON(w, http.StatusOK, map[string]any{"answers": answers})
}

func spoken(turns []search.Turn) quality.Turns {
	out := make(quality.Turns, len(turns))
	for i, t := range turns {
		out[i].Party, out[i].Start, out[i].End, out[i].Text = t.Speaker, t.Start, t.End, t.Text
	}
	return out
}

// reviewBody is what a review holds beyond its columns.
type reviewBody struct {
	Card      quality.Card     `json:"card"` // as it was
	Answers   []quality.Answer `json:"answers"`
	Confirmed bool             `json:"confirmed,omitempty"`
	Comment   string           `json:"comment,omitempty"`
	Reply     string           `json:"reply,omitempty"` // the agent's
}

// reviewInput is what callers send.
type reviewInput struct {
	Card        string           `json:"card"`
	State       string           `json:"state"`
	Answers     []quality.Answer `json:"answers"`
	Confirmed   bool             `json:"confirmed"`
	Comment     string           `json:"comment"`
	Reply       string           `json:"reply"`
	Calibration string           `json:"calibration"`
}

// States of a review.
const (
	draft        = "draft"
	done         = "done"
	acknowledged = "acknowledged"
	disputed     = "disputed"
	maxComment   = 10_000
)

func (in *reviewInput) check(states ...string) error {
	if !slices.Contains(states, in.State) {
		return httpapi.InvalidField.Field("state", in.State, "must be one of "+join(states))
	}
	if len(in.Comment)+len(in.Reply)+len(in.Calibration) > maxComment {
		return httpapi.InvalidField.Field("comment", "…", "at most 10000 bytes")
	}
	return nil
}

func join(list []string) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += ", "
		}
		out += s
	}
	return out
}

// review scores a call.
func (a *API) review(w http.ResponseWriter, r *http.Request) error {
	turns, err := a.call(r)
	if err != nil {
		return err
	}
	var in reviewInput
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	if err := in.check(draft, done); err != nil {
		return err
	}
	c, err := a.card(r.Context(), in.Card)
	if err != nil {
		return err
	}
	row := stored.Review{
		Card: in.Card, Interaction: turns[0].Interaction, Agent: turns[0].Agent, Queue: turns[0].Queue,
		By: httpapi.IdentityFrom(r.Context()).User, Calibration: in.Calibration,
	}
	return a.score(w, r, row, reviewBody{Card: c}, in)
}

// score computes, stores, publishes and answers.
func (a *API) score(w http.ResponseWriter, r *http.Request, row stored.Review, body reviewBody, in reviewInput) error {
	by := httpapi.IdentityFrom(r.Context()).User
	for i := range in.Answers {
		if x := &in.Answers[i]; x.By != "auto" || x.Value != x.Proposed {
			x.By = by
		}
	}
	res, err := body.Card.Score(in.Answers, in.Confirmed)
	if err != nil {
		return err
	}
	if in.State == done && res.Open > 0 {
		return httpapi.InvalidField.Field("answers", res.Open, "questions are open; answer them, with n/a where they do not apply")
	}
	body.Answers, body.Confirmed, body.Comment = in.Answers, in.Confirmed, in.Comment
	if row.Body, err = json.Marshal(body); err != nil {
		return err
	}
	row.State, row.Score, row.AutoFail = in.State, res.Score, res.AutoFail
	if row, err = a.d.Quality.PutReview(actor(r), row); err != nil {
		return err
	}
	if row.State == done && row.Calibration == "" {
		e := event.New(time.Now().UnixMicro(), &event.ReviewScored{Card: row.Card, Score: row.Score, AutoFail: row.AutoFail, By: by})
		e.Source, e.SourceRef, e.Interaction, e.Agent, e.Queue = "quality", row.ID, row.Interaction, row.Agent, row.Queue
		if _, err := a.d.Journal.Append(r.Context(), e); err != nil {
			return err
		}
	}
	w.Header().Set("ETag", httpapi.ETag(row.Version))
	return httpapi.WriteJSON(w, http.StatusOK, map[string]any{"review": row, "result": res})
}

func (a *API) reviews(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	f := stored.Filter{Interaction: q.Text("interaction", ""), Agent: q.Text("agent", ""), Calibration: q.Text("calibration", ""), Limit: q.Int("limit", 200, 1, 1000)}
	if err := q.Err(); err != nil {
		return err
	}
	id := httpapi.IdentityFrom(r.Context())
	if !id.Has(readers...) {
		if id.Agent == "" {
			return httpapi.WriteJSON(w, http.StatusOK, map[string]any{"reviews": []stored.Review{}})
		}
		f.Agent = id.Agent
	}
	list, err := a.d.Quality.Reviews(r.Context(), f)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(x stored.Review) bool {
		return !id.Scopes.Queue(x.Queue) || x.State == draft && x.By != id.User || !id.Has(readers...) && x.Calibration != ""
	})
	return httpapi.WriteJSON(w, http.StatusOK, map[string]any{"reviews": list})
}

// changeReview changes a review: whoever scored may score anew, the agent may
// acknowledge or dispute.
func (a *API) changeReview(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	var in reviewInput
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	list, err := a.d.Quality.Reviews(r.Context(), stored.Filter{ID: param(r, "id"), Limit: 1})
	if err != nil {
		return err
	}
	id := httpapi.IdentityFrom(r.Context())
	if len(list) == 0 || !id.Scopes.Queue(list[0].Queue) {
		return httpapi.NotFound.New("no such review")
	}
	row := list[0]
	row.Version = version
	var body reviewBody
	if err := json.Unmarshal(row.Body, &body); err != nil {
		return err
	}
	switch {
	case id.Has(scorers...) && id.Granted(httpapi.GrantRecordings) && (in.State == draft || in.State == done):
		return a.score(w, r, row, body, in)
	case id.Agent != "" && id.Agent == row.Agent && row.State != draft:
		return a.reply(w, r, row, body, in)
	}
	return httpapi.NotFound.New("no such review")
}

func (a *API) reply(w http.ResponseWriter, r *http.Request, row stored.Review, body reviewBody, in reviewInput) error {
	if err := in.check(acknowledged, disputed); err != nil {
		return err
	}
	if in.State == disputed && in.Reply == "" {
		return httpapi.InvalidField.Field("reply", "", "a dispute needs a reason")
	}
	row.State, body.Reply = in.State, in.Reply
	var err error
	if row.Body, err = json.Marshal(body); err != nil {
		return err
	}
	if row, err = a.d.Quality.PutReview(actor(r), row); err != nil {
		return err
	}
	w.Header().Set("ETag", httpapi.ETag(row.Version))
	return httpapi.WriteJSON(w, http.StatusOK, map[string]any{"review": row})
}
