package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/planning"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/wfm/office"
	"github.com/agner-platform/agner/wfm/rules"
)

func (a *API) contracts(w http.ResponseWriter, r *http.Request) error {
	list, version, err := a.office.Contracts(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("ETag", httpapi.ETag(version))
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[any]{anys(list)})
}

func (a *API) setContracts(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	var c rowsOf[rules.Contract]
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	if err := a.office.SetContracts(r.Context(), version, c.Rows); err != nil {
		return err
	}
	return a.contracts(w, r)
}

func (a *API) rules(w http.ResponseWriter, _ *http.Request) error {
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[any]{anys(rules.All())})
}

// dates reads a range of dates; without one it is wide.
func dates(r *http.Request) (from, to string, err error) {
	q := httpapi.NewQuery(r)
	from, to = q.Text("from", "2000-01-01"), q.Text("to", "2100-01-01")
	if err := q.Err(); err != nil {
		return "", "", err
	}
	for name, text := range map[string]string{"from": from, "to": to} {
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return "", "", httpapi.BadParameter.Field(name, text, "want a date")
		}
	}
	return from, to, nil
}

func (a *API) requests(w http.ResponseWriter, r *http.Request) error {
	from, to, err := dates(r)
	if err != nil {
		return err
	}
	list, err := a.office.Store().Requests(r.Context(), "", from, to)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[any]{anys(list)})
}

func (a *API) decide(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	var c struct {
		State  string `json:"state"`
		Reason string `json:"reason"`
	}
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	if c.State != planning.Granted && c.State != planning.Refused {
		return httpapi.InvalidField.Field("state", c.State, "want granted or refused")
	}
	id := chi.URLParam(r, "id")
	before, err := a.office.Store().Request(r.Context(), id)
	if err != nil {
		return err
	}
	if before.Kind == planning.Swap && c.State == planning.Granted {
		return httpapi.InvalidField.Field("state", c.State, "a swap is granted by its partner")
	}
	row, err := a.office.Store().Decide(r.Context(), id, version, c.State, c.Reason)
	if err != nil {
		return err
	}
	if row.State != planning.Granted {
		return httpapi.WriteJSON(w, http.StatusOK, office.Proposal{Request: row})
	}
	p, err := a.office.Repair(r.Context(), row)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, p)
}

// asking is a request as it comes in.
type asking struct {
	Agent       string `json:"agent"`
	Kind        string `json:"kind"`
	From        string `json:"from"`
	To          string `json:"to"`
	FromTime    string `json:"from_time"`
	ToTime      string `json:"to_time"`
	Partner     string `json:"partner"`
	PartnerDate string `json:"partner_date"`
	Note        string `json:"note"`
}

func (c *asking) request() planning.Request {
	if c.To == "" {
		c.To = c.From
	}
	return planning.Request{Agent: c.Agent, Kind: c.Kind, From: c.From, To: c.To, FromTime: c.FromTime, ToTime: c.ToTime, Partner: c.Partner, PartnerDate: c.PartnerDate, Note: c.Note}
}

func (a *API) absent(w http.ResponseWriter, r *http.Request) error {
	var c asking
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	if c.Kind != planning.Sick && c.Kind != planning.TimeOff {
		return httpapi.InvalidField.Field("kind", c.Kind, "want sick or time_off")
	}
	p, err := a.office.Absent(r.Context(), c.request())
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusCreated, p)
}

func (a *API) adherence(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	date := q.Text("date", time.Now().Format(time.DateOnly))
	if err := q.Err(); err != nil {
		return err
	}
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return httpapi.BadParameter.Field("date", date, "want a date")
	}
	list, err := a.office.Adherence(r.Context(), date)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[any]{anys(list)})
}

func (a *API) exceptions(w http.ResponseWriter, r *http.Request) error {
	list, version, err := a.office.Exceptions(r.Context(), chi.URLParam(r, "date"))
	if err != nil {
		return err
	}
	w.Header().Set("ETag", httpapi.ETag(version))
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[any]{anys(list)})
}

