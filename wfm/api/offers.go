package api

import (
	"bytes"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/planning"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/wfm/leave"
	"github.com/agner-platform/agner/wfm/office"
	book "github.com/agner-platform/agner/wfm/sheet"
	"github.com/agner-platform/agner/wfm/wish"
)

func (a *API) offers(w http.ResponseWriter, r *http.Request) error {
	from, to, err := dates(r)
	if err != nil {
		return err
	}
	list, err := a.office.Store().Offers(r.Context(), stamp(from, 0), stamp(to, 1))
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[any]{anys(list)})
}

// stamp is the UTC midnight so many days after a checked date.
func stamp(date string, days int) db.Stamp {
	t, _ := time.Parse(time.DateOnly, date) // dates has read it
	return db.StampOf(t.AddDate(0, 0, days))
}

func (a *API) offer(w http.ResponseWriter, r *http.Request) error {
	var c struct {
		Schedule string   `json:"schedule"`
		Kind     string   `json:"kind"`
		Start    db.Stamp `json:"start"`
		Minutes  int      `json:"minutes"`
		Skill    string   `json:"skill"`
		Places   int      `json:"places"`
		Rule     string   `json:"rule"`
		Closes   db.Stamp `json:"closes"`
		Note     string   `json:"note"`
	}
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	o, err := a.office.Offer(r.Context(), planning.Offer{
		Schedule: c.Schedule, Kind: c.Kind, Start: c.Start, Minutes: c.Minutes, Skill: c.Skill, Places: c.Places, Rule: c.Rule, Closes: c.Closes, Note: c.Note,
	})
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusCreated, o)
}

func (a *API) closeOffer(w http.ResponseWriter, r *http.Request) error {
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
	if c.State != planning.OfferClosed && c.State != planning.OfferWithdrawn {
		return httpapi.InvalidField.Field("state", c.State, "want closed or withdrawn")
	}
	o, err := a.office.CloseOffer(r.Context(), chi.URLParam(r, "id"), version, c.State)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, o)
}

func (a *API) myOffers(w http.ResponseWriter, r *http.Request) error {
	agent, err := me(r)
	if err != nil {
		return err
	}
	list, err := a.office.Offers(r.Context(), agent)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, rowsOf[any]{anys(list)})
}

// claimed answers a claim with the offer as the agent sees it.
func (a *API) claimed(w http.ResponseWriter, r *http.Request, change func(id, agent string) (planning.Offer, error)) error {
	agent, err := me(r)
	if err != nil {
		return err
	}
	o, err := change(chi.URLParam(r, "id"), agent)
	if err != nil {
		return err
	}
	out := office.Offered{Offer: o, Taken: o.Taken()}
	for _, c := range o.Claims {
		if c.Agent == agent {
			out.Mine, out.Reason = c.State, c.Reason
		}
	}
	out.Claims = nil
	return httpapi.WriteJSON(w, http.StatusOK, out)
}

func (a *API) claim(w http.ResponseWriter, r *http.Request) error {
	return a.claimed(w, r, func(id, agent string) (planning.Offer, error) { return a.office.Claim(r.Context(), id, agent) })
}

func (a *API) unclaim(w http.ResponseWriter, r *http.Request) error {
	return a.claimed(w, r, func(id, agent string) (planning.Offer, error) { return a.office.Unclaim(r.Context(), id, agent) })
}

func (a *API) wishes(w http.ResponseWriter, r *http.Request) error {
	agent, err := me(r)
	if err != nil {
		return err
	}
	list, version, err := a.office.Wishes(r.Context(), agent)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", httpapi.ETag(version))
	return httpapi.WriteJSON(w, http.StatusOK, list)
}

func (a *API) setWishes(w http.ResponseWriter, r *http.Request) error {
	agent, err := me(r)
	if err != nil {
		return err
	}
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	var c wish.Wishes
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	if err := a.office.SetWishes(r.Context(), agent, version, c); err != nil {
		return err
	}
	return a.wishes(w, r)
}

func (a *API) quotas(w http.ResponseWriter, r *http.Request) error {
	q, version, err := a.office.Quotas(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("ETag", httpapi.ETag(version))
	return httpapi.WriteJSON(w, http.StatusOK, q)
}

func (a *API) setQuotas(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	var q leave.Quotas
	if err := httpapi.ReadJSON(r, &q); err != nil {
		return err
	}
	if err := a.office.SetQuotas(r.Context(), version, q); err != nil {
		return err
	}
	return a.quotas(w, r)
}

func (a *API) copy(w http.ResponseWriter, r *http.Request) error {
	var c struct {
		From string `json:"from"`
		Name string `json:"name"`
	}
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	s, err := a.office.Copy(r.Context(), chi.URLParam(r, "id"), c.From, c.Name)
	if err != nil {
		return err
	}
	return send(w, http.StatusCreated, s)
}

// mediaXLSX is the type of a workbook.
const mediaXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (a *API) workbook(w http.ResponseWriter, r *http.Request) error {
	s, err := a.office.Sheet(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	var b bytes.Buffer // an error after the first byte could not be told any more
	if err := book.Write(&b, s.Doc, s.Plan); err != nil {
		return err
	}
	w.Header().Set("Content-Type", mediaXLSX)
	w.Header().Set("Content-Disposition", `attachment; filename="schedule.xlsx"`)
	w.Header().Set("ETag", httpapi.ETag(s.Version))
	_, err = w.Write(b.Bytes())
	return err
}

func (a *API) readWorkbook(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	id := chi.URLParam(r, "id")
	s, err := a.office.Sheet(r.Context(), id)
	if err != nil {
		return err
	}
	if s.Plan.Shifts, err = book.Read(r.Body, s.Doc); err != nil {
		return err
	}
	if s, err = a.office.Save(r.Context(), id, version, nil, s.Plan, "workbook"); err != nil {
		return err
	}
	return send(w, http.StatusOK, s)
}
