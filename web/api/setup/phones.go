package setup

import (
	"context"
	"net/http"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/phone"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/web/api/rest"
)

// phonesInScope keeps the phones of agents that the caller may see; a phone of nobody is seen by those without limits.
func (a *API) phonesInScope(ctx context.Context, id *httpapi.Identity) (func(*phone.Phone) bool, error) {
	visible, err := a.agentsInScope(ctx, id)
	if err != nil {
		return nil, err
	}
	return func(p *phone.Phone) bool {
		if p.AgentID == "" {
			return id.Scopes.Unbounded()
		}
		return visible(&db.Agent{Head: db.Head{ID: p.AgentID}})
	}, nil
}

// mayReachPhone refuses a phone, as it is or would be, of an agent out of the caller's reach.
func (a *API) mayReachPhone(r *http.Request, p *phone.Phone) error {
	visible, err := a.phonesInScope(r.Context(), httpapi.IdentityFrom(r.Context()))
	if err != nil {
		return err
	}
	if !visible(p) {
		return httpapi.OutOfScope.New("")
	}
	return nil
}

// createPhone makes an account with a password of its own, which only this answer shows.
func (a *API) createPhone(w http.ResponseWriter, r *http.Request) error {
	t, err := a.rules()
	if err != nil {
		return err
	}
	var in PhoneCreate
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	var row phone.Phone
	if err := rest.Merge(&row, in); err != nil {
		return err
	}
	if err := row.Check(); err != nil { // the digests are of the name in its normal form
		return err
	}
	password := phone.NewPassword()
	row.HA1MD5, row.HA1SHA256 = t.Digests(row.Account, password)
	phones := area[phone.Phone, PhoneCreate, PhoneChange]{repo: phone.Phones(a.store), scope: anywhere[phone.Phone], allowed: a.mayReachPhone,
		again: func(p *phone.Phone) []db.Filter { return []db.Filter{db.Where("account", p.Account)} }}
	if row, err = phones.store(r, row); err != nil {
		return err
	}
	w.Header().Set("Location", Prefix+"/setup/phones/"+row.ID)
	return a.answerPhone(w, r, http.StatusCreated, &row, password)
}

// renewPhone gives an account another password.
func (a *API) renewPhone(w http.ResponseWriter, r *http.Request) error {
	t, err := a.rules()
	if err != nil {
		return err
	}
	row, err := phone.Phones(a.store).Get(r.Context(), pathID(r))
	if err != nil {
		return notFound(err)
	}
	if err := a.mayReachPhone(r, &row); err != nil {
		return err
	}
	password := phone.NewPassword()
	row.HA1MD5, row.HA1SHA256 = t.Digests(row.Account, password)
	if row, err = phone.Phones(a.store).Update(actor(r), row); err != nil {
		return rest.Error(err)
	}
	return a.answerPhone(w, r, http.StatusOK, &row, password)
}

// answerPhone tells what must be typed into the phone.
func (a *API) answerPhone(w http.ResponseWriter, r *http.Request, status int, row *phone.Phone, password string) error {
	state, err := a.switching.State(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("ETag", httpapi.ETag(row.Version))
	return httpapi.WriteJSON(w, status, PhoneMade{
		Id: row.ID, Version: row.Version, CreatedAt: timeOf(row.CreatedAt), UpdatedAt: timeOf(row.UpdatedAt), RetiredAt: timeOf(row.RetiredAt),
		Account: row.Account, AgentId: row.AgentID, Password: password, Server: state.Server,
	})
}