func (a *API) setExceptions(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	date := chi.URLParam(r, "date")
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return httpapi.BadParameter.Field("date", date, "want a date")
	}
	var c rowsOf[office.Exception]
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	for i, e := range c.Rows {
		switch at := fmt.Sprintf("rows[%d].", i); {
		case e.Agent == "":
			return httpapi.InvalidField.Field(at+"agent", e.Agent, "is empty")
		case e.Activity == "":
			return httpapi.InvalidField.Field(at+"activity", e.Activity, "is empty")
		case !e.To.After(e.From):
			return httpapi.InvalidField.Field(at+"to", e.To.Format(time.RFC3339), "want an instant after from")
		}
	}
	if err := a.office.SetExceptions(r.Context(), date, version, c.Rows); err != nil {
		return err
	}
	return a.exceptions(w, r)
}

// me is the caller's agent.
func me(r *http.Request) (string, error) {
	id := httpapi.IdentityFrom(r.Context())
	if id == nil || id.Agent == "" {
		return "", NoAgent.New("an administrator can name the agent of a user in the set-up")
	}
	return id.Agent, nil
}

func (a *API) mine(w http.ResponseWriter, r *http.Request) error {
	agent, err := me(r)
	if err != nil {
		return err
	}
	from, to, err := dates(r)
	if err != nil {
		return err
	}
	m, err := a.office.Mine(r.Context(), agent, from, to)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, m)
}

func (a *API) myRequests(w http.ResponseWriter, r *http.Request) error {
	agent, err := me(r)
	if err != nil {
		return err
	}
	list, err := a.office.Store().Requests(r.Context(), agent, "2000-01-01", "2100-01-01")
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[any]{anys(list)})
}

func (a *API) ask(w http.ResponseWriter, r *http.Request) error {
	q, err := own(r)
	if err != nil {
		return err
	}
	switch q.Kind {
	case planning.TimeOff:
		q, err = a.office.AskOff(r.Context(), q)
	case planning.Swap:
		q, err = a.office.AskSwap(r.Context(), q)
	default:
		return httpapi.InvalidField.Field("kind", q.Kind, "want time_off or swap")
	}
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusCreated, q)
}

// own reads a request of the caller's own agent.
func own(r *http.Request) (planning.Request, error) {
	agent, err := me(r)
	if err != nil {
		return planning.Request{}, err
	}
	var c asking
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return planning.Request{}, err
	}
	c.Agent = agent
	return c.request(), nil
}

func (a *API) answer(w http.ResponseWriter, r *http.Request) error {
	agent, err := me(r)
	if err != nil {
		return err
	}
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	var c struct {
		State string `json:"state"`
	}
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	id := chi.URLParam(r, "id")
	row, err := a.office.Store().Request(r.Context(), id)
	if err != nil {
		return err
	}
	partner := row.Kind == planning.Swap && row.Partner == agent && row.State == planning.Offered
	switch {
	case partner && c.State == planning.Granted:
		row, err = a.office.TakeSwap(r.Context(), id, version)
	case partner && c.State == planning.Refused, row.Agent == agent && c.State == planning.Withdrawn && row.State != planning.Granted:
		row, err = a.office.Store().Decide(r.Context(), id, version, c.State, "")
	case row.Agent != agent && row.Partner != agent:
		return db.ErrNotFound
	default:
		return httpapi.InvalidField.Field("state", c.State, "a partner grants or refuses an offered swap, and what is not granted can be withdrawn by who asked")
	}
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, row)
}

func (a *API) swapCheck(w http.ResponseWriter, r *http.Request) error {
	q, err := own(r)
	if err != nil {
		return err
	}
	list, err := a.office.CheckSwap(r.Context(), q)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[any]{anys(list)})
}

func (a *API) feed(w http.ResponseWriter, r *http.Request) error {
	agent, err := me(r)
	if err != nil {
		return err
	}
	secret, err := a.office.Store().NewFeed(r.Context(), agent)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusCreated, map[string]string{"path": Prefix + "/calendar/" + secret})
}

func (a *API) calendar(w http.ResponseWriter, r *http.Request) error {
	text, err := a.office.Calendar(r.Context(), chi.URLParam(r, "secret"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Cache-Control", "private, max-age=300")
	_, err = w.Write([]byte(text))
	return err
}
