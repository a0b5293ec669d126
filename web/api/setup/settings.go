package setup

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/web/api/rest"
)

// moneySettings hold prices, which only those who read costs may see.
func moneySetting(s db.Setting) bool { return s.Unit == "money" }

func (a *API) mountSettings(rt *httpapi.Router) {
	read := httpapi.Policy{Action: "setup.settings.read", Roles: everyone}
	write := httpapi.Policy{Action: "setup.settings.write", Roles: managing}
	rt.Handle("GET", Prefix+"/setup/settings", read, rest.Handler(a.listSettings))
	rt.Handle("GET", Prefix+"/setup/settings/{id}", read, rest.Handler(a.getSetting))
	rt.Handle("PATCH", Prefix+"/setup/settings/{id}", write, rest.Handler(a.changeSetting))
}

func maySeeSetting(r *http.Request, s db.Setting) bool {
	return !moneySetting(s) || httpapi.IdentityFrom(r.Context()).Has(planning...)
}

func settingOf(s db.Setting) Setting {
	return Setting{Id: s.Key, Kind: s.Kind, Unit: s.Unit, Text: s.Text, Default: s.Default, Choices: noNil(s.Choices),
		Value: s.Value, Version: s.Version, UpdatedAt: timeOf(s.UpdatedAt)}
}

func noNil(s []string) []string { return append([]string{}, s...) }

func (a *API) listSettings(w http.ResponseWriter, r *http.Request) error {
	if err := httpapi.NewQuery(r).Err(); err != nil {
		return err
	}
	all, err := a.store.Settings(r.Context())
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(s db.Setting) bool { return !maySeeSetting(r, s) })
	out := SettingList{Rows: make([]Setting, len(all))}
	for i, s := range all {
		out.Rows[i] = settingOf(s)
	}
	return httpapi.WriteJSON(w, http.StatusOK, out)
}

func (a *API) getSetting(w http.ResponseWriter, r *http.Request) error {
	s, err := a.store.Setting(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	if !maySeeSetting(r, s) {
		return httpapi.Forbidden.New("prices need one of the roles that plan", "roles", planning)
	}
	w.Header().Set("ETag", httpapi.ETag(s.Version))
	return httpapi.WriteJSON(w, http.StatusOK, settingOf(s))
}

func (a *API) changeSetting(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	var in struct {
		Value json.RawMessage `json:"value"`
	}
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	if in.Value == nil {
		return httpapi.InvalidField.Field("value", nil, "must be given")
	}
	s, err := a.store.SetSetting(actor(r), pathID(r), in.Value, version)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", httpapi.ETag(s.Version))
	return httpapi.WriteJSON(w, http.StatusOK, settingOf(s))
}
